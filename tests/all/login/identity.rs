//! Who logged in: the id token, the site, the tenant.

use serde_json::{Value, json};
use threadline::ambient::Clock;
use threadline::stage::{Browser, CLOUD, PEOPLE, TENANT};
use url::Url;

use super::{begin, come_back, consent_with, is_logged_in, refused, with_parameter};
use crate::issuer::{Issuer, KEY, Signer};
use crate::service::{Service, number_of_rows};

const OBJECT: &str = "00000000-0000-4000-8000-000000000001";

fn parameter(url: &Url, name: &str) -> String {
    url.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned()
}

async fn credentials(service: &Service) -> i64 {
    let connection = service.database.connect().await;
    let rows = number_of_rows(&connection, "credential").await;
    connection.close().await.unwrap();
    rows
}

#[tokio::test(flavor = "multi_thread")]
async fn only_an_id_token_that_is_right_in_every_claim_is_believed() {
    let issuer = Issuer::start("https://login.microsoftonline.com/{tenantid}/v2.0").await;
    let login = issuer.url.clone();
    let service = Service::start_with(|settings| settings.microsoft.login_url = login).await;
    let app = service.settings.microsoft.client_id.clone().unwrap();
    let mut ann = Browser::new(service.stage.public_url.clone()).unwrap();
    let now = Clock::system().now().seconds();
    let stranger = "11111111-0000-4000-8000-000000000000";
    let cases: [(&str, Value, u16); 10] = [
        ("another audience", json!({ "aud": "another app" }), 401),
        ("another issuer", json!({ "iss": "https://login.example/v2.0" }), 401),
        ("another tenant than its issuer's", json!({ "tid": stranger }), 401),
        ("over", json!({ "exp": now - 360 }), 401),
        ("not begun", json!({ "nbf": now + 360 }), 401),
        ("another login's nonce", json!({ "nonce": "another" }), 401),
        ("no nonce", json!({ "nonce": null }), 401),
        ("no object id", json!({ "oid": null }), 401),
        (
            "a tenant that is not served",
            json!({ "tid": stranger, "iss": format!("https://login.microsoftonline.com/{stranger}/v2.0") }),
            403,
        ),
        ("as it should be", json!({}), 303),
    ];
    for (case, changes, status) in cases {
        let authorize = begin(&mut ann, "login/microsoft").await;
        let mut claims = json!({
            "iss": format!("https://login.microsoftonline.com/{TENANT}/v2.0"), "aud": app,
            "exp": now + 3600, "nbf": now - 60, "tid": TENANT, "oid": OBJECT,
            "nonce": parameter(&authorize, "nonce"),
        });
        for (name, value) in changes.as_object().unwrap() {
            claims[name] = value.clone();
        }
        issuer.hand_out(issuer.key.sign(KEY, &claims));
        let callback = service
            .address(&format!("login/microsoft/callback?code=c&state={}", parameter(&authorize, "state")));
        let kept = credentials(&service).await;
        assert_eq!(come_back(&mut ann, &callback).await.status(), status, "{case}");
        assert_eq!(credentials(&service).await - kept, i64::from(status == 303), "{case}: tokens are kept");

        if case == "as it should be" {
            for forged in
                [Signer::new().sign(KEY, &claims), Signer::new().sign("other", &claims), "x".to_owned()]
            {
                issuer.hand_out(forged);
                let authorize = begin(&mut ann, "login/microsoft").await;
                let state = parameter(&authorize, "state");
                let callback = service.address(&format!("login/microsoft/callback?code=c&state={state}"));
                refused(come_back(&mut ann, &callback).await, 401).await;
            }
        }
    }
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_bound_to_the_browser_by_pkce_and_nonce() {
    let service = Service::start().await;
    let mut ann = Browser::new(service.stage.public_url.clone()).unwrap();
    let other_challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    let authorize = begin(&mut ann, "login/microsoft").await;
    let planted = with_parameter(&authorize, "code_challenge", other_challenge);
    let callback = service.world().consent(&planted, PEOPLE[0]).await.unwrap();
    let sentence = refused(come_back(&mut ann, &callback).await, 400).await;
    assert!(sentence.contains("start again"), "{sentence}");
    let authorize = begin(&mut ann, "login/microsoft").await;
    let planted = with_parameter(&authorize, "nonce", "another");
    let callback = service.world().consent(&planted, PEOPLE[0]).await.unwrap();
    let sentence = refused(come_back(&mut ann, &callback).await, 401).await;
    assert!(sentence.contains("another login"), "{sentence}");
    assert_eq!(credentials(&service).await, 0);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_that_is_not_served_is_never_taken_for_one_that_is() {
    let service = Service::start().await;
    let elsewhere = "22222222-2222-4333-8444-555555555555";
    service.world().add_site(elsewhere, "elsewhere").unwrap();
    let mut ann = Browser::new(service.stage.public_url.clone()).unwrap();
    let authorize = begin(&mut ann, "login/jira").await;
    let callback = consent_with(&authorize, PEOPLE[0], ("site", elsewhere)).await;
    let sentence = refused(come_back(&mut ann, &callback).await, 400).await;
    assert!(sentence.contains("choose the right site"), "{sentence}");
    assert_eq!(credentials(&service).await, 0);
    let authorize = begin(&mut ann, "login/jira").await;
    let callback = consent_with(&authorize, PEOPLE[0], ("site", CLOUD)).await;
    assert_eq!(come_back(&mut ann, &callback).await.status(), 303);
    assert!(is_logged_in(&service, &mut ann).await);
    service.stop().await;
}

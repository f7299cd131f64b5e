//! The Bot Connector's activities: the token, the tenant, odd bodies, repetitions.

use serde_json::{Value, json};
use threadline::ambient::Clock;
use threadline::stage::TENANT;

use crate::issuer::{Issuer, KEY, Signer};
use crate::service::{Service, number_of_rows};

const SERVICE_URL: &str = "https://smba.trafficmanager.net/emea/";

/// A service that believes an issuer in the test's hand.
struct Scene {
    service: Service,
    issuer: Issuer,
    bot: String,
}

impl Scene {
    async fn set() -> Self {
        let issuer = Issuer::start("https://api.botframework.com").await;
        let metadata = issuer.url.join("openid").unwrap();
        // The simulator's own activities are not believed here; nothing of it is needed.
        let service = Service::start_with(|settings| settings.microsoft.bot_openid_url = metadata).await;
        let bot = service.settings.microsoft.client_id.clone().unwrap();
        Self { service, issuer, bot }
    }

    fn claims(&self, changes: &Value) -> Value {
        let now = Clock::system().now().seconds();
        let mut claims = json!({
            "iss": "https://api.botframework.com", "aud": self.bot, "serviceurl": SERVICE_URL,
            "nbf": now - 60, "exp": now + 3600,
        });
        for (name, value) in changes.as_object().unwrap() {
            claims[name] = value.clone();
        }
        claims
    }

    fn good(&self) -> String {
        format!("Bearer {}", self.issuer.key.sign(KEY, &self.claims(&json!({}))))
    }

    async fn send(&self, authorization: Option<&str>, body: &Value) -> u16 {
        self.service.activity(authorization, body.to_string()).await.status().as_u16()
    }

    async fn rows(&self) -> (i64, i64) {
        let connection = self.service.database.connect().await;
        let rows =
            (number_of_rows(&connection, "event").await, number_of_rows(&connection, "conversation").await);
        connection.close().await.unwrap();
        rows
    }
}

fn message(id: &str) -> Value {
    json!({
        "type": "message", "id": id, "channelId": "msteams", "serviceUrl": SERVICE_URL,
        "from": { "id": "29:ann", "aadObjectId": "00000000-0000-4000-8000-000000000001" },
        "recipient": { "id": "28:bot" },
        "conversation": { "id": "19:door@thread.v2", "conversationType": "groupChat", "tenantId": TENANT },
        "channelData": { "tenant": { "id": TENANT } },
        "text": "hello",
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_connectors_own_tokens_are_believed() {
    let scene = Scene::set().await;
    let before = scene.rows().await;
    let (now, key) = (Clock::system().now().seconds(), &scene.issuer.key);
    let signed = |changes: Value| format!("Bearer {}", key.sign(KEY, &scene.claims(&changes)));
    let symmetric = jsonwebtoken::encode(
        &jsonwebtoken::Header { kid: Some(KEY.to_owned()), ..jsonwebtoken::Header::default() },
        &scene.claims(&json!({})),
        &jsonwebtoken::EncodingKey::from_secret(b"secret"),
    )
    .unwrap();
    let refused = [
        ("no header", None),
        ("an empty header", Some(String::new())),
        ("a scheme in lower case", Some(scene.good().replace("Bearer", "bearer"))),
        (
            "another service URL",
            Some(signed(json!({ "serviceurl": "https://smba.trafficmanager.net/amer/" }))),
        ),
        (
            "a claim as the docs spell it",
            Some(signed(json!({ "serviceurl": null, "serviceUrl": SERVICE_URL }))),
        ),
        ("another audience", Some(signed(json!({ "aud": "00000000-0000-4000-8000-000000000002" })))),
        ("another issuer", Some(signed(json!({ "iss": "https://sts.windows.net/x/" })))),
        ("over for six minutes", Some(signed(json!({ "exp": now - 360 })))),
        ("HS256", Some(format!("Bearer {symmetric}"))),
        (
            "an unknown key",
            Some(format!("Bearer {}", Signer::new().sign("unknown", &scene.claims(&json!({}))))),
        ),
        (
            "a forged signature",
            Some(format!("Bearer {}", Signer::new().sign(KEY, &scene.claims(&json!({}))))),
        ),
    ];
    for (case, authorization) in &refused {
        assert_eq!(scene.send(authorization.as_deref(), &message("1")).await, 401, "{case}");
    }
    let mut other_channel = message("1");
    other_channel["channelId"] = json!("slack");
    assert_eq!(scene.send(Some(&scene.good()), &other_channel).await, 401, "a channel without endorsement");
    assert_eq!(scene.rows().await, before, "nothing is stored");

    let accepted = [
        ("as it should be", scene.good()),
        ("over for four minutes", signed(json!({ "exp": now - 240 }))),
        (
            "a service URL without its slash",
            signed(json!({ "serviceurl": SERVICE_URL.trim_end_matches('/') })),
        ),
    ];
    for (case, authorization) in &accepted {
        assert_eq!(scene.send(Some(authorization), &message("1")).await, 202, "{case}");
    }
    scene.service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_tenant_is_refused_and_nothing_is_stored() {
    let scene = Scene::set().await;
    let before = scene.rows().await;
    let mut body = message("1");
    body["channelData"]["tenant"]["id"] = json!("11111111-0000-4000-8000-000000000000");
    let answer = scene.service.activity(Some(&scene.good()), body.to_string()).await;
    assert_eq!(answer.status(), 403);
    assert!(answer.text().await.unwrap().contains("not connected to this installation"));
    assert_eq!(scene.rows().await, before);
    scene.service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_an_activity_is_refused_and_only_who_is_proven_hears_why() {
    let scene = Scene::set().await;
    for body in ["{", "", "[]", "null", "7"] {
        let answer = scene.service.activity(Some(&scene.good()), body).await;
        assert_eq!(answer.status(), 400, "{body}");
        assert_eq!(scene.service.activity(None, body).await.status(), 401, "{body}");
    }
    let metrics = scene.service.metrics().await;
    assert!(metrics.contains("threadline_malformed_total{source=\"teams\"} 5"), "{metrics}");
    scene.service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn activities_of_tomorrow_are_taken_and_ignored() {
    let scene = Scene::set().await;
    for (index, kind) in
        ["typing", "endOfConversation", "event", "handoff", "messageShared", ""].iter().enumerate()
    {
        let mut body = message(&index.to_string());
        body["type"] = json!(kind);
        body["reactionsAdded"] = json!([{ "type": "1f440_eyes" }]);
        body["ofTomorrow"] = json!({ "a": [1] });
        assert_eq!(scene.send(Some(&scene.good()), &body).await, 202, "{kind}");
    }
    assert_eq!(scene.service.reasons_of("teams activity").await, ["ignored"; 6]);
    let mut bare = message("9");
    bare.as_object_mut().unwrap().remove("conversation");
    assert_eq!(scene.send(Some(&scene.good()), &bare).await, 202, "without a conversation");
    let mut invoke = message("10");
    invoke["type"] = json!("invoke");
    invoke["name"] = json!("of/tomorrow");
    assert_eq!(scene.send(Some(&scene.good()), &invoke).await, 200, "an unknown invoke");
    scene.service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_activity_is_taken_and_dropped() {
    let scene = Scene::set().await;
    for _ in 0..3 {
        assert_eq!(scene.send(Some(&scene.good()), &message("1")).await, 202);
    }
    assert_eq!(scene.service.reasons_of("teams activity").await, ["not linked"]);
    assert_eq!(scene.send(Some(&scene.good()), &message("2")).await, 202);
    let mut from_a_bot = message("3");
    from_a_bot["from"]["id"] = json!("28:another");
    assert_eq!(scene.send(Some(&scene.good()), &from_a_bot).await, 202);
    assert_eq!(scene.service.reasons_of("teams activity").await, ["not linked", "not linked", "ignored"]);
    scene.service.stop().await;
}

//! Sessions: a new cookie for every proof, an end by logout, an undoing by disconnect.

use reqwest::header::{COOKIE, ORIGIN, SET_COOKIE};
use reqwest::{Method, Response};
use serde_json::json;
use threadline::ids::AccountId;
use threadline::stage::{Browser, PEOPLE};

use super::{begin, come_back, is_logged_in};
use crate::service::{Service, http, number_of_rows};

/// The session cookie that an answer sets, with its attributes.
fn session_cookie(answer: &Response) -> String {
    let cookies = answer.headers().get_all(SET_COOKIE).iter().map(|value| value.to_str().unwrap());
    cookies.filter(|cookie| cookie.starts_with("threadline=")).map(str::to_owned).next().unwrap()
}

/// Whether a cookie, as it was set, still opens the door.
async fn opens(service: &Service, cookie: &str) -> bool {
    let path = format!("api/v1/issues/{}/{}/chats", service.site, service.stage.issue);
    let request = http().get(service.address(&path));
    let answer = request.header(COOKIE, cookie.split(';').next().unwrap()).send().await.unwrap();
    answer.status() == 200
}

async fn log_in(service: &Service, browser: &mut Browser, provider: &str) -> String {
    let authorize = begin(browser, &format!("login/{provider}")).await;
    let callback = service.world().consent(&authorize, PEOPLE[0]).await.unwrap();
    let answer = come_back(browser, &callback).await;
    assert_eq!(answer.status(), 303);
    session_cookie(&answer)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_login_gives_a_new_cookie_and_the_old_one_is_worth_nothing() {
    let service = Service::start().await;
    let mut ann = Browser::new(service.stage.public_url.clone()).unwrap();
    let first = log_in(&service, &mut ann, "jira").await;
    assert!(first.contains("HttpOnly") && first.contains("SameSite=Lax"), "{first}");
    assert!(opens(&service, &first).await);
    let second = log_in(&service, &mut ann, "microsoft").await;
    assert!(opens(&service, &second).await);
    assert!(!opens(&service, &first).await);
    assert!(!opens(&service, "threadline=planted").await);
    let connection = service.database.connect().await;
    assert_eq!(number_of_rows(&connection, "session").await, 1);
    connection.close().await.unwrap();
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_logout_ends_the_session_and_keeps_the_person_connected() {
    let service = Service::linked().await;
    let mut ann = service.stage.connect(PEOPLE[0]).await.unwrap();
    let kept = log_in(&service, &mut ann, "jira").await;
    let answer = ann.post("logout", &json!({})).await.unwrap();
    assert_eq!(answer.status(), 303);
    assert!(!is_logged_in(&service, &mut ann).await);
    assert!(!opens(&service, &kept).await, "a copy of the cookie is worth nothing either");
    service.world().comment(PEOPLE[0], &service.stage.issue, "Still as myself").unwrap();
    service.quiet().await;
    assert_eq!(service.standing(&service.stage.chat)[0].sender.name(), PEOPLE[0]);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disconnect_destroys_the_mapping_and_the_tokens() {
    let service = Service::linked().await;
    let account = AccountId::new(service.world().person(PEOPLE[0]).unwrap().account_id.as_str());
    let connection = service.database.connect().await;
    let before = number_of_rows(&connection, "credential").await;
    let mut ann = service.stage.connect(PEOPLE[0]).await.unwrap();
    assert!(service.storage.store.person_by_account(service.site, &account).await.unwrap().is_some());
    let answer = ann.post("disconnect", &json!({})).await.unwrap();
    assert_eq!(answer.status(), 303);
    assert!(!is_logged_in(&service, &mut ann).await);
    assert!(service.storage.store.person_by_account(service.site, &account).await.unwrap().is_none());
    assert_eq!(number_of_rows(&connection, "credential").await, before - 2);
    connection.close().await.unwrap();
    service.world().comment(PEOPLE[0], &service.stage.issue, "As a stranger").unwrap();
    service.quiet().await;
    assert!(service.standing(&service.stage.chat)[0].sender.is_bot());
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_sites_page_cannot_make_a_browser_act_here() {
    let service = Service::start().await;
    let mut ann = service.stage.connect(PEOPLE[0]).await.unwrap();
    for path in ["logout", "disconnect", "api/v1/links"] {
        for (header, value) in [
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
            (ORIGIN.as_str(), "https://evil.example"),
        ] {
            let request = ann.request(Method::POST, path).unwrap().header(header, value);
            let answer = request.json(&json!({})).send().await.unwrap();
            assert_eq!(answer.status(), 403, "{path} with {header}: {value}");
        }
    }
    assert!(is_logged_in(&service, &mut ann).await, "nothing has happened");
    let own = service.stage.public_url.as_str().trim_end_matches('/').to_owned();
    let request = ann.request(Method::POST, "logout").unwrap();
    let request = request.header("sec-fetch-site", "same-origin").header(ORIGIN, own);
    assert_eq!(ann.send(request).await.unwrap().status(), 303);
    service.stop().await;
}

//! `state` works once, in time, and in the browser that began; a login ends here and nowhere else.

use std::time::Duration;

use threadline::ambient::Clock;
use threadline::stage::{Browser, PEOPLE};
use threadline_simulator::Options;

use super::{begin, come_back, consent_with, is_logged_in, refused};
use crate::service::Service;

#[tokio::test(flavor = "multi_thread")]
async fn a_login_works_once() {
    let service = Service::start().await;
    let mut ann = Browser::new(service.stage.public_url.clone()).unwrap();
    let authorize = begin(&mut ann, "login/jira").await;
    let callback = service.world().consent(&authorize, PEOPLE[0]).await.unwrap();
    assert_eq!(come_back(&mut ann, &callback).await.status(), 303);
    assert!(is_logged_in(&service, &mut ann).await);
    let sentence = refused(come_back(&mut ann, &callback).await, 400).await;
    assert!(sentence.contains("start again"), "{sentence}");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_somebody_else_began_is_refused() {
    let service = Service::start().await;
    let mut thief = Browser::new(service.stage.public_url.clone()).unwrap();
    let mut victim = Browser::new(service.stage.public_url.clone()).unwrap();
    let authorize = begin(&mut thief, "login/jira").await;
    let callback = service.world().consent(&authorize, PEOPLE[0]).await.unwrap();
    refused(come_back(&mut victim, &callback).await, 400).await;
    begin(&mut victim, "login/jira").await;
    let sentence = refused(come_back(&mut victim, &callback).await, 400).await;
    assert!(sentence.contains("another browser"), "{sentence}");
    assert!(!is_logged_in(&service, &mut victim).await);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_takes_ten_minutes_at_most() {
    let clock = Clock::manual(Clock::system().now());
    let service = Service::start_at(clock.clone(), Options::default(), |_| {}).await;
    let mut ann = Browser::new(service.stage.public_url.clone()).unwrap();
    let authorize = begin(&mut ann, "login/jira").await;
    let callback = service.world().consent(&authorize, PEOPLE[0]).await.unwrap();
    clock.advance(Duration::from_mins(10));
    refused(come_back(&mut ann, &callback).await, 400).await;

    let authorize = begin(&mut ann, "login/jira").await;
    let callback = service.world().consent(&authorize, PEOPLE[0]).await.unwrap();
    clock.advance(Duration::from_secs(599));
    assert_eq!(come_back(&mut ann, &callback).await.status(), 303);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_state_of_one_provider_is_worth_nothing_at_the_other() {
    let service = Service::start().await;
    let mut ann = Browser::new(service.stage.public_url.clone()).unwrap();
    let authorize = begin(&mut ann, "login/jira").await;
    let mut callback = service.world().consent(&authorize, PEOPLE[0]).await.unwrap();
    callback.set_path("login/microsoft/callback");
    refused(come_back(&mut ann, &callback).await, 400).await;
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_may_say_no_and_is_told_how_to_go_on() {
    let service = Service::start().await;
    let mut ann = Browser::new(service.stage.public_url.clone()).unwrap();
    for provider in ["login/jira", "login/microsoft"] {
        let authorize = begin(&mut ann, provider).await;
        let callback = consent_with(&authorize, PEOPLE[0], ("decision", "deny")).await;
        let sentence = refused(come_back(&mut ann, &callback).await, 400).await;
        assert!(sentence.contains("declined"), "{sentence}");
    }
    let invented = service.address("login/jira/callback?code=x&state=invented");
    refused(come_back(&mut ann, &invented).await, 400).await;
    let bare = service.address("login/jira/callback");
    refused(come_back(&mut ann, &bare).await, 400).await;
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_leads_back_to_this_service_only() {
    let service = Service::start().await;
    let mut ann = Browser::new(service.stage.public_url.clone()).unwrap();
    for (wish, end) in [
        ("/panel?issue=ABC-1", "/panel?issue=ABC-1"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("/\t/evil.example", "/"),
        ("javascript:alert(1)", "/"),
    ] {
        let query: String =
            url::form_urlencoded::Serializer::new(String::new()).append_pair("return_to", wish).finish();
        let authorize = begin(&mut ann, &format!("login/jira?{query}")).await;
        let callback = service.world().consent(&authorize, PEOPLE[0]).await.unwrap();
        let ended = come_back(&mut ann, &callback).await;
        assert_eq!(ended.headers()["location"], end, "{wish}");
    }
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_link_connects_both_accounts() {
    let service = Service::start().await;
    let mut ann = Browser::new(service.stage.public_url.clone()).unwrap();
    let authorize = begin(&mut ann, "login/microsoft?then=jira").await;
    let callback = service.world().consent(&authorize, PEOPLE[0]).await.unwrap();
    let next = come_back(&mut ann, &callback).await;
    assert_eq!(next.headers()["location"], "/login/jira");
    let authorize = begin(&mut ann, "login/jira").await;
    let callback = service.world().consent(&authorize, PEOPLE[0]).await.unwrap();
    assert_eq!(come_back(&mut ann, &callback).await.headers()["location"], "/");
    let page = ann.get("").await.unwrap().text().await.unwrap();
    assert!(page.contains("disconnect"), "{page}");
    service.stop().await;
}

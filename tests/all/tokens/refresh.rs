//! Refreshing: by one process at a time, with what was handed out last.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use threadline::ids::AccountId;
use threadline::secret::{Secret, TokenSet};
use threadline::stage::{Browser, PEOPLE};
use threadline::vault::{Subject, TokenError};
use threadline_simulator::{Fault, Host, Moment};
use url::Url;

use super::{JIRA_TOKEN, two_hours_pass};
use crate::service::Service;

/// The list of chats, from this copy of the service: it needs both tokens of the viewer.
async fn look(service: &Service, browser: &Browser, at: &Url) -> StatusCode {
    let path = format!("api/v1/issues/{}/{}/chats", service.site, service.stage.issue);
    let url = at.join(&path).unwrap();
    browser.request(Method::GET, url.as_str()).unwrap().send().await.unwrap().status()
}

/// How often each token endpoint was called so far.
fn exchanges(service: &Service) -> (u64, u64) {
    let microsoft =
        service.world().calls().iter().filter(|call| call.host == Host::Login).fold(0, |sum, call| {
            sum + if call.method == "POST" && call.route.ends_with("/token") { call.count } else { 0 }
        });
    (service.calls_of("POST", JIRA_TOKEN), microsoft)
}

#[tokio::test(flavor = "multi_thread")]
async fn two_copies_of_the_service_refresh_once_between_them() {
    let (service, clock) = Service::linked_in_still_time().await;
    let twin = service.twin().await;
    let ann = service.stage.connect(PEOPLE[0]).await.unwrap();
    for _ in 0..2 {
        two_hours_pass(&service, &clock);
        let before = exchanges(&service);
        let looks = (0..8).map(|number| {
            let at = if number % 2 == 0 { &service.stage.public_url } else { &twin.url };
            look(&service, &ann, at)
        });
        for status in futures(looks).await {
            assert_eq!(status, 200);
        }
        let after = exchanges(&service);
        assert_eq!((after.0 - before.0, after.1 - before.1), (1, 1), "one refresh at each provider");
    }
    // The second round worked with what the first one had been handed out: Atlassian takes an
    // old refresh token ten minutes long, and then ends the whole login.
    twin.stop().await;
    service.stop().await;
}

/// Lets all of them run at the same time.
async fn futures<F: Future>(all: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut under_way: Vec<_> = all.map(Box::pin).collect();
    let mut done = Vec::new();
    std::future::poll_fn(|context| {
        under_way.retain_mut(|future| match future.as_mut().poll(context) {
            std::task::Poll::Ready(value) => {
                done.push(value);
                false
            }
            std::task::Poll::Pending => true,
        });
        if under_way.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    done
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_lost_after_the_exchange_costs_nobody_their_login() {
    let (service, clock) = Service::linked_in_still_time().await;
    let ann = service.stage.connect(PEOPLE[0]).await.unwrap();
    let here = service.stage.public_url.clone();
    two_hours_pass(&service, &clock);
    service.world().fail(Fault::cut(Moment::After).on("POST", JIRA_TOKEN).times(1));
    assert_eq!(look(&service, &ann, &here).await, 503, "the outcome is unknown");
    assert_eq!(look(&service, &ann, &here).await, 200, "the old token is taken once more");
    two_hours_pass(&service, &clock);
    assert_eq!(look(&service, &ann, &here).await, 200, "and the newest one was kept");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_dies_during_a_refresh_holds_nobody_up_for_long() {
    let (service, clock) = Service::linked_in_still_time().await;
    let ann = service.stage.connect(PEOPLE[0]).await.unwrap();
    let here = service.stage.public_url.clone();
    two_hours_pass(&service, &clock);
    let until = clock.now().plus(Duration::from_secs(30)).0;
    service
        .change(&format!("UPDATE credential SET refresh_lease_until = {until} WHERE provider = 'jira'"))
        .await;
    let mut waiting = Box::pin(look(&service, &ann, &here));
    let early = tokio::time::timeout(Duration::from_millis(300), &mut waiting).await;
    assert!(early.is_err(), "somebody else is refreshing");
    clock.advance(Duration::from_secs(31));
    assert_eq!(waiting.await, 200);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_disconnects_or_logs_in_during_a_refresh_is_not_written_for_with_its_tokens() {
    let (service, clock) = Service::linked_in_still_time().await;
    let vault = &service.storage.vault;
    let account = service.world().person(PEOPLE[0]).unwrap().account_id.clone();
    let subject = Subject::jira(&AccountId::new(account));
    let tokens = |access: &str| TokenSet {
        access: Secret::new(access),
        refresh: Some(Secret::new("refresh")),
        expires_in: Duration::from_hours(1),
        scopes: Vec::new(),
    };
    two_hours_pass(&service, &clock);
    let logged_in = vault
        .access_token(&subject, |_| async {
            vault.keep_tokens(&subject, &tokens("of the new login")).await.unwrap();
            Ok(tokens("of the refresh"))
        })
        .await;
    assert!(logged_in.unwrap().matches(b"of the new login"));

    two_hours_pass(&service, &clock);
    let disconnected = vault
        .access_token(&subject, |_| async {
            vault.forget_tokens(&subject).await.unwrap();
            Ok(tokens("of the refresh"))
        })
        .await;
    assert!(matches!(disconnected, Err(TokenError::NotConnected)));
    let after = vault.access_token(&subject, |_| async { panic!("there is nothing to refresh") }).await;
    assert!(matches!(after, Err(TokenError::NotConnected)));
    service.stop().await;
}

//! The second try of a write whose first came to nobody knows what, when something has changed
//! between the two.

use std::time::Duration;

use serde_json::json;
use threadline::ambient::Clock;
use threadline::queue::EventState;
use threadline::stage::{Browser, PEOPLE};
use threadline::store::{Setting, SettingName, SettingScope, UnconnectedComments};
use threadline_simulator::{Fault, Host, Moment};

use crate::service::Service;

/// Longer than any wait between two tries here.
const A_WHILE: Duration = Duration::from_hours(1);

/// A service in still time: a second try comes when the test says so.
async fn scene(comments: UnconnectedComments) -> (Service, Clock, Browser) {
    let (service, clock) = Service::linked_in_still_time().await;
    let ben = service.stage.connect(PEOPLE[1]).await.unwrap();
    let rule = (SettingName::UnconnectedComments, Some(Setting::UnconnectedComments(comments)));
    let store = &service.storage.store;
    store.change_settings(SettingScope::Instance, vec![rule], "operator".to_owned()).await.unwrap();
    (service, clock, ben)
}

fn next_message(service: &Service, trouble: Fault) {
    let route = trouble.at_host(Host::Graph).on("POST", "/v1.0/chats/*/messages");
    service.world().fail(route.times(1));
}

async fn until_tried(service: &Service, times: i32) {
    service
        .until_events("a try has failed", |events| {
            events.iter().any(|event| {
                EventState::of(event) == EventState::Ready
                    && event.attempts == times
                    && event.reason.as_deref() == Some("outcome unknown")
            })
        })
        .await;
}

/// The message is there, and before anybody knows, its author is connected no more.
async fn disconnected_meanwhile(comments: UnconnectedComments, readers: &[&str]) {
    let (service, clock, mut ben) = scene(comments).await;
    let (issue, chat) = (&service.stage.issue, &service.stage.chat);
    next_message(&service, Fault::cut(Moment::After));
    service.world().comment(PEOPLE[1], issue, "Said once").unwrap();
    until_tried(&service, 1).await;
    assert_eq!(ben.post("disconnect", &json!({})).await.unwrap().status(), 303);
    for reader in readers {
        let mut reader = service.stage.connect(reader).await.unwrap();
        assert_eq!(reader.post("disconnect", &json!({})).await.unwrap().status(), 303);
    }
    service.pass(&clock, A_WHILE);
    service.quiet().await;
    let all_is_one = || {
        let standing = service.standing(chat);
        assert_eq!(standing.len(), 1, "{standing:#?}");
        assert_eq!(standing[0].sender.name(), PEOPLE[1]);
        assert_eq!(service.comment_texts(issue), ["Said once"]);
    };
    all_is_one();
    assert_eq!(service.storage.queue.count_in(EventState::Waiting).await.unwrap(), 0, "it is relayed");
    for person in readers.iter().chain(&[PEOPLE[1]]) {
        service.stage.connect(person).await.unwrap();
    }
    service.quiet().await;
    all_is_one();
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comment_that_would_wait_for_its_author_is_looked_for_first() {
    Box::pin(disconnected_meanwhile(UnconnectedComments::Hold, &[])).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bot_does_not_say_again_what_its_author_has_said() {
    Box::pin(disconnected_meanwhile(UnconnectedComments::Bot, &[])).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comment_that_nobody_can_read_any_more_is_looked_for_first() {
    Box::pin(disconnected_meanwhile(UnconnectedComments::Bot, &[PEOPLE[0]])).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comment_that_was_never_said_waits_for_its_author() {
    let (service, clock, mut ben) = scene(UnconnectedComments::Hold).await;
    let (issue, chat) = (&service.stage.issue, &service.stage.chat);
    next_message(&service, Fault::cut(Moment::Before));
    service.world().comment(PEOPLE[1], issue, "Said later").unwrap();
    until_tried(&service, 1).await;
    assert_eq!(ben.post("disconnect", &json!({})).await.unwrap().status(), 303);
    service.pass(&clock, A_WHILE);
    service.until_reason(EventState::Waiting, "author not connected").await;
    assert!(service.standing(chat).is_empty());
    service.stage.connect(PEOPLE[1]).await.unwrap();
    service.quiet().await;
    let standing = service.standing(chat);
    assert_eq!(standing.len(), 1, "{standing:#?}");
    assert_eq!(standing[0].sender.name(), PEOPLE[1]);
    assert_eq!(service.comment_texts(issue), ["Said later"]);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_third_try_finds_what_the_second_wrote_in_other_words() {
    let (service, clock, _) = scene(UnconnectedComments::Bot).await;
    let (issue, chat) = (&service.stage.issue, &service.stage.chat);
    next_message(&service, Fault::cut(Moment::Before));
    let comment = service.world().comment(PEOPLE[1], issue, "Old words").unwrap();
    until_tried(&service, 1).await;
    service.world().edit_comment(PEOPLE[1], issue, &comment, "New words").unwrap();
    next_message(&service, Fault::cut(Moment::After));
    service.pass(&clock, A_WHILE);
    until_tried(&service, 2).await;
    service.pass(&clock, A_WHILE);
    service.quiet().await;
    let standing = service.standing(chat);
    assert_eq!(standing.iter().map(|one| one.text().trim().to_owned()).collect::<Vec<_>>(), ["New words"]);
    assert_eq!(service.comment_texts(issue), ["New words"]);
    service.stop().await;
}

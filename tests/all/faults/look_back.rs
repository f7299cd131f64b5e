//! What an earlier try may have written is looked for as far back as that try, and where a look
//! fails, nothing is written.

use std::time::Duration;

use threadline::ambient::Clock;
use threadline::queue::EventState;
use threadline::stage::{Browser, PEOPLE, PROJECT};
use threadline_simulator::{
    DeliveryFault, DeliveryTrouble, Fault, Host, IssueDraft, MessageDraft, Moment, Receiver,
};

use crate::service::{PATIENCE, Service};

const MESSAGES: &str = "/v1.0/chats/*/messages";
const COMMENT: &str = "*/issue/*/comment";

/// A linked service whose next write to this route is made, without anybody hearing of it. Time
/// stands still: nobody looks for it yet.
async fn about_to_lose(host: Host, path: &str) -> (Service, Clock) {
    let (service, clock) = Service::linked_in_still_time().await;
    service.world().fail(Fault::cut(Moment::After).at_host(host).on("POST", path).times(1));
    (service, clock)
}

/// The next try comes, and all that follows from it.
async fn next_try(service: &Service, clock: &Clock) {
    service.pass(clock, Duration::from_mins(10));
    service.quiet().await;
}

/// Nobody tells the service of what people write from now on.
async fn unheard(service: &Service, receiver: Receiver, write: impl Fn()) {
    service.world().fail_delivery(DeliveryFault::new(DeliveryTrouble::Drop).to(receiver));
    write();
    assert!(service.world().settled(PATIENCE).await);
    service.world().clear_faults();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_found_behind_all_that_people_wrote_since() {
    let (service, clock) = about_to_lose(Host::Graph, MESSAGES).await;
    let (world, chat) = (service.world(), &service.stage.chat);
    world.comment(PEOPLE[0], &service.stage.issue, "Said once").unwrap();
    service.until_reason(EventState::Ready, "outcome unknown").await;
    unheard(&service, Receiver::Bot, || {
        for number in 0..120 {
            world.send_message(PEOPLE[1], chat, MessageDraft::text(&format!("Chatter {number}"))).unwrap();
        }
    })
    .await;
    next_try(&service, &clock).await;
    let said = service.standing(chat).iter().filter(|message| message.text().trim() == "Said once").count();
    assert_eq!(said, 1);
    assert_eq!(service.reasons_of("comment created").await, ["relayed"]);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comment_is_found_behind_all_that_people_wrote_since() {
    let (service, clock) = about_to_lose(Host::Api, COMMENT).await;
    let (world, issue) = (service.world(), &service.stage.issue);
    world.send_message(PEOPLE[1], &service.stage.chat, "Said once").unwrap();
    service.until_reason(EventState::Ready, "outcome unknown").await;
    unheard(&service, Receiver::Webhook, || {
        for number in 0..220 {
            world.comment(PEOPLE[0], issue, format!("Chatter {number}").as_str()).unwrap();
        }
    })
    .await;
    next_try(&service, &clock).await;
    assert_eq!(service.comment_texts(issue).iter().filter(|text| *text == "Said once").count(), 1);
    assert_eq!(service.reasons_of("message").await, ["relayed"]);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_that_the_database_fails_is_no_look() {
    let (service, clock) = about_to_lose(Host::Graph, MESSAGES).await;
    let world = service.world();
    world.comment(PEOPLE[0], &service.stage.issue, "Said once").unwrap();
    let first = service.until_reason(EventState::Ready, "outcome unknown").await;
    // While the chat's messages are on their way, the database loses what is paired.
    world.fail(Fault::delay(3_000, Moment::After).at_host(Host::Graph).on("GET", MESSAGES).times(1));
    service.pass(&clock, Duration::from_mins(10));
    let struck = async {
        while world.faults().0.iter().any(|fault| fault.times != Some(0)) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, struck).await.expect("the look begins");
    service.change("ALTER TABLE message_pair RENAME TO lost_pair").await;
    service
        .until_events("the look ends", |events| {
            let of = |event: &&threadline::queue::Event| event.id == first.id;
            events.iter().find(of).is_some_and(|event| {
                event.attempts > first.attempts || EventState::of(event) != EventState::Ready
            })
        })
        .await;
    service.change("ALTER TABLE lost_pair RENAME TO message_pair").await;
    next_try(&service, &clock).await;
    assert_eq!(service.standing(&service.stage.chat).len(), 1, "{:?}", service.chat_texts());
    assert_eq!(service.reasons_of("comment created").await, ["relayed"]);
    service.stop().await;
}

/// A service whose chat has two issues, the first of them the current one, and a message of which
/// nobody knows whether it has become a comment there.
async fn begun_on_the_first_of_two() -> (Service, Clock, Browser, String) {
    let (service, clock) = about_to_lose(Host::Api, COMMENT).await;
    let (world, chat) = (service.world(), &service.stage.chat);
    let mut ann = service.stage.connect(PEOPLE[0]).await.unwrap();
    let second = world.create_issue(PEOPLE[0], IssueDraft::new(PROJECT, "Second")).unwrap().key;
    service.link(&mut ann, &second, chat).await;
    service.link(&mut ann, &service.stage.issue, chat).await;
    world.send_message(PEOPLE[1], chat, "For the first").unwrap();
    service.until_reason(EventState::Ready, "outcome unknown").await;
    assert_eq!(service.comment_texts(&service.stage.issue), ["For the first"]);
    (service, clock, ann, second)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_stays_with_the_issue_on_which_its_comment_was_begun() {
    let (service, clock, mut ann, second) = begun_on_the_first_of_two().await;
    // The other one is the current one now.
    service.link(&mut ann, &second, &service.stage.chat).await;
    next_try(&service, &clock).await;
    assert_eq!(service.comment_texts(&service.stage.issue), ["For the first"]);
    assert_eq!(service.comment_texts(&second), [""; 0]);
    assert_eq!(service.reasons_of("message").await, ["relayed"]);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_waits_for_the_issue_on_which_its_comment_was_begun() {
    let (service, clock, mut ann, second) = begun_on_the_first_of_two().await;
    let first = service.stage.issue.clone();
    service.change(&format!("UPDATE chat_link SET state = 'paused' WHERE issue_key = '{first}'")).await;
    next_try(&service, &clock).await;
    service.until_reason(EventState::Waiting, "link paused").await;
    assert_eq!(service.comment_texts(&second), [""; 0]);

    service.link(&mut ann, &first, &service.stage.chat).await;
    next_try(&service, &clock).await;
    assert_eq!((service.comment_texts(&first).len(), service.comment_texts(&second).len()), (1, 0));
    assert_eq!(service.reasons_of("message").await, ["relayed"]);
    service.stop().await;
}

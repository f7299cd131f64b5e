//! A conversation that is held up keeps its order, and holds nobody else up.

use std::time::Duration;

use threadline::queue::EventState;
use threadline::stage::{PEOPLE, PROJECT};
use threadline_simulator::{ChatKind, Fault, Host, IssueDraft};

use crate::service::{PATIENCE, Service};

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_later_waits_for_what_came_first() {
    let service = Service::linked().await;
    let (world, chat) = (service.world(), &service.stage.chat);
    world.fail(Fault::status(503).at_host(Host::Api).on("POST", "*/comment").times(2));
    for text in ["first", "second", "third"] {
        world.send_message(PEOPLE[1], chat, text).unwrap();
    }
    service.quiet().await;
    assert_eq!(service.comment_texts(&service.stage.issue), ["first", "second", "third"]);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wish_to_wait_is_honoured_to_the_second_and_does_not_count() {
    let (service, clock) = Service::linked_in_still_time().await;
    let (world, chat, issue) = (service.world(), &service.stage.chat, &service.stage.issue);
    world.fail(Fault::too_many(30).at_host(Host::Api).on("POST", "*/comment").times(1));
    world.send_message(PEOPLE[1], chat, "In half a minute").unwrap();
    let event = service.until_reason(EventState::Ready, "throttled").await;
    assert_eq!(event.attempts, 0);
    assert_eq!(event.due_at, clock.now().plus(Duration::from_secs(30)).0);
    service.pass_here(&clock, Duration::from_millis(29_999));
    // A few looks at the queue pass by.
    tokio::time::sleep(service.settings.relay.poll() * 4).await;
    assert_eq!(world.comments(issue).len(), 0);
    service.pass_here(&clock, Duration::from_millis(1));
    service.until("the comment", |world| world.comments(issue).len() == 1).await;
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_conversation_is_not_held_up() {
    let (service, _clock) = Service::linked_in_still_time().await;
    let world = service.world();
    let other_issue = world.create_issue(PEOPLE[0], IssueDraft::new(PROJECT, "Other")).unwrap().key;
    let other_chat = world.add_chat("Other", &PEOPLE, ChatKind::Group).unwrap();
    world.install_bot(&other_chat).unwrap();
    assert!(world.settled(PATIENCE).await);
    let mut ann = service.stage.connect(PEOPLE[0]).await.unwrap();
    service.link(&mut ann, &other_issue, &other_chat).await;
    world.fail(Fault::too_many(3_600).at_host(Host::Api).on("POST", "*/comment").times(1));
    world.send_message(PEOPLE[1], &service.stage.chat, "Held up").unwrap();
    service.until_reason(EventState::Ready, "throttled").await;
    world.send_message(PEOPLE[1], &other_chat, "On time").unwrap();
    service.until("the other comment", |world| world.comments(&other_issue).len() == 1).await;
    assert_eq!(world.comments(&service.stage.issue).len(), 0);
    service.stop().await;
}

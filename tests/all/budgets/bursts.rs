//! A burst goes out as fast as it may, in order, and nobody is refused.

use threadline::ambient::Clock;
use threadline::app::Part;
use threadline::queue::EventState;
use threadline::stage::{Conversation, PEOPLE};
use threadline_simulator::{CommentDraft, MessageDraft};

use super::{in_its_time, limited_in_still_time, refused, strict};
use crate::service::{PATIENCE, Service};

/// What a chat is expected to say, or an issue.
fn texts(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("Note {number}")).collect()
}

/// The notes in what the bot or a person wrote, in order.
fn notes(texts: &[String]) -> Vec<String> {
    let note = |text: &String| {
        let at = text.find("Note ")?;
        let note: String = text[at..].chars().take_while(|c| c.is_alphanumeric() || *c == ' ').collect();
        Some(note.trim().to_owned())
    };
    texts.iter().filter_map(note).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn thirty_comments_at_once_reach_the_chat_in_order_and_nothing_is_refused() {
    let (service, clock) = limited_in_still_time().await;
    for text in texts(30) {
        service.world().comment(PEOPLE[2], &service.stage.issue, CommentDraft::text(&text)).unwrap();
    }
    in_its_time(&service, &clock).await;
    assert_eq!(notes(&service.chat_texts()), texts(30));
    assert_eq!(refused(service.world()), 0);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn thirty_messages_at_once_reach_the_issue_in_order_and_nothing_is_refused() {
    let (service, clock) = limited_in_still_time().await;
    for text in texts(30) {
        service.world().send_message(PEOPLE[0], &service.stage.chat, MessageDraft::text(&text)).unwrap();
    }
    in_its_time(&service, &clock).await;
    assert_eq!(service.comment_texts(&service.stage.issue), texts(30));
    assert_eq!(refused(service.world()), 0);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_chat_holds_up_no_other_one() {
    // No time passes: nothing more goes into the full one.
    let (service, _clock) = limited_in_still_time().await;
    let Conversation { issue, chat } =
        service.stage.add_conversation(&service.storage, service.site, "Elsewhere").await.unwrap();
    for text in texts(40) {
        service.world().comment(PEOPLE[2], &service.stage.issue, CommentDraft::text(&text)).unwrap();
    }
    service.until("the chat is full", |world| world.messages(&service.stage.chat).len() >= 7).await;
    service.world().comment(PEOPLE[2], &issue, CommentDraft::text("Note 99")).unwrap();
    service.until("the other chat has its message", |world| !world.messages(&chat).is_empty()).await;
    assert!(notes(&service.chat_texts()).len() < 40, "the first chat is still at it");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn edits_that_follow_each_other_are_one() {
    let service = Service::start_only_at(Part::Web, Clock::system(), strict()).await;
    let relay = service.twin_only(Some(Part::Relay)).await;
    service.connect_and_link().await;
    let world = service.world();
    let comment = world.comment(PEOPLE[2], &service.stage.issue, CommentDraft::text("Note 0")).unwrap();
    service.quiet().await;
    // Before somebody comes to the first edit the others come in behind it.
    relay.stop().await;
    for number in 1..=10 {
        world
            .edit_comment(
                PEOPLE[2],
                &service.stage.issue,
                &comment,
                CommentDraft::text(&format!("Note {number}")),
            )
            .unwrap();
    }
    assert!(world.settled(PATIENCE).await);
    let relay = service.twin_only(Some(Part::Relay)).await;
    service.quiet().await;
    assert_eq!(notes(&service.chat_texts()), ["Note 10"]);
    let reasons = service.reasons_of("comment edited").await;
    assert_eq!(reasons.iter().filter(|reason| *reason == "overtaken").count(), 9, "{reasons:?}");
    let changes = service.calls_of("PUT", "/teams/v3/conversations/{conversation}/activities/{activity}");
    assert_eq!(changes, 1);
    assert_eq!(service.storage.queue.count_in(EventState::Dead).await.unwrap(), 0);
    relay.stop().await;
    service.stop().await;
}

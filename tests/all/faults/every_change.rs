//! Each change that follows an edit or a deletion against each way to fail.

use std::cell::Cell;
use std::time::{Duration, Instant};

use threadline::stage::PEOPLE;
use threadline_simulator::Host;

use super::{impatient, through_all_troubles, troubles};
use crate::service::{PATIENCE, Service};

/// Who writes the message that follows, and through which calls.
struct Voice {
    author: &'static str,
    host: Host,
    edit: (&'static str, &'static str),
    delete: (&'static str, &'static str),
}

const PERSON: Voice = Voice {
    author: PEOPLE[0],
    host: Host::Graph,
    edit: ("PATCH", "/v1.0/chats/*/messages/*"),
    delete: ("POST", "*/softDelete"),
};
const BOT: Voice = Voice {
    author: PEOPLE[2],
    host: Host::Service,
    edit: ("PUT", "/teams/v3/conversations/*/activities/*"),
    delete: ("DELETE", "/teams/v3/conversations/*/activities/*"),
};

/// Waits, in the middle of what somebody does, for what must come of their last step.
fn wait_until(condition: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < deadline, "it does not follow");
        std::thread::sleep(Duration::from_millis(10));
    }
}

async fn the_message_follows(voice: Voice) {
    let service = impatient().await;
    let (world, issue) = (service.world(), &service.stage.issue);
    let comment = world.comment(voice.author, issue, "First").unwrap();
    service.until("the message", |world| world.messages(&service.stage.chat).len() == 1).await;
    through_all_troubles(&service, voice.edit.0, voice.host, voice.edit.1, |text| {
        world.edit_comment(voice.author, issue, &comment, text).unwrap();
    })
    .await;
    let last = troubles().len() - 1;
    let standing = service.standing(&service.stage.chat);
    assert_eq!(standing.len(), 1);
    assert!(standing[0].text().ends_with(troubles()[last].0), "{}", standing[0].text());
    assert_eq!(service.reasons_of("comment edited").await, vec!["updated"; troubles().len()]);

    let comments: Vec<String> =
        troubles().iter().map(|(name, _)| world.comment(voice.author, issue, *name).unwrap()).collect();
    service.quiet().await;
    let next = Cell::new(0);
    through_all_troubles(&service, voice.delete.0, voice.host, voice.delete.1, |_| {
        world.delete_comment(voice.author, issue, &comments[next.get()]).unwrap();
        next.set(next.get() + 1);
    })
    .await;
    assert_eq!(service.standing(&service.stage.chat).len(), 1);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_follows_its_comment() {
    Box::pin(the_message_follows(PERSON)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bots_message_follows_its_comment() {
    Box::pin(the_message_follows(BOT)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comment_follows_its_message() {
    let service = impatient().await;
    let (world, chat) = (service.world(), &service.stage.chat);
    let message = world.send_message(PEOPLE[1], chat, "First").unwrap();
    service.until("the comment", |world| world.comments(&service.stage.issue).len() == 1).await;
    through_all_troubles(&service, "PUT", Host::Api, "*/comment/*", |text| {
        world.edit_message(PEOPLE[1], chat, &message, text).unwrap();
    })
    .await;
    assert_eq!(service.comment_texts(&service.stage.issue), ["cut after"]);
    through_all_troubles(&service, "DELETE", Host::Api, "*/comment/*", |_| {
        // Gone, back and gone again: each time there is a comment to delete.
        if world.messages(chat)[0].deleted.is_some() {
            world.undelete_message(PEOPLE[1], chat, &message).unwrap();
        }
        wait_until(|| !world.comments(&service.stage.issue).is_empty());
        world.delete_message(PEOPLE[1], chat, &message).unwrap();
    })
    .await;
    assert_eq!(service.comment_texts(&service.stage.issue), Vec::<String>::new());
    through_all_troubles(&service, "POST", Host::Api, "*/comment", |_| {
        if world.messages(chat)[0].deleted.is_none() {
            world.delete_message(PEOPLE[1], chat, &message).unwrap();
        }
        wait_until(|| world.comments(&service.stage.issue).is_empty());
        world.undelete_message(PEOPLE[1], chat, &message).unwrap();
    })
    .await;
    assert_eq!(service.comment_texts(&service.stage.issue), ["cut after"], "brought back once");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_comes_back_when_its_comment_may_be_shown_again() {
    let service: Service = impatient().await;
    let (world, issue, author) = (service.world(), &service.stage.issue, PEOPLE[0]);
    world.add_to_role(threadline::stage::CLOUD, "Administrators", author).unwrap();
    let comment = world.comment(author, issue, "For all").unwrap();
    service.quiet().await;
    through_all_troubles(&service, "POST", Host::Graph, "*/undoSoftDelete", |text| {
        let some = threadline_simulator::CommentDraft::text(text).for_role("Administrators");
        world.edit_comment(author, issue, &comment, some).unwrap();
        wait_until(|| world.messages(&service.stage.chat)[0].deleted.is_some());
        world.edit_comment(author, issue, &comment, text).unwrap();
    })
    .await;
    assert_eq!(service.chat_texts(), ["<p>cut after</p>"]);
    service.stop().await;
}

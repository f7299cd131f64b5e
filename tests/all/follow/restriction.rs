//! A comment that is no longer for everyone is taken out of the chat, and comes back when it is.

use threadline::stage::{CLOUD, PEOPLE};
use threadline_simulator::CommentDraft;

use crate::service::Service;

const ROLE: &str = "Administrators";

/// A relayed comment that has become one for a role.
async fn restricted(service: &Service, author: &str) -> (String, String) {
    service.world().add_to_role(CLOUD, ROLE, author).unwrap();
    let (comment, message) = service.relayed_comment(author, "For all").await;
    let draft = CommentDraft::text("For some").for_role(ROLE);
    service.world().edit_comment(author, &service.stage.issue, &comment, draft).unwrap();
    service.quiet().await;
    (comment, message)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comment_that_becomes_restricted_is_taken_out_and_put_back() {
    let service = Service::linked().await;
    let (comment, message) = restricted(&service, PEOPLE[0]).await;
    assert_eq!(service.chat_texts(), Vec::<String>::new());
    assert_eq!(service.reasons_of("comment edited").await, ["taken out of the chat"]);
    let draft = CommentDraft::text("For some, still").for_role(ROLE);
    service.edit_comment(&comment, draft);
    service.quiet().await;
    assert_eq!(service.chat_texts(), Vec::<String>::new());
    assert_eq!(service.reasons_of("comment edited").await.pop().unwrap(), "restricted comment");

    service.edit_comment(&comment, "For all again");
    service.quiet().await;
    assert_eq!(service.chat_texts(), ["<p>For all again</p>"]);
    assert_eq!(service.standing(&service.stage.chat)[0].id, message, "the same message came back");
    assert_eq!(service.reasons_of("comment edited").await.pop().unwrap(), "restored");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bot_takes_out_what_it_wrote_and_writes_it_anew() {
    let service = Service::linked().await;
    let (comment, message) = restricted(&service, PEOPLE[2]).await;
    assert_eq!(service.chat_texts(), Vec::<String>::new());
    service.world().edit_comment(PEOPLE[2], &service.stage.issue, &comment, "For all again").unwrap();
    service.quiet().await;
    let standing = service.standing(&service.stage.chat);
    assert_eq!(standing.len(), 1);
    assert!(standing[0].content.contains("For all again"), "{}", standing[0].content);
    assert_ne!(standing[0].id, message, "what a bot deletes does not come back");
    service.world().edit_comment(PEOPLE[2], &service.stage.issue, &comment, "And on").unwrap();
    service.quiet().await;
    assert!(service.chat_texts()[0].contains("And on"), "the new message follows too");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restricted_comment_cannot_be_brought_back_in_the_chat() {
    let service = Service::linked().await;
    let (_, message) = restricted(&service, PEOPLE[0]).await;
    service.world().undelete_message(PEOPLE[0], &service.stage.chat, &message).unwrap();
    service.quiet().await;
    assert_eq!(service.chat_texts(), Vec::<String>::new());
    assert_eq!(service.reasons_of("message edited").await, ["taken out of the chat"]);
    assert_eq!(service.comment_texts(&service.stage.issue), ["For some"]);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comment_that_was_restricted_at_first_arrives_when_it_is_for_everyone() {
    let service = Service::linked().await;
    service.world().add_to_role(CLOUD, ROLE, PEOPLE[0]).unwrap();
    let draft = CommentDraft::text("Not yet").for_role(ROLE);
    let comment = service.world().comment(PEOPLE[0], &service.stage.issue, draft).unwrap();
    service.quiet().await;
    assert_eq!(service.chat_texts(), Vec::<String>::new());
    service.edit_comment(&comment, "Now");
    service.quiet().await;
    assert_eq!(service.chat_texts(), ["<p>Now</p>"]);
    assert_eq!(service.reasons_of("comment edited").await, ["relayed"]);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comment_that_no_reader_sees_any_more_is_taken_out() {
    let service = Service::linked().await;
    // Cleo is not connected: once she restricts her comment, nobody whom we can act as sees it.
    let (_, _) = restricted(&service, PEOPLE[2]).await;
    assert_eq!(service.chat_texts(), Vec::<String>::new());
    assert_eq!(service.reasons_of("comment edited").await, ["taken out of the chat"]);
    service.stop().await;
}

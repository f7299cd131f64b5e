//! Where a platform does not take a change, the chat is told in one line.

use threadline::queue::EventState;
use threadline::stage::PEOPLE;
use threadline_simulator::{Fault, Host};

use crate::service::Service;

/// The one line of the bot that holds these words.
fn told(service: &Service, words: &str) -> String {
    let mut lines = service.chat_texts();
    lines.retain(|text| text.contains(words));
    assert_eq!(lines.len(), 1, "{:?}", service.chat_texts());
    lines.remove(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_author_who_has_left_the_chat_cannot_change_their_message() {
    let service = Service::linked().await;
    let (comment, _) = service.relayed_comment(PEOPLE[0], "Here for now").await;
    service.world().remove_member(&service.stage.chat, PEOPLE[0]).unwrap();
    service.edit_comment(&comment, "Not here any more");
    service.quiet().await;
    let line = told(&service, "was edited in Jira");
    assert!(line.contains(&format!("focusedCommentId={comment}")), "{line}");
    assert_eq!(service.reasons_of("comment edited").await, ["change refused"]);
    service.world().delete_comment(PEOPLE[0], &service.stage.issue, &comment).unwrap();
    service.quiet().await;
    told(&service, "was deleted in Jira");
    assert_eq!(service.reasons_of("comment deleted").await, ["change refused"]);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_waits_for_an_author_who_must_log_in_again() {
    let service = Service::linked().await;
    let (comment, _) = service.relayed_comment(PEOPLE[0], "Before").await;
    service.world().revoke_refresh_tokens(PEOPLE[0]).unwrap();
    service.world().expire_access_tokens(PEOPLE[0]).unwrap();
    // Jira is read by the other one who is connected.
    let ben = service.world().person(PEOPLE[1]).unwrap();
    service.set_integration_account(&threadline::ids::AccountId::new(ben.account_id.as_str())).await;
    service.edit_comment(&comment, "After");
    service.quiet().await;
    service.until_reason(EventState::Waiting, "login needed").await;
    told(&service, "was edited in Jira");
    service.stage.connect(PEOPLE[0]).await.unwrap();
    service.quiet().await;
    assert!(service.chat_texts().contains(&"<p>After</p>".to_owned()), "{:?}", service.chat_texts());
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_of_somebody_who_is_not_connected_cannot_be_changed_for_them() {
    let service = Service::linked().await;
    let ann = service.world().person(PEOPLE[0]).unwrap();
    service.set_integration_account(&threadline::ids::AccountId::new(ann.account_id.as_str())).await;
    let (_, comment) = service.relayed_message(PEOPLE[2], "My words").await;
    service.edit_comment(&comment, "Somebody else's words");
    service.quiet().await;
    told(&service, "was edited in Jira");
    assert_eq!(service.reasons_of("comment edited").await, ["author not connected"]);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn jira_may_refuse_the_edit_of_a_comment() {
    let service = Service::linked().await;
    let (message, comment) = service.relayed_message(PEOPLE[1], "Mine").await;
    service.world().fail(Fault::status(400).at_host(Host::Api).on("PUT", "*/comment/*"));
    service.world().edit_message(PEOPLE[1], &service.stage.chat, &message, "Mine!").unwrap();
    service.quiet().await;
    let line = told(&service, "is not in Jira");
    assert!(line.contains(&format!("focusedCommentId={comment}")), "{line}");
    assert_eq!(service.reasons_of("message edited").await, ["change refused"]);
    service.stop().await;
}

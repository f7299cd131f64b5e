//! Each write of the bridge against each way to fail.

use threadline::stage::{PEOPLE, PROJECT};
use threadline_simulator::{Host, MessageDraft};

use super::{impatient, through_all_troubles, troubles};

fn names() -> Vec<String> {
    troubles().iter().map(|(name, _)| (*name).to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_by_its_author_is_there_once() {
    let service = impatient().await;
    through_all_troubles(&service, "POST", Host::Graph, "/v1.0/chats/*/messages", |text| {
        service.world().comment(PEOPLE[0], &service.stage.issue, text).unwrap();
    })
    .await;
    let messages = service.standing(&service.stage.chat);
    assert_eq!(messages.iter().map(|m| m.text().trim().to_owned()).collect::<Vec<_>>(), names());
    assert!(messages.iter().all(|message| message.sender.name() == PEOPLE[0]));
    assert_eq!(service.comment_texts(&service.stage.issue), names(), "and none comes back");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_by_the_bot_is_there_once() {
    let service = impatient().await;
    through_all_troubles(&service, "POST", Host::Service, "/teams/v3/conversations/*/activities", |text| {
        service.world().comment(PEOPLE[2], &service.stage.issue, text).unwrap();
    })
    .await;
    let messages = service.standing(&service.stage.chat);
    assert!(messages.iter().all(|message| message.sender.is_bot()));
    let texts: Vec<String> =
        messages.iter().map(|m| m.text().replace("Cleo Carter (Jira)", "").trim().to_owned()).collect();
    assert_eq!(texts, names());
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comment_is_there_once() {
    let service = impatient().await;
    through_all_troubles(&service, "POST", Host::Api, "*/issue/*/comment", |text| {
        service.world().send_message(PEOPLE[1], &service.stage.chat, text).unwrap();
    })
    .await;
    assert_eq!(service.comment_texts(&service.stage.issue), names());
    assert_eq!(service.standing(&service.stage.chat).len(), names().len(), "and none comes back");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_is_there_once() {
    let service = impatient().await;
    let before = service.world().issues().len();
    through_all_troubles(&service, "POST", Host::Api, "*/rest/api/3/issue", |text| {
        let command = MessageDraft::to_bot(&format!("create {PROJECT} {text}"));
        service.world().send_message(PEOPLE[1], &service.stage.chat, command).unwrap();
    })
    .await;
    let issues = service.world().issues().split_off(before);
    assert_eq!(issues.iter().map(|issue| issue.summary.clone()).collect::<Vec<_>>(), names());
    for issue in &issues {
        assert_eq!(issue.remote_links.len(), 1);
    }
    let said = service.standing(&service.stage.chat).iter().filter(|m| m.sender.is_bot()).count();
    assert_eq!(said, issues.len(), "each is announced once");
    service.stop().await;
}

/// Creates issues while what follows their creation fails at this route.
async fn create_through_troubles(host: Host, path: &str) {
    let service = impatient().await;
    let before = service.world().issues().len();
    through_all_troubles(&service, "POST", host, path, |text| {
        let command = MessageDraft::to_bot(&format!("create {PROJECT} {text}"));
        service.world().send_message(PEOPLE[1], &service.stage.chat, command).unwrap();
    })
    .await;
    let issues = service.world().issues().split_off(before);
    assert_eq!(issues.len(), names().len());
    assert!(issues.iter().all(|issue| issue.remote_links.len() == 1));
    let said = service.standing(&service.stage.chat).iter().filter(|m| m.sender.is_bot()).count();
    assert_eq!(said, issues.len(), "each is announced once");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_issue_is_linked_back_once() {
    Box::pin(create_through_troubles(Host::Api, "*/issue/*/remotelink")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_issue_is_announced_once() {
    Box::pin(create_through_troubles(Host::Service, "/teams/v3/conversations/*/activities")).await;
}

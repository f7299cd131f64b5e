//! What must not be shown is not shown, and nothing of it is kept.

use std::time::Duration;

use threadline::queue::EventState;
use threadline::stage::{CLOUD, PEOPLE};
use threadline_simulator::{CommentDraft, Fault, IssueDraft, ProjectKind};

use crate::service::{Logs, Service};

const SECRET: &str = "xyzzy-only-for-some";

/// Asserts that the words are nowhere: not in the chat, the database or the logs.
async fn nowhere(service: &Service, logs: &Logs) {
    assert_eq!(service.chat_texts(), Vec::<String>::new());
    let found = |bytes: &[u8]| String::from_utf8_lossy(bytes).contains(SECRET);
    assert!(!found(&service.database.everything().await), "in the database");
    assert!(!found(&logs.bytes()), "in the logs");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comment_for_a_role_stays_in_jira() {
    let logs = Logs::keep();
    let service = Service::linked().await;
    service.world().add_to_role(CLOUD, "Administrators", PEOPLE[0]).unwrap();
    let draft = CommentDraft::text(SECRET).for_role("Administrators");
    service.world().comment(PEOPLE[0], &service.stage.issue, draft).unwrap();
    service.quiet().await;
    assert_eq!(service.reasons_of("comment created").await, ["restricted comment"]);
    nowhere(&service, &logs).await;
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn comments_of_an_issue_under_a_security_level_stay_in_jira() {
    let logs = Logs::keep();
    let service = Service::linked().await;
    service.world().restrict_issue(&service.stage.issue, "Management", &[PEOPLE[0]]).unwrap();
    service.world().comment(PEOPLE[0], &service.stage.issue, SECRET).unwrap();
    service.quiet().await;
    assert_eq!(service.reasons_of("comment created").await, ["issue security level"]);
    nowhere(&service, &logs).await;
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_internal_comment_of_a_service_project_stays_in_jira_and_replies_become_internal() {
    let logs = Logs::keep();
    let service = Service::start().await;
    let world = service.world();
    world.add_project(CLOUD, "HELP", "Help desk", ProjectKind::ServiceDesk, &["Request"]).unwrap();
    let issue = world.create_issue(PEOPLE[0], IssueDraft::new("HELP", "No printer")).unwrap().key;
    let mut ann = service.stage.connect(PEOPLE[0]).await.unwrap();
    service.link(&mut ann, &issue, &service.stage.chat).await;
    world.comment(PEOPLE[0], &issue, CommentDraft::text(SECRET).internal()).unwrap();
    service.quiet().await;
    assert_eq!(service.reasons_of("comment created").await, ["internal comment"]);
    nowhere(&service, &logs).await;

    world.comment(PEOPLE[0], &issue, "For the customer").unwrap();
    service.quiet().await;
    assert_eq!(service.chat_texts().len(), 1, "a public comment is relayed");

    world.send_message(PEOPLE[0], &service.stage.chat, "Among us").unwrap();
    service.quiet().await;
    let comment = world.comments(&issue).pop().unwrap();
    assert_eq!(comment.text(), "Among us");
    assert!(comment.internal, "customers must not read the team's chat");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comment_that_is_deleted_before_it_is_read_is_not_relayed() {
    let (service, clock) = Service::linked_in_still_time().await;
    let (world, issue) = (service.world(), &service.stage.issue);
    world.fail(Fault::too_many(30).on("GET", "/ex/jira/*/comment/*").times(1));
    let comment = world.comment(PEOPLE[0], issue, "Too early").unwrap();
    service.until_reason(EventState::Ready, "throttled").await;
    world.delete_comment(PEOPLE[0], issue, &comment).unwrap();
    service.pass_here(&clock, Duration::from_secs(30));
    service.quiet().await;
    assert_eq!(service.reasons_of("comment created").await, ["comment gone"]);
    assert_eq!(service.chat_texts(), Vec::<String>::new());
    service.stop().await;
}

use super::*;
use crate::call::odd_json::object_with;

macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!("../../../tests/fixtures/jira-webhooks/", $name, ".json"))
    };
}

fn read(body: &[u8]) -> Delivery {
    parse(body).unwrap()
}

fn ada() -> AccountId {
    AccountId::new("5b10ac8d82e05b22cc7d4ef5")
}

#[test]
fn a_comment_on_cloud_names_its_issue_its_writer_and_itself() {
    let expected = Delivery {
        event: WebhookEvent::CommentCreated,
        issue_id: Some(IssueId::new("10042")),
        issue_key: Some(IssueKey::new("ABC-1")),
        project_key: Some("ABC".into()),
        comment_id: Some(CommentId::new("10100")),
        timestamp: Some(1_795_255_200_123),
        actor: Some(ada()),
        comment_changed: Some(1_795_255_200_123),
        site_url: Some("https://example.atlassian.net".into()),
    };
    let happened = expected.happened_to_comment();
    assert_eq!(happened.as_deref(), Some("comment_created/10042/10100/1795255200123"));
    assert_eq!(read(fixture!("cloud-comment-created")), expected);
}

#[test]
fn the_documentations_own_spelling_and_numbers_as_ids_are_understood() {
    let delivery = read(fixture!("cloud-issue-updated"));
    assert_eq!(delivery.event, WebhookEvent::IssueUpdated);
    assert_eq!(delivery.issue_id, Some(IssueId::new("10042")));
    assert_eq!(delivery.actor, Some(ada()));
    assert_eq!(delivery.comment_id, None);
}

#[test]
fn a_comment_event_without_its_issue_is_placed_by_its_address() {
    let delivery = read(fixture!("cloud-comment-deleted-without-issue"));
    assert_eq!(delivery.event, WebhookEvent::CommentDeleted);
    assert_eq!(delivery.issue_id, Some(IssueId::new("10042")));
    assert_eq!(delivery.issue_key, None);
    assert_eq!(delivery.actor, Some(ada()));
}

#[test]
fn a_comment_inside_an_issue_update_of_server_is_a_comment_event() {
    let delivery = read(fixture!("server-issue-commented"));
    assert_eq!(delivery.event, WebhookEvent::CommentCreated);
    assert_eq!(delivery.comment_id, Some(CommentId::new("10084")));
    assert_eq!(delivery.actor, None, "Server knows no account ids");

    let delivery = read(fixture!("server-comment-edited-without-event-type"));
    assert_eq!(delivery.event, WebhookEvent::CommentUpdated);

    for (name, event) in [
        ("issue_comment_edited", WebhookEvent::CommentUpdated),
        ("issue_comment_deleted", WebhookEvent::CommentDeleted),
        ("issue_resolved", WebhookEvent::IssueUpdated),
    ] {
        let body = format!(
            r#"{{"webhookEvent":"jira:issue_updated","issue_event_type_name":"{name}","comment":{{"id":"1"}}}}"#
        );
        assert_eq!(read(body.as_bytes()).event, event, "{name}");
    }
}

#[test]
fn a_transition_with_a_comment_is_an_issue_event_that_names_the_comment() {
    let body = br#"{"webhookEvent":"jira:issue_updated","issue":{"id":"1"},"comment":{"id":"2"},
        "changelog":{"items":[{"field":"status"}]}}"#;
    let delivery = read(body);
    assert_eq!(delivery.event, WebhookEvent::IssueUpdated);
    assert_eq!(delivery.comment_id, Some(CommentId::new("2")));
}

#[test]
fn a_deleted_issue_is_named() {
    let delivery = read(fixture!("cloud-issue-deleted"));
    assert_eq!(delivery.event, WebhookEvent::IssueDeleted);
    assert_eq!(delivery.issue_key, Some(IssueKey::new("ABC-1")));
}

#[test]
fn what_is_not_known_is_no_error() {
    let unknown = read(br#"{"webhookEvent":"sprint_started","sprint":{"id":1}}"#);
    assert_eq!(unknown.event, WebhookEvent::Other("sprint_started".into()));
    assert_eq!(read(b"{}").event, WebhookEvent::Other(String::new()));

    let odd = read(
        br#"{"webhookEvent":"comment_created","timestamp":"17","user":"ada","issue":[{"id":1}],
            "comment":{"id":10100,"self":17,"author":null},"changelog":false}"#,
    );
    assert_eq!(odd.event, WebhookEvent::CommentCreated);
    assert_eq!(odd.comment_id, Some(CommentId::new("10100")));
    assert_eq!((odd.issue_id, odd.timestamp, odd.actor), (None, Some(17), None));
}

#[test]
fn an_address_that_is_not_of_a_comment_places_nothing() {
    for address in ["not a url", "https://x/issue/../comment/1", "https://x/issue/1/comment/1/more", "data:x"]
    {
        let body = format!(r#"{{"webhookEvent":"comment_created","comment":{{"self":"{address}"}}}}"#);
        assert_eq!(read(body.as_bytes()).issue_id, None, "{address}");
    }
}

#[test]
fn what_is_no_json_object_is_malformed() {
    for body in [b"".as_slice(), b"[]", b"null", b"\"x\"", b"{", b"{\"a\":1}}", b"\xff"] {
        assert!(parse(body).is_err(), "{body:?}");
    }
}

proptest::proptest! {
    #[test]
    fn any_object_is_a_delivery(body in object_with(&[
        "webhookEvent", "issue_event_type_name", "jira:issue_updated", "issue_commented", "comment", "issue", "user",
        "id", "key", "self", "fields", "project", "author", "updateAuthor", "accountId", "created", "updated",
        "changelog", "items", "timestamp",
    ])) {
        read(body.to_string().as_bytes());
    }

    #[test]
    fn any_bytes_are_a_delivery_or_malformed(body: Vec<u8>) {
        let _ = parse(&body);
    }
}

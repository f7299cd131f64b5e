//! Files are put where others can read them only if they are for them.

use serde_json::json;
use threadline::stage::PEOPLE;
use threadline_simulator::{CommentDraft, FileDraft};

use super::document;
use crate::service::Service;

const ROLE: &str = "Developers";

/// Comments for the role, with a picture and a document.
async fn comment_for_role(service: &Service, person: &str) -> String {
    let (world, issue) = (service.world(), &service.stage.issue);
    let file = |media: String, name: &str| json!({ "type": "media", "attrs": { "type": "file", "id": media, "collection": "", "alt": name } });
    let (picture, _) = world.attach(person, issue, FileDraft::picture("a.png", 1)).unwrap();
    let (plan, _) = world.attach(person, issue, document("plan.pdf", 100)).unwrap();
    let body = json!({ "type": "doc", "version": 1, "content": [
        { "type": "paragraph", "content": [{ "type": "text", "text": "Among us" }] },
        { "type": "mediaSingle", "attrs": { "layout": "center" }, "content": [file(picture, "a.png")] },
        { "type": "mediaGroup", "content": [file(plan, "plan.pdf")] },
    ]});
    let comment = world.comment(person, issue, CommentDraft::adf(body).for_role(ROLE)).unwrap();
    service.quiet().await;
    comment
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_shared_for_an_author_who_is_not_in_the_chat() {
    let service = Service::linked().await;
    service.world().remove_member(&service.stage.chat, PEOPLE[0]).unwrap();
    service.comment_with(PEOPLE[0], "The plan", vec![document("plan.pdf", 100)]);
    service.quiet().await;
    let message = service.message();
    assert!(message.sender.is_bot());
    assert!(message.text().contains("plan.pdf"), "{}", message.text());
    assert_eq!(service.drive_calls("createLink"), 0, "not even for a moment");
    assert!(service.world().drive_files().is_empty());
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_a_restricted_comment_is_not_shared_with_the_organisation() {
    let service = Service::linked().await;
    service.show_restricted(ROLE).await;
    comment_for_role(&service, PEOPLE[0]).await;
    let message = service.message();
    assert_eq!(message.sender.name(), PEOPLE[0]);
    assert_eq!(message.hosted.len(), 1, "a picture inside the message is for the chat alone");
    assert!(service.world().drive_files().is_empty());
    assert!(message.content.contains("/rest/api/3/attachment/content/"), "{}", message.content);
    assert!(message.text().contains("1 file stays in Jira: not for everyone"), "{}", message.text());
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_of_a_restricted_comment_has_no_address_that_is_open() {
    let service = Service::linked().await;
    service.show_restricted(ROLE).await;
    comment_for_role(&service, PEOPLE[2]).await;
    let message = service.message();
    assert!(message.sender.is_bot());
    assert!(!message.content.contains("/files/"), "{}", message.content);
    assert!(message.text().contains("a.png"), "{}", message.text());
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comment_that_becomes_restricted_takes_its_files_from_the_drive() {
    let service = Service::linked().await;
    service.show_restricted(ROLE).await;
    let comment = service.comment_with(PEOPLE[0], "The plan", vec![document("plan.pdf", 100)]);
    service.quiet().await;
    assert_eq!(service.world().drive_files().len(), 1);
    let draft = CommentDraft::adf(service.comment_body()).for_role(ROLE);
    service.world().edit_comment(PEOPLE[0], &service.stage.issue, &comment, draft).unwrap();
    service.quiet().await;
    assert!(service.world().drive_files().is_empty());
    assert!(service.message().text().contains("plan.pdf"));
    service.stop().await;
}

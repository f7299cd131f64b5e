//! What is edited keeps its files: none is copied again.

use serde_json::json;
use threadline::stage::PEOPLE;
use threadline_simulator::{CommentDraft, FileDraft, MessageDraft};

use super::document;
use crate::service::Service;

#[tokio::test(flavor = "multi_thread")]
async fn an_edited_comment_keeps_its_pictures_and_files() {
    let service = Service::linked().await;
    let files = vec![FileDraft::picture("a.png", 1), document("plan.pdf", 100)];
    let comment = service.comment_with(PEOPLE[0], "Before", files);
    service.quiet().await;
    let mut body = service.comment_body();
    body["content"][0]["content"][0]["text"] = json!("After");
    let draft = CommentDraft::adf(body);
    service.world().edit_comment(PEOPLE[0], &service.stage.issue, &comment, draft).unwrap();
    service.quiet().await;
    let message = service.message();
    assert!(message.content.starts_with("<p>After</p><p><img src="), "{}", message.content);
    assert_eq!(message.hosted.len(), 1, "the picture is not copied again");
    assert_eq!(message.files().len(), 1);
    assert_eq!(service.world().drive_files().len(), 1);
    assert_eq!(service.attachments().len(), 2, "and nothing comes back");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edited_message_keeps_its_pictures_and_files() {
    let service = Service::linked().await;
    let files = vec![FileDraft::picture("a.png", 1), document("plan.pdf", 100)];
    let message = service.message_with(PEOPLE[1], "Before", files);
    service.quiet().await;
    let before = service.message();
    let draft = MessageDraft::html(&before.content.replace("Before", "After")).keeping(&before);
    service.world().edit_message(PEOPLE[1], &service.stage.chat, &message, draft).unwrap();
    service.quiet().await;
    assert_eq!(service.attachments().len(), 2, "none is copied again");
    assert_eq!(service.comment_texts(&service.stage.issue), ["After\n[plan.pdf]"]);
    assert_eq!(service.comment_body()["content"][1]["type"], "mediaSingle");
    service.stop().await;
}

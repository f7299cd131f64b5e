//! What was copied goes with what it was copied for.

use threadline::stage::PEOPLE;
use threadline_simulator::{CommentDraft, Fault, FileDraft, Host};

use super::document;
use crate::service::Service;

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_comment_takes_its_files_from_the_drive() {
    let service = Service::linked().await;
    let files = || vec![FileDraft::picture("a.png", 1), document("plan.pdf", 100)];
    let comment = service.comment_with(PEOPLE[0], "The plan", files());
    service.comment_with(PEOPLE[0], "Another", files());
    service.quiet().await;
    assert_eq!(service.world().drive_files().len(), 2);
    service.world().delete_comment(PEOPLE[0], &service.stage.issue, &comment).unwrap();
    service.quiet().await;
    assert_eq!(service.world().drive_files().len(), 1, "the other comment's file stays");
    assert!(service.message().text().contains("Another"));
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comment_that_is_taken_out_and_comes_back_has_its_file_again() {
    let service = Service::linked().await;
    service.world().add_to_role(threadline::stage::CLOUD, "Developers", PEOPLE[0]).unwrap();
    let comment = service.comment_with(PEOPLE[0], "The plan", vec![document("plan.pdf", 100)]);
    service.quiet().await;
    let edit = async |draft: CommentDraft| {
        service.world().edit_comment(PEOPLE[0], &service.stage.issue, &comment, draft).unwrap();
        service.quiet().await;
    };
    edit(CommentDraft::adf(service.comment_body()).for_role("Developers")).await;
    assert!(service.world().drive_files().is_empty());
    assert!(service.chat_texts().is_empty());
    edit(CommentDraft::adf(service.comment_body())).await;
    assert_eq!(service.world().drive_files().len(), 1);
    assert_eq!(service.message().files()[0].0, "plan.pdf");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_can_not_be_deleted_does_not_hold_the_removal_back() {
    let service = Service::linked().await;
    let comment = service.comment_with(PEOPLE[0], "The plan", vec![document("plan.pdf", 100)]);
    service.quiet().await;
    service.world().fail(Fault::status(403).at_host(Host::Graph).on("DELETE", "/v1.0/me/drive/*"));
    service.world().delete_comment(PEOPLE[0], &service.stage.issue, &comment).unwrap();
    service.quiet().await;
    assert!(service.chat_texts().is_empty());
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_its_owner_deleted_is_copied_anew() {
    let service = Service::linked().await;
    let comment = service.comment_with(PEOPLE[0], "Before", vec![document("plan.pdf", 100)]);
    service.quiet().await;
    service.world().delete_drive_files(PEOPLE[0]).unwrap();
    let mut body = service.comment_body();
    body["content"][0]["content"][0]["text"] = "After".into();
    service.world().edit_comment(PEOPLE[0], &service.stage.issue, &comment, CommentDraft::adf(body)).unwrap();
    service.quiet().await;
    assert_eq!(service.world().drive_files().len(), 1);
    assert_eq!(service.message().files().len(), 1, "{}", service.message().text());
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_people_who_show_one_attachment_have_a_copy_each() {
    let service = Service::linked().await;
    service.comment_with(PEOPLE[0], "The plan", vec![document("plan.pdf", 100)]);
    service.quiet().await;
    let draft = CommentDraft::adf(service.comment_body());
    service.world().comment(PEOPLE[1], &service.stage.issue, draft).unwrap();
    service.quiet().await;
    let owners: Vec<String> = service.world().drive_files().into_iter().map(|file| file.owner).collect();
    assert_eq!(owners, [PEOPLE[0], PEOPLE[1]]);
    let messages = service.standing(&service.stage.chat);
    assert_eq!(messages.iter().map(|message| message.files().len()).collect::<Vec<_>>(), [1, 1]);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_message_takes_its_attachments_along_and_brings_them_back() {
    let service = Service::linked().await;
    let kept = service.message_with(PEOPLE[1], "Another", vec![FileDraft::picture("b.png", 2)]);
    let files = vec![FileDraft::picture("a.png", 1), document("plan.pdf", 100)];
    let message = service.message_with(PEOPLE[1], "See", files);
    service.quiet().await;
    assert_eq!(service.attachments().len(), 3);
    service.world().delete_message(PEOPLE[1], &service.stage.chat, &message).unwrap();
    service.quiet().await;
    let names: Vec<String> = service.attachments().into_iter().map(|file| file.name).collect();
    assert_eq!(names, [format!("teams-{kept}-1.png")]);

    service.world().undelete_message(PEOPLE[1], &service.stage.chat, &message).unwrap();
    service.quiet().await;
    assert_eq!(service.attachments().len(), 3, "{:?}", service.reasons().await);
    assert_eq!(service.comment_texts(&service.stage.issue).len(), 2);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attachment_that_can_not_be_deleted_does_not_hold_the_removal_back() {
    let service = Service::linked().await;
    let message = service.message_with(PEOPLE[1], "See", vec![FileDraft::picture("a.png", 1)]);
    service.quiet().await;
    service.world().fail(Fault::status(403).at_host(Host::Api).on("DELETE", "*/attachment/*"));
    service.world().delete_message(PEOPLE[1], &service.stage.chat, &message).unwrap();
    service.quiet().await;
    assert!(service.comment_texts(&service.stage.issue).is_empty());
    assert_eq!(service.attachments().len(), 1);
    service.stop().await;
}

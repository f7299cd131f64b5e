//! Each file is copied once, whatever fails in between.

use std::time::Duration;

use threadline::stage::PEOPLE;
use threadline_simulator::{Fault, FileDraft, Host, Moment};

use super::document;
use crate::service::Service;

fn troubles() -> [(&'static str, Fault); 6] {
    [
        ("unavailable", Fault::status(503)),
        ("broken before", Fault::status(500)),
        ("broken after", Fault::status_after(500)),
        ("silent after", Fault::hang(Moment::After)),
        ("cut before", Fault::cut(Moment::Before)),
        ("cut after", Fault::cut(Moment::After)),
    ]
}

async fn impatient() -> Service {
    let mut service = Service::linked().await;
    service.be_impatient(Duration::from_secs(2)).await;
    service
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attachment_is_added_once() {
    let service = impatient().await;
    for (seed, (name, trouble)) in (0_u8..).zip(troubles()) {
        let before = service.attachments().len();
        service.world().fail(trouble.at_host(Host::Api).on("POST", "*/attachments").times(1));
        let files = vec![FileDraft::picture("x.png", seed), document(&format!("{seed}.pdf"), 100)];
        service.message_with(PEOPLE[1], name, files);
        service.quiet().await;
        assert_eq!(service.attachments().len(), before + 2, "{name}: {:?}", service.reasons().await);
    }
    assert_eq!(service.comment_texts(&service.stage.issue).len(), troubles().len());
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_with_pictures_is_there_once() {
    let service = impatient().await;
    for (seed, (name, trouble)) in (0_u8..).zip(troubles()) {
        service.world().fail(trouble.at_host(Host::Graph).on("POST", "/v1.0/chats/*/messages").times(1));
        let files = vec![FileDraft::picture("x.png", seed), document(&format!("{seed}.pdf"), 100)];
        service.comment_with(PEOPLE[0], name, files);
        service.quiet().await;
        assert_eq!(service.standing(&service.stage.chat).len(), usize::from(seed) + 1, "{name}");
        assert_eq!(service.world().drive_files().len(), usize::from(seed) + 1, "{name}");
    }
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_to_a_drive_is_made_once() {
    let service = impatient().await;
    for (seed, (name, trouble)) in (0_u8..).zip(troubles()) {
        service.world().fail(trouble.at_host(Host::Graph).on("PUT", "/v1.0/me/drive/*").times(1));
        service.comment_with(PEOPLE[0], name, vec![document(&format!("{seed}.pdf"), 100)]);
        service.quiet().await;
        assert_eq!(service.world().drive_files().len(), usize::from(seed) + 1, "{name}");
        assert_eq!(service.standing(&service.stage.chat).len(), usize::from(seed) + 1, "{name}");
    }
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comment_that_fails_after_its_files_uses_them_again() {
    let service = impatient().await;
    service.world().fail(Fault::status(500).at_host(Host::Api).on("POST", "*/issue/*/comment").times(2));
    let files = vec![FileDraft::picture("x.png", 1), document("plan.pdf", 100)];
    service.message_with(PEOPLE[1], "See", files);
    service.quiet().await;
    assert_eq!(service.attachments().len(), 2);
    assert_eq!(service.comment_texts(&service.stage.issue).len(), 1);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_can_not_be_had_does_not_hold_the_words_back() {
    let service = impatient().await;
    service.world().fail(Fault::status(500).at_host(Host::Graph).on("GET", "/v1.0/shares/*"));
    service.message_with(PEOPLE[1], "See", vec![document("plan.pdf", 100)]);
    service.quiet().await;
    let text = service.comment_texts(&service.stage.issue).remove(0);
    assert!(text.contains("1 file stays in Teams: could not be read"), "{text}");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_from_before_files_were_copied_still_carries_the_words() {
    let service = Service::linked().await;
    service.world().fail(Fault::status(403).at_host(Host::Graph).on("PUT", "/v1.0/me/drive/*"));
    service.comment_with(PEOPLE[0], "See", vec![document("plan.pdf", 100)]);
    service.quiet().await;
    let message = service.message();
    assert_eq!(message.sender.name(), PEOPLE[0]);
    assert!(message.text().contains("1 file stays in Jira: no permission to copy it"), "{}", message.text());
    service.stop().await;
}

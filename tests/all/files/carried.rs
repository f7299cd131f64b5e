//! Pictures and files arrive on the other side.

use threadline::stage::PEOPLE;
use threadline_simulator::FileDraft;

use super::document;
use crate::service::{Service, http};

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_of_a_comment_stands_in_its_authors_message() {
    let service = Service::linked().await;
    let picture = FileDraft::picture("screenshot.png", 1);
    service.comment_with(PEOPLE[0], "It looks like this", vec![picture.clone()]);
    service.quiet().await;
    let message = service.message();
    assert_eq!(message.sender.name(), PEOPLE[0]);
    assert_eq!(message.hosted.len(), 1);
    assert_eq!(
        (&message.hosted[0].content, message.hosted[0].mime.as_str()),
        (&picture.content, "image/png")
    );
    assert!(
        message.content.starts_with("<p>It looks like this</p><p><img src=\"http"),
        "{}",
        message.content
    );
    assert!(service.world().drive_files().is_empty(), "a picture needs no drive");
    assert_eq!(service.comment_texts(&service.stage.issue).len(), 1, "and nothing comes back");
    assert_eq!(service.attachments().len(), 1);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_a_comment_is_shared_from_its_authors_drive() {
    let service = Service::linked().await;
    service.comment_with(PEOPLE[0], "The plan", vec![document("plan.pdf", 9_000_000)]);
    service.quiet().await;
    let files = service.world().drive_files();
    assert_eq!(files.len(), 1);
    assert_eq!((files[0].owner.as_str(), files[0].shared), (PEOPLE[0], true));
    assert!(files[0].name.starts_with("Threadline/") && files[0].name.ends_with("/plan.pdf"));
    assert_eq!(files[0].content.len(), 9_000_000);
    let message = service.message();
    assert_eq!(message.files()[0].0, "plan.pdf");
    assert!(message.content.contains("<attachment id="), "{}", message.content);
    assert_eq!(service.attachments().len(), 1, "and nothing comes back");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_under_the_bots_voice_is_seen_without_a_login_to_jira() {
    let service = Service::linked().await;
    let picture = FileDraft::picture("screenshot.png", 2);
    let files = vec![picture.clone(), document("plan.pdf", 1_000)];
    service.comment_with(PEOPLE[2], "It looks like this", files);
    service.quiet().await;
    let message = service.message();
    assert!(message.sender.is_bot());
    let (_, rest) = message.content.split_once("<img src=\"").expect("a picture");
    let address = rest.split('"').next().unwrap();
    assert!(address.starts_with(service.stage.public_url.as_str()), "{address}");
    let answer = http().get(address).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], "image/png");
    assert_eq!(answer.bytes().await.unwrap(), picture.content);
    assert!(message.content.contains("/rest/api/3/attachment/content/"), "the other file is in Jira");
    assert!(message.text().contains("plan.pdf"));
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pictures_and_files_of_a_message_are_attached_to_the_issue() {
    let service = Service::linked().await;
    let (one, two) = (FileDraft::picture("ignored.png", 3), FileDraft::picture("ignored.png", 4));
    let files = vec![one.clone(), two.clone(), document("plan.pdf", 5_000_000)];
    let message = service.message_with(PEOPLE[1], "See", files);
    service.quiet().await;
    let attached = service.attachments();
    assert_eq!(attached.len(), 3, "{:?}", service.reasons().await);
    assert!(attached.iter().all(|file| file.owner == PEOPLE[1]));
    let names: Vec<&str> = attached.iter().map(|file| file.name.as_str()).collect();
    let picture = |number: u8| format!("teams-{message}-{number}.png");
    assert_eq!(names, [picture(1).as_str(), picture(2).as_str(), "plan.pdf"]);
    assert_eq!((&attached[0].content, &attached[1].content), (&one.content, &two.content));
    assert_eq!(attached[2].content.len(), 5_000_000);
    let body = service.comment_body();
    assert_eq!(body["content"][1]["type"], "mediaSingle");
    let site = service.world().urls().site_url();
    let place = |id: &str| format!("{site}rest/api/3/attachment/content/{id}");
    assert_eq!(body["content"][1]["content"][0]["attrs"]["url"], place(&attached[0].id));
    assert_eq!(body["content"][3]["content"][0]["marks"][0]["attrs"]["href"], place(&attached[2].id));
    assert_eq!(service.comment_texts(&service.stage.issue), ["See\n[plan.pdf]"]);
    assert_eq!(service.standing(&service.stage.chat).len(), 1, "and nothing comes back");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_alone_is_a_comment() {
    let service = Service::linked().await;
    service.message_with(PEOPLE[1], "", vec![FileDraft::picture("x.png", 5)]);
    service.quiet().await;
    assert_eq!(service.attachments().len(), 1);
    assert_eq!(service.comment_body()["content"][0]["type"], "mediaSingle");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_integration_account_attaches_for_who_has_not_connected() {
    let service = Service::linked().await;
    let ann = service.world().person(PEOPLE[0]).unwrap();
    service.set_integration_account(&threadline::ids::AccountId::new(ann.account_id.as_str())).await;
    let files = vec![FileDraft::picture("x.png", 6), document("plan.pdf", 10)];
    service.message_with(PEOPLE[2], "See", files);
    service.quiet().await;
    let attached = service.attachments();
    assert_eq!(attached.len(), 1, "the file is on a drive that only its author's login reaches");
    assert_eq!(attached[0].owner, PEOPLE[0]);
    let text = service.comment_texts(&service.stage.issue).remove(0);
    assert!(text.contains("[plan.pdf]") && text.contains("1 file stays in Teams"), "{text}");
    service.stop().await;
}

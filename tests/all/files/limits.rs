//! What is not copied is named, on both sides, with its reason.

use threadline::config::Settings;
use threadline::stage::PEOPLE;
use threadline_simulator::FileDraft;

use super::document;
use crate::service::Service;

const IN_PART: &str = "relayed without some files";

async fn limited(change: impl FnOnce(&mut Settings)) -> Service {
    let service = Service::start_with(change).await;
    service.connect_and_link().await;
    service
}

#[tokio::test(flavor = "multi_thread")]
async fn too_large_a_file_stays_where_it_is() {
    let service = limited(|settings| settings.files.max_bytes = 200_000).await;
    let files = || vec![document("big.pdf", 200_001), document("small.pdf", 200_000)];
    service.comment_with(PEOPLE[0], "Plans", files());
    service.quiet().await;
    assert_eq!(service.world().drive_files().len(), 1);
    let text = service.message().text();
    assert!(text.contains("[big.pdf]") && text.contains("1 file stays in Jira: too large"), "{text}");
    assert_eq!(service.reasons_of("comment created").await, [IN_PART]);

    service.message_with(PEOPLE[1], "More plans", files());
    service.quiet().await;
    let names: Vec<String> = service.attachments().into_iter().skip(2).map(|file| file.name).collect();
    assert_eq!(names, ["small.pdf"]);
    let text = service.comment_texts(&service.stage.issue).pop().unwrap();
    assert!(text.contains("[big.pdf]") && text.contains("1 file stays in Teams: too large"), "{text}");
    let said = service.standing(&service.stage.chat).pop().unwrap();
    assert!(
        said.sender.is_bot() && said.text().contains("1 file stays in Teams: too large"),
        "{}",
        said.text()
    );
    assert!(!said.text().contains("big.pdf"));
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_larger_than_it_says_is_cut_off_and_stays() {
    let service = limited(|settings| settings.files.max_bytes = 300_000).await;
    service.world().understate_sizes(10);
    service.comment_with(PEOPLE[0], "Plan", vec![document("liar.pdf", 5_000_000)]);
    service.quiet().await;
    assert!(service.world().drive_files().is_empty());
    assert!(service.message().text().contains("1 file stays in Jira: too large"));
    service.comment_with(
        PEOPLE[0],
        "Picture",
        vec![FileDraft::new("liar.png", "image/png", {
            let mut bytes = FileDraft::picture("", 0).content.to_vec();
            bytes.resize(9_000_000, 7);
            bytes
        })],
    );
    service.quiet().await;
    let messages = service.standing(&service.stage.chat);
    assert!(
        messages[1].hosted.is_empty() && messages[1].text().contains("too large"),
        "{}",
        messages[1].text()
    );
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_runs_when_it_is_opened_is_not_copied() {
    let service = Service::linked().await;
    let program = || vec![FileDraft::new("setup.exe", "application/octet-stream", vec![1; 100])];
    service.comment_with(PEOPLE[0], "Try it", program());
    service.quiet().await;
    assert!(service.world().drive_files().is_empty());
    assert!(service.message().text().contains("not a kind that is copied"));
    service.message_with(PEOPLE[1], "Or this", program());
    service.quiet().await;
    assert_eq!(service.attachments().len(), 1, "the one that was there");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_called_a_picture_and_is_none_goes_as_a_file() {
    let service = Service::linked().await;
    let page = FileDraft::new("x.png", "image/png", "<script>alert(1)</script>");
    service.comment_with(PEOPLE[0], "Look", vec![page.clone()]);
    service.quiet().await;
    assert!(service.message().hosted.is_empty());
    assert_eq!(service.world().drive_files().len(), 1);
    service.message_with(PEOPLE[1], "And here", vec![page]);
    service.quiet().await;
    assert_eq!(service.attachments().len(), 1, "no picture: it stays");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_so_many_stay() {
    let service = limited(|settings| settings.files.max_count = 2).await;
    let pictures = || (0..4).map(|seed| FileDraft::picture(&format!("{seed}.png"), seed)).collect::<Vec<_>>();
    service.comment_with(PEOPLE[0], "All", pictures());
    service.quiet().await;
    let message = service.message();
    assert_eq!(message.hosted.len(), 2);
    assert!(message.text().contains("2 files stay in Jira: too many at once"), "{}", message.text());
    service.message_with(PEOPLE[1], "All", pictures());
    service.quiet().await;
    assert_eq!(service.attachments().len(), 4 + 2);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pictures_that_do_not_fit_into_one_message_go_as_files() {
    let service = Service::linked().await;
    let large = |seed: u8| {
        let mut bytes = FileDraft::picture("", seed).content.to_vec();
        bytes.resize(2_000_000, seed);
        FileDraft::new(&format!("{seed}.png"), "image/png", bytes)
    };
    service.comment_with(PEOPLE[0], "Both", vec![large(1), large(2)]);
    service.quiet().await;
    assert_eq!(service.message().hosted.len(), 1);
    assert_eq!(service.world().drive_files().len(), 1);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_platform_that_sends_us_into_a_private_network_is_not_followed() {
    let service = Service::linked().await;
    service.world().redirect_files_to(Some("http://10.0.0.1/secret"));
    service.comment_with(PEOPLE[0], "Plan", vec![document("plan.pdf", 100)]);
    service.message_with(PEOPLE[1], "Plan", vec![document("other.pdf", 100)]);
    service.quiet().await;
    assert!(service.world().drive_files().iter().all(|file| file.owner == PEOPLE[1]));
    assert_eq!(service.attachments().len(), 1);
    let told = service.standing(&service.stage.chat).iter().any(|m| m.text().contains("could not be read"));
    assert!(told, "{:?}", service.chat_texts());
    service.stop().await;
}

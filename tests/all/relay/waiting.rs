//! Messages of people who have not connected: they wait, or somebody writes for them.

use threadline::ids::AccountId;
use threadline::queue::EventState;
use threadline::stage::PEOPLE;
use threadline_simulator::CommentDraft;

use crate::service::Service;

#[tokio::test(flavor = "multi_thread")]
async fn a_message_waits_for_its_author_who_is_told_once_how_to_connect() {
    let service = Service::linked().await;
    let world = service.world();
    world.send_message(PEOPLE[2], &service.stage.chat, "First").unwrap();
    world.send_message(PEOPLE[2], &service.stage.chat, "Second").unwrap();
    world.send_message(PEOPLE[0], &service.stage.chat, "Meanwhile").unwrap();
    service.quiet().await;
    assert_eq!(service.comment_texts(&service.stage.issue), ["Meanwhile"], "others are not held up");
    let told: Vec<String> =
        service.chat_texts().into_iter().filter(|text| text.contains("connect your accounts once")).collect();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("/login/microsoft"), "{told:?}");
    assert_eq!(service.storage.queue.count_in(EventState::Waiting).await.unwrap(), 2);

    service.stage.connect(PEOPLE[2]).await.unwrap();
    service.quiet().await;
    assert_eq!(service.comment_texts(&service.stage.issue), ["Meanwhile", "First", "Second"]);
    for comment in world.comments(&service.stage.issue).iter().skip(1) {
        assert_eq!(comment.author.name, PEOPLE[2]);
    }
    assert_eq!(service.storage.queue.count_in(EventState::Waiting).await.unwrap(), 0);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_integration_account_writes_for_who_has_not_connected() {
    let service = Service::linked().await;
    let ann = service.world().person(PEOPLE[0]).unwrap();
    service.set_integration_account(&AccountId::new(ann.account_id.as_str())).await;
    service.world().send_message(PEOPLE[2], &service.stage.chat, "From me").unwrap();
    service.quiet().await;
    let comment = service.world().comments(&service.stage.issue).remove(0);
    assert_eq!(comment.author.name, PEOPLE[0]);
    assert_eq!(comment.text(), "Cleo Carter (Teams)\nFrom me");
    let told = service.chat_texts();
    let told: Vec<_> = told.iter().filter(|text| text.contains("connect your accounts once")).collect();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(!told[0].contains("waits"), "nothing waits here: {told:?}");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comment_that_nobody_can_read_waits_for_anyone_of_its_site() {
    let service = Service::start().await;
    service.link_as_operator().await;
    service.world().comment(PEOPLE[1], &service.stage.issue, CommentDraft::text("Anyone there?")).unwrap();
    service.quiet().await;
    service.until_reason(EventState::Waiting, "no connected reader").await;
    service.stage.connect(PEOPLE[0]).await.unwrap();
    service.quiet().await;
    assert_eq!(service.reasons_of("comment created").await, ["relayed"]);
    assert!(
        service.chat_texts()[0].contains("<strong>Ben Baker</strong> (Jira)"),
        "{:?}",
        service.chat_texts()
    );
    service.stop().await;
}

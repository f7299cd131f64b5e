//! What is deleted on one side goes on the other, and what is brought back comes back.

use threadline::queue::EventState;
use threadline::stage::PEOPLE;
use threadline_simulator::{DeliveryFault, DeliveryTrouble};

use crate::service::Service;

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_comment_takes_its_message_along() {
    let service = Service::linked().await;
    let (own, _) = service.relayed_comment(PEOPLE[0], "By its author").await;
    let (bots, _) = service.relayed_comment(PEOPLE[2], "By the bot").await;
    service.world().delete_comment(PEOPLE[0], &service.stage.issue, &own).unwrap();
    service.world().delete_comment(PEOPLE[2], &service.stage.issue, &bots).unwrap();
    service.quiet().await;
    assert_eq!(service.chat_texts(), Vec::<String>::new());
    assert_eq!(service.reasons_of("comment deleted").await, ["removed", "removed"]);
    assert_eq!(service.comment_texts(&service.stage.issue), Vec::<String>::new());
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_message_takes_its_comment_along_and_brings_it_back() {
    let service = Service::linked().await;
    let (message, first) = service.relayed_message(PEOPLE[1], "Never mind").await;
    service.world().delete_message(PEOPLE[1], &service.stage.chat, &message).unwrap();
    service.quiet().await;
    assert_eq!(service.comment_texts(&service.stage.issue), Vec::<String>::new());
    assert_eq!(service.reasons_of("message deleted").await, ["removed"]);
    assert_eq!(service.reasons_of("comment deleted").await, ["echo"]);

    service.world().undelete_message(PEOPLE[1], &service.stage.chat, &message).unwrap();
    service.quiet().await;
    assert_eq!(service.comment_texts(&service.stage.issue), ["Never mind"]);
    assert_eq!(service.reasons_of("message edited").await, ["restored"]);
    let comment = service.world().comments(&service.stage.issue).remove(0);
    assert_ne!(comment.id, first, "Jira gives no comment id twice");
    assert_eq!(comment.author.name, PEOPLE[1]);

    // The new pair works both ways.
    service.world().edit_message(PEOPLE[1], &service.stage.chat, &message, "On second thoughts").unwrap();
    service.quiet().await;
    assert_eq!(service.comment_texts(&service.stage.issue), ["On second thoughts"]);
    service.world().delete_comment(PEOPLE[1], &service.stage.issue, &comment.id).unwrap();
    service.quiet().await;
    assert_eq!(service.chat_texts(), Vec::<String>::new());
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn late_news_of_a_comment_that_went_with_its_message_does_not_keep_the_message_from_coming_back() {
    let service = Service::linked().await;
    let (world, issue, chat) = (service.world(), &service.stage.issue, &service.stage.chat);
    let (message, comment) = service.relayed_message(PEOPLE[1], "Never mind").await;
    let late = DeliveryFault::new(DeliveryTrouble::Reorder).times(1);
    world.fail_delivery(DeliveryFault { event: Some("comment_updated".to_owned()), ..late });
    world.edit_comment(PEOPLE[1], issue, &comment, "Never mind!").unwrap();
    world.delete_message(PEOPLE[1], chat, &message).unwrap();
    service.quiet().await;
    assert_eq!(service.comment_texts(issue), Vec::<String>::new());
    world.undelete_message(PEOPLE[1], chat, &message).unwrap();
    service.quiet().await;
    assert_eq!(service.comment_texts(issue).len(), 1);
    assert_eq!(service.standing(chat).len(), 1, "{:?}", service.reasons().await);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_that_is_undone_at_once_changes_nothing() {
    let service = Service::linked().await;
    let (message, comment) = service.relayed_message(PEOPLE[1], "Keep me").await;
    service.world().delete_message(PEOPLE[1], &service.stage.chat, &message).unwrap();
    service.world().undelete_message(PEOPLE[1], &service.stage.chat, &message).unwrap();
    service.quiet().await;
    let comments = service.world().comments(&service.stage.issue);
    assert_eq!(comments.len(), 1);
    assert_eq!(service.comment_texts(&service.stage.issue), ["Keep me"]);
    if service.reasons_of("message deleted").await == ["unchanged"] {
        assert_eq!(comments[0].id, comment);
    }
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_deleted_while_it_waited_for_its_author_does_not_go_out() {
    let service = Service::linked().await;
    let world = service.world();
    let gone = world.send_message(PEOPLE[2], &service.stage.chat, "Wrong window").unwrap();
    let changed = world.send_message(PEOPLE[2], &service.stage.chat, "Frist").unwrap();
    service.quiet().await;
    world.delete_message(PEOPLE[2], &service.stage.chat, &gone).unwrap();
    world.edit_message(PEOPLE[2], &service.stage.chat, &changed, "First").unwrap();
    service.quiet().await;
    // Longer than what an activity carries is believed.
    service.change("UPDATE event SET received_at = received_at - 60000").await;
    service.stage.connect(PEOPLE[2]).await.unwrap();
    service.quiet().await;
    assert_eq!(service.comment_texts(&service.stage.issue), ["First"]);
    assert_eq!(service.storage.queue.count_in(EventState::Waiting).await.unwrap(), 0);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_text_of_a_deleted_message_is_kept_nowhere() {
    const SECRET: &str = "xyzzy-said-too-much";
    let service = Service::linked().await;
    let (message, _) = service.relayed_message(PEOPLE[1], "Harmless").await;
    service.world().edit_message(PEOPLE[1], &service.stage.chat, &message, SECRET).unwrap();
    service.quiet().await;
    service.world().delete_message(PEOPLE[1], &service.stage.chat, &message).unwrap();
    service.quiet().await;
    let kept = service.database.everything().await;
    assert!(!String::from_utf8_lossy(&kept).contains(SECRET), "in the database");
    service.stop().await;
}

//! The service was away, or deaf, while people wrote, edited and deleted on both sides.

use std::time::Duration;

use threadline::queue::EventState;
use threadline::stage::PEOPLE;

use crate::service::Service;

const ANN: &str = PEOPLE[0];
const BEN: &str = PEOPLE[1];

/// Moments of a platform have milliseconds: what is to be in order must not share one.
async fn a_moment() {
    tokio::time::sleep(Duration::from_millis(3)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_an_outage_both_sides_are_alike_in_order_and_once() {
    let mut service = Service::linked().await;
    let (issue, chat) = (service.stage.issue.clone(), service.stage.chat.clone());
    let world = service.world().clone();
    let edited = world.comment(ANN, &issue, "A comment to edit").unwrap();
    let deleted = world.comment(ANN, &issue, "A comment to delete").unwrap();
    let said = world.send_message(BEN, &chat, "A message to edit").unwrap();
    let gone = world.send_message(BEN, &chat, "A message to delete").unwrap();
    service.quiet().await;
    assert_eq!(service.chat_texts().len(), 4);

    service.deaf();
    service.go_down().await;
    for number in 1..=5 {
        world.comment(ANN, &issue, format!("Comment {number}").as_str()).unwrap();
        a_moment().await;
        world.send_message(BEN, &chat, format!("Message {number}").as_str()).unwrap();
        a_moment().await;
    }
    world.edit_comment(ANN, &issue, &edited, "An edited comment").unwrap();
    world.delete_comment(ANN, &issue, &deleted).unwrap();
    world.edit_message(BEN, &chat, &said, "An edited message").unwrap();
    world.delete_message(BEN, &chat, &gone).unwrap();
    let never = world.comment(BEN, &issue, "Nobody has to know").unwrap();
    world.delete_comment(BEN, &issue, &never).unwrap();
    assert!(world.settled(crate::service::PATIENCE).await);

    service.hearing();
    service.come_up().await;
    service
        .until("both sides are alike", |world| {
            world.comments(&issue).len() == 12
                && world.messages(&chat).iter().filter(|message| message.deleted.is_none()).count() == 12
        })
        .await;
    service.quiet().await;
    let (said, written) = service.both_sides();
    for text in ["An edited comment", "An edited message"] {
        assert!(said.iter().any(|one| one == text) && written.iter().any(|one| one == text), "{text}");
    }
    let order = |of: &[String], word: &str| -> Vec<String> {
        of.iter().filter(|text| text.starts_with(word)).cloned().collect()
    };
    for word in ["Comment", "Message"] {
        let expected: Vec<String> = (1..=5).map(|number| format!("{word} {number}")).collect();
        assert_eq!(order(&said, word), expected);
        assert_eq!(order(&written, word), expected);
    }

    // A further look finds nothing more.
    service.compare().await;
    assert_eq!(service.both_sides(), (said, written));
    assert_eq!(service.reasons_of("comparison").await, ["missed and put in", "nothing missed"]);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_short_stop_is_an_outage_too_and_an_orderly_start_beside_others_is_none() {
    let mut service = Service::linked().await;
    service.world().comment(ANN, &service.stage.issue, "Before").unwrap();
    service.quiet().await;
    let twin = service.twin().await;
    service.quiet().await;
    assert!(service.reasons_of("comparison").await.is_empty(), "somebody was there all the while");
    twin.stop().await;
    service.bridge.ask_for_comparisons().await.unwrap();
    service.quiet().await;
    assert!(service.reasons_of("comparison").await.is_empty(), "and is still there");

    service.go_down().await;
    service.come_up().await;
    service.until_reason(EventState::Done, "nothing missed").await;
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_comparison_finds_is_not_doubled_by_what_arrives_late() {
    let service = Service::linked().await;
    let (issue, chat) = (&service.stage.issue, &service.stage.chat);
    service.deaf();
    service.world().comment(ANN, issue, "Late").unwrap();
    service.world().send_message(BEN, chat, "Late, too").unwrap();
    assert!(service.world().settled(crate::service::PATIENCE).await);
    service.hearing();
    service.compare().await;
    // The platforms send it again after all.
    let comment = service.world().comments(issue).remove(0);
    let body = serde_json::json!({
        "webhookEvent": "comment_created",
        "issue": { "id": service.world().issue(issue).unwrap().id },
        "comment": { "id": comment.id, "updated": "2026-11-21T10:00:00.000+0000" },
    });
    assert_eq!(service.webhook(body.to_string(), Some("late")).await.status(), 200);
    service.quiet().await;
    let (said, written) = service.both_sides();
    assert_eq!(said.len(), 2);
    assert_eq!(written.len(), 2);
    assert_eq!(service.reasons_of("comment created").await, ["relayed", "echo", "duplicate"]);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_replicas_make_one_catch_up() {
    let service = Service::linked().await;
    let twin = service.twin().await;
    service.deaf();
    for number in 0..10 {
        service.world().comment(ANN, &service.stage.issue, format!("Comment {number}").as_str()).unwrap();
    }
    assert!(service.world().settled(crate::service::PATIENCE).await);
    service.hearing();
    let (tenant, conversation) = service.place();
    service.storage.store.want_reconciliation(&tenant, &conversation).await.unwrap();
    // Both ask, again and again, and each has its own workers.
    let asked = tokio::join!(
        service.bridge.ask_for_comparisons(),
        service.bridge.ask_for_comparisons(),
        service.bridge.ask_for_comparisons()
    );
    assert!(asked.0.is_ok() && asked.1.is_ok() && asked.2.is_ok());
    service.quiet().await;
    assert_eq!(service.chat_texts().len(), 10);
    let caught_up = service.reasons_of("comparison").await;
    assert_eq!(caught_up.iter().filter(|reason| *reason == "missed and put in").count(), 1, "{caught_up:?}");
    twin.stop().await;
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_said_while_the_bot_was_not_there_stays_there() {
    let service = Service::linked().await;
    let chat = service.stage.chat.clone();
    service.world().uninstall_bot(&chat).unwrap();
    service.quiet().await;
    service.world().send_message(BEN, &chat, "Now that we are alone").unwrap();
    service.world().comment(ANN, &service.stage.issue, "And here").unwrap();
    service.quiet().await;
    service.world().install_bot(&chat).unwrap();
    service.quiet().await;
    // What one comparison passes over, the next one does, too.
    for _ in 0..2 {
        service.compare().await;
        assert_eq!(service.comment_texts(&service.stage.issue), ["And here"]);
        assert_eq!(service.chat_texts().len(), 1);
    }
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comparison_does_not_undo_that_the_bot_was_not_there() {
    let (service, clock) = Service::linked_in_still_time().await;
    let (tenant, conversation) = service.place();
    let store = &service.storage.store;
    let begun = store.cursor(&tenant, &conversation).await.unwrap().unwrap();
    // It is under way while the bot leaves and comes back.
    service.world().uninstall_bot(&service.stage.chat).unwrap();
    service.quiet().await;
    service.pass(&clock, Duration::from_hours(1));
    service.world().install_bot(&service.stage.chat).unwrap();
    service.quiet().await;
    let passed_over = store.cursor(&tenant, &conversation).await.unwrap().unwrap();
    assert!(passed_over.messages_to > begun.messages_to);
    service
        .storage
        .database
        .write(|transaction| Box::pin(async move { begun.advance(transaction).await }))
        .await
        .unwrap();
    let ended = store.cursor(&tenant, &conversation).await.unwrap().unwrap();
    assert_eq!((ended.messages_to, ended.comments_to), (passed_over.messages_to, passed_over.comments_to));
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_said_before_the_link_is_not_for_the_other_side() {
    let service = Service::start().await;
    service.stage.connect(BEN).await.unwrap();
    service.world().send_message(BEN, &service.stage.chat, "Between us").unwrap();
    service.world().comment(ANN, &service.stage.issue, "Among us").unwrap();
    service.quiet().await;
    service.connect_and_link().await;
    service.compare().await;
    assert_eq!(service.comment_texts(&service.stage.issue), ["Among us"]);
    assert_eq!(service.chat_texts().len(), 1);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_of_the_database_is_made_good_by_a_service_that_ran_all_the_while() {
    let (service, clock) = Service::linked_in_still_time().await;
    let replica = uuid::Uuid::from_u128(1);
    service.deaf();
    service.world().send_message(BEN, &service.stage.chat, "Nobody could store it").unwrap();
    assert!(service.world().settled(crate::service::PATIENCE).await);
    service.hearing();
    // Shorter than the platforms go on trying.
    service.pass(&clock, Duration::from_secs(30));
    service.bridge.give_sign_of_life(replica).await.unwrap();
    service.bridge.ask_for_comparisons().await.unwrap();
    service.quiet().await;
    assert!(service.comment_texts(&service.stage.issue).is_empty(), "somebody was there");
    // No sign of life could be written down meanwhile.
    service.pass(&clock, Duration::from_mins(5));
    service.bridge.give_sign_of_life(replica).await.unwrap();
    service.bridge.ask_for_comparisons().await.unwrap();
    service.quiet().await;
    assert_eq!(service.comment_texts(&service.stage.issue), ["Nobody could store it"]);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wish_is_not_fulfilled_by_a_comparison_from_before() {
    let service = Service::linked().await;
    let (tenant, conversation) = service.place();
    let before = service.storage.store.cursor(&tenant, &conversation).await.unwrap().unwrap();
    service.compare().await;
    // Whoever asked for it was killed before it could say so.
    service.change(&format!("UPDATE chat_cursor SET asked_at = {}", before.asked_at.0)).await;
    service.deaf();
    service.world().send_message(BEN, &service.stage.chat, "Later").unwrap();
    assert!(service.world().settled(crate::service::PATIENCE).await);
    service.hearing();
    service.compare().await;
    assert_eq!(service.comment_texts(&service.stage.issue), ["Later"]);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wish_outlives_whoever_took_it() {
    let (service, clock) = Service::linked_in_still_time().await;
    let (tenant, conversation) = service.place();
    let store = &service.storage.store;
    service.deaf();
    service.world().send_message(BEN, &service.stage.chat, "Wished for").unwrap();
    assert!(service.world().settled(crate::service::PATIENCE).await);
    service.hearing();
    store.want_reconciliation(&tenant, &conversation).await.unwrap();
    let cursor = store.cursor(&tenant, &conversation).await.unwrap().unwrap();
    // Killed before the event was stored.
    let soon = clock.now().plus(Duration::from_mins(1));
    let taken = store.take_comparison(cursor.clone(), true, soon).await.unwrap();
    assert!(taken.is_some_and(|taken| taken.still_wanted));
    assert!(store.take_comparison(cursor, true, soon).await.unwrap().is_none(), "one takes it");
    assert!(store.wanted_comparisons(8).await.unwrap().is_empty());
    service.pass(&clock, Duration::from_mins(2));
    service.bridge.ask_for_comparisons().await.unwrap();
    service.quiet().await;
    assert_eq!(service.comment_texts(&service.stage.issue), ["Wished for"]);
    let compared = store.cursor(&tenant, &conversation).await.unwrap().unwrap();
    assert_eq!((compared.missed, compared.still_wanted), (1, false));
    service.stop().await;
}

//! What may happen to a subscription, and what becomes of it.

use threadline::ambient::Clock;
use threadline::stage::PEOPLE;
use threadline_simulator::{Fault, Forgery, Host, LifecycleEvent};

use super::{deaf_bot, unlinked, watched};
use crate::service::Service;

/// As a process leaves its row that died between Graph's yes and its own note of it.
const FORGOTTEN: &str = "UPDATE graph_subscription SET subscription_id = NULL, expires_at = NULL, \
                         state = 'wanted', due_at = 0";

/// A message that only Graph tells of arrives.
async fn is_heard(service: &Service, text: &str) {
    service.world().send_message(PEOPLE[0], &service.stage.chat, text).unwrap();
    service.quiet().await;
    assert_eq!(service.comments().pop().as_deref(), Some(text));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_wants_to_be_authorised_anew_is() {
    let service = watched().await;
    let world = service.world();
    deaf_bot(world, "message*");
    let one = service.subscribed(1).await.remove(0);
    world.tell_lifecycle(&one.id, LifecycleEvent::ReauthorizationRequired).unwrap();
    assert!(world.subscriptions()[0].suspended);
    service.quiet().await;
    service.bridge.keep_subscriptions().await.unwrap();
    service.until("it is authorised anew", |world| world.subscriptions()[0].reauthorized == 1).await;
    assert_eq!(service.subscribed(1).await[0].id, one.id);
    is_heard(&service, "It works again").await;
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_was_removed_is_made_anew_and_the_chat_looked_through() {
    let service = watched().await;
    let world = service.world();
    deaf_bot(world, "message*");
    let one = service.subscribed(1).await.remove(0);
    world.tell_lifecycle(&one.id, LifecycleEvent::SubscriptionRemoved).unwrap();
    service.quiet().await;
    let other = service.subscribed(1).await.remove(0);
    assert_ne!(other.id, one.id);
    assert!(service.was_to_be_looked_through().await);
    is_heard(&service, "It works again").await;
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_missed_notifications_the_chat_is_looked_through() {
    let service = watched().await;
    let one = service.subscribed(1).await.remove(0);
    service.world().tell_lifecycle(&one.id, LifecycleEvent::Missed).unwrap();
    assert!(service.world().settled(crate::service::PATIENCE).await);
    assert!(service.was_to_be_looked_through().await);
    assert_eq!(service.subscribed(1).await[0].id, one.id);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn forged_news_change_nothing() {
    let service = watched().await;
    let world = service.world();
    let one = service.subscribed(1).await.remove(0);
    world.forge_notifications(Some(Forgery::ClientState));
    for event in [LifecycleEvent::Missed, LifecycleEvent::ReauthorizationRequired] {
        world.tell_lifecycle(&one.id, event).unwrap();
        assert!(world.settled(crate::service::PATIENCE).await);
    }
    service.bridge.keep_subscriptions().await.unwrap();
    assert_eq!(service.told("wrong client state").await, 2);
    assert!(!service.was_to_be_looked_through().await);
    assert_eq!(world.subscriptions()[0].reauthorized, 0);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscription_of_our_own_that_nobody_wrote_down_is_adopted() {
    let service = watched().await;
    deaf_bot(service.world(), "message*");
    let one = service.subscribed(1).await.remove(0);
    service.change(FORGOTTEN).await;
    let adopted = service.subscribed(1).await.remove(0);
    assert_eq!(adopted.id, one.id);
    is_heard(&service, "It works again").await;
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_says_what_we_do_not_know_gives_way() {
    let service = watched().await;
    deaf_bot(service.world(), "message*");
    let one = service.subscribed(1).await.remove(0);
    service.world().change_client_state(&one.id, "what somebody else has chosen");
    service.change(FORGOTTEN).await;
    let other = service.subscribed(1).await.remove(0);
    assert_ne!(other.id, one.id);
    is_heard(&service, "It works again").await;
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_is_lost_without_a_word_is_made_anew_at_its_renewal() {
    let service = watched().await;
    let one = service.subscribed(1).await.remove(0);
    service.world().lose_subscription(&one.id);
    service.change("UPDATE graph_subscription SET reauthorize = TRUE, due_at = 0").await;
    let other = service.subscribed(1).await.remove(0);
    assert_ne!(other.id, one.id);
    assert!(service.was_to_be_looked_through().await);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_tried_again_until_graph_says_yes() {
    let service = unlinked(Clock::system()).await;
    let world = service.world();
    for trouble in [Fault::too_many(0), Fault::status(503), Fault::status_after(500)] {
        world.fail(trouble.at_host(Host::Graph).on("POST", "*/subscriptions").times(1));
    }
    service.connect_and_link().await;
    service.subscribed(1).await;
    let (faults, _) = world.faults();
    assert!(faults.iter().all(|fault| fault.times == Some(0)), "all have struck");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_consent_it_is_refused_and_tried_again() {
    let service = unlinked(Clock::system()).await;
    let world = service.world();
    let no = Fault::status(403).at_host(Host::Graph).on("POST", "*/subscriptions");
    world.fail(no);
    service.connect_and_link().await;
    let deadline = tokio::time::Instant::now() + crate::service::PATIENCE;
    while service.count("FROM graph_subscription WHERE state = 'refused' AND failure = 'forbidden'").await
        == 0
    {
        service.bridge.keep_subscriptions().await.unwrap();
        assert!(tokio::time::Instant::now() < deadline, "it is not refused");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    world.clear_faults();
    service.subscribed(1).await;
    assert_eq!(service.count("FROM graph_subscription WHERE state = 'live' AND failure IS NULL").await, 1);
    service.stop().await;
}

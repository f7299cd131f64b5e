//! The life of a subscription: made with the first link of a chat, renewed, and ended with the last.

use std::time::Duration;

use threadline::ambient::{Clock, Millis};
use threadline::ids::{LinkId, SubscriptionId, TenantId};
use threadline::stage::{PEOPLE, TENANT};
use threadline::store::{Watch, WatchLease, WatchState};

use super::{unlinked, watched, watched_in_still_time};
use crate::service::Service;

const HOUR: Duration = Duration::from_hours(1);

async fn only_link(service: &Service) -> LinkId {
    service.storage.store.links(10).await.unwrap().pop().unwrap().id
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chat_is_watched_from_its_first_link_to_its_last() {
    let service = unlinked(Clock::system()).await;
    assert!(service.subscribed(0).await.is_empty(), "nobody is linked");
    service.connect_and_link().await;
    let one = service.subscribed(1).await.remove(0);
    assert_eq!(one.resource, format!("/chats/{}/messages", service.stage.chat));
    assert_eq!(one.change_types, ["created", "updated", "deleted"]);
    assert_eq!(one.notification_url, service.address("webhooks/graph"));
    assert_eq!(one.lifecycle_url, Some(service.address("webhooks/graph/lifecycle")));
    let state = one.client_state.unwrap();
    let kept = service.database.everything().await;
    assert!(!kept.windows(state.len()).any(|window| window == state.as_bytes()), "the state is not kept");
    let link = only_link(&service).await;
    let link = service.storage.store.find_link(link).await.unwrap().unwrap();
    assert!(service.storage.store.remove_link(&link, "the test".to_owned()).await.unwrap());
    service.subscribed(0).await;
    assert_eq!(service.count("FROM graph_subscription").await, 0);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_bot_is_away_nothing_is_watched() {
    let service = watched().await;
    let first = service.subscribed(1).await.remove(0);
    service.world().uninstall_bot(&service.stage.chat).unwrap();
    service.quiet().await;
    service.subscribed(0).await;
    assert_eq!(service.count("FROM graph_subscription WHERE state = 'resting'").await, 1);
    service.world().install_bot(&service.stage.chat).unwrap();
    service.quiet().await;
    let second = service.subscribed(1).await.remove(0);
    assert_ne!(first.id, second.id);
    assert_ne!(first.client_state, second.client_state, "each has its own");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_not_forgotten_before_the_bot_was_heard_in_its_chat() {
    let service = watched().await;
    service.change("DELETE FROM conversation").await;
    service.change("UPDATE graph_subscription SET due_at = 0").await;
    service.subscribed(0).await;
    assert_eq!(service.count("FROM graph_subscription WHERE state = 'resting'").await, 1);
    service.world().send_message(PEOPLE[0], &service.stage.chat, "Anybody there?").unwrap();
    service.quiet().await;
    service.subscribed(1).await;
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_renewed_two_days_before_its_end_and_not_sooner() {
    let (service, clock) = watched_in_still_time().await;
    let first = service.subscribed(1).await.remove(0);
    service.pass(&clock, 22 * HOUR);
    service.bridge.keep_subscriptions().await.unwrap();
    assert_eq!(service.world().subscriptions()[0].expires, first.expires);
    service.pass(&clock, 2 * HOUR);
    service.bridge.keep_subscriptions().await.unwrap();
    let renewed = service.subscribed(1).await.remove(0);
    assert_eq!(renewed.id, first.id);
    assert!(renewed.expires > first.expires);
    assert_eq!(renewed.client_state, first.client_state);
    assert!(!service.was_to_be_looked_through().await, "nothing was missed");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_long_stop_it_is_made_anew_and_the_chat_looked_through() {
    let (service, clock) = watched_in_still_time().await;
    let first = service.subscribed(1).await.remove(0);
    service.pass(&clock, 96 * HOUR);
    let second = service.subscribed(1).await.remove(0);
    assert_ne!(first.id, second.id);
    assert!(service.was_to_be_looked_through().await);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_copies_of_the_service_make_one_subscription() {
    let service = unlinked(Clock::system()).await;
    let twin = service.twin().await;
    service.connect_and_link().await;
    service.subscribed(1).await;
    service.quiet().await;
    assert_eq!(service.calls_of("POST", "/v1.0/subscriptions"), 1, "one maker a chat");
    twin.stop().await;
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_notifications_nothing_is_watched() {
    let service = Service::linked().await;
    service.quiet().await;
    assert_eq!(service.calls_of("POST", "/v1.0/subscriptions"), 0);
    assert_eq!(service.count("FROM graph_subscription").await, 1, "it is known for the day they are on");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_graph_says_of_a_subscription_is_kept_while_somebody_has_it_in_hand() {
    // Nobody but this story looks after what is watched.
    let service = Service::linked().await;
    let store = &service.storage.store;
    let ends = Some(service.storage.clock.now().plus(24 * HOUR));
    let (tenant, id) = (TenantId::new(TENANT), SubscriptionId::new("one"));
    let take = async || {
        service.change("UPDATE graph_subscription SET due_at = 0").await;
        store.take_watches(HOUR).await.unwrap().remove(0)
    };
    let leave = async |held: &WatchLease| {
        let watch = Watch { subscription: Some(id.clone()), expires: ends, ..held.watch.clone() };
        assert!(store.leave_watch(held, watch, WatchState::Live, None).await.unwrap());
        let kept = store.watch_of(&tenant, &id).await.unwrap().unwrap();
        (kept.reauthorize, kept.expires)
    };
    assert_eq!(leave(&take().await).await, (false, ends));

    let held = take().await;
    store.note_subscription_news(&tenant, &id, true).await.unwrap();
    assert_eq!(leave(&held).await, (false, Some(Millis(0))), "Graph has removed it");

    // Our own word for an end that did not come about is another matter.
    assert_eq!(leave(&take().await).await, (false, ends));
    let held = take().await;
    assert!(store.begin_end_of_watch(&held).await.unwrap());
    store.note_subscription_news(&tenant, &id, false).await.unwrap();
    assert_eq!(leave(&held).await, (true, ends), "Graph wants it to be authorised anew");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_lost_a_subscription_to_another_hand_may_not_end_it() {
    // Nobody but this story looks after what is watched.
    let service = Service::linked().await;
    let store = &service.storage.store;
    let take = async || {
        // Whoever had it in hand stands still for longer than that lasts.
        service.change("UPDATE graph_subscription SET due_at = 0, lease_until = 0").await;
        store.take_watches(HOUR).await.unwrap().remove(0)
    };
    let (first, second) = (take().await, take().await);
    assert!(!store.begin_end_of_watch(&first).await.unwrap());
    assert_eq!(service.count("FROM graph_subscription WHERE expires_at IS NOT NULL").await, 0);
    assert!(store.begin_end_of_watch(&second).await.unwrap());
    assert_eq!(service.count("FROM graph_subscription WHERE expires_at IS NOT NULL").await, 1);
    service.stop().await;
}

//! The keys that Graph encrypts for: sealed, replaced in time, and kept as long as they may be needed.

use std::time::Duration;

use threadline::stage::PEOPLE;

use super::{deaf_bot, watched_in_still_time};

const HOUR: Duration = Duration::from_hours(1);

#[tokio::test(flavor = "multi_thread")]
async fn a_new_key_takes_over_at_the_next_renewal_and_the_old_one_goes_after_its_time() {
    let (service, clock) = watched_in_still_time().await;
    deaf_bot(service.world(), "message*");
    assert_eq!(service.world().subscriptions()[0].certificate_id, "key-1");
    service.change("UPDATE notification_key SET replace_at = 0").await;
    let send = |text: &str| service.world().send_message(PEOPLE[0], &service.stage.chat, text).unwrap();
    send("Under the old key");
    service.quiet().await;
    service.pass(&clock, 24 * HOUR);
    service.bridge.keep_subscriptions().await.unwrap();
    let renewed = service.subscribed(1).await.remove(0);
    assert_eq!(renewed.certificate_id, "key-2");
    send("Under the new key");
    service.quiet().await;
    assert_eq!(service.comments(), ["Under the old key", "Under the new key"]);

    let tidy = || async { service.storage.store.tidy_notification_keys().await.unwrap() };
    assert_eq!(tidy().await, 0);
    service.pass(&clock, 100 * HOUR);
    service.subscribed(1).await;
    assert_eq!(tidy().await, 0, "three days behind the last subscription that used it");
    service.pass(&clock, 24 * HOUR);
    service.subscribed(1).await;
    assert_eq!(tidy().await, 1);
    assert_eq!(service.count("FROM notification_key WHERE number = 2").await, 1);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_graph_takes_no_other_certificate_another_subscription_does() {
    let (service, clock) = watched_in_still_time().await;
    let first = service.subscribed(1).await.remove(0);
    service.change("UPDATE notification_key SET replace_at = 0").await;
    service.pass(&clock, 24 * HOUR);
    let no = threadline_simulator::Fault::status(400).on("PATCH", "*/subscriptions/*");
    service.world().fail(no.at_host(threadline_simulator::Host::Graph));
    service.bridge.keep_subscriptions().await.unwrap();
    let other = service.subscribed(1).await.remove(0);
    assert_ne!(other.id, first.id);
    assert_eq!(other.certificate_id, "key-2");
    assert!(service.was_to_be_looked_through().await);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_private_key_lies_in_the_database_in_the_clear() {
    let (service, _clock) = watched_in_still_time().await;
    let key = service.storage.store.newest_notification_key().await.unwrap().unwrap();
    // PKCS#8 of an RSA key begins with the algorithm's name.
    let rsa =
        [0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00, 0x04];
    assert!(!key.private_key.windows(rsa.len()).any(|window| window == rsa));
    assert!(key.certificate.windows(rsa.len() - 1).any(|window| window == &rsa[..rsa.len() - 1]));
    service.stop().await;
}

//! A link rests while the bot is not in its chat.

use threadline::stage::PEOPLE;
use threadline_simulator::{DeliveryFault, DeliveryTrouble};

use crate::service::Service;

#[tokio::test(flavor = "multi_thread")]
async fn a_link_pauses_when_the_bot_is_removed_and_relays_again_when_it_is_back() {
    let service = Service::linked().await;
    let (world, chat, issue) = (service.world(), &service.stage.chat, &service.stage.issue);
    world.uninstall_bot(chat).unwrap();
    service.quiet().await;
    world.comment(PEOPLE[0], issue, "Into the void").unwrap();
    service.quiet().await;
    assert_eq!(service.reasons_of("comment created").await, ["link paused"]);
    assert_eq!(service.chat_texts().len(), 0);

    world.install_bot(chat).unwrap();
    service.quiet().await;
    world.comment(PEOPLE[0], issue, "Back again").unwrap();
    service.quiet().await;
    assert_eq!(service.reasons_of("comment created").await, ["link paused", "relayed"]);
    assert_eq!(service.chat_texts().len(), 1);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removal_that_nobody_told_us_of_shows_at_the_next_message() {
    let service = Service::linked().await;
    let (world, chat, issue) = (service.world(), &service.stage.chat, &service.stage.issue);
    world.fail_delivery(DeliveryFault::new(DeliveryTrouble::Drop).of("*Update").times(2));
    world.uninstall_bot(chat).unwrap();
    world.comment(PEOPLE[2], issue, "The bot would speak for me").unwrap();
    service.quiet().await;
    assert_eq!(service.reasons_of("comment created").await, ["bot removed"]);
    world.comment(PEOPLE[2], issue, "And again").unwrap();
    service.quiet().await;
    assert_eq!(service.reasons_of("comment created").await, ["bot removed", "link paused"]);

    world.install_bot(chat).unwrap();
    service.quiet().await;
    world.comment(PEOPLE[2], issue, "Now it can").unwrap();
    service.quiet().await;
    assert_eq!(service.reasons_of("comment created").await, ["bot removed", "link paused", "relayed"]);
    service.stop().await;
}

//! A link rests while the bot is not in its chat.

use threadline::queue::{Event, EventState};
use threadline::stage::PEOPLE;
use threadline_simulator::{ChatKind, DeliveryFault, DeliveryTrouble};

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

#[tokio::test(flavor = "multi_thread")]
async fn a_bot_that_is_back_in_one_chat_leaves_alone_what_waits_in_another() {
    let service = Service::start().await;
    let (world, issue, first) = (service.world(), &service.stage.issue, &service.stage.chat);
    let mut ann = service.stage.connect(PEOPLE[0]).await.unwrap();
    let second = world.add_chat("Another team", &PEOPLE, ChatKind::Group).unwrap();
    world.install_bot(&second).unwrap();
    service.quiet().await;
    for chat in [first, &second] {
        service.link(&mut ann, issue, chat).await;
    }
    let comment = world.comment(PEOPLE[0], issue, "A mistake").unwrap();
    service.quiet().await;
    for chat in [first, &second] {
        world.uninstall_bot(chat).unwrap();
    }
    service.quiet().await;
    world.delete_comment(PEOPLE[0], issue, &comment).unwrap();
    let waiting = |events: &[Event]| -> Vec<Event> {
        events.iter().filter(|event| EventState::of(event) == EventState::Waiting).cloned().collect()
    };
    let both = service.until_events("both wait", |events| waiting(events).len() == 2).await;
    service.quiet().await;

    world.install_bot(first).unwrap();
    service.quiet().await;
    service
        .until("it goes", |world| world.messages(first).iter().all(|message| message.deleted.is_some()))
        .await;
    service.quiet().await;
    let left = waiting(&service.events().await);
    let of_second: Vec<Event> = waiting(&both).into_iter().filter(|event| event.lane == second).collect();
    assert_eq!(left, of_second, "nobody has looked at it again");
    service.stop().await;
}

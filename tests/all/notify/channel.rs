//! Threads are watched with their channel, and what stands beside them stays there.

use threadline::ambient::Clock;
use threadline::stage::PEOPLE;
use threadline_simulator::MessageDraft;

use super::{deaf_bot, unlinked};

#[tokio::test(flavor = "multi_thread")]
async fn a_linked_thread_is_watched_with_its_channel() {
    let service = unlinked(Clock::system()).await;
    for person in [PEOPLE[0], PEOPLE[1]] {
        service.stage.connect(person).await.unwrap();
    }
    let world = service.world();
    let team = world.add_team("Alphabet", &PEOPLE, &["General", "Builds"]).unwrap();
    world.install_bot_in_team(&team.group_id).unwrap();
    let channel = &team.channels[1].id;
    let wish = || MessageDraft::to_bot(&format!("link {}", service.stage.issue));
    let thread = world.start_thread(PEOPLE[0], channel, wish()).unwrap();
    service.quiet().await;
    let one = service.subscribed(1).await.remove(0);
    assert_eq!(one.resource, format!("/teams/{}/channels/{channel}/messages", team.group_id));

    deaf_bot(world, "message*");
    let reply = world.send_message(PEOPLE[1], &thread, "It works again").unwrap();
    world.start_thread(PEOPLE[1], channel, "Something else").unwrap();
    service.quiet().await;
    assert_eq!(service.comments(), ["It works again"]);
    assert_eq!(service.told("not linked").await, 1);
    world.edit_message(PEOPLE[1], &thread, &reply, "It works, mostly").unwrap();
    service.quiet().await;
    assert_eq!(service.comments(), ["It works, mostly"]);

    // Another thread of the channel needs no subscription of its own.
    world.clear_faults();
    let second = world.start_thread(PEOPLE[0], channel, wish()).unwrap();
    service.quiet().await;
    assert_eq!(service.subscribed(1).await[0].id, one.id);
    world.send_message(PEOPLE[1], &second, "Here, too").unwrap();
    service.quiet().await;
    assert_eq!(service.comments(), ["It works, mostly", "Here, too"]);

    world.uninstall_bot_from_team(&team.group_id).unwrap();
    service.quiet().await;
    service.subscribed(0).await;
    service.stop().await;
}

//! From the process that takes an event to the one that works on it, by notification.

use std::time::Duration;

use sea_orm::DbBackend;
use threadline::app::Part;
use threadline::stage::PEOPLE;
use threadline_simulator::Simulator;
use tokio::time::Instant;

use crate::service::{PATIENCE, Service};

/// Nobody looks by himself for so long: far beyond the patience of these stories.
const POLL: Duration = Duration::from_mins(10);

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_hears_at_once_of_what_the_web_part_has_taken() {
    let service = Service::start_only_with(Part::Web, |settings| {
        settings.relay.poll_ms = u64::try_from(POLL.as_millis()).unwrap();
    })
    .await;
    if service.database.backend() != DbBackend::Postgres {
        return service.stop().await;
    }
    let relays = [service.twin_only(Some(Part::Relay)).await, service.twin_only(Some(Part::Relay)).await];
    service.connect_and_link().await;
    let mut times = Vec::new();
    for number in 0..21 {
        let word = format!("Number {number}, please.");
        let began = Instant::now();
        service.world().comment(PEOPLE[0], &service.stage.issue, word.as_str()).unwrap();
        let arrived = |world: &Simulator| {
            world.messages(&service.stage.chat).iter().any(|message| message.text().contains(&word))
        };
        assert!(service.world().wait_until(arrived, PATIENCE).await, "nobody heard of number {number}");
        times.push(began.elapsed());
        service.quiet().await;
    }
    times.sort_unstable();
    let median = times[times.len() / 2];
    eprintln!("from a comment to its message through two processes: {} ms (median)", median.as_millis());
    for relay in relays {
        relay.stop().await;
    }
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_logs_in_at_the_web_part_lets_what_waits_for_them_go_on_at_the_relay_part() {
    let service = Service::start_only_with(Part::Web, |settings| {
        settings.relay.poll_ms = u64::try_from(POLL.as_millis()).unwrap();
    })
    .await;
    if service.database.backend() != DbBackend::Postgres {
        return service.stop().await;
    }
    let relay = service.twin_only(Some(Part::Relay)).await;
    service.link_as_operator().await;
    let draft = threadline_simulator::MessageDraft::text("I have not connected yet.");
    service.world().send_message(PEOPLE[1], &service.stage.chat, draft).unwrap();
    let waits = async {
        while service.storage.queue.count_in(threadline::queue::EventState::Waiting).await.unwrap() == 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waits).await.unwrap();
    service.stage.connect(PEOPLE[1]).await.unwrap();
    let arrived = |world: &Simulator| !world.comments(&service.stage.issue).is_empty();
    assert!(service.world().wait_until(arrived, PATIENCE).await, "the relay was not told");
    relay.stop().await;
    service.stop().await;
}

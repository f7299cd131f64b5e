//! What the platforms permit is kept before they have to say no.

mod bursts;
mod headers;
mod replicas;

use std::time::Duration;

use sea_orm::{ConnectionTrait, Statement};
use threadline::ambient::{Clock, Millis};
use threadline_simulator::{Options, Simulator};
use tokio::time::Instant;

use crate::service::{PATIENCE, Service, number_of_rows};

/// Platforms that refuse what is over their limits.
fn strict() -> Options {
    Options { limits: true, ..Options::default() }
}

/// A service among platforms that refuse what is over their limits; two people are connected,
/// and the issue and the chat are linked.
async fn limited() -> Service {
    let service = Service::start_at(Clock::system(), strict(), |_| {}).await;
    service.connect_and_link().await;
    service
}

/// The same, whose time stands still until it is told.
async fn limited_in_still_time() -> (Service, Clock) {
    let clock = Clock::manual(Clock::system().now());
    let service = Service::start_at(clock.clone(), strict(), |_| {}).await;
    service.connect_and_link().await;
    (service, clock)
}

/// Lets time pass, as far as somebody waits for it, until nothing is left to do: never while a call
/// is under way, so that calls arrive in the distance in which they leave, however slow the machine.
async fn in_its_time(service: &Service, clock: &Clock) {
    let deadline = Instant::now() + PATIENCE;
    let connection = service.database.connect().await;
    loop {
        assert!(service.world().settled(PATIENCE).await, "deliveries did not end");
        while number_of_rows(&connection, "lane WHERE token IS NOT NULL OR ready_at IS NOT NULL").await > 0 {
            assert!(Instant::now() < deadline, "it takes too long: {:#?}", service.reasons().await);
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let next = "SELECT min(due_at) FROM lane";
        let next = Statement::from_string(connection.get_database_backend(), next);
        let next = connection.query_one_raw(next).await.unwrap().unwrap();
        let Some(due) = next.try_get_by_index::<Option<i64>>(0).unwrap() else { break };
        service.pass(clock, Millis(due).since(clock.now()));
        // Its lane is woken before anybody looks again.
        while number_of_rows(&connection, &format!("lane WHERE due_at = {due}")).await > 0 {
            assert!(Instant::now() < deadline, "it is not tried again");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
    connection.close().await.unwrap();
    service.quiet().await;
}

/// Calls that the platforms have refused because they were too many.
fn refused(world: &Simulator) -> u64 {
    world.calls().iter().filter(|call| call.status == 429).map(|call| call.count).sum()
}

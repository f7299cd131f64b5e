//! A relay process is killed in the middle of a write; another one goes on with it.

use std::time::Duration;

use sea_orm::DbBackend;
use threadline::app::Part;
use threadline::queue::EventState;
use threadline::stage::{PEOPLE, ServiceProcess};
use threadline_simulator::{Fault, Moment};
use tokio::time::Instant;

use crate::service::{PATIENCE, Service};

const LEASE: Duration = Duration::from_secs(6);

/// A relay process at an address of its own.
async fn relay(service: &Service, log: &tempfile::NamedTempFile) -> ServiceProcess {
    let mut settings = service.settings.clone();
    settings.server.listen = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let command = ["serve", "--only", "relay"];
    let program = env!("CARGO_BIN_EXE_threadline").as_ref();
    let process = ServiceProcess::start_as(program, &command, &[], &service.stage, &settings, log.path());
    let mut process = process.unwrap();
    process.ready(PATIENCE).await.unwrap();
    process
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_dead_relay_held_is_taken_over_when_its_lease_ends() {
    let service = Service::start_only_with(Part::Web, |settings| {
        settings.relay.lease_seconds = LEASE.as_secs();
        settings.relay.call_seconds = LEASE.as_secs() - 1;
        settings.relay.poll_ms = 100;
    })
    .await;
    if service.database.backend() != DbBackend::Postgres {
        return service.stop().await;
    }
    let log = tempfile::NamedTempFile::new().unwrap();
    let first = relay(&service, &log).await;
    service.connect_and_link().await;
    service.quiet().await;
    // The message is there, and whoever wrote it does not hear of it.
    let slow = Fault::delay(20_000, Moment::After).on("POST", "*/messages").times(1);
    service.world().fail(slow);
    service.world().comment(PEOPLE[0], &service.stage.issue, "Who finishes this?").unwrap();
    let there = |world: &threadline_simulator::Simulator| {
        world
            .messages(&service.stage.chat)
            .iter()
            .any(|message| message.text().contains("Who finishes this?"))
    };
    assert!(service.world().wait_until(there, PATIENCE).await);
    first.kill().await.unwrap();
    let second = relay(&service, &log).await;
    let died = Instant::now();
    while service.storage.queue.count_in(EventState::Ready).await.unwrap() > 0 {
        assert!(died.elapsed() < PATIENCE, "nobody took it over");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    eprintln!("taken over and finished {:.1} s after the death", died.elapsed().as_secs_f64());
    service.quiet().await;
    let copies = service.standing(&service.stage.chat);
    let copies = copies.iter().filter(|message| message.text().contains("Who finishes this?")).count();
    assert_eq!(copies, 1, "its message is found, and not written again");
    assert_eq!(service.reasons_of("comment created").await.len(), 1);
    second.kill().await.unwrap();
    service.stop().await;
}

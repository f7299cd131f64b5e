//! A service that has nothing to do does next to nothing.

use std::time::Duration;

use tokio::time::Instant;

use crate::service::{PATIENCE, Service, http};

/// How often the service has looked for work so far.
async fn looks(service: &Service) -> u64 {
    let url = service.stage.public_url.join("metrics").unwrap();
    let metrics = http().get(url).send().await.unwrap().text().await.unwrap();
    let line = metrics.lines().find_map(|line| line.strip_prefix("threadline_looks_total ")).unwrap();
    line.parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_finds_nothing_looks_less_and_less_often() {
    let service = Service::start_with(|settings| {
        settings.relay.poll_ms = 250;
        settings.relay.lease_seconds = 3;
    })
    .await;
    service.connect_and_link().await;
    service.quiet().await;
    // Twice the pause each time, up to a third of the lease or to four times the first: one look a
    // second in the end, not four. On a busy machine time passes between two questions, too.
    let deadline = Instant::now() + PATIENCE;
    loop {
        let (before, began) = (looks(&service).await, Instant::now());
        tokio::time::sleep(Duration::from_secs(3)).await;
        let looked = looks(&service).await - before;
        if looked <= began.elapsed().as_secs() + 1 {
            break;
        }
        assert!(Instant::now() < deadline, "{looked} looks in {:?}", began.elapsed());
    }
    service.stop().await;
}

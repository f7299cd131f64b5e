//! A service that has nothing to do does next to nothing.

use std::time::Duration;

use crate::service::{Service, http};

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
    // Twice the pause each time, up to a third of the lease or to four times the first.
    tokio::time::sleep(Duration::from_secs(3)).await;
    let before = looks(&service).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    let looked = looks(&service).await - before;
    assert!(looked <= 4, "one look a second, not four: {looked} in three seconds");
    service.stop().await;
}

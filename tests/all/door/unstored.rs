//! When nothing can be stored, nothing is acknowledged: the platforms are told to come back.

use std::process::Stdio;
use std::time::Duration;

use sea_orm::DbBackend;
use serde_json::json;
use threadline::ambient::{Clock, Random};
use threadline::app::{App, Storage};
use threadline::secret::Secret;
use threadline::stage::Stage;
use threadline_simulator::Options;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::service::{PATIENCE, Place, TestDatabase, Wire, http};

/// A webhook that is only to be remembered, signed.
async fn webhook(stage: &Stage, site: &str, secret: &Secret, number: u32) -> reqwest::Response {
    let body = json!({ "webhookEvent": "jira:worklog_updated", "worklog": { "id": number.to_string() } });
    let body = body.to_string();
    http()
        .post(stage.public_url.join(&format!("webhooks/jira/{site}")).unwrap())
        .header("X-Hub-Signature", Stage::sign(secret, body.as_bytes()))
        .header("X-Atlassian-Webhook-Identifier", format!("w-{number}"))
        .body(body)
        .send()
        .await
        .unwrap()
}

fn says_come_back(answer: &reqwest::Response) -> bool {
    let wait = answer.headers().get("retry-after").and_then(|wait| wait.to_str().ok()?.parse::<u32>().ok());
    answer.status() == 503 && wait.is_some_and(|seconds| (1..=60).contains(&seconds))
}

/// The disk is full for the service: no file of its process may grow beyond a limit. What it
/// answered with 200 is there afterwards, to the last one; with room again it goes on.
#[tokio::test(flavor = "multi_thread")]
async fn with_a_full_disk_nothing_is_acknowledged_that_is_not_stored() {
    let database = TestDatabase::create().await;
    if database.backend() != DbBackend::Sqlite {
        return; // a server's disk is its own
    }
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let place = Place::reserve();
    let stage = Stage::set(place.url(), Options::default()).await.unwrap();
    let settings = stage.settings(&database.url);
    let storage = Storage::open(&settings, Clock::system(), Random::system()).await.unwrap();
    let (site, secret) = stage.open(&storage).await.unwrap();
    storage.database.close().await;

    // In blocks of 512 bytes: as long as the longest file is now, and some events more.
    let longest =
        std::fs::read_dir(database.directory()).unwrap().map(|file| file.unwrap().metadata().unwrap().len());
    let blocks = longest.max().unwrap() / 512 + 1_000;
    let limited = format!("trap '' XFSZ; ulimit -S -f {blocks}; exec \"$0\" serve");
    let mut child = tokio::process::Command::new("sh")
        .args(["-c", &limited, env!("CARGO_BIN_EXE_threadline")])
        .envs(stage.environment(&settings))
        .current_dir(database.directory())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let ready = stage.public_url.join("readyz").unwrap();
    let deadline = tokio::time::Instant::now() + PATIENCE;
    while !http().get(ready.clone()).send().await.is_ok_and(|answer| answer.status() == 200) {
        assert!(tokio::time::Instant::now() < deadline, "not ready");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let (mut taken, mut refused) = (Vec::new(), 0);
    for number in 0..3_000 {
        let answer = webhook(&stage, &site.to_string(), &secret, number).await;
        if answer.status() == 200 {
            taken.push(number);
        } else {
            assert!(says_come_back(&answer), "{answer:?}");
            refused += 1;
        }
        if refused == 20 {
            break;
        }
    }
    assert_eq!(refused, 20, "the disk was never full");
    assert!(taken.len() > 5, "only {} were taken", taken.len());

    let process = child.id().unwrap().to_string();
    let room = ["--pid", &process, "--fsize=unlimited:unlimited"];
    assert!(tokio::process::Command::new("prlimit").args(room).status().await.unwrap().success());
    for number in 10_000..10_020 {
        let answer = webhook(&stage, &site.to_string(), &secret, number).await;
        assert_eq!(answer.status(), 200, "there is room again");
        taken.push(number);
    }
    child.kill().await.unwrap();

    let storage = Storage::open(&settings, Clock::system(), Random::system()).await.unwrap();
    for number in &taken {
        let stored = storage.queue.count_of_deliveries(&format!("w-{number}")).await.unwrap();
        assert!(stored >= 1, "{number} was acknowledged and is not there");
    }
    storage.database.close().await;
    stage.simulator.stop().await;
}

/// The database goes away and comes back, while the service runs.
#[tokio::test(flavor = "multi_thread")]
async fn while_the_database_is_away_the_platforms_are_told_to_come_back() {
    let database = TestDatabase::create().await;
    if database.backend() != DbBackend::Postgres {
        return; // SQLite is a file, and does not go away
    }
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let mut url = Url::parse(&database.url).unwrap();
    let wire = Wire::to(url.socket_addrs(|| Some(5432)).unwrap()).await;
    url.set_port(Some(wire.address().port())).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let public_url = Url::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
    let stage = Stage::set(public_url, Options::default()).await.unwrap();
    let mut settings = stage.settings(url.as_str());
    settings.relay.poll_ms = 50;
    let app = App::build(settings, Clock::system(), Random::system()).await.unwrap();
    let storage = app.storage().clone();
    let stop = CancellationToken::new();
    let serving = tokio::spawn(app.serve(listener, stop.clone()));
    let (site, secret) = stage.open(&storage).await.unwrap();
    let site = site.to_string();
    assert_eq!(webhook(&stage, &site, &secret, 1).await.status(), 200);

    wire.cut();
    for number in 2..5 {
        let answer = webhook(&stage, &site, &secret, number).await;
        assert!(says_come_back(&answer), "{answer:?}");
    }
    assert_eq!(http().get(stage.public_url.join("readyz").unwrap()).send().await.unwrap().status(), 503);
    assert_eq!(http().get(stage.public_url.join("healthz").unwrap()).send().await.unwrap().status(), 200);
    let metrics = http().get(stage.public_url.join("metrics").unwrap()).send().await.unwrap();
    let metrics = metrics.text().await.unwrap();
    assert!(metrics.contains("threadline_lag_seconds{state=\"ready\"} NaN"), "nobody knows: {metrics}");

    wire.mend();
    let deadline = tokio::time::Instant::now() + PATIENCE;
    while webhook(&stage, &site, &secret, 5).await.status() != 200 {
        assert!(tokio::time::Instant::now() < deadline, "the service does not find back to its database");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    for (number, stored) in [(1, 1), (2, 0), (3, 0), (4, 0), (5, 1)] {
        let found = storage.queue.count_of_deliveries(&format!("w-{number}")).await.unwrap();
        assert_eq!(found, stored, "webhook {number}");
    }
    stop.cancel();
    serving.await.unwrap().unwrap();
    stage.simulator.stop().await;
}

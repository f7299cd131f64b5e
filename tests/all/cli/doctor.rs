//! The doctor, before a strict stand-in of the platforms.

use threadline::ambient::{Clock, Random};
use threadline::app::App;
use threadline::stage::{PEOPLE, Stage};
use threadline_simulator::Options;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use url::Url;

use super::{Desk, Outcome, sqlite};

/// A service on a stage, and a desk with its configuration.
async fn served() -> (Desk, Stage, CancellationToken) {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let mut desk = Desk::new();
    std::fs::write(desk.path("threadline.toml"), "[server]\n").unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let public_url = Url::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
    let stage = Stage::set(public_url, Options::default()).await.unwrap();
    let settings = stage.settings(&sqlite(&desk.path("threadline.db")));
    for (name, value) in stage.environment(&settings) {
        desk.set(name, value);
    }
    let app = App::build(settings, Clock::system(), Random::system()).await.unwrap();
    let storage = app.storage().clone();
    let stop = CancellationToken::new();
    tokio::spawn(app.serve(listener, stop.clone()));
    stage.open(&storage).await.unwrap();
    (desk, stage, stop)
}

/// Runs the doctor beside the world, which lives on this runtime.
async fn examine(desk: Desk) -> (Desk, Outcome) {
    tokio::task::spawn_blocking(move || {
        let outcome = desk.run(&["doctor"]);
        (desk, outcome)
    })
    .await
    .unwrap()
}

#[tokio::test]
async fn a_sound_installation_is_found_sound() {
    let (desk, stage, stop) = served().await;
    stage.connect(PEOPLE[0]).await.unwrap();
    let (_desk, outcome) = examine(desk).await;
    let report = outcome.good();
    let findings = report.lines().take_while(|line| !line.is_empty());
    assert!(
        findings.clone().count() > 10 && findings.clone().all(|line| line.starts_with("ok ")),
        "{report}"
    );
    assert!(report.contains("clock: agrees") && report.contains("1 account connected"), "{report}");
    stop.cancel();
}

#[tokio::test]
async fn refused_credentials_are_told_with_the_place_to_mend_them() {
    let (mut desk, _stage, stop) = served().await;
    desk.set("THREADLINE__JIRA__CLIENT_SECRET", "expired");
    desk.set("THREADLINE__MICROSOFT__CLIENT_SECRET", "expired");
    let (_desk, outcome) = examine(desk).await;
    assert!(!outcome.success);
    for told in
        ["FAIL  Jira login: ", "developer.atlassian.com/console", "FAIL  bot token: ", "FAIL  Graph token: "]
    {
        assert!(outcome.out.contains(told), "{told} is missing in {}", outcome.out);
    }
    assert!(outcome.out.contains("look  http://"), "nobody is connected: {}", outcome.out);
    assert!(!outcome.out.contains("expired\n"), "no secret is shown");
    stop.cancel();
}

#[test]
fn an_empty_folder_gets_the_list_of_what_is_missing() {
    let desk = Desk::new();
    std::fs::write(desk.path("threadline.toml"), "").unwrap();
    let outcome = desk.run(&["doctor"]);
    assert!(!outcome.success);
    for key in ["jira.client_id", "jira.client_secret", "microsoft.tenant_id", "server.public_url", "keys"] {
        assert!(outcome.out.contains(&format!("FAIL  {key}: ")), "{}", outcome.out);
    }
    assert!(!desk.path("threadline.db").exists(), "the doctor makes nothing");
}

#[test]
fn a_configuration_that_can_not_be_read_is_a_finding() {
    let desk = Desk::new();
    std::fs::write(desk.path("threadline.toml"), "[server]\nlisten_on = 'x'").unwrap();
    let outcome = desk.run(&["doctor"]);
    assert!(!outcome.success && outcome.out.contains("FAIL  configuration: "), "{}", outcome.out);
    assert!(outcome.out.contains("listen_on"));
}

#[test]
fn a_lease_that_a_call_may_outlast_starts_nothing() {
    let desk = Desk::new();
    std::fs::write(desk.path("threadline.toml"), "[relay]\ncall_seconds = 30").unwrap();
    let advice = "set relay.lease_seconds to more than 30";
    let refusal = desk.run(&["serve"]).refusal();
    assert!(refusal.contains(advice), "{refusal}");
    let outcome = desk.run(&["doctor"]);
    assert!(!outcome.success && outcome.out.contains("FAIL  configuration: "), "{}", outcome.out);
    assert!(outcome.out.contains(advice), "{}", outcome.out);
}

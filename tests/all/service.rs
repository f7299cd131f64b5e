//! A service on a stage, in this process: what every story starts with.

use std::time::Duration;

use threadline::ambient::{Clock, Random};
use threadline::app::{App, Storage};
use threadline::bridge::SharedBridge;
use threadline::config::Settings;
use threadline::ids::SiteId;
use threadline::queue::{Event, EventFilter, EventState};
use threadline::secret::Secret;
use threadline::stage::{PEOPLE, Stage};
use threadline_simulator::Options;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use url::Url;

/// How long a story waits for something that must happen.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A running service and the world around it.
pub struct Service {
    pub stage: Stage,
    pub storage: Storage,
    pub bridge: SharedBridge,
    pub site: SiteId,
    pub webhook_secret: Secret,
    stop: CancellationToken,
    serving: tokio::task::JoinHandle<std::io::Result<()>>,
    _directory: tempfile::TempDir,
}

impl Service {
    /// A service with nobody connected.
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// A service with changed settings.
    pub async fn start_with(change: impl FnOnce(&mut Settings)) -> Self {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let directory = tempfile::tempdir().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let public_url = Url::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
        let stage = Stage::set(public_url, Options::default()).await.unwrap();
        let mut settings = stage.settings(&database_url(directory.path()).await);
        settings.relay.backoff_percent = 1;
        settings.relay.poll_ms = 50;
        settings.server.stop_seconds = 5;
        change(&mut settings);
        let app = App::build(settings, Clock::system(), Random::system()).await.unwrap();
        let (storage, bridge) = (app.storage().clone(), app.bridge().clone());
        let stop = CancellationToken::new();
        let serving = tokio::spawn(app.serve(listener, stop.clone()));
        let (site, webhook_secret) = stage.open(&storage).await.unwrap();
        assert!(stage.simulator.settled(PATIENCE).await, "the bot's installation was not delivered");
        Self { stage, storage, bridge, site, webhook_secret, stop, serving, _directory: directory }
    }

    /// A service with two connected people and a link between the issue and the chat.
    pub async fn linked() -> Self {
        let service = Self::start().await;
        service.connect_and_link().await;
        service
    }

    /// Connects the first two people and links the issue and the chat through the API.
    pub async fn connect_and_link(&self) {
        let mut ann = self.stage.connect(PEOPLE[0]).await.unwrap();
        self.stage.connect(PEOPLE[1]).await.unwrap();
        let answer = ann
            .post(
                "api/v1/links",
                &serde_json::json!({
                    "site": self.site.to_string(),
                    "issue": self.stage.issue,
                    "conversation_id": self.stage.chat,
                }),
            )
            .await
            .unwrap();
        assert_eq!(answer.status(), 201, "{}", answer.text().await.unwrap());
    }

    /// The texts of the chat's messages that still stand.
    pub fn chat_texts(&self) -> Vec<String> {
        let messages = self.stage.simulator.messages(&self.stage.chat);
        messages
            .iter()
            .filter(|message| message.deleted.is_none())
            .map(|message| message.content.clone())
            .collect()
    }

    /// Waits until the world is as `condition` wants it.
    pub async fn until(
        &self,
        what: &str,
        condition: impl Fn(&threadline_simulator::Simulator) -> bool + Send,
    ) {
        let happened = self.stage.simulator.wait_until(condition, PATIENCE).await;
        assert!(happened, "{what}: did not happen. Events: {:#?}", self.reasons().await);
    }

    /// Waits until nothing is left to do.
    pub async fn quiet(&self) {
        assert!(self.stage.simulator.settled(PATIENCE).await, "deliveries did not end");
        let deadline = tokio::time::Instant::now() + PATIENCE;
        while self.storage.queue.count_in(EventState::Ready).await.unwrap() > 0 {
            assert!(
                tokio::time::Instant::now() < deadline,
                "events did not end: {:#?}",
                self.reasons().await
            );
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// All events, the oldest first.
    pub async fn events(&self) -> Vec<Event> {
        let filter = EventFilter { limit: 10_000, ..EventFilter::default() };
        let mut events = self.storage.queue.events(&filter).await.unwrap();
        events.reverse();
        events
    }

    /// What became of the events: kind, state, reason.
    pub async fn reasons(&self) -> Vec<(String, &'static str, String)> {
        let events = self.events().await;
        events
            .into_iter()
            .map(|event| {
                (event.kind.clone(), EventState::of(&event).word(), event.reason.clone().unwrap_or_default())
            })
            .collect()
    }

    /// Stops the service as an operator would, and waits for it.
    pub async fn stop(self) {
        self.stop.cancel();
        self.serving.await.unwrap().unwrap();
        self.stage.simulator.stop().await;
    }
}

/// SQLite in a directory of its own, or PostgreSQL where `THREADLINE_TEST_POSTGRES` names a
/// server: then a database of its own there.
pub async fn database_url(directory: &std::path::Path) -> String {
    let Ok(server) = std::env::var("THREADLINE_TEST_POSTGRES") else {
        return format!("sqlite://{}/threadline.db", directory.display());
    };
    use sea_orm::ConnectionTrait;
    let name = threadline::stage::unique_name("t").replace('-', "_");
    let admin = sea_orm::Database::connect(&server).await.unwrap();
    admin.execute_unprepared(&format!("CREATE DATABASE {name}")).await.unwrap();
    admin.close().await.unwrap();
    let mut url = Url::parse(&server).unwrap();
    url.set_path(&name);
    url.to_string()
}

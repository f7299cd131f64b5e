//! A service on a stage, in this process: what every story starts with.

mod database;
mod doors;
mod logs;
mod watching;
mod wire;

use std::time::Duration;

use sea_orm::ConnectionTrait;
use threadline::ambient::{Clock, Random};
use threadline::app::{App, Part, Storage};
use threadline::bridge::{LinkRequest, SharedBridge};
use threadline::config::Settings;
use threadline::database::{Database, Watch};
use threadline::ids::{AccountId, ConversationId, IssueId, SiteId, TenantId};
use threadline::secret::Secret;
use threadline::stage::{Browser, PEOPLE, Stage, TENANT};
use threadline::store::Access;
use threadline_simulator::{Options, Simulator};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use url::Url;

pub use database::{TestDatabase, number_of_rows};
pub use doors::http;
pub use logs::Logs;
pub use wire::{Wire, free_port};

/// How long a story waits for something that must happen: so long that a machine which is busy with
/// other things is not taken for a service that has forgotten something.
pub const PATIENCE: Duration = Duration::from_mins(2);

/// A running service and the world around it.
pub struct Service {
    pub stage: Stage,
    pub storage: Storage,
    pub bridge: SharedBridge,
    pub settings: Settings,
    pub site: SiteId,
    pub webhook_secret: Secret,
    pub database: TestDatabase,
    stop: CancellationToken,
    serving: tokio::task::JoinHandle<std::io::Result<()>>,
}

impl Service {
    /// A service with nobody connected.
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// A service with changed settings.
    pub async fn start_with(change: impl FnOnce(&mut Settings)) -> Self {
        Box::pin(Self::start_at(Clock::system(), Options::default(), change)).await
    }

    /// A service with its own clock, a simulator of one's choice and changed settings.
    pub async fn start_at(clock: Clock, options: Options, change: impl FnOnce(&mut Settings)) -> Self {
        Box::pin(Self::start_part(None, clock, options, change, None)).await
    }

    /// As [`Service::start_at`]; `watch` is shown every statement that the service runs.
    pub async fn start_watched(
        clock: Clock,
        options: Options,
        change: impl FnOnce(&mut Settings),
        watch: Option<Watch>,
    ) -> Self {
        Box::pin(Self::start_part(None, clock, options, change, watch)).await
    }

    /// This part of a service; a [`Twin`] does the rest.
    pub async fn start_only(part: Part) -> Self {
        Self::start_only_with(part, |_| {}).await
    }

    /// This part of a service, with changed settings.
    pub async fn start_only_with(part: Part, change: impl FnOnce(&mut Settings)) -> Self {
        Box::pin(Self::start_part(Some(part), Clock::system(), Options::default(), change, None)).await
    }

    async fn start_part(
        only: Option<Part>,
        clock: Clock,
        options: Options,
        change: impl FnOnce(&mut Settings),
        watch: Option<Watch>,
    ) -> Self {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let public_url = Url::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
        let stage = Stage::set(public_url, options).await.unwrap();
        let database = TestDatabase::create().await;
        let mut settings = stage.settings(&database.url);
        settings.relay.backoff_percent = 1;
        settings.relay.poll_ms = 50;
        settings.server.stop_seconds = 5;
        change(&mut settings);
        let rows = Database::open_watched(&settings.database, watch).await.unwrap();
        rows.migrate().await.unwrap();
        let storage = Storage::on(&settings, rows, clock, Random::system()).await.unwrap();
        let app = App::on(settings.clone(), storage).unwrap().only(only);
        let (storage, bridge) = (app.storage().clone(), app.bridge().clone());
        let stop = CancellationToken::new();
        let serving = tokio::spawn(app.serve(listener, stop.clone()));
        let (site, webhook_secret) = stage.open(&storage).await.unwrap();
        assert!(stage.simulator.settled(PATIENCE).await, "the bot's installation was not delivered");
        Self { stage, storage, bridge, settings, site, webhook_secret, database, stop, serving }
    }

    /// A service whose time stands still until it is told, with two connected people and a link.
    pub async fn linked_in_still_time() -> (Self, Clock) {
        let clock = Clock::manual(Clock::system().now());
        let service = Self::start_at(clock.clone(), Options::default(), |_| {}).await;
        service.connect_and_link().await;
        (service, clock)
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
        self.link(&mut ann, &self.stage.issue, &self.stage.chat).await;
    }

    /// Links an issue and a chat as the person of this browser; answers the link's id.
    pub async fn link(&self, person: &mut Browser, issue: &str, chat: &str) -> String {
        let answer = person.post("api/v1/links", &self.wish(issue, chat)).await.unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert_eq!(status, 201, "{text}");
        let body: serde_json::Value = serde_json::from_str(&text).unwrap();
        body["id"].as_str().unwrap().to_owned()
    }

    /// The wish to link an issue and a chat, as the API takes it.
    pub fn wish(&self, issue: &str, chat: &str) -> serde_json::Value {
        serde_json::json!({ "site": self.site.to_string(), "issue": issue, "conversation_id": chat })
    }

    /// Links the issue and the chat as the operator does on a site where nobody is connected.
    pub async fn link_as_operator(&self) {
        let request = LinkRequest {
            site: self.site,
            issue: self.stage.issue.clone(),
            tenant: TenantId::new(TENANT),
            conversation: ConversationId::new(self.stage.chat.as_str()),
            access: Access::Private,
        };
        let id = IssueId::new(self.world().issue(&self.stage.issue).unwrap().id);
        self.bridge.link_for_operator(request, Some(id)).await.unwrap();
    }

    /// Names the account that writes for people who have not connected.
    pub async fn set_integration_account(&self, account: &AccountId) {
        self.change(&format!("UPDATE jira_site SET integration_account = '{account}'")).await;
    }

    /// Changes the database behind the service's back.
    pub async fn change(&self, sql: &str) {
        let connection = self.database.connect().await;
        connection.execute_unprepared(sql).await.unwrap();
        connection.close().await.unwrap();
        self.storage.store.forget_recent();
    }

    /// Time passes, here and on the platforms.
    pub fn pass(&self, clock: &Clock, time: Duration) {
        clock.advance(time);
        self.world().advance(time);
    }

    /// The platforms.
    pub fn world(&self) -> &Simulator {
        &self.stage.simulator
    }

    /// Another copy of the service on the same database, behind another address.
    pub async fn twin(&self) -> Twin {
        self.twin_only(None).await
    }

    /// A part of the service on the same database, behind another address.
    pub async fn twin_only(&self, part: Option<Part>) -> Twin {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = Url::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
        let app = App::build(self.settings.clone(), self.storage.clock.clone(), Random::system()).await;
        let app = app.unwrap().only(part);
        let stop = CancellationToken::new();
        let serving = tokio::spawn(app.serve(listener, stop.clone()));
        Twin { url, stop, serving }
    }

    /// Stops the service, and leaves the world around it as it is.
    pub async fn go_down(&mut self) {
        self.stop.cancel();
        (&mut self.serving).await.unwrap().unwrap();
    }

    /// Starts the service again, where it was.
    pub async fn come_up(&mut self) {
        let address = self.stage.public_url.socket_addrs(|| None).unwrap()[0];
        let listener = TcpListener::bind(address).await.unwrap();
        let clock = self.storage.clock.clone();
        let app = App::build(self.settings.clone(), clock, Random::system()).await.unwrap();
        (self.storage, self.bridge) = (app.storage().clone(), app.bridge().clone());
        self.stop = CancellationToken::new();
        self.serving = tokio::spawn(app.serve(listener, self.stop.clone()));
    }

    /// Stops the service as an operator would, and waits for it.
    pub async fn stop(self) {
        self.stop.cancel();
        self.serving.await.unwrap().unwrap();
        self.stage.simulator.stop().await;
    }
}

/// A second copy of the service.
pub struct Twin {
    /// Where it answers.
    pub url: Url,
    stop: CancellationToken,
    serving: tokio::task::JoinHandle<std::io::Result<()>>,
}

impl Twin {
    pub async fn stop(self) {
        self.stop.cancel();
        self.serving.await.unwrap().unwrap();
    }
}

//! What is measured: the service, or the pass-through, each on a stage of its own.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use threadline_simulator::Options;
use url::Url;

use super::growth::{Crowd, Filling, look_over};
use crate::ambient::{Clock, Random};
use crate::app::Storage;
use crate::config::Settings;
use crate::ids::{ConversationId, IssueId, SiteId, SubscriptionId, TenantId};
use crate::secret::Secret;
use crate::stage::{CLOUD, Conversation, PEOPLE, ServiceProcess, Stage, TENANT};

/// Issues with a chat each.
const CONVERSATIONS: usize = 20;
/// How long a start may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// Time between looks whether Graph watches every chat.
const LOOK: Duration = Duration::from_millis(50);
/// The variable that hands [`Wiring`] to the pass-through.
pub(super) const WIRING: &str = "THREADLINE_BENCH_WIRING";

/// Who else is in the database, and among how many conversations the load is spread.
pub(super) struct Among {
    pub(super) crowd: Crowd,
    pub(super) conversations: usize,
}

/// Which program is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Service,
    /// The service, which Graph tells of everything, too.
    Told,
    /// The service, among platforms that hold their published limits.
    Limited,
    Passthrough,
}

/// All that the pass-through is told: it looks nothing up. The tokens are the simulator's.
#[derive(Serialize, Deserialize)]
pub(super) struct Wiring {
    pub(super) webhook_secret: String,
    pub(super) cloud: String,
    /// Whose comments become messages; anybody else's are copies.
    pub(super) commenter: String,
    pub(super) commenter_jira: String,
    pub(super) commenter_graph: String,
    /// Whose messages become comments; anybody else's are copies.
    pub(super) writer: String,
    pub(super) writer_jira: String,
    pub(super) pairs: Vec<(IssueId, ConversationId)>,
}

/// A program under load, and the world around it.
pub(super) struct Target {
    pub(super) stage: Stage,
    pub(super) conversations: Vec<Conversation>,
    /// The secret that webhooks are signed with.
    pub(super) webhook_secret: Secret,
    site: SiteId,
    settings: Settings,
    process: ServiceProcess,
}

impl Target {
    /// Starts the program with everybody connected and every conversation linked. Its files are
    /// in `folder`.
    pub(super) async fn start(kind: Kind, database: Option<&str>, folder: &Path) -> anyhow::Result<Self> {
        let nobody = Among { crowd: Crowd { links: 0, pairs: 0, people: 0 }, conversations: CONVERSATIONS };
        Self::set_up(kind, database, folder, nobody, |_| {}).await
    }

    /// As [`Target::start`]: the service, whose conversations stand among those of others. `say` is
    /// told how many rows of the others are written.
    pub(super) async fn start_among(
        database: &str,
        folder: &Path,
        among: Among,
        say: impl Fn(usize),
    ) -> anyhow::Result<Self> {
        Self::set_up(Kind::Service, Some(database), folder, among, say).await
    }

    async fn set_up(
        kind: Kind,
        database: Option<&str>,
        folder: &Path,
        among: Among,
        say: impl Fn(usize),
    ) -> anyhow::Result<Self> {
        let stage = Stage::set(free_address()?, options(kind)).await?;
        let url = match database {
            Some(url) => url.to_owned(),
            None => format!("sqlite://{}/{kind:?}.db", folder.display()),
        };
        let mut settings = stage.settings(&url);
        "warn".clone_into(&mut settings.telemetry.filter);
        settings.microsoft.notifications = kind == Kind::Told;
        let log = folder.join(format!("{kind:?}.log"));
        let program = std::env::current_exe().context("this program's own path is not known")?;
        let storage = Storage::open(&settings, Clock::system(), Random::system()).await?;
        let (site, secret) = stage.open(&storage).await?;
        let mut conversations = Vec::with_capacity(among.conversations);
        let mut others = Filling::new(&storage, site, among.crowd, among.conversations);
        let mut written = 0;
        for number in 1..=among.conversations {
            written += others.turn().await?;
            say(written);
            conversations
                .push(stage.add_conversation(&storage, site, &format!("Conversation {number}")).await?);
        }
        if written > 0 {
            look_over(&storage.database).await?;
        }
        storage.database.close().await;
        let mut process = match kind {
            Kind::Service | Kind::Told | Kind::Limited => {
                ServiceProcess::start(&program, &stage, &settings, &log)?
            }
            Kind::Passthrough => {
                let wiring = serde_json::to_string(&wiring(&stage, secret.expose(), &conversations)?)?;
                let variables = [(WIRING, wiring)];
                ServiceProcess::start_as(
                    &program,
                    &["bench", "passthrough"],
                    &variables,
                    &stage,
                    &settings,
                    &log,
                )?
            }
        };
        process.ready(PATIENCE).await?;
        if matches!(kind, Kind::Limited | Kind::Told) {
            // Nobody was there to hear of it; and here the bot writes, or is to watch.
            for conversation in &conversations {
                stage.simulator.install_bot(&conversation.chat)?;
            }
        }
        if kind != Kind::Passthrough {
            for person in PEOPLE.iter().take(2) {
                stage.connect(person).await?;
            }
        }
        anyhow::ensure!(
            stage.simulator.settled(PATIENCE).await,
            "the bot's installations were not delivered"
        );
        Ok(Self { stage, conversations, webhook_secret: secret, site, settings, process })
    }

    /// Id of its process.
    pub(super) fn process(&self) -> anyhow::Result<u32> {
        self.process.id().context("the measured program has ended")
    }

    /// Where Jira posts what happens on the site.
    pub(super) fn webhook_address(&self) -> anyhow::Result<Url> {
        Ok(self.stage.public_url.join(&format!("webhooks/jira/{}", self.site))?)
    }

    /// Where Graph posts what has changed in the chats.
    pub(super) fn notification_address(&self) -> anyhow::Result<Url> {
        Ok(self.stage.public_url.join("webhooks/graph")?)
    }

    /// Waits until Graph watches every chat, and the service knows.
    pub(super) async fn subscribed(&self) -> anyhow::Result<()> {
        let storage = Storage::open(&self.settings, Clock::system(), Random::system()).await?;
        let tenant = TenantId::new(TENANT);
        let began = Instant::now();
        loop {
            let mut known = 0;
            for subscription in self.stage.simulator.subscriptions() {
                let id = SubscriptionId::new(subscription.id);
                known += usize::from(storage.store.watch_of(&tenant, &id).await?.is_some());
            }
            if known >= self.conversations.len() {
                break;
            }
            anyhow::ensure!(began.elapsed() < PATIENCE, "Graph was asked to watch {known} chats only");
            tokio::time::sleep(LOOK).await;
        }
        storage.database.close().await;
        Ok(())
    }

    /// How many deliveries are in the database whose keys have these words.
    pub(super) async fn stored(&self, words: &str) -> anyhow::Result<usize> {
        let storage = Storage::open(&self.settings, Clock::system(), Random::system()).await?;
        let stored = storage.queue.count_of_deliveries(words).await?;
        storage.database.close().await;
        Ok(usize::try_from(stored)?)
    }

    /// Ends the program and its world.
    pub(super) async fn end(self) -> anyhow::Result<()> {
        self.process.kill().await?;
        self.stage.simulator.stop().await;
        Ok(())
    }
}

/// As many deliveries at a time as there are lanes: the platforms are not to be the narrow part.
fn options(kind: Kind) -> Options {
    let limits = kind == Kind::Limited;
    Options { delivery_concurrency: 2 * CONVERSATIONS, limits, ..Options::default() }
}

/// A free address on loopback; the port is taken again at once.
fn free_address() -> anyhow::Result<Url> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").context("no port is free on loopback")?;
    Ok(Url::parse(&format!("http://{}/", listener.local_addr()?))?)
}

fn wiring(stage: &Stage, webhook_secret: &str, conversations: &[Conversation]) -> anyhow::Result<Wiring> {
    let simulator = &stage.simulator;
    let [commenter, writer, _] = PEOPLE;
    let jira = |person| simulator.issue_jira_tokens(person, &crate::jira::SCOPES.join(" "));
    let pairs = conversations.iter().filter_map(|conversation| {
        let issue = simulator.issue(&conversation.issue)?;
        Some((IssueId::new(issue.id), ConversationId::new(conversation.chat.as_str())))
    });
    Ok(Wiring {
        webhook_secret: webhook_secret.to_owned(),
        cloud: CLOUD.to_owned(),
        commenter: simulator.person(commenter)?.account_id.clone(),
        commenter_jira: jira(commenter)?.0,
        commenter_graph: simulator.issue_graph_tokens(commenter, "ChatMessage.Send")?.0,
        writer: simulator.person(writer)?.object_id.clone(),
        writer_jira: jira(writer)?.0,
        pairs: pairs.collect(),
    })
}

//! `threadline bench fairness`: how long an event waits while another tenant floods the queue.

use std::fmt;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use serde::Serialize;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::figures::{Percentiles, budget, print, tidy};
use super::scratch::Scratch;
use crate::ambient::{Clock, Random};
use crate::config;
use crate::database::Database;
use crate::ids::{ConversationId, TenantId};
use crate::queue::{Event, EventState, Handler, LaneKey, Lease, LeaseLost, NewEvent, Queue, Verdict};
use crate::secret::Secret;

pub(super) const EXAMPLES: &str = "\
The queue of the service with all its workers, on a database of its own. One tenant's events are in
it already, over many conversations, and are worked on as fast as it goes; each takes the time that
platforms take. Now and then an event of another tenant arrives. Its delay is counted from before
it is stored until its end is, without the platforms' time. Use a release build:
`cargo run --release -- bench fairness`.

Examples:
  threadline bench fairness
  threadline bench fairness --flood 10000 --conversations 10 --singles 50
  threadline bench fairness --json
  threadline bench fairness --database postgres://threadline@localhost/empty";

/// Events that are stored in one commit.
const BATCH: usize = 500;
/// How often it is looked whether an event has ended.
const LOOK: Duration = Duration::from_millis(2);
/// How long an event may take before the run counts as failed.
const PATIENCE: Duration = Duration::from_mins(2);

/// One tenant's flood, and the single events of another.
#[derive(Args)]
pub(in crate::cli) struct Fairness {
    /// Events of the flood.
    #[arg(long, default_value_t = 100_000, value_name = "N")]
    flood: usize,
    /// Conversations that they are spread over.
    #[arg(long, default_value_t = 2_000, value_name = "N")]
    conversations: usize,
    /// Single events of the other tenant.
    #[arg(long, default_value_t = 100, value_name = "N")]
    singles: usize,
    /// Milliseconds between them.
    #[arg(long, default_value_t = 100, value_name = "MS")]
    every_ms: u64,
    /// Milliseconds that the platforms take for an event.
    #[arg(long, default_value_t = 20, value_name = "MS")]
    platform_ms: u64,
    /// Print one JSON object instead of a table.
    #[arg(long)]
    json: bool,
    /// An empty database for the queue [default: SQLite in a temporary folder].
    #[arg(long, value_name = "URL")]
    database: Option<String>,
}

/// What it came to. Times are milliseconds.
#[derive(Debug, Serialize)]
struct Figures {
    /// Events of the flood that were stored.
    flood: usize,
    /// How many of them were worked on meanwhile.
    flood_worked: u64,
    /// The same a second.
    flood_per_s: f64,
    /// Single events of the other tenant.
    singles: usize,
    /// The longest that one of them waited.
    worst_delay_ms: f64,
    /// How long most of them waited.
    delay: Percentiles,
}

/// Takes as long as platforms take, and is done.
struct Platforms(Duration);

impl Handler for Platforms {
    async fn handle(&self, _: &Lease, _: &Event) -> Result<Verdict, LeaseLost> {
        tokio::time::sleep(self.0).await;
        Ok(Verdict::done("relayed"))
    }
}

impl Fairness {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        anyhow::ensure!(
            self.flood > 0 && self.conversations > 0 && self.singles > 0,
            "--flood, --conversations and --singles must be more than 0"
        );
        let scratch = Scratch::new()?;
        let url = self.database.clone();
        let url = url.unwrap_or_else(|| format!("sqlite://{}/queue.db", scratch.path().display()));
        let settings = config::Database { url: Secret::new(url), ..config::Database::default() };
        let database = Database::connect(&settings).await?;
        let settings = config::Relay::default();
        let queue = Queue::new(database.clone(), Clock::system(), Random::system(), settings);
        self.store_flood(&queue).await?;
        let stop = CancellationToken::new();
        let handler = Arc::new(Platforms(Duration::from_millis(self.platform_ms)));
        let work = tokio::spawn({
            let (queue, stop) = (queue.clone(), stop.clone());
            async move { queue.work(handler, stop).await }
        });
        let began = Instant::now();
        let delays = self.send_singles(&queue).await?;
        let took = began.elapsed();
        let left = queue.count_in(EventState::Ready).await?;
        stop.cancel();
        work.await?;
        database.close().await;
        let flood_worked = u64::try_from(self.flood)?.saturating_sub(left);
        #[expect(clippy::cast_precision_loss, reason = "a count of events")]
        let flood_per_s = tidy(flood_worked as f64 / took.as_secs_f64());
        let worst = delays.iter().max().copied().unwrap_or_default();
        let figures = Figures {
            flood: self.flood,
            flood_worked,
            flood_per_s,
            singles: delays.len(),
            worst_delay_ms: tidy(worst.as_secs_f64() * 1000.0),
            delay: Percentiles::of(delays),
        };
        print(self.json, &figures)?;
        Ok(ExitCode::SUCCESS)
    }

    async fn store_flood(&self, queue: &Queue) -> anyhow::Result<()> {
        for first in (0..self.flood).step_by(BATCH) {
            let batch = first..self.flood.min(first + BATCH);
            let events = batch.map(|number| event("flood", number % self.conversations, number)).collect();
            queue.put(events).await?;
        }
        Ok(())
    }

    /// Sends the single events at their pace; answers how long each waited.
    async fn send_singles(&self, queue: &Queue) -> anyhow::Result<Vec<Duration>> {
        let began = Instant::now();
        let mut sent = tokio::task::JoinSet::new();
        for number in 0..self.singles {
            let every = Duration::from_millis(self.every_ms);
            tokio::time::sleep_until(began + every * u32::try_from(number + 1)?).await;
            let (queue, platform) = (queue.clone(), Duration::from_millis(self.platform_ms));
            sent.spawn(async move { delay_of(&queue, number, platform).await });
        }
        let mut delays = Vec::with_capacity(self.singles);
        while let Some(delay) = sent.join_next().await {
            delays.push(delay??);
        }
        Ok(delays)
    }
}

/// How long one event of the other tenant takes, above the platforms' own time.
async fn delay_of(queue: &Queue, number: usize, platform: Duration) -> anyhow::Result<Duration> {
    let event = event("other", number, number);
    let (tenant, key) = (TenantId::new("other"), event.delivery_key.clone());
    let began = Instant::now();
    queue.put(vec![event]).await?;
    loop {
        let stored = queue.event_by_key(&tenant, &key).await?.context("a stored event has gone")?;
        if EventState::of(&stored) == EventState::Done {
            return Ok(began.elapsed().saturating_sub(platform));
        }
        anyhow::ensure!(began.elapsed() < PATIENCE, "an event was not worked on in {PATIENCE:?}");
        tokio::time::sleep(LOOK).await;
    }
}

fn event(tenant: &str, conversation: usize, number: usize) -> NewEvent {
    let conversation = ConversationId::new(format!("19:{conversation}@thread.v2"));
    NewEvent {
        lane: Some(LaneKey::new(&TenantId::new(tenant), &conversation)),
        delivery_key: format!("bench/{tenant}/{number}"),
        site: None,
        tenant: None,
        kind: "message",
        subject: String::new(),
        payload: None,
        finished: None,
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kept = budget(self.worst_delay_ms <= 1000.0, "at most 1000");
        writeln!(f, "{:<40}{:>10}  budget", "", "")?;
        writeln!(f, "{:<40}{:>10}", "events of the flood", self.flood)?;
        writeln!(f, "{:<40}{:>10}", "worked on meanwhile", self.flood_worked)?;
        writeln!(f, "{:<40}{:>10.0}", "the same a second", self.flood_per_s)?;
        writeln!(f, "{:<40}{:>10}", "single events of another tenant", self.singles)?;
        writeln!(f, "{:<40}{:>10.1}", "their delay, p50, ms", self.delay.p50)?;
        writeln!(f, "{:<40}{:>10.1}", "p99, ms", self.delay.p99)?;
        writeln!(f, "{:<40}{:>10.1}  {kept}", "worst, ms", self.worst_delay_ms)
    }
}

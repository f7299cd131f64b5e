//! `threadline bench ack`: how fast arrivals are acknowledged, and whether each one that was is
//! in the queue.

use std::fmt;
use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use clap::Args;
use serde::Serialize;
use serde_json::json;
use url::Url;

use super::figures::{Percentiles, budget, tidy};
use super::scratch::Scratch;
use super::target::{Kind, Target};
use crate::app::http_client;
use crate::ids::IssueId;
use crate::secret::Secret;
use crate::stage::Stage;

pub(super) const EXAMPLES: &str = "\
Signed webhooks of comments on linked issues, sent at a steady pace whatever the answers take. The
comments do not exist, so that each event is worked on and soon over. Beside the service, a bare
receiver that checks nothing and stores nothing shows what sending alone takes. Use a release
build: `cargo run --release -- bench ack`.

Examples:
  threadline bench ack
  threadline bench ack --rate 2000 --seconds 30
  threadline bench ack --json
  threadline bench ack --database postgres://threadline@localhost/empty";

/// How long an answer may take before it counts as refused.
const PATIENCE: Duration = Duration::from_secs(20);
/// Arrivals before anything is measured: connections, caches, pages.
const WARM_UP: usize = 300;

/// Arrivals that are acknowledged once they are durable.
#[derive(Args)]
pub(in crate::cli) struct Ack {
    /// Arrivals a second.
    #[arg(long, default_value_t = 1000, value_name = "R")]
    rate: usize,
    /// How long.
    #[arg(long, default_value_t = 10, value_name = "S")]
    seconds: usize,
    /// Print one JSON object instead of a table.
    #[arg(long)]
    json: bool,
    /// An empty database for the service [default: SQLite in a temporary folder].
    #[arg(long, value_name = "URL")]
    database: Option<String>,
}

/// What it came to. Times are milliseconds.
#[derive(Debug, Serialize)]
struct Figures {
    /// Arrivals that were sent.
    arrivals: usize,
    /// Answers a second.
    arrivals_per_s: f64,
    #[serde(flatten)]
    latency: Percentiles,
    /// The same of a receiver that does nothing.
    bare: Percentiles,
    /// Answers that were no 2xx, or none at all.
    refused: usize,
    /// Arrivals that were acknowledged and are not in the database.
    lost: usize,
}

impl Ack {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        anyhow::ensure!(self.rate > 0 && self.seconds > 0, "--rate and --seconds must be more than 0");
        let scratch = Scratch::new()?;
        let service = Target::start(Kind::Service, self.database.as_deref(), scratch.path()).await?;
        let load = Arc::new(Load::of(&service)?);
        let bare = Bare::start().await?;
        send(Load::at(&load, bare.address.clone()), WARM_UP, self.rate, "warm-bare").await;
        send(Arc::clone(&load), WARM_UP, self.rate, "warm").await;
        let arrivals = self.rate * self.seconds;
        let nothing = send(Load::at(&load, bare.address.clone()), arrivals, self.rate, "bare").await;
        let began = Instant::now();
        let sent = send(Arc::clone(&load), arrivals, self.rate, "ack").await;
        let took = began.elapsed();
        let stored = service.stored("/ack-").await?;
        service.end().await?;
        let acknowledged = sent.times.len();
        #[expect(clippy::cast_precision_loss, reason = "a count of arrivals")]
        let rate = acknowledged as f64 / took.as_secs_f64();
        let figures = Figures {
            arrivals,
            arrivals_per_s: tidy(rate),
            latency: Percentiles::of(sent.times),
            bare: Percentiles::of(nothing.times),
            refused: sent.refused,
            lost: acknowledged.saturating_sub(stored),
        };
        let mut out = std::io::stdout().lock();
        if self.json {
            writeln!(out, "{}", serde_json::to_string(&figures)?)?;
        } else {
            write!(out, "{figures}")?;
        }
        Ok(if figures.lost == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

/// What is sent, and where.
struct Load {
    http: reqwest::Client,
    address: Url,
    secret: Secret,
    issues: Vec<IssueId>,
}

impl Load {
    fn of(service: &Target) -> anyhow::Result<Self> {
        let ids = service.conversations.iter().filter_map(|conversation| {
            service.stage.simulator.issue(&conversation.issue).map(|issue| IssueId::new(issue.id))
        });
        Ok(Self {
            http: http_client(PATIENCE)?,
            address: service.webhook_address()?,
            secret: service.webhook_secret.clone(),
            issues: ids.collect(),
        })
    }

    fn at(other: &Arc<Self>, address: Url) -> Arc<Self> {
        let Self { http, secret, issues, .. } = other.as_ref();
        Arc::new(Self { http: http.clone(), secret: secret.clone(), issues: issues.clone(), address })
    }

    /// Sends one; answers how long the acknowledgement took, or nothing if there was none.
    async fn send(&self, run: &str, number: usize) -> Option<Duration> {
        let issue = self.issues.get(number % self.issues.len().max(1))?;
        let body = json!({
            "timestamp": 1_795_255_200_000_u64,
            "webhookEvent": "comment_created",
            "comment": { "id": (9_000_000 + number).to_string() },
            "issue": { "id": issue },
        })
        .to_string();
        let began = Instant::now();
        let answer = self
            .http
            .post(self.address.clone())
            .header("Content-Type", "application/json")
            .header("X-Hub-Signature", Stage::sign(&self.secret, body.as_bytes()))
            .header("X-Atlassian-Webhook-Identifier", format!("{run}-{number}"))
            .body(body)
            .send()
            .await
            .ok()?;
        answer.status().is_success().then(|| began.elapsed())
    }
}

struct Sent {
    times: Vec<Duration>,
    refused: usize,
}

/// Sends so many at this pace, however long the answers take.
async fn send(load: Arc<Load>, arrivals: usize, rate: usize, run: &'static str) -> Sent {
    let began = Instant::now();
    let mut answers = tokio::task::JoinSet::new();
    for number in 0..arrivals {
        #[expect(clippy::cast_precision_loss, reason = "a count of arrivals")]
        let due = began + Duration::from_secs_f64(number as f64 / rate as f64);
        tokio::time::sleep_until(due.into()).await;
        let load = Arc::clone(&load);
        answers.spawn(async move { load.send(run, number).await });
    }
    let mut sent = Sent { times: Vec::with_capacity(arrivals), refused: 0 };
    while let Some(answer) = answers.join_next().await {
        match answer.ok().flatten() {
            Some(took) => sent.times.push(took),
            None => sent.refused += 1,
        }
    }
    sent
}

/// A receiver that answers 204 and does nothing.
struct Bare {
    address: Url,
}

impl Bare {
    async fn start() -> anyhow::Result<Self> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.context("no port is free")?;
        let address = Url::parse(&format!("http://{}/", listener.local_addr()?))?;
        let router =
            axum::Router::new().fallback(|_: axum::body::Bytes| async { axum::http::StatusCode::NO_CONTENT });
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self { address })
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<28}{:>10}{:>10}  budget", "", "service", "bare")?;
        writeln!(f, "{:<28}{:>10.0}", "arrivals a second", self.arrivals_per_s)?;
        let (own, bare) = (self.latency, self.bare);
        let kept = budget(own.p99 <= 100.0, "at most 100");
        writeln!(f, "{:<28}{:>10.1}{:>10.1}", "p50, ms", own.p50, bare.p50)?;
        writeln!(f, "{:<28}{:>10.1}{:>10.1}", "p95, ms", own.p95, bare.p95)?;
        writeln!(f, "{:<28}{:>10.1}{:>10.1}  {kept}", "p99, ms", own.p99, bare.p99)?;
        writeln!(
            f,
            "{:<28}{:>10}{:>10}  {}",
            "refused",
            self.refused,
            "",
            budget(self.refused == 0, "none")
        )?;
        writeln!(f, "{:<28}{:>10}{:>10}  {}", "lost", self.lost, "", budget(self.lost == 0, "none"))
    }
}

//! `threadline bench ack`: how fast arrivals are acknowledged, and whether each one that was is
//! in the queue.

mod arrivals;

use std::fmt;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use clap::Args;
use serde::Serialize;
use url::Url;

use self::arrivals::{Graph, Jira, Sent, send, time_of};
use super::figures::{Percentiles, budget, print, tidy};
use super::scratch::Scratch;
use super::target::{Kind, Target};
use crate::app::http_client;

pub(super) const EXAMPLES: &str = "\
Signed webhooks of comments on linked issues, and beside them Graph's notifications of edits in linked
chats, encrypted and with validation tokens, all sent at a steady pace whatever the answers take. The
comments and messages do not exist, so that each event is worked on and soon over. Beside the service,
a bare receiver that checks nothing and stores nothing shows what sending the webhooks alone takes. At
the end come the largest bodies that are taken, one by one. Use a release build:
`cargo run --release -- bench ack`.

Examples:
  threadline bench ack
  threadline bench ack --rate 2000 --graph-rate 0 --seconds 30
  threadline bench ack --json
  threadline bench ack --database postgres://threadline@localhost/empty";

/// How long an answer may take before it counts as refused.
const PATIENCE: Duration = Duration::from_secs(20);
/// Arrivals before anything is measured: connections, caches, pages.
const WARM_UP: usize = 300;
/// How often each of the largest bodies is sent.
const LARGE: usize = 10;
/// A little under the largest bodies that are taken.
const LARGEST_OF_GRAPH: usize = (2 << 20) - 64;
const LARGEST_OF_JIRA: usize = (25 << 20) - 64;

/// Arrivals that are acknowledged once they are durable.
#[derive(Args)]
pub(in crate::cli) struct Ack {
    /// Webhooks of Jira a second.
    #[arg(long, default_value_t = 1000, value_name = "R")]
    rate: usize,
    /// Notifications of Graph a second, beside them.
    #[arg(long, default_value_t = 200, value_name = "R")]
    graph_rate: usize,
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
    /// What Jira has sent.
    jira: Part,
    /// What Graph has sent.
    graph: Part,
}

/// What one of the platforms has sent.
#[derive(Debug, Serialize)]
struct Part {
    arrivals: usize,
    #[serde(flatten)]
    latency: Percentiles,
    refused: usize,
    lost: usize,
    /// How long half of the largest bodies take, sent one by one.
    largest_ms: f64,
}

impl Part {
    fn of(arrivals: usize, sent: &Sent, stored: usize, largest: Percentiles) -> Self {
        Self {
            arrivals,
            latency: Percentiles::of(sent.times.iter().copied()),
            refused: sent.refused,
            lost: sent.times.len().saturating_sub(stored),
            largest_ms: largest.p50,
        }
    }
}

impl Ack {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        anyhow::ensure!(self.rate > 0 && self.seconds > 0, "--rate and --seconds must be more than 0");
        let scratch = Scratch::new()?;
        let service = Target::start(Kind::Told, self.database.as_deref(), scratch.path()).await?;
        service.subscribed().await?;
        let http = http_client(PATIENCE)?;
        let jira = Jira::of(&service, http.clone())?;
        let graph = Graph::of(&service, http)?;
        let bare = jira.at(Bare::start().await?.address);
        let (webhooks, notifications) = (self.rate * self.seconds, self.graph_rate * self.seconds);
        send(bare.run("warm-bare"), WARM_UP, self.rate).await;
        send(jira.run("warm"), WARM_UP, self.rate).await;
        send(graph.run("warm", WARM_UP)?, WARM_UP, self.rate).await;
        let nothing = send(bare.run("bare"), webhooks, self.rate).await;
        let told = graph.run("told", notifications)?;
        let began = Instant::now();
        let (of_jira, of_graph) = tokio::join!(
            send(jira.run("ack"), webhooks, self.rate),
            send(told, notifications, self.graph_rate.max(1)),
        );
        let took = began.elapsed();
        let (mut large_of_jira, mut large_of_graph) = (Vec::new(), Vec::new());
        for _ in 0..LARGE {
            large_of_jira.extend(time_of(jira.large(LARGEST_OF_JIRA)).await);
            large_of_graph.extend(time_of(graph.large(LARGEST_OF_GRAPH)?).await);
        }
        anyhow::ensure!(
            large_of_jira.len() + large_of_graph.len() == 2 * LARGE,
            "the largest bodies were not taken"
        );
        let (stored, told) = (service.stored("/ack-").await?, service.stored("/told-").await?);
        service.end().await?;
        let jira = Part::of(webhooks, &of_jira, stored, Percentiles::of(large_of_jira));
        let graph = Part::of(notifications, &of_graph, told, Percentiles::of(large_of_graph));
        let times = [of_jira.times, of_graph.times].concat();
        #[expect(clippy::cast_precision_loss, reason = "a count of arrivals")]
        let rate = times.len() as f64 / took.as_secs_f64();
        let figures = Figures {
            arrivals: webhooks + notifications,
            arrivals_per_s: tidy(rate),
            latency: Percentiles::of(times),
            bare: Percentiles::of(nothing.times),
            refused: jira.refused + graph.refused,
            lost: jira.lost + graph.lost,
            jira,
            graph,
        };
        print(self.json, &figures)?;
        Ok(if figures.lost == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
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
        let Self { latency: all, bare, jira, graph, .. } = self;
        writeln!(f, "{:<28}{:>10}{:>10}{:>10}{:>10}  budget", "", "all", "Jira", "Graph", "bare")?;
        writeln!(f, "{:<28}{:>10.0}", "arrivals a second", self.arrivals_per_s)?;
        let kept = budget(all.p99 <= 100.0, "at most 100");
        for (name, of, kept) in [
            ("p50, ms", (|times| times.p50) as fn(&Percentiles) -> f64, ""),
            ("p95, ms", |times| times.p95, ""),
            ("p99, ms", |times| times.p99, &kept),
        ] {
            let [all, jira, graph, bare] = [all, &jira.latency, &graph.latency, bare].map(of);
            writeln!(f, "{name:<28}{all:>10.1}{jira:>10.1}{graph:>10.1}{bare:>10.1}  {kept}")?;
        }
        for (name, all, jira, graph) in [
            ("refused", self.refused, jira.refused, graph.refused),
            ("lost", self.lost, jira.lost, graph.lost),
        ] {
            let kept = budget(all == 0, "none");
            writeln!(f, "{name:<28}{all:>10}{jira:>10}{graph:>10}{:>10}  {kept}", "")?;
        }
        let (jira, graph) = (jira.largest_ms, graph.largest_ms);
        let kept = budget(jira.max(graph) <= 3000.0, "at most 3000");
        writeln!(f, "{:<28}{:>10}{jira:>10.1}{graph:>10.1}{:>10}  {kept}", "largest body, p50, ms", "", "")
    }
}

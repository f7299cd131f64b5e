//! `threadline bench relay`: comment to message and message to comment, from end to end.

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::Args;

use super::figures::{Figures, Runs, print};
use super::load::{self, Outcome};
use super::scratch::Scratch;
use super::target::{Kind, Target};
use super::usage;

pub(super) const EXAMPLES: &str = "\
The service and the pass-through run one after the other as processes of their own; the platforms
are simulated in this one. Use a release build: `cargo run --release -- bench relay`.

Examples:
  threadline bench relay
  threadline bench relay --events 10000 --rate 200
  threadline bench relay --json > figures.json
  threadline bench relay --database postgres://threadline@localhost/empty";

/// Relays that fill caches and connection pools before anything is measured.
const WARM_UP: usize = 200;
/// How often each program has its turn: what slows the machine for a while slows both.
const TURNS: usize = 2;

/// Comments to messages and messages to comments.
#[derive(Args)]
pub(in crate::cli) struct Relay {
    /// Events to measure throughput by.
    #[arg(long, default_value_t = 2000, value_name = "N")]
    events: usize,
    /// Events a second while latency is measured.
    #[arg(long, default_value_t = 100.0, value_name = "R")]
    rate: f64,
    /// Print one JSON object instead of a table.
    #[arg(long)]
    json: bool,
    /// An empty database for the service [default: SQLite in a temporary folder].
    #[arg(long, value_name = "URL")]
    database: Option<String>,
}

impl Relay {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        anyhow::ensure!(self.events >= TURNS, "--events must be at least {TURNS}");
        anyhow::ensure!(self.rate > 0.0, "--rate must be more than 0");
        let scratch = Scratch::new()?;
        let service = Target::start(Kind::Service, self.database.as_deref(), scratch.path()).await?;
        let idle_rss_mb = usage::resident(service.process()?);
        let passthrough = Target::start(Kind::Passthrough, None, scratch.path()).await?;
        let targets = [("pass-through", &passthrough), ("service", &service)];
        for (name, target) in targets {
            measure(&format!("warming up the {name}"), target, WARM_UP, None).await?;
        }
        let [mut bare, mut durable] = [Outcome::default(), Outcome::default()];
        for _ in 0..TURNS {
            let events = self.events / TURNS;
            bare.add(measure("throughput of the pass-through", &passthrough, events, None).await?);
            durable.add(measure("throughput of the service", &service, events, None).await?);
        }
        let [mut bare_paced, mut durable_paced] = [Outcome::default(), Outcome::default()];
        for _ in 0..TURNS {
            let events = self.events / 2 / TURNS;
            let rate = Some(self.rate);
            bare_paced.add(measure("latency of the pass-through", &passthrough, events, rate).await?);
            durable_paced.add(measure("latency of the service", &service, events, rate).await?);
        }
        let rss_mb = usage::resident(service.process()?);
        service.end().await?;
        passthrough.end().await?;
        let figures = Figures::of(Runs {
            service: durable,
            passthrough: bare,
            service_paced: durable_paced,
            passthrough_paced: bare_paced,
            rate: self.rate,
            rss_mb,
            idle_rss_mb,
        });
        print(self.json, &figures)?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Runs a load and shows how far it is.
async fn measure(what: &str, target: &Target, events: usize, rate: Option<f64>) -> anyhow::Result<Outcome> {
    let live = std::io::stderr().is_terminal();
    let outcome = load::run(target, events, rate, |arrived| {
        if live {
            eprint!("\r{what}: {arrived} of {events}");
        }
    })
    .await?;
    if live {
        eprintln!();
    } else {
        eprintln!("{what}: {events} in {:.1} s", outcome.took.as_secs_f64());
    }
    Ok(outcome)
}

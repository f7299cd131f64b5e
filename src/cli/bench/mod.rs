//! `threadline bench`: load programs that anyone can run, against the simulated platforms. What
//! depends on the machine's speed is measured beside a bare pass-through in the same run.

mod ack;
mod content;
mod fairness;
mod figures;
mod flood;
mod growth;
mod load;
mod passthrough;
mod relay;
mod scratch;
mod target;
mod usage;

use std::process::ExitCode;

use clap::Subcommand;

use super::Context;

pub(super) const EXAMPLES: &str = "Examples:
  threadline bench relay
  threadline bench relay --json
  threadline bench ack
  threadline bench fairness
  threadline bench growth
  threadline bench flood
  threadline bench content";

/// Measure how fast this machine relays, reads and writes.
#[derive(Subcommand)]
pub(super) enum Bench {
    /// Comments to messages and messages to comments: throughput, latency, processor, memory.
    #[command(after_help = relay::EXAMPLES)]
    Relay(relay::Relay),
    /// Arrivals at the front door: how fast they are acknowledged, and that none is lost.
    #[command(after_help = ack::EXAMPLES)]
    Ack(ack::Ack),
    /// One tenant's flood: how long an event of another waits.
    #[command(after_help = fairness::EXAMPLES)]
    Fairness(fairness::Fairness),
    /// What a relay costs among a million links, beside a relay among a thousand; memory.
    #[command(after_help = growth::EXAMPLES)]
    Growth(growth::Growth),
    /// A flood into a few chats and issues, among platforms that hold their limits.
    #[command(after_help = flood::EXAMPLES)]
    Flood(flood::Flood),
    /// The readers and writers of ADF, Teams HTML, Markdown, wiki markup: megabytes a second, nesting.
    #[command(after_help = content::EXAMPLES)]
    Content(content::Content),
    /// What the service is measured against: the same calls, and nothing else.
    #[command(hide = true, after_help = passthrough::EXAMPLES)]
    Passthrough(passthrough::Passthrough),
}

impl Bench {
    pub(super) async fn run(self, context: Context) -> anyhow::Result<ExitCode> {
        match self {
            Self::Relay(relay) => relay.run().await,
            Self::Ack(ack) => ack.run().await,
            Self::Fairness(fairness) => fairness.run().await,
            Self::Growth(growth) => growth.run().await,
            Self::Flood(flood) => flood.run().await,
            Self::Content(formats) => formats.run(),
            Self::Passthrough(passthrough) => passthrough.run(context).await,
        }
    }
}

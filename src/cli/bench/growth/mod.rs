//! `threadline bench growth`: what a relay costs where there are many links, beside the same relay
//! where there are few.

mod crowd;
mod room;

use std::fmt;
use std::io::IsTerminal;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use serde::Serialize;

use super::figures::{budget, print, tidy};
use super::load::{self, Outcome};
use super::scratch::Scratch;
use super::target::{Among, Target};
use super::usage;

pub(super) use crowd::{Crowd, Filling, look_over};
use room::Room;

pub(super) const EXAMPLES: &str = "\
Two services run at the same time, one on a database with few links and one on a database with many,
and are measured in turns, so that what slows the machine slows both. The conversations that are
relayed stand among the others, which exist in the database alone. A million links take 6.5 GB on
disk for as long as it runs, and some minutes to write. Use a release build:
`cargo run --release -- bench growth`.

Examples:
  threadline bench growth
  threadline bench growth --links 20000
  threadline bench growth --links 100000 --json
  threadline bench growth --database postgres://threadline@localhost/postgres";

/// Relays that fill caches and connection pools before anything is measured.
const WARM_UP: usize = 400;
/// How often each service has its turn.
const TURNS: usize = 10;
/// Links where there are few.
const FEW: usize = 1000;
/// Conversations that are relayed.
const CONVERSATIONS: usize = 100;

/// The cost of a relay, by the number of links.
#[derive(Args)]
pub(in crate::cli) struct Growth {
    /// Links where there are many; each has five pairs, and for ten of them there is a person.
    #[arg(long, default_value_t = 1_000_000, value_name = "N")]
    links: usize,
    /// Relays to measure by, on each of the two.
    #[arg(long, default_value_t = 4000, value_name = "N")]
    events: usize,
    /// Print one JSON object instead of a table.
    #[arg(long)]
    json: bool,
    /// A PostgreSQL server on which this account may create databases [default: SQLite in a temporary folder].
    #[arg(long, value_name = "URL")]
    database: Option<String>,
}

/// What it came to. Times are microseconds, memory is MiB.
#[derive(Debug, Serialize)]
struct Figures {
    /// Links where there are many.
    links: usize,
    /// Pairs of comments and messages there.
    pairs: usize,
    /// People there, each with two accounts.
    people: usize,
    /// What a relay takes among many by what it takes among few: the median of the turns.
    ratio: f64,
    /// The same of the processor's time.
    cpu_ratio: f64,
    /// From relay to relay among few, under full load.
    small_us: f64,
    /// The same among many.
    large_us: f64,
    /// Processor time of a relay among few, echoes included.
    small_cpu_us: f64,
    /// The same among many.
    large_cpu_us: f64,
    /// Resident memory of the service among many, after the load.
    rss_mb: Option<f64>,
    /// The same when it had started.
    idle_rss_mb: Option<f64>,
    /// Resident memory of the service among few, after the load.
    small_rss_mb: Option<f64>,
}

impl Growth {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        anyhow::ensure!(self.links >= CONVERSATIONS, "--links must be at least {CONVERSATIONS}");
        anyhow::ensure!(self.events >= TURNS, "--events must be at least {TURNS}");
        let scratch = Scratch::new()?;
        let room = Room::make(self.database.as_deref(), scratch.path(), self.links).await?;
        let measured = self.measure(&room, &scratch).await;
        room.clear().await?;
        let figures = measured?;
        print(self.json, &figures)?;
        Ok(ExitCode::SUCCESS)
    }

    async fn measure(&self, room: &Room, scratch: &Scratch) -> anyhow::Result<Figures> {
        let many = crowd(self.links);
        let small = start("few", &room.small, crowd(FEW.min(self.links)), scratch).await?;
        let large = start("many", &room.large, many, scratch).await?;
        let idle_rss_mb = usage::resident(large.process()?);
        for (name, target) in [("few", &small), ("many", &large)] {
            say(&format!("warming up among {name} links"), true);
            load::run(target, WARM_UP.min(self.events), None, |_| {}).await?;
        }
        let mut turns = Vec::with_capacity(TURNS);
        for turn in 0..TURNS {
            say(&format!("turn {} of {TURNS}", turn + 1), turn + 1 == TURNS);
            let events = self.events / TURNS;
            // Neither is always the first.
            let (few, among) = if turn % 2 == 0 {
                let few = load::run(&small, events, None, |_| {}).await?;
                (few, load::run(&large, events, None, |_| {}).await?)
            } else {
                let among = load::run(&large, events, None, |_| {}).await?;
                (load::run(&small, events, None, |_| {}).await?, among)
            };
            turns.push((few, among));
        }
        let (rss_mb, small_rss_mb) = (usage::resident(large.process()?), usage::resident(small.process()?));
        large.end().await?;
        small.end().await?;
        Ok(Figures {
            links: many.links,
            pairs: many.pairs,
            people: many.people,
            ratio: tidy(median(turns.iter().map(|(few, among)| took(among) / took(few)))),
            cpu_ratio: tidy(
                turns.iter().map(|(_, among)| processor(among)).sum::<f64>()
                    / turns.iter().map(|(few, _)| processor(few)).sum::<f64>(),
            ),
            small_us: tidy(median(turns.iter().map(|(few, _)| took(few)))),
            large_us: tidy(median(turns.iter().map(|(_, among)| took(among)))),
            small_cpu_us: tidy(median(turns.iter().map(|(few, _)| processor(few)))),
            large_cpu_us: tidy(median(turns.iter().map(|(_, among)| processor(among)))),
            rss_mb: rss_mb.map(tidy),
            idle_rss_mb: idle_rss_mb.map(tidy),
            small_rss_mb: small_rss_mb.map(tidy),
        })
    }
}

fn crowd(links: usize) -> Crowd {
    Crowd { links, pairs: 5 * links, people: links / 10 }
}

/// Fills a database and starts a service on it.
async fn start(name: &str, url: &str, crowd: Crowd, scratch: &Scratch) -> anyhow::Result<Target> {
    let what = format!("writing {} links, {} pairs, {} people", crowd.links, crowd.pairs, crowd.people);
    let rows = crowd.links * 2 + crowd.pairs + crowd.people * 3;
    let folder = scratch.path().join(name);
    std::fs::create_dir(&folder)?;
    let among = Among { crowd, conversations: CONVERSATIONS };
    Target::start_among(url, &folder, among, |written| {
        say(&format!("{what}: {} %", written * 100 / rows.max(1)), written == rows);
    })
    .await
}

/// A line that the next one takes the place of, on a terminal; else only what is `last`.
fn say(line: &str, last: bool) {
    if std::io::stderr().is_terminal() {
        eprint!("\r{line:<76}{}", if last { "\n" } else { "" });
    } else if last {
        eprintln!("{line}");
    }
}

/// Microseconds from relay to relay.
fn took(run: &Outcome) -> f64 {
    each(run.took, run)
}

/// Microseconds of processor time of a relay.
fn processor(run: &Outcome) -> f64 {
    each(run.processor, run)
}

#[expect(clippy::cast_precision_loss, reason = "a count of relays")]
fn each(time: Duration, run: &Outcome) -> f64 {
    time.as_secs_f64() * 1_000_000.0 / run.relays.max(1) as f64
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_unstable_by(f64::total_cmp);
    let at = |index: usize| values.get(index).copied().unwrap_or_default();
    f64::midpoint(at((values.len().max(1) - 1) / 2), at(values.len() / 2))
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<36}{:>12}{:>12}  budget", "", "few", "many")?;
        writeln!(f, "{:<36}{:>12}{:>12}", "links", FEW.min(self.links), self.links)?;
        writeln!(f, "{:<36}{:>12}{:>12}", "pairs", 5 * FEW.min(self.links), self.pairs)?;
        let kept = budget(self.ratio <= 1.15, &format!("ratio {:.2}, at most 1.15", self.ratio));
        writeln!(f, "{:<36}{:>12.0}{:>12.0}  {kept}", "a relay, µs", self.small_us, self.large_us)?;
        let cpu = format!("ratio {:.2}", self.cpu_ratio);
        let (few, many) = (self.small_cpu_us, self.large_cpu_us);
        writeln!(f, "{:<36}{few:>12.0}{many:>12.0}  {cpu}", "processor of a relay, µs")?;
        if let (Some(few), Some(many)) = (self.small_rss_mb, self.rss_mb) {
            let kept = budget(many <= 80.0, "at most 80");
            writeln!(f, "{:<36}{few:>12.0}{many:>12.0}  {kept}", "memory after, MiB")?;
        }
        if let Some(idle) = self.idle_rss_mb {
            let kept = budget(idle <= 40.0, "at most 40 idle");
            writeln!(f, "{:<36}{:>12}{idle:>12.0}  {kept}", "memory when started, MiB", "")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::median;

    #[test]
    fn the_median_is_the_middle_or_between_the_two_middle_ones() {
        assert!((median([3.0, 1.0, 2.0].into_iter()) - 2.0).abs() < f64::EPSILON);
        assert!((median([4.0, 1.0, 2.0, 3.0].into_iter()) - 2.5).abs() < f64::EPSILON);
    }
}

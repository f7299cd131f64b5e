//! `threadline bench flood`: how much of what the platforms permit is used, and how often they
//! have to say no.

use std::collections::VecDeque;
use std::fmt;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use serde::Serialize;
use threadline_simulator::{CommentDraft, Host, Limit, LimitUse, MessageDraft};

use super::figures::{budget, print, tidy};
use super::scratch::Scratch;
use super::target::{Kind, Target};
use crate::stage::PEOPLE;

pub(super) const EXAMPLES: &str = "\
The simulated platforms hold the limits that the real ones publish. More comments than the chats
take are written at once by somebody who has not connected, so that the bot writes them; and more
messages than the issues take. Whoever used all that is permitted would write a message as soon as
one more is permitted, from the first second on: that is 1.

Examples:
  threadline bench flood
  threadline bench flood --half-minutes 10 --conversations 6
  threadline bench flood --json
  threadline bench flood --database postgres://threadline@localhost/empty";

/// More than any chat or issue takes in half a minute.
const MORE_THAN_PERMITTED: usize = 120;

/// A flood, and how much of it goes out.
#[derive(Args)]
pub(in crate::cli) struct Flood {
    /// How long, in half minutes: the stretch of the limits that last.
    #[arg(long, default_value_t = 3, value_name = "N")]
    half_minutes: usize,
    /// Chats that are flooded, and as many issues.
    #[arg(long, default_value_t = 3, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=10))]
    conversations: u8,
    /// Print one JSON object instead of a table.
    #[arg(long)]
    json: bool,
    /// An empty database for the service [default: SQLite in a temporary folder].
    #[arg(long, value_name = "URL")]
    database: Option<String>,
}

/// What it came to.
#[derive(Debug, Serialize)]
struct Figures {
    /// Seconds that were looked at.
    seconds: usize,
    /// Calls that were taken, by those that were permitted.
    used_of_permitted: f64,
    /// Calls that were refused, by all that were made.
    refused: f64,
    /// Messages of the bot in the chats.
    threads: Share,
    /// Writes of the issues.
    issues: Share,
    /// Calls of the platforms in all.
    calls: u64,
}

/// How much of a kind of limit was used.
#[derive(Debug, Default, Serialize)]
struct Share {
    used: usize,
    permitted: usize,
    used_of_permitted: f64,
}

impl Flood {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        anyhow::ensure!(self.half_minutes > 0, "--half-minutes must be more than 0");
        let seconds = self.half_minutes * 30;
        let scratch = Scratch::new()?;
        let service = Target::start(Kind::Limited, self.database.as_deref(), scratch.path()).await?;
        let simulator = &service.stage.simulator;
        let before = calls(&service);
        let began = self.write(&service)?;
        tokio::time::sleep(Duration::from_secs(u64::try_from(seconds)?)).await;
        let (uses, after) = (simulator.limit_uses(), calls(&service));
        let until = began + i64::try_from(seconds)? * 1000;
        let share = |kind: &str| Share::of(&uses, kind, began, until);
        let (threads, issues) = (share("thread"), share("issue"));
        let calls = after.0 - before.0;
        let figures = Figures {
            seconds,
            used_of_permitted: ratio(threads.used + issues.used, threads.permitted + issues.permitted),
            refused: ratio(usize::try_from(after.1 - before.1)?, usize::try_from(calls)?),
            threads,
            issues,
            calls,
        };
        service.end().await?;
        print(self.json, &figures)?;
        Ok(ExitCode::SUCCESS)
    }

    /// Lets people write more than is permitted, all at once; answers when they began.
    fn write(&self, service: &Target) -> anyhow::Result<i64> {
        let each = usize::from(self.conversations);
        let simulator = &service.stage.simulator;
        let [writer, _, unconnected] = PEOPLE;
        let began = simulator.now();
        let (commented, rest) = service.conversations.split_at_checked(each).context("enough chats")?;
        let written = rest.get(..each).context("enough issues")?;
        for number in 0..self.half_minutes * MORE_THAN_PERMITTED {
            let text = format!("Note {number}: this is one of many.");
            for conversation in commented {
                simulator.comment(unconnected, &conversation.issue, CommentDraft::text(&text))?;
            }
            for conversation in written {
                simulator.send_message(writer, &conversation.chat, MessageDraft::text(&text))?;
            }
        }
        Ok(began)
    }
}

/// Calls of the platforms that hold limits, and those that were refused.
fn calls(service: &Target) -> (u64, u64) {
    let calls = service.stage.simulator.calls();
    let limited = calls.iter().filter(|call| matches!(call.host, Host::Api | Host::Graph | Host::Service));
    limited.fold((0, 0), |(all, refused), call| {
        (all + call.count, refused + if call.status == 429 { call.count } else { 0 })
    })
}

impl Share {
    fn of(uses: &[LimitUse], kind: &str, began: i64, until: i64) -> Self {
        let mut share = Self::default();
        // What was not flooded has hardly been used: a word on how to connect, for one.
        for meter in uses.iter().filter(|meter| meter.kind == kind && meter.taken.len() > 5) {
            share.used += meter.taken.iter().filter(|at| (began..until).contains(at)).count();
            share.permitted += permitted(&meter.limits, until - began);
        }
        share.used_of_permitted = ratio(share.used, share.permitted);
        share
    }
}

/// How many calls these limits permit in so many milliseconds, to who is always there in time.
fn permitted(limits: &[Limit], millis: i64) -> usize {
    let longest = limits.iter().map(|(calls, _)| *calls).max().unwrap_or(0);
    let mut taken: VecDeque<i64> = VecDeque::new();
    let (mut now, mut count) = (0, 0);
    loop {
        let free = limits.iter().filter_map(|(calls, per)| {
            let oldest = taken.len().checked_sub(*calls)?;
            Some(taken.get(oldest)? + per)
        });
        now = free.fold(now, i64::max);
        if now >= millis {
            return count;
        }
        taken.push_back(now);
        if taken.len() > longest {
            taken.pop_front();
        }
        count += 1;
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of calls")]
fn ratio(part: usize, whole: usize) -> f64 {
    // Four digits: a percentage with two.
    tidy(part as f64 * 100.0 / whole.max(1) as f64) / 100.0
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<28}{:>10}{:>12}{:>10}  budget", "", "used", "permitted", "share")?;
        for (name, share) in [("messages in chats", &self.threads), ("writes of issues", &self.issues)] {
            let Share { used, permitted, used_of_permitted } = share;
            writeln!(f, "{name:<28}{used:>10}{permitted:>12}{:>9.1}%", used_of_permitted * 100.0)?;
        }
        let kept = budget(self.used_of_permitted >= 0.95, "at least 95 %");
        writeln!(f, "{:<28}{:>32.1}%  {kept}", "used of permitted", self.used_of_permitted * 100.0)?;
        let kept = budget(self.refused <= 0.01, "at most 1 %");
        writeln!(f, "{:<28}{:>32.2}%  {kept}", "refused", self.refused * 100.0)?;
        writeln!(f, "{:<28}{:>10}", "calls", self.calls)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_permitted_is_counted_from_the_limits() {
        assert_eq!(permitted(&[(7, 1_000)], 1_000), 7);
        assert_eq!(permitted(&[(7, 1_000)], 1_001), 14);
        assert_eq!(permitted(&[(7, 1_000), (8, 2_000), (60, 30_000)], 60_000), 120);
        assert_eq!(permitted(&[(20, 2_000), (100, 30_000)], 30_000), 100);
    }
}

//! `threadline prune`: forgets at once what the service forgets in the course of a day.

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::Args;
use serde::Serialize;

use super::Context;
use super::terminal::Terminal;
use crate::app::{Stale, Storage};

pub(super) const EXAMPLES: &str = "Examples:
  threadline prune --dry-run
  threadline prune
  threadline prune --dry-run --json

`threadline serve` does the same by itself, a little every minute. This command is for those who want
the room now, after relay.keep_days, relay.keep_dead_days or relay.keep_pairs_days were made shorter. It works while
the service runs, in steps of a few rows, and can be stopped at any time.

waits: events that waited too long for a login; they are given up, and stay as dead letters. intents:
what was begun and never ended, and what the bot has said once and for all.";

/// Forget what is over its time.
#[derive(Args)]
pub(super) struct Prune {
    /// Only count.
    #[arg(long)]
    dry_run: bool,
    /// As JSON, for scripts.
    #[arg(long)]
    json: bool,
}

/// What was found, or forgotten.
#[derive(Serialize)]
struct Row {
    what: &'static str,
    rows: u64,
}

impl Prune {
    pub(super) async fn run(self, context: Context) -> anyhow::Result<ExitCode> {
        let storage = context.storage().await?;
        let mut found = Vec::with_capacity(Stale::ALL.len());
        for what in Stale::ALL {
            let stale = storage.count_stale(what).await?;
            let rows = if self.dry_run { stale } else { forget(&storage, what, stale).await? };
            found.push(Row { what: what.word(), rows });
        }
        storage.database.close().await;
        let mut terminal = Terminal::open();
        if self.json {
            terminal.json(&found)?;
        } else {
            let rows: Vec<[String; 2]> =
                found.iter().map(|row| [row.what.to_owned(), row.rows.to_string()]).collect();
            terminal.table(["WHAT", if self.dry_run { "WOULD GO" } else { "GONE" }], &rows)?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Forgets all of a kind, about `stale` rows; answers how many it were.
async fn forget(storage: &Storage, what: Stale, stale: u64) -> anyhow::Result<u64> {
    let mut rows = 0;
    loop {
        let gone = storage.forget_some(what).await?;
        if gone == 0 {
            return Ok(rows);
        }
        rows += gone;
        say(what, rows, stale.max(rows));
    }
}

/// How far it is, where somebody looks.
fn say(what: Stale, rows: u64, of: u64) {
    if std::io::stderr().is_terminal() {
        eprint!("\r{}: {rows} of {of}{}", what.word(), if rows >= of { "\n" } else { "" });
    }
}

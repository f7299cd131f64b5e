//! `threadline events retry`.

use std::io::Write as _;
use std::ops::ControlFlow;
use std::process::ExitCode;

use anyhow::bail;
use clap::{ArgGroup, Args};
use serde::Serialize;

use super::find;
use super::moment::Moment;
use crate::app::Storage;
use crate::bridge::{ReplayRequest, count_replay, lacks_its_content, replay};
use crate::cli::Context;
use crate::cli::terminal::{Terminal, counted};
use crate::ids::LinkId;
use crate::queue::{EventState, Replayed};

pub(super) const EXAMPLES: &str = "Examples:
  threadline events retry 42 43
  threadline events retry --link link_019a0000000070008000000000000001
  threadline events retry --reason forbidden --since 2026-11-20 --until '2026-11-21 12:00'
  threadline events retry --since 2h --dry-run
  threadline events retry --all --json

See first what `threadline why 42` says: what made it fail should be mended. What has already
arrived on the other side is not written a second time. `threadline events list --state dead`
shows what was given up, with its reasons.";

/// Try events again.
#[derive(Args)]
#[command(arg_required_else_help = true, group = ArgGroup::new("which").required(true).multiple(true)
    .args(["ids", "link", "reason", "since", "until", "all"]))]
pub(in crate::cli) struct Retry {
    /// Numbers of events, given up or waiting.
    #[arg(value_name = "ID", conflicts_with_all = ["link", "reason", "since", "until", "all"])]
    ids: Vec<i64>,
    /// All that were given up on this link.
    #[arg(long, value_name = "ID")]
    link: Option<LinkId>,
    /// All that were given up for this reason, as `events list` names it.
    #[arg(long, value_name = "WORDS")]
    reason: Option<String>,
    /// All that arrived then or later: 2h, 3d, 2026-11-20, '2026-11-20 14:30'.
    #[arg(long, value_name = "TIME", value_parser = Moment::parse)]
    since: Option<Moment>,
    /// All that arrived before.
    #[arg(long, value_name = "TIME", value_parser = Moment::parse)]
    until: Option<Moment>,
    /// All that were given up.
    #[arg(long)]
    all: bool,
    /// Say how many it would be, and change nothing.
    #[arg(long)]
    dry_run: bool,
    /// As JSON, for scripts.
    #[arg(long)]
    json: bool,
}

/// What was done, for programs.
#[derive(Serialize)]
struct View {
    retried: u64,
    without_content: u64,
    dry_run: bool,
}

impl Retry {
    pub(super) async fn run(self, context: Context) -> anyhow::Result<ExitCode> {
        let storage = context.storage().await?;
        let replayed =
            if self.ids.is_empty() { self.many(&storage).await? } else { self.some(&storage).await? };
        storage.database.close().await;
        let mut terminal = Terminal::open();
        let Replayed { again: retried, without_content, .. } = replayed;
        if self.json {
            terminal.json(&View { retried, without_content, dry_run: self.dry_run })?;
            return Ok(ExitCode::SUCCESS);
        }
        terminal.line(self.told(retried))?;
        if without_content > 0 {
            terminal.line(format!(
                "Left as it was: {}, whose content was deleted when its time was over. The authors can write\n\
                 it once more.",
                counted(without_content, "event")
            ))?;
        }
        Ok(ExitCode::SUCCESS)
    }

    fn told(&self, retried: u64) -> String {
        let events = counted(retried, "event");
        match (retried, self.dry_run) {
            (0, _) => {
                "Nothing that was given up is like that; `threadline events list --state dead` shows all."
                    .to_owned()
            }
            (_, true) => format!("{events} would be tried again. Nothing was changed."),
            (_, false) => format!(
                "{events} ready again, with all tries. A running `threadline serve` takes them up within a\n\
                 second, before what came later in their chats. What already arrived on the other side is not\n\
                 written a second time. `threadline why ID` tells how it went."
            ),
        }
    }

    /// Those that were named; it is an error if one of them can't be tried again.
    async fn some(&self, storage: &Storage) -> anyhow::Result<Replayed> {
        let mut events = Vec::with_capacity(self.ids.len());
        for id in &self.ids {
            let event = find(&storage.queue, *id).await?;
            if lacks_its_content(&event) {
                bail!(
                    "event {id} can't be tried again: what it carried was deleted when its time was over. Ask its author to write it once more"
                );
            }
            if EventState::of(&event) == EventState::Done {
                let reason = event.reason.unwrap_or_default();
                bail!(
                    "event {id} has ended ({reason}), so there is nothing to try again; `threadline why {id}` says more"
                );
            }
            events.push(event);
        }
        let mut again = 0;
        for event in &events {
            again += u64::from(self.dry_run || storage.queue.retry(event).await?);
        }
        Ok(Replayed { again, ..Replayed::default() })
    }

    /// All that fit, in small steps, with progress for people.
    async fn many(&self, storage: &Storage) -> anyhow::Result<Replayed> {
        let now = storage.clock.now();
        let at = |moment: Option<Moment>| moment.map(|moment| moment.at(now));
        let request = ReplayRequest {
            events: None,
            link: self.link,
            reason: self.reason.clone(),
            since: at(self.since),
            until: at(self.until),
        };
        if self.dry_run {
            return Ok(count_replay(&storage.store, &storage.queue, request).await?);
        }
        let shows = std::io::IsTerminal::is_terminal(&std::io::stderr());
        let replayed = replay(&storage.store, &storage.queue, request, |done| {
            if shows {
                let _ = write!(std::io::stderr(), "\r{done} events so far");
            }
            ControlFlow::Continue(())
        })
        .await?;
        if shows && replayed.again > 0 {
            let _ = writeln!(std::io::stderr());
        }
        Ok(replayed)
    }
}

//! `threadline events` and `threadline why`: what arrived, and what became of it.

mod list;
mod moment;
mod retry;
mod show;
mod why;

use std::process::ExitCode;

use anyhow::Context as _;
use clap::Subcommand;

use super::Context;
use super::terminal::{Style, local_time};
use crate::ambient::{Clock, Millis};
use crate::bridge::{EventView, subject_ids, word_of};
use crate::queue::{Event, EventState, Queue};

pub(super) use why::{EXAMPLES as WHY_EXAMPLES, Why};

pub(super) const EXAMPLES: &str = "Examples:
  threadline events list
  threadline events list --state dead --json
  threadline events show 42
  threadline events retry 42
  threadline events retry --reason forbidden --since 2h";

/// What to do with the events.
#[derive(Subcommand)]
pub(super) enum Events {
    /// List events, the newest first. Ids only: Threadline keeps no content.
    #[command(after_help = list::EXAMPLES)]
    List(list::List),
    /// Show all that is kept of an event.
    #[command(after_help = show::EXAMPLES)]
    Show(show::Show),
    /// Give events that were given up a fresh start: some, or all of a link, a reason, a time.
    #[command(visible_alias = "replay", after_help = retry::EXAMPLES)]
    Retry(retry::Retry),
}

impl Events {
    pub(super) async fn run(self, context: Context) -> anyhow::Result<ExitCode> {
        match self {
            Self::List(list) => list.run(context).await,
            Self::Show(show) => show.run(context).await,
            Self::Retry(retry) => retry.run(context).await,
        }
    }
}

/// The event of that number.
async fn find(queue: &Queue, id: i64) -> anyhow::Result<Event> {
    queue.event(id).await?.with_context(|| {
        format!(
            "there is no event {id}; `threadline events list` shows their numbers (what has ended is forgotten after relay.keep_days, what was given up after relay.keep_dead_days)"
        )
    })
}

/// How a state looks.
fn style(state: EventState) -> Style {
    match state {
        EventState::Done => Style::Good,
        EventState::Ready => Style::Quiet,
        EventState::Waiting => Style::Notice,
        EventState::Dead => Style::Bad,
    }
}

/// How far an event has come, or what keeps it.
fn word(event: &Event) -> &'static str {
    word_of(event, Clock::system().now())
}

/// Why an event is not done, and where the platform holds it back, until when.
fn until(event: &Event, reason: &str) -> String {
    if word(event) == "throttled" {
        return format!("{reason} until {}", local_time(Millis(event.due_at)));
    }
    reason.to_owned()
}

/// What an event is about, in one piece.
fn about(event: &Event) -> String {
    let shown = |name: &str| !matches!(name, "link" | "tenant" | "actor");
    let ids: Vec<String> = subject_ids(event)
        .into_iter()
        .filter(|(name, _)| shown(name))
        .map(|(name, id)| format!("{name} {id}"))
        .collect();
    ids.join(", ")
}

/// The event for programs, in a state that says what keeps it.
fn view(event: Event) -> EventView {
    let state = word(&event);
    EventView::of(event, state)
}

//! `threadline events` and `threadline why`: what arrived, and what became of it.

mod list;
mod moment;
mod retry;
mod show;
mod why;

use std::process::ExitCode;

use anyhow::Context as _;
use clap::Subcommand;
use serde::Serialize;

use super::Context;
use super::terminal::{Style, utc_time};
use crate::ambient::Millis;
use crate::bridge::subject_ids;
use crate::ids::SiteId;
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
            "there is no event {id}; `threadline events list` shows their numbers (finished ones are forgotten after relay.keep_days)"
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

/// An event for programs.
#[derive(Serialize)]
struct View {
    id: i64,
    received_at: String,
    kind: String,
    state: &'static str,
    attempts: i32,
    reason: Option<String>,
    due_at: Option<String>,
    finished_at: Option<String>,
    waiting_for: Option<String>,
    site: Option<SiteId>,
    tenant: Option<String>,
    subject: serde_json::Map<String, serde_json::Value>,
}

impl From<Event> for View {
    fn from(event: Event) -> Self {
        let state = EventState::of(&event);
        let unfinished = matches!(state, EventState::Ready | EventState::Waiting);
        Self {
            subject: subject_ids(&event).into_iter().map(|(name, id)| (name, id.into())).collect(),
            id: event.id,
            received_at: utc_time(Millis(event.received_at)),
            kind: event.kind,
            state: state.word(),
            attempts: event.attempts,
            reason: event.reason,
            due_at: unfinished.then(|| utc_time(Millis(event.due_at))),
            finished_at: event.finished_at.map(|at| utc_time(Millis(at))),
            waiting_for: event.waiting_for.filter(|_| state == EventState::Waiting),
            site: event.site_id.map(SiteId::from_uuid),
            tenant: event.tenant_id,
        }
    }
}

//! `threadline events list`.

use std::process::ExitCode;

use clap::{Args, ValueEnum};

use super::{about, style, until, view, word};
use crate::ambient::Millis;
use crate::cli::Context;
use crate::cli::terminal::{Terminal, local_time};
use crate::queue::{Event, EventFilter, EventState};

pub(super) const EXAMPLES: &str = "Examples:
  threadline events list
  threadline events list --state waiting --limit 500
  threadline events list --state dead --json

ready: it waits for its turn; retrying: for its next try; throttled: until the platform takes it.
`--state ready` lists all three. waiting: for somebody's login; paused: with its link. `--state waiting`
lists both. dead: it was given up; `threadline why ID` says what to do. done: it has ended, well or with
a reason.";

/// How far an event has come.
#[derive(Clone, Copy, ValueEnum)]
enum State {
    /// It waits for its turn or its next try.
    Ready,
    /// It has ended.
    Done,
    /// It was given up.
    Dead,
    /// It waits for somebody's login.
    Waiting,
}

impl From<State> for EventState {
    fn from(state: State) -> Self {
        match state {
            State::Ready => Self::Ready,
            State::Done => Self::Done,
            State::Dead => Self::Dead,
            State::Waiting => Self::Waiting,
        }
    }
}

/// List events.
#[derive(Args)]
pub(in crate::cli) struct List {
    /// Only those in this state.
    #[arg(long)]
    state: Option<State>,
    /// How many at most.
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: u64,
    /// As JSON, for scripts.
    #[arg(long)]
    json: bool,
}

impl List {
    pub(super) async fn run(self, context: Context) -> anyhow::Result<ExitCode> {
        let storage = context.storage().await?;
        let filter = EventFilter { state: self.state.map(EventState::from), after: None, limit: self.limit };
        let events = storage.queue.events(&filter).await?;
        storage.database.close().await;
        let mut terminal = Terminal::open();
        if self.json {
            terminal.json(&events.into_iter().map(view).collect::<Vec<_>>())?;
        } else if events.is_empty() {
            let which = self.state.map_or("", |state| EventState::from(state).word());
            terminal.line(format!("There are no {which} events.").replace("  ", " "))?;
        } else {
            let rows: Vec<[String; 7]> = events.iter().map(|event| row(&terminal, event)).collect();
            terminal.table(["ID", "RECEIVED", "KIND", "STATE", "TRIES", "REASON", "ABOUT"], &rows)?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn row(terminal: &Terminal, event: &Event) -> [String; 7] {
    let state = EventState::of(event);
    [
        event.id.to_string(),
        local_time(Millis(event.received_at)),
        event.kind.clone(),
        terminal.paint(style(state), word(event)),
        event.attempts.to_string(),
        event.reason.as_deref().map(|reason| until(event, reason)).unwrap_or_default(),
        about(event),
    ]
}

//! `threadline why`: one plain sentence an event.

use std::process::ExitCode;

use clap::Args;

use super::find;
use crate::ambient::Millis;
use crate::bridge::explain;
use crate::cli::Context;
use crate::cli::terminal::{Terminal, local_time};
use crate::queue::{Event, EventState};

pub(in crate::cli) const EXAMPLES: &str = "Examples:
  threadline why 42
  threadline why 42 43 44

The numbers are those of `threadline events list`.";

/// Say what became of an event, why, and what to do.
#[derive(Args)]
pub(in crate::cli) struct Why {
    /// Numbers of events.
    #[arg(value_name = "ID", required = true)]
    ids: Vec<i64>,
}

impl Why {
    pub(in crate::cli) async fn run(self, context: Context) -> anyhow::Result<ExitCode> {
        let storage = context.storage().await?;
        let mut terminal = Terminal::open();
        for id in self.ids {
            terminal.line(sentence(&find(&storage.queue, id).await?))?;
        }
        storage.database.close().await;
        Ok(ExitCode::SUCCESS)
    }
}

/// An event's story, with its dates in the reader's own zone.
pub(super) fn sentence(event: &Event) -> String {
    let told = explain(event);
    let until = match EventState::of(event) {
        EventState::Ready if event.reason.is_some() => {
            format!(", no sooner than {}", local_time(Millis(event.due_at)))
        }
        EventState::Waiting => format!(", until {} at most", local_time(Millis(event.due_at))),
        _ => String::new(),
    };
    let why = told.why.map(|why| format!(", because {why}")).unwrap_or_default();
    let advice = told.advice.map(|advice| format!(" What to do: {advice}.")).unwrap_or_default();
    format!(
        "Event {}, {}: {}; {}{until}{why}.{advice}",
        event.id,
        local_time(Millis(event.received_at)),
        told.arrived,
        told.became
    )
}

//! `threadline events show`.

use std::process::ExitCode;

use clap::Args;

use super::why::sentence;
use super::{find, style, until, view, word};
use crate::ambient::Millis;
use crate::bridge::subject_ids;
use crate::cli::Context;
use crate::cli::terminal::{Terminal, local_time};
use crate::ids::SiteId;
use crate::queue::{Event, EventState};

pub(super) const EXAMPLES: &str = "Examples:
  threadline events show 42
  threadline events show 42 --json";

/// Show an event.
#[derive(Args)]
pub(in crate::cli) struct Show {
    /// Number of the event.
    #[arg(value_name = "ID")]
    id: i64,
    /// As JSON, for scripts.
    #[arg(long)]
    json: bool,
}

impl Show {
    pub(super) async fn run(self, context: Context) -> anyhow::Result<ExitCode> {
        let storage = context.storage().await?;
        let event = find(&storage.queue, self.id).await?;
        storage.database.close().await;
        let mut terminal = Terminal::open();
        if self.json {
            terminal.json(&view(event))?;
            return Ok(ExitCode::SUCCESS);
        }
        let ids = subject_ids(&event);
        let mut fields = fields(&terminal, &event);
        fields.extend(ids.iter().map(|(name, id)| (name.as_str(), id.clone())));
        terminal.fields(&fields)?;
        terminal.line(format!("\n{}", sentence(&event)))?;
        Ok(ExitCode::SUCCESS)
    }
}

fn fields(terminal: &Terminal, event: &Event) -> Vec<(&'static str, String)> {
    let state = EventState::of(event);
    let due = match state {
        EventState::Ready => Some("next try"),
        EventState::Waiting => Some("waits until"),
        EventState::Done | EventState::Dead => None,
    };
    let carried = event.payload.as_ref().map(|sealed| format!("sealed, {} bytes", sealed.len()));
    [
        ("event", Some(event.id.to_string())),
        ("kind", Some(event.kind.clone())),
        ("state", Some(terminal.paint(style(state), word(event)))),
        ("reason", event.reason.as_deref().map(|reason| until(event, reason))),
        ("tries", Some(event.attempts.to_string())),
        ("received", Some(local_time(Millis(event.received_at)))),
        (due.unwrap_or_default(), due.map(|_| local_time(Millis(event.due_at)))),
        ("finished", event.finished_at.map(|at| local_time(Millis(at)))),
        ("waits for", event.waiting_for.clone().filter(|_| state == EventState::Waiting)),
        ("site", event.site_id.map(|id| SiteId::from_uuid(id).to_string())),
        ("carries", carried),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name, value?)))
    .collect()
}

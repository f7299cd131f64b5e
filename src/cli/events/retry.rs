//! `threadline events retry`.

use std::process::ExitCode;

use anyhow::bail;
use clap::Args;

use super::find;
use crate::cli::Context;
use crate::cli::terminal::Terminal;
use crate::queue::{Event, EventState};

pub(super) const EXAMPLES: &str = "Examples:
  threadline events retry 42

See first what `threadline why 42` says: what made it fail should be mended. What has already
arrived on the other side is not written a second time.";

/// Try an event again.
#[derive(Args)]
pub(in crate::cli) struct Retry {
    /// Number of the event.
    #[arg(value_name = "ID")]
    id: i64,
}

impl Retry {
    pub(super) async fn run(self, context: Context) -> anyhow::Result<ExitCode> {
        let storage = context.storage().await?;
        let event = find(&storage.queue, self.id).await?;
        let id = self.id;
        if lacks_its_content(&event) {
            bail!(
                "event {id} can't be tried again: what it carried was deleted when its time was over. Ask its author to write it once more"
            );
        }
        if !storage.queue.retry(id).await? {
            let reason = event.reason.unwrap_or_default();
            bail!(
                "event {id} has ended ({reason}), so there is nothing to try again; `threadline why {id}` says more"
            );
        }
        storage.database.close().await;
        let mut terminal = Terminal::open();
        terminal.line(format!(
            "Event {id} is ready again, with all its tries. A running `threadline serve` takes it up within\n\
             a second, before what came later in its chat. What already arrived on the other side is not\n\
             written a second time. `threadline why {id}` tells how it went."
        ))?;
        Ok(ExitCode::SUCCESS)
    }
}

/// What people wrote in Teams is carried in the event, and is gone once that was given up for
/// want of a login; a comment is read from Jira.
fn lacks_its_content(event: &Event) -> bool {
    let carried = matches!(event.kind.as_str(), "message" | "command" | "create issue");
    EventState::of(event) != EventState::Done && carried && event.payload.is_none()
}

//! `threadline link reconcile`: compares chats with their issues now, and shows how far that is.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::{ArgGroup, Args};

use super::Context;
use super::terminal::{Terminal, counted};
use crate::app::Storage;
use crate::bridge::{catch_up_progress, comparison_event, explain};
use crate::ids::LinkId;
use crate::queue::{Event, EventState};

pub(super) const EXAMPLES: &str = "Examples:
  threadline link reconcile link_019a0000000070008000000000000001
  threadline link reconcile --all

Comments and messages that one side lacks are relayed in order, once; edits and deletions follow.
The running service does the work: this command asks for it, and shows how far it is.";

/// Time between two looks.
const LOOK: Duration = Duration::from_millis(250);

/// Compare a chat with its issues now, and make good what was missed.
#[derive(Args)]
#[command(group = ArgGroup::new("which").required(true).args(["link", "all"]))]
pub(super) struct Reconcile {
    /// Id of the link, as `threadline link list` shows it.
    #[arg(value_name = "LINK")]
    link: Option<String>,
    /// All links, a few at a time. This command does not wait for them.
    #[arg(long)]
    all: bool,
    /// Seconds to wait for the end of one.
    #[arg(long, value_name = "S", default_value_t = 60)]
    wait: u64,
}

impl Reconcile {
    pub(super) async fn run(self, context: Context) -> anyhow::Result<ExitCode> {
        let storage = context.storage().await?;
        let mut terminal = Terminal::open();
        let done = if let Some(link) = &self.link {
            one(&storage, &mut terminal, link, self.wait).await?
        } else {
            let links = storage.store.want_comparisons(None).await?;
            terminal.line(match links {
                0 => {
                    "There is nothing more to ask for. `threadline link list` shows the links, and which are \
                      to be compared."
                        .to_owned()
                }
                links => format!(
                    "{} to be compared by the running service, a few at a time. `threadline link list` shows \
                     how far that is.",
                    counted(links, "link")
                ),
            })?;
            true
        };
        storage.database.close().await;
        Ok(if done { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

/// Compares the chat of one link; answers whether that came to its end in time.
async fn one(storage: &Storage, terminal: &mut Terminal, link: &str, wait: u64) -> anyhow::Result<bool> {
    let unknown = || format!("there is no link '{link}'; `threadline link list` shows their ids");
    let id: LinkId = link.parse().ok().with_context(unknown)?;
    let link = storage.store.find_link(id).await?.with_context(unknown)?;
    let cursor = storage.store.cursor(&link.tenant, &link.conversation).await?.with_context(unknown)?;
    let event = comparison_event(&cursor, true);
    let key = event.delivery_key.clone();
    let again = storage.clock.now().plus(Duration::from_hours(1));
    storage.queue.put(vec![event]).await?;
    storage.store.asked_for_comparison(cursor, true, again).await?;
    let deadline = tokio::time::Instant::now() + Duration::from_secs(wait);
    let mut shown = None;
    loop {
        let event =
            storage.queue.event_by_key(&link.tenant, &key).await?.context("the comparison is gone")?;
        if EventState::of(&event) != EventState::Ready {
            let cursor =
                storage.store.cursor(&link.tenant, &link.conversation).await?.with_context(unknown)?;
            let Some(progress) = catch_up_progress(&storage.queue, &cursor).await? else {
                return tell_end(terminal, &event);
            };
            if shown != Some(progress) {
                terminal.line(progress.to_string())?;
                shown = Some(progress);
            }
        }
        if tokio::time::Instant::now() > deadline {
            if shown.is_none() {
                bail!(
                    "nobody has begun within {wait} s; it is done as soon as `threadline serve` runs and comes to it"
                );
            }
            terminal.line("The service goes on by itself.")?;
            return Ok(false);
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// How the comparison ended, and what that means where it is not the whole answer.
fn tell_end(terminal: &mut Terminal, event: &Event) -> anyhow::Result<bool> {
    let reason = event.reason.as_deref().unwrap_or_default();
    terminal.line(format!("Compared: {reason}."))?;
    let told = explain(event);
    if let (Some(why), Some(advice)) = (told.why, told.advice) {
        terminal.line(format!("That is: {why}. What to do: {advice}."))?;
    }
    Ok(EventState::of(event) == EventState::Done)
}

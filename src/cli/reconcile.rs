//! `threadline link reconcile`: compares chats with their issues now, and shows how far that is.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::Args;

use super::Context;
use super::terminal::Terminal;
use crate::app::Storage;
use crate::bridge::{ask_to_compare, catch_up_progress};
use crate::ids::LinkId;
use crate::queue::EventState;

pub(super) const EXAMPLES: &str = "Examples:
  threadline link reconcile link_019a0000000070008000000000000001
  threadline link reconcile --all

Comments and messages that one side lacks are relayed in order, once; edits and deletions follow.
The running service does the work: this command asks for it, and shows how far it is.";

/// The timer of the service comes round to the chat after this.
const NEXT: Duration = Duration::from_hours(1);
/// Time between two looks.
const LOOK: Duration = Duration::from_millis(250);

/// Compare a chat with its issues now, and make good what was missed.
#[derive(Args)]
pub(super) struct Reconcile {
    /// Id of the link.
    #[arg(value_name = "LINK", required_unless_present = "all")]
    link: Option<String>,
    /// Compare all links, a few at a time; the service goes on by itself.
    #[arg(long, conflicts_with = "link")]
    all: bool,
    /// Seconds to wait for the end.
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
            terminal.line(format!(
                "{links} links will be compared, a few at a time. `threadline link list` shows those that catch up."
            ))?;
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
    let key = loop {
        let cursor = storage.store.cursor(&link.tenant, &link.conversation).await?.with_context(unknown)?;
        let (store, queue, now) = (&storage.store, &storage.queue, storage.clock.now());
        if let Some(key) = ask_to_compare(store, queue, cursor, true, now, NEXT).await? {
            break key;
        }
    };
    let deadline = tokio::time::Instant::now() + Duration::from_secs(wait);
    let mut shown = None;
    loop {
        let event =
            storage.queue.event_by_key(&link.tenant, &key).await?.context("the comparison is gone")?;
        if EventState::of(&event) != EventState::Ready {
            let cursor =
                storage.store.cursor(&link.tenant, &link.conversation).await?.with_context(unknown)?;
            let Some(progress) = catch_up_progress(&storage.queue, &cursor).await? else {
                terminal.line(format!("Compared: {}.", event.reason.unwrap_or_default()))?;
                return Ok(true);
            };
            if shown != Some(progress) {
                terminal.line(progress.to_string())?;
                shown = Some(progress);
            }
        }
        if tokio::time::Instant::now() > deadline {
            if shown.is_none() {
                bail!("nobody has begun yet: make sure that `threadline serve` runs; it will be done then");
            }
            terminal.line("The service goes on by itself.")?;
            return Ok(false);
        }
        tokio::time::sleep(LOOK).await;
    }
}

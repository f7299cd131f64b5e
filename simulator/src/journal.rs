//! The list of everything that changed, for whoever watches: a page, a test, a benchmark.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use serde::Serialize;
use tokio::sync::{broadcast, watch};

use crate::ambient::Millis;
use crate::delivery::{DeliveryState, Receiver};

/// How many entries are kept for readers that come late.
const KEPT: usize = 20_000;

/// Who made a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// A person, on a page, by the control API or by the Rust API.
    Person,
    /// An app, through the platform's interface.
    App,
}

/// Something that happened on a platform, or on the way from one to Threadline.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[expect(missing_docs, reason = "the fields are the ids and names that the platforms use")]
pub enum Change {
    /// An issue is new.
    IssueCreated { issue: String, author: String, by: Origin },
    /// An issue was edited.
    IssueUpdated { issue: String, author: String, by: Origin },
    /// An issue is gone.
    IssueDeleted { issue: String, author: String, by: Origin },
    /// A comment is new.
    CommentCreated { issue: String, comment: String, author: String, by: Origin },
    /// A comment was edited.
    CommentUpdated { issue: String, comment: String, author: String, by: Origin },
    /// A comment is gone.
    CommentDeleted { issue: String, comment: String, author: String, by: Origin },
    /// A chat is new.
    ChatCreated { chat: String },
    /// A message is new.
    MessageCreated { chat: String, message: String, author: String, by: Origin },
    /// A message was edited or got a reaction.
    MessageUpdated { chat: String, message: String, author: String, by: Origin },
    /// A message is gone.
    MessageDeleted { chat: String, message: String, author: String, by: Origin },
    /// An attempt to deliver a webhook or an activity ended.
    Delivery {
        id: u64,
        to: Receiver,
        event: String,
        subject: String,
        attempt: u32,
        status: Option<u16>,
        state: DeliveryState,
        took_ms: f64,
    },
}

/// A change, its place in the order of all changes and its moment.
#[derive(Debug, Clone, Serialize)]
pub struct Entry {
    /// 1 for the first change, without gaps.
    pub seq: u64,
    /// Epoch milliseconds.
    pub at: Millis,
    /// The same moment, to measure by: it does not jump, and is finer.
    #[serde(skip)]
    pub instant: Instant,
    /// What changed.
    #[serde(flatten)]
    pub change: Change,
}

/// Keeps the latest entries and tells watchers about new ones.
#[derive(Debug)]
pub(crate) struct Journal {
    kept: Mutex<(u64, VecDeque<Arc<Entry>>)>,
    feed: broadcast::Sender<Arc<Entry>>,
    version: watch::Sender<u64>,
}

impl Journal {
    pub(crate) fn new() -> Self {
        Self { kept: Mutex::default(), feed: broadcast::Sender::new(4096), version: watch::Sender::new(0) }
    }

    fn kept(&self) -> MutexGuard<'_, (u64, VecDeque<Arc<Entry>>)> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds an entry and wakes everybody who waits.
    pub(crate) fn add(&self, at: Millis, change: Change) {
        let mut kept = self.kept();
        kept.0 += 1;
        let entry = Arc::new(Entry { seq: kept.0, at, instant: Instant::now(), change });
        if kept.1.len() == KEPT {
            kept.1.pop_front();
        }
        kept.1.push_back(Arc::clone(&entry));
        drop(kept);
        // Nobody has to be watching.
        let _ = self.feed.send(entry);
        self.touch();
    }

    /// Wakes everybody who waits, without an entry.
    pub(crate) fn touch(&self) {
        self.version.send_modify(|version| *version += 1);
    }

    /// The entries behind `seq`, oldest first.
    pub(crate) fn after(&self, seq: u64) -> Vec<Arc<Entry>> {
        let kept = self.kept();
        let first = kept.1.front().map_or(0, |entry| entry.seq);
        // There are no gaps, so that what is older needs no look.
        let older = usize::try_from((seq + 1).saturating_sub(first)).unwrap_or(usize::MAX);
        kept.1.iter().skip(older).cloned().collect()
    }

    /// New entries as they come.
    pub(crate) fn watch(&self) -> broadcast::Receiver<Arc<Entry>> {
        self.feed.subscribe()
    }

    /// Changes whenever anything did.
    pub(crate) fn version(&self) -> watch::Receiver<u64> {
        self.version.subscribe()
    }
}

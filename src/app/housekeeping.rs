//! Housekeeping: what is of no use any more is forgotten, a little at a time.

use std::time::{Duration, Instant};

use sea_orm::DbErr;

use super::Storage;
use crate::ambient::Millis;
use crate::budget::Budget;
use crate::store::Aged;

/// Time between rounds.
const ROUND: Duration = Duration::from_mins(1);
/// Of the time that forgetting takes, how often as long it rests: others write, too.
const REST: u32 = 9;
/// Days that a thread is known which is not linked.
const THREAD_DAYS: u32 = 30;

/// What is forgotten after its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stale {
    /// Waits for a login that are over: their events are given up.
    Waits,
    /// Events that have ended.
    Events,
    /// Pairs of comments and messages.
    Pairs,
    /// Pairs whose both sides are gone.
    GonePairs,
    /// Pairs of files.
    FilePairs,
    /// What was begun, and what was said once and for all.
    Intents,
    /// Threads of channels that are not linked.
    Threads,
    /// Sessions of browsers.
    Sessions,
    /// Logins that were begun.
    Logins,
}

impl Stale {
    /// All of it.
    pub const ALL: [Self; 9] = [
        Self::Waits,
        Self::Events,
        Self::Pairs,
        Self::GonePairs,
        Self::FilePairs,
        Self::Intents,
        Self::Threads,
        Self::Sessions,
        Self::Logins,
    ];

    /// The word in the metric, in logs and on the terminal.
    pub fn word(self) -> &'static str {
        match self {
            Self::Waits => "waits",
            Self::Events => "events",
            Self::Pairs => "pairs",
            Self::GonePairs => "gone pairs",
            Self::FilePairs => "file pairs",
            Self::Intents => "intents",
            Self::Threads => "threads",
            Self::Sessions => "sessions",
            Self::Logins => "logins",
        }
    }
}

/// How a kind is forgotten.
enum How {
    /// By the queue.
    Queue,
    /// By the store, what is older than this.
    Store(Aged, Millis),
    /// Not at all, as the operator has decided.
    Never,
}

impl Storage {
    /// Forgets some of what is stale; answers how many rows it touched. Call again while that is
    /// not zero.
    pub async fn forget_some(&self, what: Stale) -> Result<u64, DbErr> {
        let gone = match self.how(what) {
            How::Queue if what == Stale::Waits => self.queue.end_some_waits().await?,
            How::Queue => self.queue.forget_some().await?,
            How::Store(aged, older_than) => self.store.forget_some(aged, older_than).await?,
            How::Never => 0,
        };
        metrics::counter!("threadline_forgotten_total", "what" => what.word()).increment(gone);
        Ok(gone)
    }

    /// How many rows are stale.
    pub async fn count_stale(&self, what: Stale) -> Result<u64, DbErr> {
        match self.how(what) {
            How::Queue if what == Stale::Waits => self.queue.count_waits_over().await,
            How::Queue => self.queue.count_forgettable().await,
            How::Store(aged, older_than) => self.store.count_older(aged, older_than).await,
            How::Never => Ok(0),
        }
    }

    fn how(&self, what: Stale) -> How {
        let now = self.clock.now();
        let before = |days: u32| now.minus(Duration::from_secs(u64::from(days) * 86_400));
        let long = |aged| match self.relay.keep_pairs_days {
            0 => How::Never,
            days => How::Store(aged, before(days)),
        };
        match what {
            Stale::Waits | Stale::Events => How::Queue,
            Stale::Pairs => long(Aged::Pairs),
            Stale::FilePairs => long(Aged::FilePairs),
            Stale::Intents => long(Aged::Intents),
            // As long as a delivery is known again: after that, none comes late.
            Stale::GonePairs => How::Store(Aged::GonePairs, before(self.relay.keep_days)),
            Stale::Threads => How::Store(Aged::Threads, before(THREAD_DAYS)),
            Stale::Sessions => How::Store(Aged::Sessions, now),
            Stale::Logins => How::Store(Aged::Logins, now),
        }
    }
}

/// Goes round for ever.
pub(super) async fn housekeeping(storage: Storage, budget: Budget) {
    loop {
        if let Err(error) = budget.tidy().await {
            tracing::warn!(%error, "old budgets could not be removed; it is tried again");
        }
        for what in Stale::ALL {
            if let Err(error) = forget_all(&storage, what).await {
                tracing::warn!(%error, what = what.word(), "what is old could not be forgotten; it is tried again");
            }
        }
        tokio::time::sleep(ROUND).await;
    }
}

async fn forget_all(storage: &Storage, what: Stale) -> Result<(), DbErr> {
    loop {
        let began = Instant::now();
        if storage.forget_some(what).await? == 0 {
            return Ok(());
        }
        tokio::time::sleep(began.elapsed() * REST).await;
    }
}

//! Housekeeping: what is of no use any more is forgotten, a little at a time.

use std::time::{Duration, Instant};

use sea_orm::DbErr;

use super::Storage;
use crate::ambient::Millis;
use crate::bridge::reason;
use crate::budget::Budget;
use crate::queue::Ending;
use crate::store::Aged;
use crate::vault::{Subject, VaultError};

/// Time between rounds.
const ROUND: Duration = Duration::from_mins(1);
/// Time between rounds where waits are short, as in tests.
const REST_AT_LEAST: Duration = Duration::from_secs(5);
/// What waits for a login that is there is looked at this often, where the waits between tries are
/// the usual ones.
const LOOK_AGAIN: Duration = Duration::from_hours(1);
/// For so many people at a time.
const TOGETHER: usize = 500;
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
    /// Dead letters: events that were given up.
    DeadLetters,
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
    pub const ALL: [Self; 10] = [
        Self::Waits,
        Self::Events,
        Self::DeadLetters,
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
            Self::DeadLetters => "dead letters",
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
    /// By the queue: waits that are over.
    Waits,
    /// By the queue, what ended so before this.
    Queue(Ending, Millis),
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
            How::Waits => self.queue.end_some_waits().await?,
            How::Queue(ending, older_than) => self.queue.forget_some(ending, older_than).await?,
            How::Store(aged, older_than) => self.store.forget_some(aged, older_than).await?,
            How::Never => 0,
        };
        metrics::counter!("threadline_forgotten_total", "what" => what.word()).increment(gone);
        Ok(gone)
    }

    /// How many rows are stale.
    pub async fn count_stale(&self, what: Stale) -> Result<u64, DbErr> {
        match self.how(what) {
            How::Waits => self.queue.count_waits_over().await,
            How::Queue(ending, older_than) => self.queue.count_older(ending, older_than).await,
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
            Stale::Waits => How::Waits,
            Stale::Events => How::Queue(Ending::Done, before(self.relay.keep_days)),
            Stale::DeadLetters => match self.relay.keep_dead_days {
                0 => How::Never,
                days => How::Queue(Ending::Dead, before(days)),
            },
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

impl Storage {
    /// Looks again at what waits for a login that is there: a platform that has refused fresh
    /// tokens for a while may take them now. Answers how many events go on.
    ///
    /// # Errors
    /// The database's, or a token's that can't be opened.
    pub async fn look_again_at_waits(&self) -> Result<u64, VaultError> {
        let (mut name, mut there) = (String::new(), Vec::new());
        while let Some(next) = self.queue.waits_behind(&name).await? {
            if self.is_logged_in(&next).await? {
                there.push(next.clone());
            }
            name = next;
        }
        let mut released = 0;
        // Together: what several people have written in one chat keeps its order.
        for names in there.chunks(TOGETHER) {
            released += self.queue.look_again_at(names, reason::LOGIN_NEEDED).await?;
        }
        Ok(released)
    }

    /// Whether the person for whom something waits under this name is known, and logged in on both
    /// sides: the name does not say which login it is.
    async fn is_logged_in(&self, name: &str) -> Result<bool, VaultError> {
        let people = self.store.people_named(name).await?;
        for person in &people {
            for login in [Subject::jira(&person.account), Subject::microsoft(&person.tenant, &person.object)]
            {
                if !self.vault.is_connected(&login).await? {
                    return Ok(false);
                }
            }
        }
        Ok(!people.is_empty())
    }
}

/// Goes round for ever.
pub(super) async fn housekeeping(storage: Storage, budget: Budget) {
    let between = LOOK_AGAIN * storage.relay.backoff_percent / 100;
    let mut look_again = storage.clock.now().plus(between);
    loop {
        if look_again <= storage.clock.now() {
            look_again = storage.clock.now().plus(between);
            if let Err(error) = storage.look_again_at_waits().await {
                tracing::warn!(%error, "what waits for a login could not be looked at; it is tried again");
            }
        }
        if let Err(error) = budget.tidy().await {
            tracing::warn!(%error, "old budgets could not be removed; it is tried again");
        }
        for what in Stale::ALL {
            if let Err(error) = forget_all(&storage, what).await {
                tracing::warn!(%error, what = what.word(), "what is old could not be forgotten; it is tried again");
            }
        }
        tokio::time::sleep(ROUND.min(between.max(REST_AT_LEAST))).await;
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

//! How an event ends, or goes on. Decided by the bridge, carried out here.

use std::time::Duration;

use sea_orm::DatabaseTransaction;

use crate::ambient::{Millis, Random};
use crate::database::Work;

/// What must be stored in the same commit that ends the event.
pub type Record = Box<dyn for<'t> FnOnce(&'t DatabaseTransaction) -> Work<'t, ()> + Send>;

/// How an event ends, or goes on.
pub enum Verdict {
    /// It is done, for this reason.
    Done {
        /// One of the reason words.
        reason: &'static str,
        /// Stored in the same commit: the pair of what was just written, for one.
        record: Option<Record>,
    },
    /// Try again, no sooner than `at`.
    Retry {
        /// Not before.
        at: Millis,
        /// What went wrong, as a reason word.
        reason: &'static str,
        /// Whether it counts towards the dead letter: being asked to wait does not.
        counts: bool,
    },
    /// Put aside until this account has logged in; the lane goes on without it.
    WaitForLogin {
        /// The account, as it is written in the row.
        account: String,
        /// Given up at this moment.
        until: Millis,
        /// Why it waits.
        reason: &'static str,
    },
    /// It can't succeed; an operator may retry it.
    Dead {
        /// Why.
        reason: &'static str,
    },
}

impl Verdict {
    /// Done, with nothing to record.
    pub fn done(reason: &'static str) -> Self {
        Self::Done { reason, record: None }
    }

    /// Both, where one event had to do two things: what `next` says, and what both record. If
    /// one of them is not done yet, the event is not; what is done by then is done again.
    #[must_use]
    pub fn and(self, next: Self) -> Self {
        match (self, next) {
            (Self::Done { record: first, .. }, Self::Done { reason, record: second }) => {
                Self::Done { reason, record: both(first, second) }
            }
            (Self::Done { .. }, next) => next,
            (waiting, _) => waiting,
        }
    }
}

fn both(first: Option<Record>, second: Option<Record>) -> Option<Record> {
    match (first, second) {
        (Some(first), Some(second)) => Some(Box::new(move |transaction| {
            Box::pin(async move {
                first(transaction).await?;
                second(transaction).await
            })
        })),
        (first, second) => first.or(second),
    }
}

/// The waits between tries: up to 5 s, 30 s, 2 min, 10 min, 30 min, 2 h, 5 h, 10 h, with full jitter:
/// what failed together comes back spread over the whole time, and nothing at once.
pub fn backoff(attempt: u32, percent: u32, random: &Random) -> Duration {
    const SECONDS: [u64; 8] = [5, 30, 120, 600, 1_800, 7_200, 18_000, 36_000];
    let index = usize::try_from(attempt.saturating_sub(1)).unwrap_or(usize::MAX).min(SECONDS.len() - 1);
    let whole = Duration::from_secs(SECONDS.get(index).copied().unwrap_or(36_000)) * percent / 100;
    random.share_of(whole).max(whole / 50)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_waits_grow_and_are_spread_over_their_whole_length() {
        let random = Random::system();
        for (attempt, seconds) in [(1, 5), (2, 30), (3, 120), (8, 36_000), (99, 36_000)] {
            let whole = Duration::from_secs(seconds);
            let waits: Vec<Duration> = (0..200).map(|_| backoff(attempt, 100, &random)).collect();
            assert!(waits.iter().all(|wait| (whole / 50..=whole).contains(wait)), "{attempt}: {waits:?}");
            // Two hundred that all miss a quarter of it: less often than once in 10^24 runs.
            assert!(waits.iter().any(|wait| *wait < whole / 4), "{attempt}: {waits:?}");
            assert!(waits.iter().any(|wait| *wait > whole * 3 / 4), "{attempt}: {waits:?}");
        }
    }
}

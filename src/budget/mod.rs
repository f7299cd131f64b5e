//! What the platforms permit, kept before they have to say no.
//!
//! A call names the buckets it counts in (a thread, a tenant, an issue) and goes out when all
//! have room. A short wait is slept; a longer one is [`CallError::Throttled`], so that the lane
//! goes free. A bucket that a platform has closed lets nothing out before its time.

mod call;
mod ledger;
mod shared;
mod window;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sea_orm::DbErr;

pub use self::call::{Call, Limits, Meter, Sent};
pub use self::window::Window;
use crate::ambient::Clock;
use crate::call::CallError;
use crate::database::Database;

/// The longest that a call waits for its place in the line; who would wait longer comes again.
const MOMENT: Duration = Duration::from_millis(250);

/// What a platform counts together, and how much of it is permitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bucket {
    key: String,
    windows: &'static [Window],
}

impl Bucket {
    /// A bucket; no windows: it is only ever closed by the platform. The key holds ids alone, the
    /// platform and the tenant first.
    pub fn new(key: String, windows: &'static [Window]) -> Self {
        Self { key, windows }
    }

    /// Its key.
    pub fn key(&self) -> &str {
        &self.key
    }
}

/// The budgets of this installation. Cheap to clone.
#[derive(Clone)]
pub struct Budget(Arc<Kind>);

enum Kind {
    /// Nothing is counted.
    Unlimited,
    /// Nobody else calls in our name: all is in this process.
    Alone(Mutex<ledger::Ledger>, Clock),
    /// Replicas count in one table.
    Shared(Arc<shared::Shared>),
}

impl Budget {
    /// Counts nothing.
    pub fn unlimited() -> Self {
        Self(Arc::new(Kind::Unlimited))
    }

    /// Counts in this process alone.
    pub fn alone(clock: Clock) -> Self {
        Self(Arc::new(Kind::Alone(Mutex::default(), clock)))
    }

    /// Counts for everybody who works on this database: on SQLite that is this process.
    pub fn of(database: Database, clock: Clock) -> Self {
        match database.backend() {
            sea_orm::DbBackend::Postgres => {
                Self(Arc::new(Kind::Shared(Arc::new(shared::Shared::new(database, clock)))))
            }
            _ => Self::alone(clock),
        }
    }

    /// Whether nothing is counted.
    pub fn is_unlimited(&self) -> bool {
        matches!(&*self.0, Kind::Unlimited)
    }

    /// Lets one call out of all these buckets, the narrowest first; waits a moment for that if it
    /// has to.
    ///
    /// # Errors
    /// [`CallError::Throttled`] with the time until there is room: nothing was sent.
    pub async fn permit(&self, buckets: &[Bucket]) -> Result<(), CallError> {
        let taken = match &*self.0 {
            Kind::Unlimited => return Ok(()),
            Kind::Alone(ledger, clock) => lock(ledger).take(buckets, clock.now()),
            Kind::Shared(shared) => shared.take(buckets).await,
        };
        match taken {
            Ok(Duration::ZERO) => Ok(()),
            Ok(wait) => {
                tokio::time::sleep(wait).await;
                Ok(())
            }
            Err(wait) => {
                metrics::counter!("threadline_held_back_total").increment(1);
                Err(CallError::Throttled { retry_after: Some(wait) })
            }
        }
    }

    /// Whether a call would have to come again later; takes nothing. Another replica's calls may
    /// not be known here yet.
    ///
    /// # Errors
    /// As [`Budget::permit`].
    pub fn look(&self, buckets: &[Bucket]) -> Result<(), CallError> {
        let wait = match &*self.0 {
            Kind::Unlimited => return Ok(()),
            Kind::Alone(ledger, clock) => {
                let now = clock.now();
                lock(ledger).earliest(buckets, now).since(now)
            }
            Kind::Shared(shared) => shared.wait(buckets),
        };
        if wait > MOMENT { Err(CallError::Throttled { retry_after: Some(wait) }) } else { Ok(()) }
    }

    /// The platform wants no call of this bucket for so long.
    pub async fn close(&self, bucket: &Bucket, wait: Duration) {
        match &*self.0 {
            Kind::Unlimited => {}
            Kind::Alone(ledger, clock) => lock(ledger).close(bucket, clock.now().plus(wait)),
            Kind::Shared(shared) => shared.close(bucket, wait).await,
        }
    }

    /// Forgets what no window reaches any more; answers how many rows went.
    ///
    /// # Errors
    /// The database's.
    pub async fn tidy(&self) -> Result<u64, DbErr> {
        match &*self.0 {
            Kind::Unlimited | Kind::Alone(..) => Ok(0),
            Kind::Shared(shared) => shared.tidy().await,
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ambient::Millis;

    const THREAD: [Window; 1] = [Window::new(2, Duration::from_secs(10))];

    #[tokio::test]
    async fn who_finds_a_bucket_full_is_told_when_to_come_again() {
        let clock = Clock::manual(Millis(1_000_000));
        let budget = Budget::alone(clock.clone());
        let thread = [Bucket::new("thread".to_owned(), &THREAD)];
        budget.permit(&thread).await.unwrap();
        budget.look(&thread).unwrap();
        budget.permit(&thread).await.unwrap();
        let wait = |told| match told {
            Err(CallError::Throttled { retry_after: Some(wait) }) => wait,
            other => panic!("{other:?}"),
        };
        assert_eq!(wait(budget.look(&thread)), Duration::from_millis(10_200));
        assert_eq!(wait(budget.permit(&thread).await), Duration::from_millis(10_200));
        clock.advance(Duration::from_millis(10_200));
        budget.permit(&thread).await.unwrap();
    }

    #[tokio::test]
    async fn a_platform_closes_one_bucket_and_no_other() {
        let budget = Budget::alone(Clock::manual(Millis(0)));
        let [a, b] = ["a", "b"].map(|key| Bucket::new(key.to_owned(), &[]));
        budget.close(&a, Duration::from_mins(5)).await;
        assert!(budget.permit(&[a, b.clone()]).await.is_err());
        assert!(budget.permit(&[b]).await.is_ok());
    }
}

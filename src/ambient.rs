//! Time, ids and randomness, injected: production asks the machine, a test decides.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chrono::{DateTime, Utc};
use uuid::Uuid;

/// A moment: milliseconds since 1970-01-01 UTC, as the database keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Millis(pub i64);

impl Millis {
    /// The moment `duration` later.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)))
    }

    /// The moment `duration` earlier.
    #[must_use]
    pub fn minus(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)))
    }

    /// How long after `earlier` this is; zero if it is not after it.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// The moment as a date, for people and for platforms.
    pub fn date(self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.0).unwrap_or(DateTime::UNIX_EPOCH)
    }

    /// The moment in whole seconds, as token claims write it.
    pub fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }
}

/// Says what time it is.
#[derive(Debug, Clone, Default)]
pub struct Clock(Option<Arc<AtomicI64>>);

impl Clock {
    /// The machine's own clock.
    pub fn system() -> Self {
        Self(None)
    }

    /// A clock that stands at `start` until [`Clock::advance`] moves it.
    pub fn manual(start: Millis) -> Self {
        Self(Some(Arc::new(AtomicI64::new(start.0))))
    }

    /// The current moment.
    pub fn now(&self) -> Millis {
        match &self.0 {
            Some(manual) => Millis(manual.load(Ordering::SeqCst)),
            #[expect(clippy::disallowed_methods, reason = "the one place that asks the machine")]
            None => Millis(
                SystemTime::now()
                    .duration_since(UNIX_EPOCH)
                    .ok()
                    .and_then(|since| i64::try_from(since.as_millis()).ok())
                    .unwrap_or(0),
            ),
        }
    }

    /// Moves a manual clock; the machine's clock stays as it is.
    pub fn advance(&self, by: Duration) {
        if let Some(manual) = &self.0 {
            manual.fetch_add(i64::try_from(by.as_millis()).unwrap_or(i64::MAX), Ordering::SeqCst);
        }
    }
}

/// Makes ids and random bytes.
#[derive(Debug, Clone, Default)]
pub struct Random(());

impl Random {
    /// The operating system's generator.
    pub fn system() -> Self {
        Self(())
    }

    /// A fresh id that sorts by its time (UUID version 7).
    #[expect(clippy::disallowed_methods, reason = "the one place that makes ids")]
    pub fn id(&self) -> Uuid {
        Uuid::now_v7()
    }

    /// `N` random bytes fit for keys and nonces.
    #[expect(clippy::disallowed_methods, reason = "the one place that asks for randomness")]
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        rand::random()
    }

    /// 32 random bytes as URL-safe text, for states, verifiers and session tokens.
    pub fn token(&self) -> String {
        use base64::Engine;
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(self.bytes::<32>())
    }

    /// A random share of `whole`, for jitter.
    pub fn share_of(&self, whole: Duration) -> Duration {
        let fraction = f64::from(u32::from_le_bytes(self.bytes())) / f64::from(u32::MAX);
        whole.mul_f64(fraction)
    }
}

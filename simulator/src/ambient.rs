//! The simulator's clock and its source of ids: the only place that asks the machine.

use std::fmt::Write;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, SecondsFormat, Utc};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use uuid::Uuid;

/// Milliseconds since 1970-01-01 UTC.
pub type Millis = i64;

/// The machine's clock, which the control API may move forward.
#[derive(Debug)]
pub(crate) struct Clock {
    ahead: AtomicI64,
    /// The bits of the factor on every back-off.
    scale: AtomicU64,
}

impl Clock {
    pub(crate) fn new(scale: f64) -> Self {
        Self { ahead: AtomicI64::new(0), scale: AtomicU64::new(scale.to_bits()) }
    }

    /// The factor on the platforms' waits between two attempts.
    pub(crate) fn scale(&self) -> f64 {
        f64::from_bits(self.scale.load(Ordering::Relaxed))
    }

    pub(crate) fn set_scale(&self, scale: f64) {
        self.scale.store(scale.to_bits(), Ordering::Relaxed);
    }

    /// The current moment, with everything the control API added.
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the machine for the time")]
    pub(crate) fn now(&self) -> Millis {
        let machine = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .ok()
            .and_then(|since| i64::try_from(since.as_millis()).ok())
            .unwrap_or(0);
        machine.saturating_add(self.ahead.load(Ordering::Relaxed))
    }

    /// Moves the clock forward; deadlines such as a token's expiry come nearer.
    pub(crate) fn advance(&self, by: Duration) {
        self.ahead.fetch_add(i64::try_from(by.as_millis()).unwrap_or(i64::MAX / 2), Ordering::Relaxed);
    }
}

fn date(at: Millis) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(at).unwrap_or(DateTime::UNIX_EPOCH)
}

/// Jira's way to write a moment: `2026-11-21T10:00:00.000+0000`.
pub(crate) fn jira_date(at: Millis) -> String {
    date(at).format("%Y-%m-%dT%H:%M:%S%.3f+0000").to_string()
}

/// Microsoft's way to write a moment: `2026-11-21T10:00:00.000Z`.
pub(crate) fn iso_date(at: Millis) -> String {
    date(at).to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// Bytes as lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Makes ids, codes and tokens.
#[derive(Debug)]
pub(crate) struct Ids(Mutex<StdRng>);

impl Ids {
    pub(crate) fn new(seed: Option<u64>) -> Self {
        Self(Mutex::new(match seed {
            Some(seed) => StdRng::seed_from_u64(seed),
            None => StdRng::from_rng(&mut rand::rng()),
        }))
    }

    pub(crate) fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(&mut bytes);
        bytes
    }

    /// A random GUID, as Microsoft writes ids.
    pub(crate) fn guid(&self) -> Uuid {
        uuid::Builder::from_random_bytes(self.bytes()).into_uuid()
    }

    /// 32 random bytes as URL-safe text behind a prefix.
    pub(crate) fn token(&self, prefix: &str) -> String {
        format!("{prefix}{}", URL_SAFE_NO_PAD.encode(self.bytes::<32>()))
    }

    /// 12 random bytes in hex, as Atlassian writes account ids.
    pub(crate) fn hex24(&self) -> String {
        hex(&self.bytes::<12>())
    }

    /// A number from 0 up to and without 1.
    pub(crate) fn fraction(&self) -> f64 {
        f64::from(u32::from_le_bytes(self.bytes())) / (f64::from(u32::MAX) + 1.0)
    }
}

//! `[reconcile]`: making good what was missed.

use std::time::Duration;

use serde::Deserialize;

/// Making good what was missed.
#[derive(Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Reconcile {
    /// Hours between two comparisons of a link, when nothing suggests that something was missed.
    pub every_hours: u32,
    /// Missed comments, or messages, that are copied one by one even where the link wants a digest.
    pub single_copies: usize,
    /// Changed messages that a comparison reads; what has changed since goes into the next ones.
    pub most_messages: usize,
}

impl Default for Reconcile {
    fn default() -> Self {
        Self { every_hours: 6, single_copies: 50, most_messages: 10_000 }
    }
}

impl Reconcile {
    /// Time between two comparisons of a link, when nothing suggests that something was missed.
    pub fn every(&self) -> Duration {
        Duration::from_secs(u64::from(self.every_hours.max(1)) * 3600)
    }
}

//! `[relay]`: how much is done at a time, and how often a failure is tried again.

use std::time::Duration;

use serde::Deserialize;

use super::SettingsError;

/// How much is done at a time, and how often a failure is tried again.
#[derive(Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Relay {
    /// Conversations that are worked on at the same time.
    pub lanes: usize,
    /// Seconds that a worker owns a lane without a heartbeat: more than a call may take.
    pub lease_seconds: u64,
    /// Milliseconds between looks at the queue when nobody rings.
    pub poll_ms: u64,
    /// Seconds that a call to a platform may take: fewer than a lease.
    pub call_seconds: u64,
    /// Seconds after a call within which its effect may still appear though nobody waits for it
    /// any more. So long nobody looks for the effect of a call whose outcome is unknown.
    pub landing_seconds: u64,
    /// Tries of one event before it is a dead letter.
    pub attempts: u32,
    /// Percentage of the documented waits between tries; tests shorten them.
    pub backoff_percent: u32,
    /// Whether calls are spread so that no platform has to refuse them. Without, only what a
    /// platform refuses is waited for.
    pub keep_limits: bool,
    /// Days that a message waits for its author to connect.
    pub login_wait_days: u32,
    /// Days that finished events are kept, to recognise duplicates and to show what happened.
    pub keep_days: u32,
    /// Days that dead letters are kept, to be tried again; 0 for ever.
    pub keep_dead_days: u32,
    /// Days that pairs of comments and messages, pairs of files and intents are kept; 0 for ever.
    pub keep_pairs_days: u32,
}

impl Default for Relay {
    fn default() -> Self {
        Self {
            lanes: 64,
            lease_seconds: 30,
            poll_ms: 500,
            call_seconds: 20,
            landing_seconds: 10,
            attempts: 8,
            backoff_percent: 100,
            keep_limits: true,
            login_wait_days: 7,
            keep_days: 14,
            keep_dead_days: 90,
            keep_pairs_days: 400,
        }
    }
}

impl Relay {
    /// Whoever calls must own the lane until the call has ended and landed.
    pub(super) fn check(&self) -> Result<(), SettingsError> {
        let lease = self.lease_seconds;
        for (setting, seconds) in
            [("call_seconds", self.call_seconds), ("landing_seconds", self.landing_seconds)]
        {
            if seconds >= lease {
                return Err(SettingsError::LeaseTooShort { setting, seconds, lease });
            }
        }
        Ok(())
    }

    /// How long a worker owns a lane without a heartbeat.
    pub fn lease(&self) -> Duration {
        Duration::from_secs(self.lease_seconds)
    }

    /// How long a call to a platform may take.
    pub fn call_time(&self) -> Duration {
        Duration::from_secs(self.call_seconds)
    }

    /// How long after a call its effect may still appear.
    pub fn landing(&self) -> Duration {
        Duration::from_secs(self.landing_seconds)
    }

    /// Time between looks at the queue when nobody rings.
    pub fn poll(&self) -> Duration {
        Duration::from_millis(self.poll_ms)
    }
}

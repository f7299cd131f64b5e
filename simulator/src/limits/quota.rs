//! Jira's quota of points an hour, shared by all sites of the app. It begins anew with each hour of
//! the clock, or where it was set by hand, an hour after that.

use axum::http::{HeaderName, HeaderValue, StatusCode};

use super::TooMany;
use crate::ambient::{Millis, iso_date};

const HOUR: Millis = 3_600_000;

/// What is left of this hour.
#[derive(Debug)]
pub(super) struct Quota {
    permitted: u64,
    /// When this hour has begun.
    begun: Millis,
    used: u64,
}

impl Default for Quota {
    fn default() -> Self {
        Self { permitted: 65_000, begun: 0, used: 0 }
    }
}

impl Quota {
    /// A new hour begins, with so many points.
    pub(super) fn begin(&mut self, permitted: u64, now: Millis) {
        *self = Self { permitted, begun: now, used: 0 };
    }

    /// Takes the points of a call: one for a write, one and one for each thing that is read.
    pub(super) fn take(&mut self, method: &str, now: Millis) -> Result<(), TooMany> {
        if now - self.begun >= HOUR {
            self.used = 0;
            self.begun = now - (now - self.begun).rem_euclid(HOUR);
        }
        let points = if method == "GET" { 2 } else { 1 };
        if self.used + points > self.permitted {
            let retry_after = self.seconds_left(now);
            return Err(TooMany { retry_after, reason: Some("jira-quota-global-based") });
        }
        self.used += points;
        Ok(())
    }

    fn seconds_left(&self, now: Millis) -> u64 {
        u64::try_from(self.begun + HOUR - now).unwrap_or(0).div_ceil(1000)
    }

    pub(super) fn headers(&self, status: StatusCode, now: Millis) -> Vec<(HeaderName, HeaderValue)> {
        let left = self.permitted.saturating_sub(self.used);
        let mut headers = vec![
            ("x-ratelimit-limit", self.permitted.to_string()),
            ("x-ratelimit-remaining", left.to_string()),
            ("ratelimit-policy", format!(r#""global-app-quota";q={};w=3600"#, self.permitted)),
            ("ratelimit", format!(r#""global-app-quota";r={left};t={}"#, self.seconds_left(now))),
        ];
        if left * 5 < self.permitted {
            headers.push(("x-ratelimit-nearlimit", "true".to_owned()));
        }
        if status == StatusCode::TOO_MANY_REQUESTS {
            headers.push(("x-ratelimit-reset", iso_date(self.begun + HOUR)));
        }
        let value = |(name, text): (&'static str, String)| {
            Some((HeaderName::from_static(name), HeaderValue::from_str(&text).ok()?))
        };
        headers.into_iter().filter_map(value).collect()
    }
}

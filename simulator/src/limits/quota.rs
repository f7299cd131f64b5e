//! Jira's quotas of points an hour: one that all sites of the app share, or one of a site's own.
//! It begins anew with each hour of the clock, or where it was set by hand, an hour after that.

use std::collections::BTreeMap;

use super::TooMany;
use crate::ambient::{Millis, iso_date};

const HOUR: Millis = 3_600_000;

/// What is left of this hour.
#[derive(Debug)]
pub(super) struct Quota {
    name: &'static str,
    reason: &'static str,
    permitted: u64,
    /// How long an hour is; tests have no time for a real one.
    every: Millis,
    /// When this hour has begun.
    begun: Millis,
    used: u64,
}

impl Quota {
    fn of_app(permitted: u64, every: Millis, begun: Millis) -> Self {
        let (name, reason) = ("global-app-quota", "jira-quota-global-based");
        Self { name, reason, permitted, every, begun, used: 0 }
    }

    fn of_site(permitted: u64, every: Millis, begun: Millis) -> Self {
        let (name, reason) = ("tenant-app-quota", "jira-quota-tenant-based");
        Self { name, reason, permitted, every, begun, used: 0 }
    }

    /// Takes the point that every call costs.
    pub(super) fn take(&mut self, now: Millis) -> Result<(), TooMany> {
        if now - self.begun >= self.every {
            self.used = 0;
            self.begun = now - (now - self.begun).rem_euclid(self.every);
        }
        if self.used >= self.permitted {
            let retry_after = self.seconds_left(now);
            return Err(TooMany { retry_after, reason: Some(self.reason) });
        }
        self.used += 1;
        Ok(())
    }

    /// Takes the points of what was read. It is in the answer already, so nothing is refused.
    pub(super) fn charge(&mut self, points: u64) {
        self.used += points;
    }

    fn seconds_left(&self, now: Millis) -> u64 {
        u64::try_from(self.begun + self.every - now).unwrap_or(0).div_ceil(1000)
    }

    fn left(&self) -> u64 {
        self.permitted.saturating_sub(self.used)
    }

    /// Its part of the `RateLimit` header.
    pub(super) fn remaining(&self, now: Millis) -> String {
        format!(r#""{}";r={};t={}"#, self.name, self.left(), self.seconds_left(now))
    }

    /// Its part of the `RateLimit-Policy` header.
    pub(super) fn policy(&self) -> String {
        format!(r#""{}";q={};w={}"#, self.name, self.permitted, self.every / 1000)
    }

    pub(super) fn is_nearly_used_up(&self) -> bool {
        self.left() * 5 < self.permitted
    }

    /// What a refusal says of it: how much it is, and when it begins anew.
    pub(super) fn refusal(&self) -> (u64, String) {
        (self.permitted, iso_date(self.begun + self.every))
    }
}

/// The quota of the app, and those of sites that have their own.
#[derive(Debug)]
pub(super) struct Quotas {
    app: Quota,
    sites: BTreeMap<String, Quota>,
}

impl Default for Quotas {
    fn default() -> Self {
        Self { app: Quota::of_app(65_000, HOUR, 0), sites: BTreeMap::new() }
    }
}

impl Quotas {
    /// A new hour begins, with so many points, for a site or for the app.
    pub(super) fn begin(&mut self, site: Option<&str>, points: u64, every: Option<Millis>, now: Millis) {
        let every = every.unwrap_or(HOUR);
        match site {
            Some(site) => {
                self.sites.insert(site.to_owned(), Quota::of_site(points, every, now));
            }
            None => self.app = Quota::of_app(points, every, now),
        }
    }

    /// The quota that calls of a site count in.
    pub(super) fn of(&mut self, site: &str) -> &mut Quota {
        self.sites.get_mut(site).unwrap_or(&mut self.app)
    }
}

//! What the platforms permit, exactly as they publish it: whatever goes beyond is refused with
//! 429. Off unless asked for.
//!
//! Sources: learn.microsoft.com, "Optimize your bot with rate limiting in Teams" and Graph
//! "service-specific throttling limits"; developer.atlassian.com, "Rate limiting".

mod classify;
mod quota;

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::http::{HeaderName, HeaderValue, StatusCode};
use serde::Serialize;

use crate::ambient::Millis;
use crate::recorder::Host;

use self::quota::Quota;

/// At most so many calls in any stretch of so many milliseconds.
pub type Limit = (usize, i64);

/// One thing that a platform counts, and what it has come to.
#[derive(Debug, Clone, Serialize)]
pub struct LimitUse {
    /// What is counted (`thread`, `issue`, …).
    pub kind: &'static str,
    /// Which one of them.
    pub id: String,
    /// Calls at most, in milliseconds: all must hold.
    pub limits: Vec<Limit>,
    /// When each call was taken, in milliseconds since 1970, the oldest first.
    pub taken: Vec<Millis>,
    /// Calls that were refused because of this.
    pub refused: u64,
}

/// What a call counts in.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Counted {
    kind: &'static str,
    id: String,
    limits: &'static [Limit],
}

#[derive(Debug, Default)]
struct Meter {
    limits: &'static [Limit],
    taken: VecDeque<Millis>,
    refused: u64,
}

impl Meter {
    /// How long until one more is taken.
    fn wait(&self, now: Millis) -> Millis {
        let wait = |(calls, millis): &Limit| {
            let oldest = self.taken.len().checked_sub(*calls)?;
            Some(self.taken.get(oldest)? + millis - now)
        };
        self.limits.iter().filter_map(wait).max().unwrap_or(0).max(0)
    }
}

/// A refusal: 429.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TooMany {
    /// Seconds.
    pub(crate) retry_after: u64,
    /// Jira's `RateLimit-Reason`.
    pub(crate) reason: Option<&'static str>,
}

#[derive(Debug, Default)]
struct Counts {
    meters: BTreeMap<(&'static str, String), Meter>,
    quota: Quota,
}

/// The limits of one simulator.
#[derive(Debug, Default)]
pub(crate) struct Limits {
    on: AtomicBool,
    counts: Mutex<Counts>,
}

impl Limits {
    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn switch(&self, on: bool) {
        self.on.store(on, Ordering::SeqCst);
    }

    pub(crate) fn are_on(&self) -> bool {
        self.on.load(Ordering::SeqCst)
    }

    /// How many points an hour all calls of Jira may cost, from now on.
    pub(crate) fn set_points(&self, points: u64, now: Millis) {
        self.counts().quota.begin(points, now);
    }

    /// Counts a call, or refuses it; what is refused does not count.
    pub(crate) fn take(
        &self,
        host: Host,
        method: &str,
        path: &str,
        route: &str,
        now: Millis,
    ) -> Result<(), TooMany> {
        if !self.are_on() {
            return Ok(());
        }
        let counted = classify::of(host, method, path, route);
        let mut counts = self.counts();
        let Counts { meters, quota } = &mut *counts;
        let mut longest: Option<(Millis, &Counted)> = None;
        for one in &counted {
            let meter = meters.entry((one.kind, one.id.clone())).or_default();
            meter.limits = one.limits;
            let wait = meter.wait(now);
            if wait > 0 && longest.is_none_or(|(most, _)| wait > most) {
                longest = Some((wait, one));
            }
        }
        if let Some((wait, one)) = longest {
            if let Some(meter) = meters.get_mut(&(one.kind, one.id.clone())) {
                meter.refused += 1;
            }
            let reason = match one.kind {
                "issue" => Some("jira-per-issue-on-write"),
                "endpoint" => Some("jira-burst-based"),
                _ => None,
            };
            return Err(TooMany { retry_after: u64::try_from(wait).unwrap_or(0).div_ceil(1000), reason });
        }
        if host == Host::Api {
            quota.take(method, now)?;
        }
        for one in &counted {
            if let Some(meter) = meters.get_mut(&(one.kind, one.id.clone())) {
                meter.taken.push_back(now);
            }
        }
        Ok(())
    }

    /// What every answer of Jira says of its quota.
    pub(crate) fn headers(
        &self,
        host: Host,
        status: StatusCode,
        now: Millis,
    ) -> Vec<(HeaderName, HeaderValue)> {
        if host != Host::Api || !self.are_on() {
            return Vec::new();
        }
        self.counts().quota.headers(status, now)
    }

    pub(crate) fn used(&self) -> Vec<LimitUse> {
        let counts = self.counts();
        let used = counts.meters.iter().map(|((kind, id), meter)| LimitUse {
            kind,
            id: id.clone(),
            limits: meter.limits.to_vec(),
            taken: meter.taken.iter().copied().collect(),
            refused: meter.refused,
        });
        used.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn send(limits: &Limits, now: Millis) -> Result<(), TooMany> {
        limits.take(Host::Service, "POST", "/teams/v3/conversations/a/activities", "", now)
    }

    #[test]
    fn the_eighth_message_of_a_second_is_refused_and_does_not_count() {
        let limits = Limits::default();
        for _ in 0..20 {
            assert_eq!(send(&limits, 0), Ok(()), "nothing is limited unless asked for");
        }
        limits.switch(true);
        for _ in 0..7 {
            assert_eq!(send(&limits, 1_000), Ok(()));
        }
        assert_eq!(send(&limits, 1_500), Err(TooMany { retry_after: 1, reason: None }));
        assert_eq!(send(&limits, 2_000), Ok(()));
        assert_eq!(
            send(&limits, 2_001),
            Err(TooMany { retry_after: 1, reason: None }),
            "eight in two seconds"
        );
        let used = limits.used();
        let thread = used.iter().find(|used| used.kind == "thread").unwrap();
        assert_eq!((thread.taken.len(), thread.refused), (8, 2));
    }

    #[test]
    fn jira_names_its_reason() {
        let limits = Limits::default();
        limits.switch(true);
        let write = |issue: &str| {
            let path = format!("/ex/jira/c/rest/api/3/issue/{issue}/comment");
            limits.take(Host::Api, "POST", &path, "", 1)
        };
        for _ in 0..20 {
            assert_eq!(write("1"), Ok(()));
        }
        let reason = Some("jira-per-issue-on-write");
        assert_eq!(write("1"), Err(TooMany { retry_after: 2, reason }));
        assert_eq!(write("2"), Ok(()));
    }
}

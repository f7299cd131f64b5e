//! What the platforms permit, exactly as they publish it: whatever goes beyond is refused with
//! 429. Off unless asked for.
//!
//! Sources: learn.microsoft.com, "Optimize your bot with rate limiting in Teams" and Graph
//! "service-specific throttling limits"; developer.atlassian.com, "Rate limiting".

mod classify;
mod cost;
mod quota;

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::http::{HeaderName, HeaderValue, Method};
use serde::Serialize;
use serde_json::Value;

use crate::ambient::Millis;
use crate::recorder::Host;

pub(crate) use self::cost::reads;
use self::quota::Quotas;

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
    /// How many more are taken at this moment.
    fn left(&self, now: Millis) -> usize {
        let left = |(calls, millis): &Limit| {
            let inside = self.taken.iter().rev().take_while(|at| now - **at < *millis).count();
            calls.saturating_sub(inside)
        };
        self.limits.iter().map(left).min().unwrap_or(usize::MAX)
    }

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
    quotas: Quotas,
}

/// A call, as limits see it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Call<'a> {
    pub(crate) host: Host,
    pub(crate) method: &'a Method,
    pub(crate) path: &'a str,
    pub(crate) route: &'a str,
}

impl Call<'_> {
    /// The site of a call of Jira's.
    fn site(&self) -> Option<&str> {
        let site = self.path.strip_prefix("/ex/jira/")?.split('/').next();
        site.filter(|_| self.host == Host::Api)
    }
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

    /// How many points the calls of a site, or of all sites together, may cost in such a stretch of
    /// time, an hour unless said, from now on.
    pub(crate) fn set_points(&self, site: Option<&str>, points: u64, every: Option<Millis>, now: Millis) {
        self.counts().quotas.begin(site, points, every, now);
    }

    /// Counts a call, or refuses it; what is refused does not count.
    pub(crate) fn take(&self, call: Call<'_>, now: Millis) -> Result<(), TooMany> {
        if !self.are_on() {
            return Ok(());
        }
        let counted = classify::of(call.host, call.method.as_str(), call.path, call.route);
        let mut counts = self.counts();
        let Counts { meters, quotas } = &mut *counts;
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
        if let Some(site) = call.site() {
            quotas.of(site).take(now)?;
        }
        for one in &counted {
            if let Some(meter) = meters.get_mut(&(one.kind, one.id.clone())) {
                meter.taken.push_back(now);
            }
        }
        Ok(())
    }

    /// Counts what was read: the answer's body, if it is JSON.
    pub(crate) fn charge(&self, call: Call<'_>, body: Option<&Value>) {
        if let Some(site) = call.site() {
            self.counts().quotas.of(site).charge(cost::of(call.route, body));
        }
    }

    /// Uses up so many points of the quota that all sites share.
    pub(crate) fn spend(&self, points: u64) {
        self.counts().quotas.of("").charge(points);
    }

    /// Whether what this call reads has its price.
    pub(crate) fn weighs(&self, call: Call<'_>) -> bool {
        self.are_on() && call.site().is_some() && reads(call.method, call.route)
    }

    /// What every answer of Jira says of its limits, and a refusal for this reason above that.
    /// `X-RateLimit-Limit` and `-Remaining` are about the burst, unless a quota is used up.
    pub(crate) fn headers(
        &self,
        call: Call<'_>,
        refused: Option<&str>,
        now: Millis,
    ) -> Vec<(HeaderName, HeaderValue)> {
        let Some(site) = call.site().filter(|_| self.are_on()) else { return Vec::new() };
        let counted = classify::of(call.host, call.method.as_str(), call.path, call.route);
        let mut counts = self.counts();
        let Counts { meters, quotas } = &mut *counts;
        let quota = quotas.of(site);
        let mut headers = vec![("ratelimit-policy", quota.policy())];
        let mut remaining = quota.remaining(now);
        let burst = counted.iter().find(|one| one.kind == "endpoint");
        let burst = burst.and_then(|one| meters.get(&(one.kind, one.id.clone())));
        if let Some((meter, (limit, _))) = burst.and_then(|meter| Some((meter, *meter.limits.first()?))) {
            let left = meter.left(now);
            remaining = format!(r#""jira-burst-based";r={left};t=1, {remaining}"#);
            if !refused.is_some_and(|reason| reason.contains("quota")) {
                headers.push(("x-ratelimit-limit", limit.to_string()));
                headers.push(("x-ratelimit-remaining", left.to_string()));
            }
        }
        headers.push(("ratelimit", remaining));
        if quota.is_nearly_used_up() {
            headers.push(("x-ratelimit-nearlimit", "true".to_owned()));
        }
        if let Some(reason) = refused {
            headers.push(("ratelimit-reason", reason.to_owned()));
            if reason.contains("quota") {
                let (limit, reset) = quota.refusal();
                headers.push(("x-ratelimit-limit", limit.to_string()));
                headers.push(("x-ratelimit-remaining", "0".to_owned()));
                headers.push(("x-ratelimit-reset", reset));
            }
        }
        let value = |(name, text): (&'static str, String)| {
            Some((HeaderName::from_static(name), HeaderValue::from_str(&text).ok()?))
        };
        headers.into_iter().filter_map(value).collect()
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
        let path = "/teams/v3/conversations/a/activities";
        limits.take(Call { host: Host::Service, method: &Method::POST, path, route: "" }, now)
    }

    /// A call of Jira.
    fn jira<'a>(method: &'a Method, path: &'a str) -> Call<'a> {
        Call { host: Host::Api, method, path, route: path }
    }

    fn header(headers: &[(HeaderName, HeaderValue)], name: &str) -> Option<String> {
        let found = headers.iter().find(|(known, _)| known == name)?;
        Some(found.1.to_str().unwrap().to_owned())
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
            limits.take(jira(&Method::POST, &path), 1)
        };
        for _ in 0..20 {
            assert_eq!(write("1"), Ok(()));
        }
        let reason = Some("jira-per-issue-on-write");
        assert_eq!(write("1"), Err(TooMany { retry_after: 2, reason }));
        assert_eq!(write("2"), Ok(()));
    }

    #[test]
    fn every_answer_says_what_is_left_of_burst_and_quota() {
        let limits = Limits::default();
        limits.switch(true);
        limits.set_points(None, 20, None, 0);
        let read = jira(&Method::GET, "/ex/jira/c/rest/api/3/issue/1");
        limits.take(read, 600_000).unwrap();
        limits.charge(read, Some(&serde_json::json!({})));
        let headers = limits.headers(read, None, 600_000);
        let left = r#""jira-burst-based";r=149;t=1, "global-app-quota";r=18;t=3000"#;
        assert_eq!(header(&headers, "ratelimit").as_deref(), Some(left));
        assert_eq!(
            header(&headers, "ratelimit-policy").as_deref(),
            Some(r#""global-app-quota";q=20;w=3600"#)
        );
        assert_eq!(header(&headers, "x-ratelimit-remaining").as_deref(), Some("149"));
        assert_eq!(header(&headers, "x-ratelimit-nearlimit"), None);
        assert_eq!(header(&headers, "x-ratelimit-reset"), None);
    }

    #[test]
    fn who_has_no_points_left_waits_for_the_next_hour() {
        let limits = Limits::default();
        limits.switch(true);
        limits.set_points(None, 100, None, 0);
        limits.set_points(Some("small"), 2, None, 0);
        let small = jira(&Method::PUT, "/ex/jira/small/rest/api/3/issue/1");
        let reason = "jira-quota-tenant-based";
        for _ in 0..2 {
            assert_eq!(limits.take(small, 1_000), Ok(()));
        }
        assert_eq!(limits.take(small, 1_000), Err(TooMany { retry_after: 3_599, reason: Some(reason) }));
        let headers = limits.headers(small, Some(reason), 1_000);
        assert_eq!(header(&headers, "ratelimit-reason").as_deref(), Some(reason));
        assert_eq!(header(&headers, "x-ratelimit-limit").as_deref(), Some("2"));
        assert_eq!(header(&headers, "x-ratelimit-reset").as_deref(), Some("1970-01-01T01:00:00.000Z"));
        assert_eq!(header(&headers, "x-ratelimit-nearlimit").as_deref(), Some("true"));
        let other = jira(&Method::PUT, "/ex/jira/other/rest/api/3/issue/1");
        assert_eq!(limits.take(other, 1_000), Ok(()), "another site counts in the app's quota");
        assert_eq!(limits.take(small, 3_600_000), Ok(()));
    }
}

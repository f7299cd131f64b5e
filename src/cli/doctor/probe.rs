//! Questions to a platform: five seconds at most, and its clock noted by the way.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chrono::DateTime;
use reqwest::header::{DATE, HeaderMap};
use reqwest::{Client, StatusCode};
use url::Url;

use super::finding::Finding;
use crate::ambient::Clock;
use crate::call::CallError;

/// How long a question may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// How far this machine's clock may be off: tokens are refused from five minutes on.
const MAX_SKEW: i64 = 120;

/// Asks, and remembers how far the others' clocks are from ours.
pub(super) struct Probe {
    http: Client,
    clock: Clock,
    /// Seconds that a platform is ahead of this machine.
    skews: Mutex<Vec<i64>>,
}

impl Probe {
    pub(super) fn new(http: Client, clock: Clock) -> Self {
        Self { http, clock, skews: Mutex::default() }
    }

    /// The client, for the platforms' own clients.
    pub(super) fn http(&self) -> Client {
        self.http.clone()
    }

    /// Asks for a document without saying who asks; answers the status, and the body's beginning
    /// as JSON if it is any.
    pub(super) async fn get(&self, url: Url) -> Option<(StatusCode, serde_json::Value)> {
        self.ask(url, true).await
    }

    /// As [`Probe::get`], of a host whose clock says nothing about ours.
    pub(super) async fn get_own(&self, url: Url) -> Option<StatusCode> {
        self.ask(url, false).await.map(|(status, _)| status)
    }

    async fn ask(&self, url: Url, note_clock: bool) -> Option<(StatusCode, serde_json::Value)> {
        let response = self.http.get(url).timeout(PATIENCE).send().await.ok()?;
        if note_clock {
            self.note(response.headers());
        }
        let status = response.status();
        let json = response.bytes().await.ok().and_then(|body| serde_json::from_slice(&body).ok());
        Some((status, json.unwrap_or_default()))
    }

    /// Lets a call of a platform's client take five seconds.
    pub(super) async fn within<T>(
        &self,
        call: impl Future<Output = Result<T, CallError>>,
    ) -> Result<T, CallError> {
        tokio::time::timeout(PATIENCE, call).await.unwrap_or(Err(CallError::OutcomeUnknown { status: None }))
    }

    fn note(&self, headers: &HeaderMap) {
        let date =
            headers.get(DATE).and_then(|value| DateTime::parse_from_rfc2822(value.to_str().ok()?).ok());
        if let Some(date) = date {
            let skew = date.timestamp() - self.clock.now().seconds();
            self.skews.lock().unwrap_or_else(PoisonError::into_inner).push(skew);
        }
    }

    /// What the platforms' clocks say about this machine's.
    pub(super) fn clock(&self) -> Finding {
        let skews = self.skews.lock().unwrap_or_else(PoisonError::into_inner);
        judge(&skews)
    }
}

/// One platform may be wrong; the middle one of several is not.
fn judge(skews: &[i64]) -> Finding {
    const SUBJECT: &str = "clock";
    let mut sorted = skews.to_vec();
    sorted.sort_unstable();
    match sorted.get(sorted.len() / 2) {
        None => Finding::notice(SUBJECT, "no platform told the time, so this machine's clock is not checked"),
        Some(skew) if skew.abs() > MAX_SKEW => {
            let direction = if *skew > 0 { "behind" } else { "ahead" };
            Finding::bad(
                SUBJECT,
                format!(
                    "this machine is {} seconds {direction}; switch time synchronisation on (timedatectl set-ntp true), or tokens will be refused",
                    skew.abs()
                ),
            )
        }
        Some(_) => Finding::good(SUBJECT, "agrees with the platforms'"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::Verdict;
    use super::*;

    #[test]
    fn a_clock_is_judged_by_the_middle_of_the_platforms() {
        assert_eq!(judge(&[]).verdict, Verdict::Notice);
        assert_eq!(judge(&[0, 1, -2]).verdict, Verdict::Good);
        assert_eq!(judge(&[0, 9_000, 1]).verdict, Verdict::Good, "one platform alone is off");
        assert_eq!(judge(&[121, 122, 121]).verdict, Verdict::Bad);
        assert_eq!(judge(&[-121, -122]).verdict, Verdict::Bad);
    }
}

//! A platform's answer: status, the few headers that matter, and a body of bounded size.
//! What a failure status means is each client's own business.

use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, Utc};
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};
use reqwest::{RequestBuilder, Response, StatusCode};
use serde::de::DeserializeOwned;

use super::CallError;

/// No answer that Threadline asks for comes near this; a larger one is cut off unread.
const MAX_BODY: usize = 8 * 1024 * 1024;

/// The longest error code that is passed on.
const MAX_CODE: usize = 100;

/// An answer that has arrived whole.
pub struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

/// Sends a request and reads the answer to its end.
///
/// # Errors
/// [`CallError::NotSent`] or [`CallError::OutcomeUnknown`] if no whole answer arrived,
/// [`CallError::Malformed`] if it is larger than 8 MiB. A failure status is not an error here.
pub async fn fetch(request: RequestBuilder) -> Result<Answer, CallError> {
    Answer::read(request.send().await.map_err(CallError::from_transport)?).await
}

impl Answer {
    /// What is known of an answer before its body is read: the body counts as empty.
    pub fn head(response: &Response) -> Self {
        Self { status: response.status(), headers: response.headers().clone(), body: Vec::new() }
    }

    /// Reads an answer to its end.
    ///
    /// # Errors
    /// As [`fetch`].
    pub async fn read(mut response: Response) -> Result<Self, CallError> {
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(CallError::from_transport)? {
            if body.len() + chunk.len() > MAX_BODY {
                return Err(CallError::Malformed { what: "an answer of more than 8 MiB" });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Self { status: response.status(), headers: std::mem::take(response.headers_mut()), body })
    }

    /// HTTP status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The body as JSON; `what` names the answer in the error.
    pub fn json<T: DeserializeOwned>(&self, what: &'static str) -> Result<T, CallError> {
        serde_json::from_slice(&self.body).map_err(|_| CallError::Malformed { what })
    }

    /// The body as JSON if it is any, for reading error codes.
    pub fn try_json<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_slice(&self.body).ok()
    }

    /// How long the platform wants us to wait: `Retry-After` in seconds or as a date (RFC 9110
    /// §10.2.3). A date is measured against the answer's own `Date`, so clocks need not agree.
    pub fn retry_after(&self) -> Option<Duration> {
        let text = self.header(RETRY_AFTER.as_str())?;
        match text.parse::<u64>() {
            Ok(seconds) => Some(Duration::from_secs(seconds)),
            Err(_) => self.until(DateTime::parse_from_rfc2822(text).ok()?.to_utc()),
        }
    }

    /// The wait until the moment that `header` names in ISO 8601, to the second or the minute.
    pub fn wait_until(&self, header: &str) -> Option<Duration> {
        let text = self.header(header)?;
        let moment = DateTime::parse_from_rfc3339(text)
            .map(|moment| moment.to_utc())
            .or_else(|_| NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%MZ").map(|naive| naive.and_utc()));
        self.until(moment.ok()?)
    }

    /// What every platform means by these statuses, whatever its error bodies look like;
    /// `code` is the platform's own word for the failure, if it gave one.
    pub fn failure(&self, retry_after: Option<Duration>, code: Option<String>) -> CallError {
        let status = self.status.as_u16();
        match status {
            429 => CallError::Throttled { retry_after },
            503 if retry_after.is_some() => CallError::Throttled { retry_after },
            408 | 500..=599 => CallError::OutcomeUnknown { status: Some(status) },
            401 => CallError::LoginNeeded,
            403 => CallError::Forbidden { code: code.unwrap_or_else(|| status.to_string()) },
            404 | 410 => CallError::Gone,
            413 => CallError::TooLarge,
            _ => CallError::Refused { status, code },
        }
    }

    fn until(&self, moment: DateTime<Utc>) -> Option<Duration> {
        let sent = DateTime::parse_from_rfc2822(self.header(DATE.as_str())?).ok()?;
        Some(moment.signed_duration_since(sent).to_std().unwrap_or(Duration::ZERO))
    }

    /// A header's text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok().map(str::trim)
    }
}

/// An error code that is safe to show: platforms put free text, even what a person wrote,
/// where a code should be. Anything that doesn't look like a code is left out.
pub fn shown_code(code: &str) -> Option<String> {
    let safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    (!code.is_empty() && code.len() <= MAX_CODE && code.chars().all(safe)).then(|| code.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, headers: &[(&'static str, &str)]) -> Answer {
        let headers = headers.iter().map(|(name, value)| {
            (reqwest::header::HeaderName::from_static(name), value.parse().expect("a header value"))
        });
        Answer {
            status: StatusCode::from_u16(status).unwrap(),
            headers: headers.collect(),
            body: b"{}".to_vec(),
        }
    }

    #[test]
    fn the_wish_to_wait_is_read_in_seconds_and_as_a_date() {
        assert_eq!(answer(429, &[("retry-after", "17")]).retry_after(), Some(Duration::from_secs(17)));
        let dated =
            [("date", "Sat, 21 Nov 2026 10:00:00 GMT"), ("retry-after", "Sat, 21 Nov 2026 10:00:30 GMT")];
        assert_eq!(answer(429, &dated).retry_after(), Some(Duration::from_secs(30)));
        let past =
            [("date", "Sat, 21 Nov 2026 10:00:00 GMT"), ("retry-after", "Sat, 21 Nov 2026 09:00:00 GMT")];
        assert_eq!(answer(429, &past).retry_after(), Some(Duration::ZERO));
        assert_eq!(answer(429, &[("retry-after", "soon")]).retry_after(), None);
        assert_eq!(answer(429, &[]).retry_after(), None);
    }

    #[test]
    fn a_reset_moment_may_lack_its_seconds() {
        for reset in ["2026-11-21T10:01Z", "2026-11-21T10:01:00Z", "2026-11-21T11:01:00+01:00"] {
            let answer = answer(429, &[("date", "Sat, 21 Nov 2026 10:00:00 GMT"), ("x-reset", reset)]);
            assert_eq!(answer.wait_until("x-reset"), Some(Duration::from_mins(1)), "{reset}");
        }
    }

    #[test]
    fn each_status_has_one_meaning() {
        let meaning = |status| answer(status, &[]).failure(None, Some("Code".into()));
        assert!(matches!(meaning(429), CallError::Throttled { retry_after: None }));
        assert!(matches!(meaning(401), CallError::LoginNeeded));
        assert!(matches!(meaning(403), CallError::Forbidden { code } if code == "Code"));
        assert!(matches!(meaning(404), CallError::Gone));
        assert!(matches!(meaning(410), CallError::Gone));
        assert!(matches!(meaning(413), CallError::TooLarge));
        assert!(matches!(meaning(409), CallError::Refused { status: 409, code: Some(_) }));
        assert!(matches!(meaning(302), CallError::Refused { status: 302, .. }), "redirects are not followed");
        for status in [408, 500, 502, 503, 504] {
            assert!(matches!(meaning(status), CallError::OutcomeUnknown { status: Some(s) } if s == status));
        }
        let wish = Some(Duration::from_secs(5));
        assert!(matches!(
            answer(503, &[]).failure(wish, None),
            CallError::Throttled { retry_after } if retry_after == wish
        ));
    }

    #[test]
    fn only_what_looks_like_a_code_is_shown() {
        assert_eq!(shown_code("BotNotInConversationRoster").as_deref(), Some("BotNotInConversationRoster"));
        assert_eq!(shown_code("Ann wrote this"), None);
        assert_eq!(shown_code(""), None);
    }
}

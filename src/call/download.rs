//! Files of a platform as streams: bytes pass through, and stop at a limit whatever the
//! platform said of their number.
//!
//! Jira and Graph answer with a redirect to a signed address on another host. It is followed
//! once, without the token, and only to where [`outside`](super::outside) lets it go.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::body::Bytes;
use reqwest::Response;
use reqwest::header::{CONTENT_TYPE, LOCATION};
use tokio_stream::{Stream, StreamExt};

use super::CallError;
use super::answer::Answer;
use super::outside::may_follow;
use crate::budget::Call;

/// As many bytes as the kind of a file is known by.
const HEAD: usize = 16;

/// Opens files.
#[derive(Clone)]
pub struct Downloads {
    outside: reqwest::Client,
    time: Duration,
}

/// What a platform gave for a file.
pub enum Opened {
    /// Its bytes.
    File(Source),
    /// A failure of the platform itself, for its client to understand.
    Failed(Answer),
}

/// A file that is being read.
pub struct Source {
    response: Response,
    /// As it was announced: reqwest counts what is left.
    length: Option<u64>,
    head: Vec<u8>,
}

/// Whether a stream has come to its limit.
#[derive(Clone, Default)]
pub struct Overflow(Arc<AtomicBool>);

impl Downloads {
    /// Opens files through `outside`, which reaches public hosts only and follows no redirect;
    /// each may take `time` in all.
    pub fn new(outside: reqwest::Client, time: Duration) -> Self {
        Self { outside, time }
    }

    /// How long the transfer of one file may take.
    pub fn time(&self) -> Duration {
        self.time
    }

    /// Opens a file.
    ///
    /// # Errors
    /// [`CallError::Refused`] with `RedirectNotAllowed` where the platform sends us to a place
    /// that we do not go to.
    pub async fn open(&self, call: Call) -> Result<Opened, CallError> {
        let sent = call.timeout(self.time).send().await?;
        let first = sent.response();
        let location = first.headers().get(LOCATION).filter(|_| first.status().is_redirection());
        let Some(location) = location else {
            return Ok(if first.status().is_success() {
                Opened::File(Source::new(sent.into_response()))
            } else {
                Opened::Failed(sent.read().await?)
            });
        };
        let refused = || CallError::Refused {
            status: first.status().as_u16(),
            code: Some("RedirectNotAllowed".to_owned()),
        };
        let to = location.to_str().ok().and_then(|location| first.url().join(location).ok());
        let to = to.filter(|to| may_follow(first.url(), to)).ok_or_else(refused)?;
        let second =
            self.outside.get(to).timeout(self.time).send().await.map_err(CallError::from_transport)?;
        if second.status().is_success() {
            return Ok(Opened::File(Source::new(second)));
        }
        // The signed address has no login that could be renewed.
        Err(match Answer::read(second).await?.failure(None, None) {
            CallError::LoginNeeded => CallError::Forbidden { code: "SignedAddress".to_owned() },
            other => other,
        })
    }
}

impl Source {
    fn new(response: Response) -> Self {
        Self { length: response.content_length(), response, head: Vec::new() }
    }

    /// The media type that the platform names, without parameters.
    pub fn media_type(&self) -> Option<&str> {
        let named = self.response.headers().get(CONTENT_TYPE)?.to_str().ok()?;
        named.split(';').next().map(str::trim).filter(|named| !named.is_empty())
    }

    /// How many bytes the platform announces; absent for a stream of unknown length.
    pub fn length(&self) -> Option<u64> {
        self.length
    }

    /// The first bytes, 16 if there are so many.
    pub async fn head(&mut self) -> Result<&[u8], CallError> {
        while self.head.len() < HEAD {
            match self.response.chunk().await.map_err(CallError::from_transport)? {
                Some(chunk) => self.head.extend_from_slice(&chunk),
                None => break,
            }
        }
        Ok(&self.head)
    }

    /// All bytes; none if there are more than `limit`.
    pub async fn whole(mut self, limit: u64) -> Result<Option<Vec<u8>>, CallError> {
        let fits = |length: usize| u64::try_from(length).is_ok_and(|length| length <= limit);
        let mut bytes = std::mem::take(&mut self.head);
        while fits(bytes.len()) {
            match self.response.chunk().await.map_err(CallError::from_transport)? {
                Some(chunk) => bytes.extend_from_slice(&chunk),
                None => return Ok(Some(bytes)),
            }
        }
        Ok(None)
    }

    /// The bytes as a stream that breaks off behind `limit`, and whether it did.
    pub fn stream(
        self,
        limit: u64,
    ) -> (impl Stream<Item = io::Result<Bytes>> + Send + 'static + use<>, Overflow) {
        let overflow = Overflow::default();
        let (seen_by_stream, mut left) = (overflow.clone(), limit);
        let head = tokio_stream::once(Ok(Bytes::from(self.head)));
        let stream = head.chain(self.response.bytes_stream()).map(move |chunk| {
            let chunk = chunk.map_err(|error: reqwest::Error| io::Error::other(error.without_url()))?;
            let Some(rest) = left.checked_sub(u64::try_from(chunk.len()).unwrap_or(u64::MAX)) else {
                seen_by_stream.0.store(true, Ordering::SeqCst);
                return Err(io::Error::other("the file is larger than allowed"));
            };
            left = rest;
            Ok(chunk)
        });
        (stream, overflow)
    }

    /// The bytes as the body of another request, cut off behind `limit`.
    pub fn body(self, limit: u64) -> (reqwest::Body, Overflow) {
        let (stream, overflow) = self.stream(limit);
        (reqwest::Body::wrap_stream(stream), overflow)
    }
}

impl Overflow {
    /// Whether the stream was longer than its limit.
    pub fn happened(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

#[cfg(test)]
mod tests {
    use reqwest::StatusCode;
    use serde_json::json;

    use super::*;
    use crate::budget::{Budget, Meter};
    use crate::call::recorder::{Recorder, Reply, http};

    fn downloads() -> Downloads {
        Downloads::new(http(), Duration::from_secs(5))
    }

    async fn open(reply: Reply) -> Result<Opened, CallError> {
        let platform = Recorder::start([reply]).await;
        let call = Meter::new(Budget::unlimited(), ()).call(http().get(platform.url()).bearer_auth("token"));
        downloads().open(call).await
    }

    #[tokio::test]
    async fn a_redirect_is_followed_once_and_without_the_token() {
        let store = Recorder::start([Reply::from((200, json!("bytes")))]).await;
        let reply = Reply::from((303, json!(null))).header("location", store.url().as_str());
        let Ok(Opened::File(mut source)) = open(reply).await else { panic!("a file") };
        assert_eq!(source.head().await.unwrap(), b"\"bytes\"");
        assert_eq!(source.length(), Some(7), "whatever has been read of it");
        assert_eq!(source.whole(7).await.unwrap().unwrap(), b"\"bytes\"");
        assert_eq!(store.seen()[0].authorization, None);

        let second = Reply::from((302, json!(null))).header("location", "https://example.com/");
        let store = Recorder::start([second]).await;
        let reply = Reply::from((303, json!(null))).header("location", store.url().as_str());
        assert!(matches!(open(reply).await, Err(CallError::Refused { status: 302, .. })), "only once");
    }

    #[tokio::test]
    async fn a_redirect_into_a_private_network_is_refused() {
        for place in ["http://10.0.0.1/", "https://192.168.0.1/x", "http://example.com/", "ftp://x/"] {
            let reply = Reply::from((302, json!(null))).header("location", place);
            let Err(CallError::Refused { code, .. }) = open(reply).await else { panic!("{place}") };
            assert_eq!(code.as_deref(), Some("RedirectNotAllowed"));
        }
    }

    #[tokio::test]
    async fn a_failure_of_the_platform_is_left_to_its_client() {
        let Ok(Opened::Failed(answer)) = open((404, json!({})).into()).await else { panic!("an answer") };
        assert_eq!(answer.status(), StatusCode::NOT_FOUND);
        let store = Recorder::start([Reply::from((401, json!({})))]).await;
        let reply = Reply::from((303, json!(null))).header("location", store.url().as_str());
        assert!(matches!(open(reply).await, Err(CallError::Forbidden { .. })), "no login is at stake");
    }

    #[tokio::test]
    async fn a_stream_breaks_off_at_its_limit() {
        let long = "x".repeat(100_000);
        for (limit, over) in [(100_002, false), (100_001, true), (10, true)] {
            let Ok(Opened::File(mut source)) = open((200, json!(long)).into()).await else { panic!() };
            source.head().await.unwrap();
            let (stream, overflow) = source.stream(limit);
            let read: io::Result<Vec<Bytes>> = stream.collect().await;
            assert_eq!((read.is_err(), overflow.happened()), (over, over), "{limit}");
            let Ok(Opened::File(source)) = open((200, json!(long)).into()).await else { panic!() };
            assert_eq!(source.whole(limit).await.unwrap().is_none(), over);
        }
    }
}

//! A stand-in platform for tests: it answers from a script, in order, and remembers what it was
//! asked. An answer too few is a 599, so that the test says what was not expected.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, Method, StatusCode, Uri};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use url::Url;

use super::CallError;

/// A platform on loopback; it ends with the test.
pub(crate) struct Recorder {
    base: Url,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

struct Shared {
    seen: Mutex<Vec<Seen>>,
    script: Mutex<VecDeque<Reply>>,
}

/// What the platform was asked.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    /// Method and path as sent (`GET /chats/19%3A…`).
    pub(crate) line: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) authorization: Option<String>,
    pub(crate) body: Bytes,
}

/// An answer that is a failure, and whether it was named as it should be.
pub(crate) type FailureCase = (Reply, fn(&CallError) -> bool);

/// What the platform answers.
pub(crate) struct Reply {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl From<(u16, Value)> for Reply {
    fn from((status, body): (u16, Value)) -> Self {
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        Self { status: StatusCode::from_u16(status).unwrap(), headers: HeaderMap::new(), body }
    }
}

impl Reply {
    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.insert(HeaderName::from_static(name), value.parse().unwrap());
        self
    }
}

impl Seen {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("a JSON body")
    }

    pub(crate) fn form(&self) -> Vec<(String, String)> {
        url::form_urlencoded::parse(&self.body).into_owned().collect()
    }

    pub(crate) fn has(&self, name: &str, value: &str) -> bool {
        self.query.iter().chain(&self.form()).any(|(n, v)| n == name && v == value)
    }
}

impl Recorder {
    pub(crate) async fn start<R: Into<Reply>>(script: impl IntoIterator<Item = R>) -> Self {
        let script = Mutex::new(script.into_iter().map(Into::into).collect());
        let shared = Arc::new(Shared { seen: Mutex::default(), script });
        let router = axum::Router::new().fallback(answer).with_state(Arc::clone(&shared));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { base, shared, task }
    }

    /// Adds an answer behind the others: one that tells the platform's own address.
    pub(crate) fn answer(&self, reply: impl Into<Reply>) {
        self.shared.script.lock().unwrap().push_back(reply.into());
    }

    pub(crate) fn url(&self) -> Url {
        self.base.clone()
    }

    /// All that was asked so far.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.shared.seen.lock().unwrap().clone()
    }

    /// The one thing that was asked.
    pub(crate) fn only(&self) -> Seen {
        let seen = self.seen();
        assert_eq!(seen.len(), 1, "{seen:?}");
        seen[0].clone()
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The HTTP client of production, as far as it matters here: it follows no redirects.
pub(crate) fn http() -> reqwest::Client {
    reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

async fn answer(
    State(shared): State<Arc<Shared>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, HeaderMap, Vec<u8>) {
    let query =
        url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
    let authorization = headers.get("authorization").map(|value| value.to_str().unwrap().to_owned());
    let line = format!("{method} {}", uri.path());
    shared.seen.lock().unwrap().push(Seen { line, query, authorization, body });
    match shared.script.lock().unwrap().pop_front() {
        Some(reply) => (reply.status, reply.headers, reply.body),
        None => (StatusCode::from_u16(599).unwrap(), HeaderMap::new(), Vec::new()),
    }
}

//! A call that asks its budget before it goes out, and heeds what the answer says of it. Both
//! clients build every call as one, so that none can forget to ask.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{HeaderName, HeaderValue};
use reqwest::{Body, Request, RequestBuilder, Response};
use serde::Serialize;

use super::{Bucket, Budget};
use crate::call::CallError;
use crate::call::answer::Answer;

/// What one platform counts, and how it says that it is enough.
pub trait Limits: Send + Sync + 'static {
    /// What this call counts in, the narrowest first.
    fn buckets(&self, request: &Request) -> Vec<Bucket>;

    /// What the platform closes with the head of this answer to a call of `buckets`, and for how
    /// long.
    fn closed_by(&self, buckets: &[Bucket], answer: &Answer) -> Option<(Bucket, Duration)>;
}

/// No limits at all.
#[cfg(test)]
impl Limits for () {
    fn buckets(&self, _: &Request) -> Vec<Bucket> {
        Vec::new()
    }

    fn closed_by(&self, _: &[Bucket], _: &Answer) -> Option<(Bucket, Duration)> {
        None
    }
}

/// A platform's limits and how much of them is left.
#[derive(Clone)]
pub struct Meter {
    budget: Budget,
    limits: Arc<dyn Limits>,
}

impl Meter {
    /// Keeps these limits within this budget.
    pub fn new(budget: Budget, limits: impl Limits) -> Self {
        Self { budget, limits: Arc::new(limits) }
    }

    /// The same limits within another budget.
    #[must_use]
    pub fn within(&self, budget: Budget) -> Self {
        Self { budget, limits: Arc::clone(&self.limits) }
    }

    /// A call that asks before it goes out.
    pub fn call(&self, request: RequestBuilder) -> Call {
        Call { request, meter: self.clone() }
    }

    async fn heed(&self, buckets: &[Bucket], answer: &Answer) {
        if let Some((bucket, wait)) = self.limits.closed_by(buckets, answer) {
            tracing::info!(wait_s = wait.as_secs(), "a platform takes no more calls of one kind for a while");
            self.budget.close(&bucket, wait).await;
        }
    }
}

/// A call that has not gone out.
pub struct Call {
    request: RequestBuilder,
    meter: Meter,
}

/// A call whose answer has begun.
pub struct Sent(Response);

impl Call {
    /// With a JSON body.
    #[must_use]
    pub fn json<T: Serialize + ?Sized>(self, document: &T) -> Self {
        self.with(|request| request.json(document))
    }

    /// With these parameters.
    #[must_use]
    pub fn query<T: Serialize + ?Sized>(self, query: &T) -> Self {
        self.with(|request| request.query(query))
    }

    /// With a header.
    #[must_use]
    pub fn header<N, V>(self, name: N, value: V) -> Self
    where
        HeaderName: TryFrom<N>,
        <HeaderName as TryFrom<N>>::Error: Into<axum::http::Error>,
        HeaderValue: TryFrom<V>,
        <HeaderValue as TryFrom<V>>::Error: Into<axum::http::Error>,
    {
        self.with(|request| request.header(name, value))
    }

    /// With a body.
    #[must_use]
    pub fn body(self, body: impl Into<Body>) -> Self {
        self.with(|request| request.body(body))
    }

    /// With a form of several parts.
    #[must_use]
    pub fn multipart(self, form: reqwest::multipart::Form) -> Self {
        self.with(|request| request.multipart(form))
    }

    /// May take this long.
    #[must_use]
    pub fn timeout(self, time: Duration) -> Self {
        self.with(|request| request.timeout(time))
    }

    fn with(self, change: impl FnOnce(RequestBuilder) -> RequestBuilder) -> Self {
        Self { request: change(self.request), ..self }
    }

    /// Asks the budget, sends, waits until the answer begins, and heeds what its head says.
    ///
    /// # Errors
    /// [`CallError::Throttled`] if there is no room: nothing was sent. Else the transport's.
    pub async fn send(self) -> Result<Sent, CallError> {
        let (http, request) = self.request.build_split();
        let request = request.map_err(CallError::from_transport)?;
        if self.meter.budget.is_unlimited() {
            return http.execute(request).await.map(Sent).map_err(CallError::from_transport);
        }
        let buckets = self.meter.limits.buckets(&request);
        self.meter.budget.permit(&buckets).await?;
        let response = http.execute(request).await.map_err(CallError::from_transport)?;
        self.meter.heed(&buckets, &Answer::head(&response)).await;
        Ok(Sent(response))
    }

    /// As [`Call::send`], and reads the answer to its end.
    ///
    /// # Errors
    /// As [`Call::send`] and [`Answer::read`].
    pub async fn fetch(self) -> Result<Answer, CallError> {
        self.send().await?.read().await
    }

    /// Whether there is room for this call; sends nothing, takes nothing.
    ///
    /// # Errors
    /// [`CallError::Throttled`] if it would have to come again later.
    pub fn look(self) -> Result<(), CallError> {
        if self.meter.budget.is_unlimited() {
            return Ok(());
        }
        let request = self.request.build().map_err(CallError::from_transport)?;
        self.meter.budget.look(&self.meter.limits.buckets(&request))
    }
}

impl Sent {
    /// The answer, as far as it is there.
    pub fn response(&self) -> &Response {
        &self.0
    }

    /// The answer, for who reads its body as a stream.
    pub fn into_response(self) -> Response {
        self.0
    }

    /// Reads the answer to its end.
    ///
    /// # Errors
    /// As [`Answer::read`].
    pub async fn read(self) -> Result<Answer, CallError> {
        Answer::read(self.0).await
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::ambient::{Clock, Millis};
    use crate::budget::Window;
    use crate::call::recorder::{Recorder, Reply, http};

    /// Two calls an hour; a 429 closes it for as long as it says.
    struct TwoAnHour;

    impl Limits for TwoAnHour {
        fn buckets(&self, _: &Request) -> Vec<Bucket> {
            const TWO: [Window; 1] = [Window::new(2, Duration::from_hours(1))];
            vec![Bucket::new("all".to_owned(), &TWO)]
        }

        fn closed_by(&self, buckets: &[Bucket], answer: &Answer) -> Option<(Bucket, Duration)> {
            Some((buckets.first()?.clone(), answer.retry_after()?))
        }
    }

    fn wait<T>(result: &Result<T, CallError>) -> Duration {
        match result {
            Err(CallError::Throttled { retry_after: Some(wait) }) => *wait,
            _ => panic!("it was not held back"),
        }
    }

    #[tokio::test]
    async fn a_call_without_room_never_leaves() {
        let platform = Recorder::start([(200, json!({})), (200, json!({}))]).await;
        let meter = Meter::new(Budget::alone(Clock::manual(Millis(0))), TwoAnHour);
        let call = || meter.call(http().get(platform.url()));
        call().look().unwrap();
        call().fetch().await.unwrap();
        call().fetch().await.unwrap();
        assert_eq!(wait(&call().look()), Duration::from_millis(3_600_200));
        assert_eq!(wait(&call().fetch().await), Duration::from_millis(3_600_200));
        assert_eq!(platform.seen().len(), 2);
    }

    #[tokio::test]
    async fn what_an_answer_says_is_heeded() {
        let refusal = Reply::from((429, json!({}))).header("retry-after", "30");
        let platform = Recorder::start([refusal]).await;
        let clock = Clock::manual(Millis(0));
        let meter = Meter::new(Budget::alone(clock.clone()), TwoAnHour);
        let call = || meter.call(http().get(platform.url()));
        assert_eq!(call().fetch().await.unwrap().status().as_u16(), 429);
        assert_eq!(wait(&call().fetch().await), Duration::from_secs(30));
        clock.advance(Duration::from_secs(30));
        call().look().unwrap();
        assert_eq!(platform.seen().len(), 1);
    }

    #[tokio::test]
    async fn a_refusal_is_heeded_though_nobody_reads_its_body() {
        let refusal = Reply::from((429, json!({}))).header("retry-after", "30");
        let platform = Recorder::start([refusal]).await;
        let meter = Meter::new(Budget::alone(Clock::manual(Millis(0))), TwoAnHour);
        let call = || meter.call(http().get(platform.url()));
        drop(call().send().await.unwrap());
        assert_eq!(wait(&call().look()), Duration::from_secs(30));
    }
}

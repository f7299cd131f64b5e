//! What arrives at the front door: webhooks of Jira and change notifications of Graph, sent at a
//! steady pace whatever the answers take.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};
use url::Url;

use super::super::target::Target;
use crate::ids::IssueId;
use crate::secret::Secret;
use crate::stage::Stage;

/// When all that is told has happened: 2026-11-21 12:00 UTC.
const THEN_MS: u64 = 1_795_262_400_000;
const THEN: &str = "2026-11-21T12:00:00Z";
/// About the size of a message's content as Graph tells it.
const WORDS: &str = "The second try went through, the first one timed out after thirty seconds. ";

/// Makes the request with this number.
pub(super) type Post = Arc<dyn Fn(usize) -> Option<RequestBuilder> + Send + Sync>;

/// What came of what was sent.
#[derive(Default)]
pub(super) struct Sent {
    /// How long each acknowledgement took.
    pub(super) times: Vec<Duration>,
    /// Answers that were no 2xx, or none at all.
    pub(super) refused: usize,
}

/// Sends so many at this pace, however long the answers take.
pub(super) async fn send(post: Post, arrivals: usize, rate: usize) -> Sent {
    let began = Instant::now();
    let mut answers = tokio::task::JoinSet::new();
    for number in 0..arrivals {
        #[expect(clippy::cast_precision_loss, reason = "a count of arrivals")]
        let due = began + Duration::from_secs_f64(number as f64 / rate as f64);
        tokio::time::sleep_until(due.into()).await;
        let post = Arc::clone(&post);
        answers.spawn(async move { time_of(post(number)?).await });
    }
    let mut sent = Sent { times: Vec::with_capacity(arrivals), refused: 0 };
    while let Some(answer) = answers.join_next().await {
        match answer.ok().flatten() {
            Some(took) => sent.times.push(took),
            None => sent.refused += 1,
        }
    }
    sent
}

/// How long the acknowledgement took, or nothing if there was none.
pub(super) async fn time_of(request: RequestBuilder) -> Option<Duration> {
    let began = Instant::now();
    let answer = request.send().await.ok()?;
    answer.status().is_success().then(|| began.elapsed())
}

/// Jira's side: webhooks of comments on linked issues. The comments do not exist, so that each
/// event is worked on and soon over.
#[derive(Clone)]
pub(super) struct Jira {
    http: Client,
    address: Url,
    secret: Secret,
    issues: Arc<[IssueId]>,
}

impl Jira {
    pub(super) fn of(service: &Target, http: Client) -> anyhow::Result<Self> {
        let ids = service.conversations.iter().filter_map(|conversation| {
            service.stage.simulator.issue(&conversation.issue).map(|issue| IssueId::new(issue.id))
        });
        let (address, secret) = (service.webhook_address()?, service.webhook_secret.clone());
        Ok(Self { http, address, secret, issues: ids.collect() })
    }

    /// The same, sent elsewhere.
    pub(super) fn at(&self, address: Url) -> Self {
        Self { address, ..self.clone() }
    }

    /// The webhooks of this run.
    pub(super) fn run(&self, run: &'static str) -> Post {
        let jira = self.clone();
        Arc::new(move |number| {
            let issue = jira.issues.get(number % jira.issues.len().max(1))?;
            let body = json!({
                "timestamp": THEN_MS,
                "webhookEvent": "comment_created",
                "comment": { "id": (9_000_000 + number).to_string() },
                "issue": { "id": issue },
            });
            let identifier = format!("{run}-{number}");
            Some(jira.signed(body.to_string()).header("X-Atlassian-Webhook-Identifier", identifier))
        })
    }

    /// A webhook of this many bytes, whose event nobody here has heard of.
    pub(super) fn large(&self, bytes: usize) -> RequestBuilder {
        let field = json!({ "id": "customfield_10000", "content": WORDS });
        let each = field.to_string().len() + 1;
        let fields = vec![field; bytes / each];
        self.signed(json!({ "webhookEvent": "something_new", "fields": fields }).to_string())
    }

    fn signed(&self, body: String) -> RequestBuilder {
        self.http
            .post(self.address.clone())
            .header("Content-Type", "application/json")
            .header("X-Hub-Signature", Stage::sign(&self.secret, body.as_bytes()))
            .body(body)
    }
}

/// Graph's side: notifications of edits in linked chats, each with the whole message, encrypted.
/// The messages do not exist, so that each event is worked on and soon over.
pub(super) struct Graph<'a> {
    http: Client,
    address: Url,
    service: &'a Target,
}

impl<'a> Graph<'a> {
    pub(super) fn of(service: &'a Target, http: Client) -> anyhow::Result<Self> {
        Ok(Self { http, address: service.notification_address()?, service })
    }

    /// The notifications of this run, sealed before anything is measured.
    pub(super) fn run(&self, run: &'static str, arrivals: usize) -> anyhow::Result<Post> {
        let simulator = &self.service.stage.simulator;
        let subscriptions = simulator.subscriptions();
        let mut bodies = Vec::with_capacity(arrivals);
        let each = arrivals.div_ceil(subscriptions.len().max(1));
        for (place, subscription) in subscriptions.iter().enumerate() {
            let messages: Vec<Value> =
                (0..each).map(|number| edited(&format!("{run}-{place}-{number}"))).collect();
            bodies.push(simulator.notifications_of(&subscription.id, "updated", &messages)?.into_iter());
        }
        // In turn in every chat.
        let mut turns: Vec<String> = Vec::with_capacity(arrivals);
        while turns.len() < arrivals {
            let before = turns.len();
            turns.extend(bodies.iter_mut().filter_map(Iterator::next));
            anyhow::ensure!(turns.len() > before, "Graph has no subscription");
        }
        let (http, address) = (self.http.clone(), self.address.clone());
        Ok(Arc::new(move |number| Some(json_to(&http, &address, turns.get(number)?.clone()))))
    }

    /// A delivery of about so many bytes that proves nothing: all that is known before it is read.
    pub(super) fn large(&self, bytes: usize) -> anyhow::Result<RequestBuilder> {
        let simulator = &self.service.stage.simulator;
        let subscription = simulator.subscriptions().into_iter().next().context("there is a subscription")?;
        let one = simulator.notifications_of(&subscription.id, "updated", &[edited("large")])?;
        let one: Value = serde_json::from_str(one.first().context("one message was sealed")?)?;
        let item = one.pointer("/value/0").context("a delivery has notifications")?;
        let items = vec![item; bytes / (item.to_string().len() + 1)];
        Ok(json_to(&self.http, &self.address, json!({ "value": items }).to_string()))
    }
}

fn json_to(http: &Client, address: &Url, body: String) -> RequestBuilder {
    http.post(address.clone()).header("Content-Type", "application/json; charset=utf-8").body(body)
}

/// A message that its author has just edited, as Graph tells it.
fn edited(stamp: &str) -> Value {
    json!({
        "id": stamp, "etag": stamp, "messageType": "message", "replyToId": null,
        "createdDateTime": THEN, "lastModifiedDateTime": THEN, "lastEditedDateTime": THEN,
        "deletedDateTime": null, "subject": null, "importance": "normal", "locale": "en-us",
        "from": { "application": null, "device": null, "user": {
            "id": "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee", "displayName": "Somebody",
            "userIdentityType": "aadUser",
        } },
        "body": { "contentType": "html", "content": format!("<p>{}</p>", WORDS.repeat(4)) },
        "attachments": [], "mentions": [], "reactions": [],
    })
}

//! Deliveries to Threadline: queued, in order per issue or conversation, repeated as the
//! platforms repeat them.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::body::Bytes;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;
use url::Url;

use crate::ambient::Millis;
use crate::faults::DeliveryTrouble;
use crate::jira::dynamic::DynamicWebhook;
use crate::journal::Change;
use crate::platforms::Platforms;

/// Who gets a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Receiver {
    /// The webhook endpoint, from the admin webhook of Jira.
    Webhook,
    /// The webhook endpoint of the app, from a dynamic webhook of Jira.
    AppWebhook,
    /// The bot endpoint, from the Bot Connector.
    Bot,
    /// The endpoints of a Graph subscription.
    Graph,
}

/// How far a delivery is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// Waiting for its turn or for its next attempt.
    Queued,
    /// Answered with 2xx.
    Delivered,
    /// Refused, or not taken after all attempts.
    GivenUp,
    /// Forgotten, because a fault said so.
    Dropped,
}

/// One delivery and what became of it.
#[derive(Debug, Clone, Serialize)]
pub struct Delivery {
    /// Counts from 1.
    pub id: u64,
    /// Who gets it.
    pub to: Receiver,
    /// `comment_created`, `jira:issue_updated`, `message`, `messageUpdate`, …
    pub event: String,
    /// Issue key or conversation id: deliveries of the same lane keep their order.
    pub lane: String,
    /// Id of the comment, the message or the issue that it is about.
    pub subject: String,
    /// Epoch milliseconds.
    pub queued_at: Millis,
    /// Epoch milliseconds of the first attempt.
    pub sent_at: Option<Millis>,
    /// Epoch milliseconds of the last answer.
    pub finished_at: Option<Millis>,
    /// How long the last attempt took, in milliseconds.
    pub took_ms: f64,
    /// Attempts so far.
    pub attempts: u32,
    /// The last status; `None` if no answer came.
    pub status: Option<u16>,
    /// How far it is.
    pub state: DeliveryState,
}

/// A delivery to be made.
#[derive(Debug, Clone)]
pub(crate) struct Outgoing {
    pub(crate) to: Receiver,
    pub(crate) event: String,
    pub(crate) lane: String,
    pub(crate) subject: String,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// The dynamic webhook whose token each attempt carries.
    pub(crate) signed_for: Option<DynamicWebhook>,
}

#[derive(Debug, Clone)]
struct Job {
    index: usize,
    outgoing: Outgoing,
}

/// The lanes and the record of one simulator.
#[derive(Debug)]
pub(crate) struct Dispatcher {
    lanes: Mutex<HashMap<(Receiver, String), VecDeque<Job>>>,
    record: Mutex<Vec<Delivery>>,
    pending: AtomicUsize,
    slots: Semaphore,
}

impl Dispatcher {
    pub(crate) fn new(concurrency: usize) -> Self {
        Self {
            lanes: Mutex::default(),
            record: Mutex::default(),
            pending: AtomicUsize::new(0),
            slots: Semaphore::new(concurrency.max(1)),
        }
    }

    fn lanes(&self) -> MutexGuard<'_, HashMap<(Receiver, String), VecDeque<Job>>> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn record(&self) -> MutexGuard<'_, Vec<Delivery>> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Deliveries that are queued or under way.
    pub(crate) fn pending(&self) -> usize {
        self.pending.load(Ordering::SeqCst)
    }

    /// Everything that was or will be delivered, oldest first.
    pub(crate) fn list(&self) -> Vec<Delivery> {
        self.record().clone()
    }

    fn note(&self, index: usize, write: impl FnOnce(&mut Delivery)) -> Option<Delivery> {
        let mut record = self.record();
        let delivery = record.get_mut(index)?;
        write(delivery);
        Some(delivery.clone())
    }

    /// The next job of a lane; `None` ends the lane.
    fn next(&self, key: &(Receiver, String)) -> Option<Job> {
        let mut lanes = self.lanes();
        let job = lanes.get_mut(key).and_then(VecDeque::pop_front);
        if job.is_none() {
            lanes.remove(key);
        }
        job
    }

    /// Takes the job behind the current one, if there is any.
    fn take_another(&self, key: &(Receiver, String)) -> Option<Job> {
        self.lanes().get_mut(key).and_then(VecDeque::pop_front)
    }
}

/// Puts a delivery into its lane and sees to it that the lane runs.
pub(crate) fn enqueue(platforms: &Arc<Platforms>, outgoing: Outgoing) {
    let dispatcher = &platforms.deliveries;
    dispatcher.pending.fetch_add(1, Ordering::SeqCst);
    let index = {
        let mut record = dispatcher.record();
        let index = record.len();
        record.push(Delivery {
            id: index as u64 + 1,
            to: outgoing.to,
            event: outgoing.event.clone(),
            lane: outgoing.lane.clone(),
            subject: outgoing.subject.clone(),
            queued_at: platforms.now(),
            sent_at: None,
            finished_at: None,
            took_ms: 0.0,
            attempts: 0,
            status: None,
            state: DeliveryState::Queued,
        });
        index
    };
    let key = (outgoing.to, outgoing.lane.clone());
    let mut lanes = dispatcher.lanes();
    if let Some(queue) = lanes.get_mut(&key) {
        queue.push_back(Job { index, outgoing });
    } else {
        lanes.insert(key.clone(), VecDeque::from([Job { index, outgoing }]));
        drop(lanes);
        platforms.runtime.spawn(run_lane(Arc::clone(platforms), key));
    }
}

/// Delivers one after the other until the lane is empty.
async fn run_lane(platforms: Arc<Platforms>, key: (Receiver, String)) {
    while let Some(job) = platforms.deliveries.next(&key) {
        if platforms.stopping.is_cancelled() {
            return;
        }
        let (to, event) = (job.outgoing.to, &job.outgoing.event);
        let trouble = platforms.faults.strike_delivery(to, event, || platforms.ids.fraction());
        match trouble {
            None => deliver(&platforms, &job).await,
            Some(DeliveryTrouble::Drop) => finish(&platforms, &job, DeliveryState::Dropped),
            Some(DeliveryTrouble::Duplicate) => {
                platforms.deliveries.pending.fetch_add(1, Ordering::SeqCst);
                deliver(&platforms, &job).await;
                deliver(&platforms, &job).await;
            }
            Some(DeliveryTrouble::Late { ms }) => {
                tokio::time::sleep(Duration::from_millis(ms)).await;
                deliver(&platforms, &job).await;
            }
            Some(DeliveryTrouble::Reorder) => {
                if let Some(other) = wait_for_another(&platforms, &key).await {
                    deliver(&platforms, &other).await;
                }
                deliver(&platforms, &job).await;
            }
        }
    }
}

/// The job behind the current one, waited for up to two seconds.
async fn wait_for_another(platforms: &Platforms, key: &(Receiver, String)) -> Option<Job> {
    for _ in 0..100 {
        if let Some(job) = platforms.deliveries.take_another(key) {
            return Some(job);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    None
}

fn finish(platforms: &Platforms, job: &Job, state: DeliveryState) {
    let now = platforms.now();
    let delivery = platforms.deliveries.note(job.index, |delivery| {
        delivery.state = state;
        delivery.finished_at = Some(now);
    });
    platforms.deliveries.pending.fetch_sub(1, Ordering::SeqCst);
    if let Some(delivery) = delivery {
        tell(platforms, &delivery);
    }
}

fn tell(platforms: &Platforms, delivery: &Delivery) {
    platforms.journal.add(
        platforms.now(),
        Change::Delivery {
            id: delivery.id,
            to: delivery.to,
            event: delivery.event.clone(),
            subject: delivery.subject.clone(),
            attempt: delivery.attempts,
            status: delivery.status,
            state: delivery.state,
            took_ms: delivery.took_ms,
        },
    );
}

/// Whether the platforms try again after this answer; `None` is no answer at all.
fn again(status: Option<u16>) -> bool {
    status.is_none_or(|status| matches!(status, 408 | 409 | 425 | 429 | 500..))
}

/// Sends one delivery, again and again if need be, and writes down what came of it.
async fn deliver(platforms: &Arc<Platforms>, job: &Job) {
    let retries = match job.outgoing.to {
        Receiver::Webhook | Receiver::AppWebhook => platforms.options.delivery_retries,
        Receiver::Bot | Receiver::Graph => platforms.options.connector_retries,
    };
    for attempt in 0..=retries {
        // The slot is free again while the delivery waits for its next attempt.
        let Ok(slot) = platforms.deliveries.slots.acquire().await else { return };
        let sent = platforms.now();
        platforms.deliveries.note(job.index, |delivery| {
            delivery.attempts += 1;
            delivery.sent_at.get_or_insert(sent);
        });
        let started = Instant::now();
        let status = send(platforms, &job.outgoing, attempt).await;
        drop(slot);
        let took_ms = started.elapsed().as_secs_f64() * 1000.0;
        let delivery = platforms.deliveries.note(job.index, |delivery| {
            delivery.status = status;
            delivery.took_ms = took_ms;
        });
        if status.is_some_and(|status| (200..300).contains(&status)) {
            return finish(platforms, job, DeliveryState::Delivered);
        }
        if !again(status) || attempt == retries {
            return finish(platforms, job, DeliveryState::GivenUp);
        }
        if let Some(delivery) = delivery {
            tell(platforms, &delivery);
        }
        let wait = back_off(job.outgoing.to, platforms.ids.fraction(), platforms.clock.scale());
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = platforms.stopping.cancelled() => return,
        }
    }
}

/// Jira waits 5 to 15 minutes; the schedules of the Connector and of Graph are not published.
fn back_off(to: Receiver, fraction: f64, scale: f64) -> Duration {
    let (least, spread) = match to {
        Receiver::Webhook | Receiver::AppWebhook => (300.0, 600.0),
        Receiver::Bot | Receiver::Graph => (10.0, 10.0),
    };
    Duration::try_from_secs_f64((least + spread * fraction) * scale).unwrap_or(Duration::ZERO)
}

async fn send(platforms: &Arc<Platforms>, outgoing: &Outgoing, attempt: u32) -> Option<u16> {
    let mut headers = outgoing.headers.clone();
    match outgoing.to {
        Receiver::Webhook | Receiver::AppWebhook => {
            if let Some(hook) = &outgoing.signed_for {
                let bearer = HeaderValue::from_str(&hook.bearer(platforms.now())).ok()?;
                headers.insert(reqwest::header::AUTHORIZATION, bearer);
            }
            if attempt > 0 {
                headers
                    .insert(HeaderName::from_static("x-atlassian-webhook-retry"), HeaderValue::from(attempt));
            }
        }
        Receiver::Bot => {
            headers.insert(reqwest::header::AUTHORIZATION, platforms.bot_authorization()?);
        }
        // What proves a notification is in its body.
        Receiver::Graph => {}
    }
    let answer = platforms
        .http
        .post(outgoing.url.clone())
        .headers(headers)
        .body(outgoing.body.clone())
        .send()
        .await
        .ok()?;
    let status = answer.status().as_u16();
    // Reading the body to its end lets the connection be used again.
    let _ = answer.bytes().await;
    Some(status)
}

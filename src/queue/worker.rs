//! The workers: they lease lanes that have work and hand the events over, in order.

use std::collections::VecDeque;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::desk::Staff;
use super::rules::Then;
use super::settle::Lane;
use super::{Event, Lease, LeaseLost, Queue, Verdict};

/// Decides about one event and does what it takes.
pub trait Handler: Send + Sync + 'static {
    /// Works on `event`. May write through `lease` before it answers.
    fn handle(&self, lease: &Lease, event: &Event)
    -> impl Future<Output = Result<Verdict, LeaseLost>> + Send;
}

impl Queue {
    /// Works until `stop`; then finishes what is leased and returns.
    pub async fn work(&self, handler: Arc<impl Handler>, stop: CancellationToken) {
        let lanes = TaskTracker::new();
        let staff = Arc::new(self.staff(handler, &lanes, &stop));
        self.desk.set(Some(Arc::clone(&staff)));
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                () = self.bell.notified() => {}
                () = tokio::time::sleep(self.settings.poll()) => {}
            }
            if let Err(error) = self.start_lanes(&staff).await {
                tracing::warn!(%error, "the queue can't be read; trying again");
            }
        }
        self.desk.set(None);
        lanes.close();
        lanes.wait().await;
    }

    /// Hands that give the events of a lane to `handler`.
    fn staff(&self, handler: Arc<impl Handler>, lanes: &TaskTracker, stop: &CancellationToken) -> Staff {
        let (queue, lanes, stop) = (self.clone(), lanes.clone(), stop.clone());
        Staff::new(self.settings.lanes, move |hand, lease, first| {
            let (queue, handler, stop) = (queue.clone(), Arc::clone(&handler), stop.clone());
            lanes.spawn(async move {
                queue.run_lane(&lease, first, handler.as_ref(), &stop).await;
                drop(hand);
            });
        })
    }

    /// Leases as many lanes as there are free hands, as long as there are any.
    async fn start_lanes(&self, staff: &Staff) -> Result<(), sea_orm::DbErr> {
        loop {
            // Wait for a free hand: what is ready stays ready.
            let Ok(hand) = Arc::clone(&staff.free).acquire_owned().await else { return Ok(()) };
            let mut hands = vec![hand];
            hands.extend(std::iter::from_fn(|| staff.hand()));
            let leases = self.claim(hands.len()).await?;
            if leases.is_empty() {
                return Ok(());
            }
            for (hand, lease) in hands.into_iter().zip(leases) {
                staff.start(hand, lease, Vec::new());
            }
        }
    }

    /// Works on a lane until it is empty, waits, or is lost.
    async fn run_lane(
        &self,
        lease: &Lease,
        first: Vec<Event>,
        handler: &impl Handler,
        stop: &CancellationToken,
    ) {
        let ended = tokio::select! {
            // A lane that was just given back is not a lost one.
            biased;
            ended = self.run_events(lease, first, handler, stop) => ended,
            lost = self.heartbeat(lease) => Err(lost),
        };
        if let Err(error) = ended {
            tracing::warn!(%error, "a lane was left; its lease will run out");
        }
    }

    async fn run_events(
        &self,
        lease: &Lease,
        first: Vec<Event>,
        handler: &impl Handler,
        stop: &CancellationToken,
    ) -> Result<(), LeaseLost> {
        let mut events = VecDeque::from(first);
        if events.is_empty() {
            events.extend(lease.next().await?);
        }
        while let Some(event) = events.pop_front() {
            if stop.is_cancelled() || event.due_at > self.clock.now().0 {
                break;
            }
            let verdict = self.cap(&event, decide(lease, &event, handler).await?);
            self.count(&event, &verdict);
            let again = matches!(&verdict, Verdict::Retry { at, .. } if *at <= self.clock.now());
            let retried = matches!(&verdict, Verdict::Retry { .. });
            let then = Then::after(retried || stop.is_cancelled(), !events.is_empty());
            match lease.settle(&event, verdict, then).await? {
                Lane::Kept(more) => events.extend(more),
                Lane::Left => {
                    if again {
                        self.ring();
                    }
                    return Ok(());
                }
            }
        }
        lease.release().await
    }

    /// Renews the lease as long as the work takes; answers only when it is lost.
    async fn heartbeat(&self, lease: &Lease) -> LeaseLost {
        loop {
            tokio::time::sleep(self.settings.lease() / 3).await;
            if let Err(lost) = lease.renew().await {
                return lost;
            }
        }
    }

    /// The last try that counts ends in a dead letter.
    fn cap(&self, event: &Event, verdict: Verdict) -> Verdict {
        match verdict {
            Verdict::Retry { reason, counts: true, .. }
                if u32::try_from(event.attempts).unwrap_or(0) + 1 >= self.settings.attempts =>
            {
                Verdict::Dead { reason }
            }
            other => other,
        }
    }

    fn count(&self, event: &Event, verdict: &Verdict) {
        let now = self.clock.now();
        let took = now.since(crate::ambient::Millis(event.received_at));
        let (word, reason) = match verdict {
            Verdict::Done { reason, .. } => ("done", *reason),
            Verdict::Dead { reason } => ("dead", *reason),
            Verdict::Retry { reason, .. } => ("retry", *reason),
            Verdict::WaitForLogin { reason, .. } => ("waiting", *reason),
        };
        metrics::counter!("threadline_events_total", "verdict" => word, "reason" => reason).increment(1);
        metrics::histogram!("threadline_event_seconds").record(took.as_secs_f64());
        tracing::debug!(event = event.id, kind = %event.kind, verdict = word, reason, took_ms = took.as_millis(), "event");
        if matches!(verdict, Verdict::Dead { .. }) {
            tracing::warn!(event = event.id, kind = %event.kind, reason, "an event is a dead letter; see `threadline events show`");
        }
    }
}

/// What becomes of an event. One that is to wait for a login is put aside and looked at once
/// more: a login that came during the first look found nothing to let go.
async fn decide(lease: &Lease, event: &Event, handler: &impl Handler) -> Result<Verdict, LeaseLost> {
    let verdict = handler.handle(lease, event).await?;
    let Verdict::WaitForLogin { account, until, reason } = verdict else { return Ok(verdict) };
    lease.put_aside(event.id, account, until, reason).await?;
    handler.handle(lease, event).await
}

//! The workers: they lease lanes that have work and hand the events over, in order.

use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

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
        let free = Arc::new(Semaphore::new(self.settings.lanes));
        let lanes = TaskTracker::new();
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                () = self.bell.notified() => {}
                () = tokio::time::sleep(self.settings.poll()) => {}
            }
            if let Err(error) = self.start_lanes(&handler, &free, &lanes, &stop).await {
                tracing::warn!(%error, "the queue can't be read; trying again");
            }
        }
        lanes.close();
        lanes.wait().await;
    }

    /// Leases as many lanes as there are free hands, as long as there are any.
    async fn start_lanes(
        &self,
        handler: &Arc<impl Handler>,
        free: &Arc<Semaphore>,
        lanes: &TaskTracker,
        stop: &CancellationToken,
    ) -> Result<(), sea_orm::DbErr> {
        loop {
            // Wait for a free hand: what is ready stays ready.
            let Ok(first) = Arc::clone(free).acquire_owned().await else { return Ok(()) };
            let leases = self.claim(1 + free.available_permits()).await?;
            if leases.is_empty() {
                return Ok(());
            }
            let mut permit = Some(first);
            for lease in leases {
                let permit = match permit.take() {
                    Some(permit) => permit,
                    None => match Arc::clone(free).acquire_owned().await {
                        Ok(permit) => permit,
                        Err(_) => return Ok(()),
                    },
                };
                let (queue, handler, stop) = (self.clone(), Arc::clone(handler), stop.clone());
                lanes.spawn(async move {
                    queue.run_lane(&lease, handler.as_ref(), &stop).await;
                    drop(permit);
                    queue.ring();
                });
            }
        }
    }

    /// Works on a lane until it is empty, waits, or is lost.
    async fn run_lane(&self, lease: &Lease, handler: &impl Handler, stop: &CancellationToken) {
        let ended = tokio::select! {
            ended = self.run_events(lease, handler, stop) => ended,
            lost = self.heartbeat(lease) => Err(lost),
        };
        match ended {
            Ok(()) => {
                if let Err(error) = lease.release().await {
                    tracing::warn!(%error, "a lane could not be given back; its lease will run out");
                }
            }
            Err(error) => tracing::warn!(%error, "a lane was left"),
        }
    }

    async fn run_events(
        &self,
        lease: &Lease,
        handler: &impl Handler,
        stop: &CancellationToken,
    ) -> Result<(), LeaseLost> {
        loop {
            let events = lease.next().await?;
            if events.is_empty() {
                return Ok(());
            }
            for event in events {
                if stop.is_cancelled() || event.due_at > self.clock.now().0 {
                    return Ok(());
                }
                let verdict = self.cap(&event, handler.handle(lease, &event).await?);
                let blocked = matches!(verdict, Verdict::Retry { .. });
                self.count(&event, &verdict);
                lease.settle(&event, verdict).await?;
                if blocked {
                    return Ok(());
                }
            }
        }
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

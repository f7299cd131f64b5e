//! The workers: they lease lanes that have work and hand the events over, in order.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::desk::Staff;
use super::listen::listen;
use super::rules::Then;
use super::settle::{Comes, Lane};
use super::slice::Slice;
use super::{Event, Lease, LeaseLost, Queue, Verdict};
use crate::ids::TenantId;
use crate::points::{Point, reach};

/// The least between two looks for lanes whose time has come: they are woken together.
const BREATH: Duration = Duration::from_millis(10);

/// Decides about one event and does what it takes.
pub trait Handler: Send + Sync + 'static {
    /// Works on `event`. May write through `lease` before it answers.
    fn handle(&self, lease: &Lease, event: &Event)
    -> impl Future<Output = Result<Verdict, LeaseLost>> + Send;
}

/// Where the looks for work have come to.
#[derive(Default)]
struct Round {
    /// The tenant behind which the next look begins; none: at the first.
    behind: Option<TenantId>,
    /// Looks in a row that found nobody with work.
    quiet: u32,
    /// Rounds in a row that found work which could not be had: somebody else has locked its lane,
    /// or the database took no lease.
    passed_over: u32,
}

impl Queue {
    /// Works until `stop`; then finishes what is leased and returns.
    pub async fn work(&self, handler: Arc<impl Handler>, stop: CancellationToken) {
        let lanes = TaskTracker::new();
        let staff = Arc::new(self.staff(handler, &lanes, &stop));
        self.desk.set(Some(Arc::clone(&staff)));
        let listening =
            tokio::spawn(listen(self.database.clone(), self.name, Arc::clone(&staff), stop.clone()));
        let mut round = Round::default();
        loop {
            if let Err(error) = self.go_round(&staff, &mut round).await {
                tracing::warn!(%error, "the queue can't be read; trying again");
                (round.behind, round.quiet) = (None, 0);
            }
            let more = round.behind.is_some() && !staff.somebody_waits();
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                () = staff.called() => {}
                () = tokio::time::sleep(self.pause(&staff, &round)), if !more => staff.look_again(),
                () = std::future::ready(()), if more => staff.look_again(),
            }
        }
        self.desk.set(None);
        lanes.close();
        lanes.wait().await;
        let _ = listening.await;
        if let Err(error) = self.tell_all().await {
            tracing::warn!(%error, "the other replicas were not told; they find what is left when they look");
        }
    }

    /// Hands that give the events of a lane to `handler`.
    fn staff(&self, handler: Arc<impl Handler>, lanes: &TaskTracker, stop: &CancellationToken) -> Staff {
        let (queue, lanes, stop) = (self.clone(), lanes.clone(), stop.clone());
        Staff::new(self.settings.lanes, move |hand, lease, first| {
            let (queue, handler, stop) = (queue.clone(), Arc::clone(&handler), stop.clone());
            lanes.spawn(async move {
                queue.run_lane(&lease, first, handler.as_ref(), hand.staff(), &stop).await;
                drop(hand);
            });
        })
    }

    /// Looks for work if somebody asked for it, and gives the hands that are free to those who
    /// wait for one.
    async fn go_round(&self, staff: &Arc<Staff>, round: &mut Round) -> Result<(), sea_orm::DbErr> {
        let (mut passed_over, mut left_alone) = (false, false);
        if staff.take_look() {
            metrics::counter!("threadline_looks_total").increment(1);
            staff.forget_due();
            let due = self.wake_due().await?;
            let found = self.look(round.behind.as_ref()).await?;
            if let Some(next) = due.next {
                staff.due(next);
            }
            for tenant in due.tenants.iter().chain(&found.tenants) {
                staff.wait(tenant);
            }
            round.quiet =
                if found.busy || round.behind.is_some() { 0 } else { round.quiet.saturating_add(1) };
            round.behind = found.last;
            (passed_over, left_alone) = (due.passed_over, due.passed_over);
        }
        let mut claims = JoinSet::new();
        for (tenant, hands) in staff.allot() {
            let queue = self.clone();
            claims.spawn(async move { (queue.claim(&tenant, hands.len()).await, tenant, hands) });
        }
        let claimed_any = !claims.is_empty();
        // All of them are waited for: what is leased must be worked on.
        let mut failed = None;
        while let Some(claimed) = claims.join_next().await {
            let Ok((leases, tenant, hands)) = claimed else { continue };
            let leases = leases.unwrap_or_else(|error| {
                failed = Some(error);
                Vec::new()
            });
            let all = leases.len() == hands.len();
            if all || self.has_ready_lane(&tenant).await.unwrap_or(true) {
                // A lane that is just given an event is passed over: it is ready all the same, and
                // asked for once more. One that stays locked is left alone for a while.
                let once_more = !leases.is_empty() || round.passed_over == 0;
                passed_over |= leases.is_empty();
                left_alone |= !once_more;
                if once_more {
                    staff.wait(&tenant);
                }
            }
            for (hand, lease) in hands.into_iter().zip(leases) {
                staff.start(hand, lease, Vec::new());
            }
        }
        if left_alone || failed.is_some() {
            staff.due(self.clock.now().plus(self.breath(round.passed_over)));
        }
        if passed_over || failed.is_some() {
            round.passed_over = round.passed_over.saturating_add(1);
        } else if claimed_any {
            round.passed_over = 0;
        }
        failed.map_or(Ok(()), Err)
    }

    /// How long what could not be had is left alone: longer each time, up to the time between looks.
    fn breath(&self, times: u32) -> Duration {
        BREATH.saturating_mul(1 << times.min(10)).min(self.settings.poll().max(BREATH))
    }

    /// How long nobody has to look, if nobody says anything.
    fn pause(&self, staff: &Staff, round: &Round) -> Duration {
        let poll = self.settings.poll();
        let longest = if staff.hears() {
            // Whoever takes a lease meanwhile is seen before it can end.
            poll.max(self.settings.lease() / 3)
        } else {
            // Commands of the operator's are not heard.
            poll * 4
        };
        let pause = poll.saturating_mul(1 << round.quiet.min(10)).min(longest);
        let due = staff.next_due().map(|due| due.since(self.clock.now()).max(BREATH));
        due.map_or(pause, |due| due.min(pause))
    }

    /// Works on a lane until it is empty, waits, or is lost.
    async fn run_lane(
        &self,
        lease: &Lease,
        first: Vec<Event>,
        handler: &impl Handler,
        staff: &Staff,
        stop: &CancellationToken,
    ) {
        let ended = tokio::select! {
            // A lane that was just given back is not a lost one.
            biased;
            ended = self.run_events(lease, first, handler, staff, stop) => ended,
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
        staff: &Staff,
        stop: &CancellationToken,
    ) -> Result<(), LeaseLost> {
        let mut events = VecDeque::from(first);
        if events.is_empty() {
            events.extend(lease.next().await?);
        }
        let mut slice = Slice::begin();
        while let Some(event) = events.pop_front() {
            if stop.is_cancelled() || event.due_at > self.clock.now().0 {
                break;
            }
            reach(Point::EventTaken);
            let verdict = self.cap(&event, decide(lease, &event, handler).await?);
            reach(Point::Decided);
            self.count(&event, &verdict);
            let over = slice.is_over(staff.somebody_waits());
            let leaves = over || stop.is_cancelled() || matches!(&verdict, Verdict::Retry { .. });
            let then = Then::after(leaves, !events.is_empty());
            let settled = lease.settle(&event, verdict, then).await?;
            reach(Point::Settled);
            match settled {
                Lane::Kept(more) => events.extend(more),
                Lane::Left(work) => {
                    come_back(lease, work, staff);
                    return Ok(());
                }
            }
        }
        let work = lease.release().await?;
        come_back(lease, work, staff);
        Ok(())
    }

    /// Renews the lease as long as the work takes; answers only when it is lost.
    async fn heartbeat(&self, lease: &Lease) -> LeaseLost {
        let pause = self.settings.lease() / 3;
        let mut next = pause;
        loop {
            tokio::time::sleep(next).await;
            next = match lease.renew().await {
                Ok(()) => pause,
                // It is ours for a while yet: its row may be locked, or the connection was cut.
                Err(LeaseLost::Database(_)) if lease.is_held() => pause / 8,
                Err(lost) => return lost,
            };
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

/// Somebody must come to a lane that was given back, now or when it has work again.
fn come_back(lease: &Lease, work: Comes, staff: &Staff) {
    match work {
        Comes::Now => staff.wait(lease.lane().tenant()),
        Comes::At(moment) => staff.due(moment),
        Comes::Later => {}
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

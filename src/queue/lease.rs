//! A lease on a lane: who holds it may record; who lost it may not.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use threadline_entity::{event, lane};
use uuid::Uuid;

use super::settle::Comes;
use super::{Event, LaneKey, Queue};
use crate::ambient::{Clock, Millis};
use crate::database::{Database, Work};

/// How many events are read at a time: a slice of a lane.
pub(super) const BATCH: u64 = 16;

/// No call was begun yet.
const NEVER: i64 = i64::MIN;

/// Another worker holds the lane now; nothing may be recorded.
#[derive(Debug, thiserror::Error)]
pub enum LeaseLost {
    /// The lease ran out and was taken over.
    #[error("another worker has taken over this conversation")]
    TakenOver,
    /// The database did not answer; the lease will run out.
    #[error("the database does not answer as it should: {0}")]
    Database(#[from] DbErr),
}

/// The right to work on one lane.
#[derive(Clone)]
pub struct Lease {
    lane: LaneKey,
    token: Uuid,
    time: Duration,
    /// How long a call to a platform may take, or its effect.
    call: Duration,
    /// When it runs out, as far as this worker knows.
    held_until: Arc<AtomicI64>,
    /// When a call to a platform was begun last; none: [`NEVER`].
    called_at: Arc<AtomicI64>,
    pub(super) database: Database,
    pub(super) clock: Clock,
}

impl Lease {
    /// The lane.
    pub fn lane(&self) -> &LaneKey {
        &self.lane
    }

    /// What proves it.
    pub(super) fn token(&self) -> Uuid {
        self.token
    }

    /// When it runs out if it is renewed now.
    pub(super) fn until(&self) -> Millis {
        self.clock.now().plus(self.time)
    }

    /// Runs `work` in a transaction that only commits while the lease holds, and renews it.
    pub async fn write<T, F>(&self, work: F) -> Result<T, LeaseLost>
    where
        T: Send + 'static,
        F: for<'t> FnOnce(&'t DatabaseTransaction) -> Work<'t, T> + Send + 'static,
    {
        let (fence, until) = (self.fence(), self.until());
        let answer = self
            .database
            .write_together(move |transaction| {
                Box::pin(async move {
                    if fence.exec(transaction).await?.rows_affected == 0 {
                        return Ok(None);
                    }
                    work(transaction).await.map(Some)
                })
            })
            .await?;
        let answer = answer.ok_or(LeaseLost::TakenOver)?;
        self.held_until.fetch_max(until.0, Ordering::SeqCst);
        Ok(answer)
    }

    /// Makes sure that the lane stays ours for as long as a call to a platform may take. To be
    /// asked right before a call: the fence stops whoever has lost the lane from recording, but
    /// no platform would refuse their call.
    ///
    /// # Errors
    /// [`LeaseLost`] if the lane may belong to another worker, who does what is to be done.
    pub async fn hold_for_call(&self) -> Result<(), LeaseLost> {
        if self.held_until.load(Ordering::SeqCst) < self.clock.now().plus(self.call).0 {
            self.renew().await?;
        }
        self.called_at.store(self.clock.now().0, Ordering::SeqCst);
        Ok(())
    }

    /// When a call was begun last for which the lane was held.
    pub fn last_call(&self) -> Option<Millis> {
        let called = self.called_at.load(Ordering::SeqCst);
        (called != NEVER).then_some(Millis(called))
    }

    /// Whether it lasts, as far as this worker knows.
    pub(super) fn is_held(&self) -> bool {
        self.held_until.load(Ordering::SeqCst) > self.clock.now().0
    }

    /// The lease, known to be held since this moment.
    pub(super) fn since(self, moment: Millis) -> Self {
        self.held_until.store(moment.plus(self.time).0, Ordering::SeqCst);
        self
    }

    /// Renews the lease.
    pub(super) async fn renew(&self) -> Result<(), LeaseLost> {
        self.write(|_| Box::pin(async { Ok(()) })).await
    }

    pub(super) fn fence(&self) -> sea_orm::UpdateMany<lane::Entity> {
        lane::Entity::update_many()
            .col_expr(lane::Column::LeaseUntil, Expr::value(self.until().0))
            .filter(lane::Column::TenantId.eq(self.lane.tenant().as_str()))
            .filter(lane::Column::ConversationId.eq(self.lane.conversation().as_str()))
            .filter(lane::Column::Token.eq(self.token))
    }

    /// A change of one event of the lane.
    pub(super) fn only(&self, id: i64) -> sea_orm::UpdateMany<event::Entity> {
        event::Entity::update_many()
            .filter(event::Column::TenantId.eq(self.lane.tenant().as_str()))
            .filter(event::Column::Id.eq(id))
    }

    /// The next events of the lane, in order.
    pub(super) async fn next(&self) -> Result<Vec<Event>, DbErr> {
        self.next_in(self.database.reader()).await
    }

    pub(super) async fn next_in(&self, connection: &impl ConnectionTrait) -> Result<Vec<Event>, DbErr> {
        event::Entity::find()
            .filter(event::Column::TenantId.eq(self.lane.tenant().as_str()))
            .filter(event::Column::Lane.eq(self.lane.conversation().as_str()))
            .filter(event::Column::State.eq(0))
            .order_by_asc(event::Column::Id)
            .limit(BATCH)
            .all(connection)
            .await
    }

    /// Gives the lane back; answers when it has work next.
    pub(super) async fn release(&self) -> Result<Comes, LeaseLost> {
        let (lease, now) = (self.clone(), self.clock.now());
        // The fence locks the lane's row, so that the next statement sees every event whose
        // arrival has woken this lane.
        self.write(move |transaction| Box::pin(async move { lease.leave(transaction, 0, None, now).await }))
            .await
            .map(|left| left.unwrap_or(Comes::Later))
    }
}

impl Queue {
    /// The lease on a lane that this token proves.
    pub(super) fn lease(&self, lane: LaneKey, token: Uuid) -> Lease {
        let (database, clock) = (self.database.clone(), self.clock.clone());
        let (time, call) = (self.settings.lease(), self.settings.call_time().max(self.settings.landing()));
        let held_until = Arc::new(AtomicI64::new(clock.now().plus(time).0));
        let called_at = Arc::new(AtomicI64::new(NEVER));
        Lease { lane, token, time, call, held_until, called_at, database, clock }
    }
}

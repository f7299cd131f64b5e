//! A lease on a lane: who holds it may record; who lost it may not.

use std::time::Duration;

use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect, TryGetable,
};
use threadline_entity::{event, lane};
use uuid::Uuid;

use super::{Event, LaneKey, Queue, Verdict};
use crate::ambient::{Clock, Millis};
use crate::database::{Database, Work};

/// How many events are read at a time.
const BATCH: u64 = 16;

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

/// What becomes of the lane when one of its events is settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Then {
    /// More of its events are in hand.
    Stay,
    /// It is looked into, and given back if nothing is due.
    Look,
    /// It is given back.
    Leave,
}

/// What became of the lane.
pub(super) enum Lane {
    /// It is held still; these events come next.
    Kept(Vec<Event>),
    /// It was given back.
    Left,
}

/// The right to work on one lane.
#[derive(Clone)]
pub struct Lease {
    lane: LaneKey,
    token: Uuid,
    time: Duration,
    database: Database,
    clock: Clock,
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
        let fence = self.fence();
        let answer = self
            .database
            .write(move |transaction| {
                Box::pin(async move {
                    if fence.exec(transaction).await?.rows_affected == 0 {
                        return Ok(None);
                    }
                    work(transaction).await.map(Some)
                })
            })
            .await?;
        answer.ok_or(LeaseLost::TakenOver)
    }

    /// Renews the lease.
    pub(super) async fn renew(&self) -> Result<(), LeaseLost> {
        self.write(|_| Box::pin(async { Ok(()) })).await
    }

    fn fence(&self) -> sea_orm::UpdateMany<lane::Entity> {
        lane::Entity::update_many()
            .col_expr(lane::Column::LeaseUntil, Expr::value(self.until().0))
            .filter(lane::Column::Key.eq(self.lane.as_str()))
            .filter(lane::Column::Token.eq(self.token))
    }

    /// The next events of the lane, in order.
    pub(super) async fn next(&self) -> Result<Vec<Event>, DbErr> {
        self.next_in(self.database.reader()).await
    }

    async fn next_in(&self, connection: &impl ConnectionTrait) -> Result<Vec<Event>, DbErr> {
        event::Entity::find()
            .filter(event::Column::Lane.eq(self.lane.as_str()))
            .filter(event::Column::State.eq(0))
            .order_by_asc(event::Column::Id)
            .limit(BATCH)
            .all(connection)
            .await
    }

    /// Carries a verdict out: the records, the event's new state, and what is done with the
    /// lane, in one commit.
    pub(super) async fn settle(
        &self,
        event: &Event,
        verdict: Verdict,
        then: Then,
    ) -> Result<Lane, LeaseLost> {
        let now = self.clock.now();
        let (id, attempts) = (event.id, event.attempts);
        let lease = self.clone();
        self.write(move |transaction| {
            Box::pin(async move {
                let update = event::Entity::update_many().filter(event::Column::Id.eq(id));
                let update = match verdict {
                    Verdict::Done { reason, record } => {
                        if let Some(record) = record {
                            record(transaction).await?;
                        }
                        finished(update, 1, reason, now)
                            .col_expr(event::Column::Payload, Expr::value(Option::<Vec<u8>>::None))
                            .col_expr(event::Column::Attempts, Expr::value(attempts + 1))
                    }
                    Verdict::Dead { reason } => finished(update, 2, reason, now)
                        .col_expr(event::Column::Attempts, Expr::value(attempts + 1)),
                    Verdict::Retry { at, reason, counts } => update
                        .col_expr(event::Column::DueAt, Expr::value(at.0))
                        .col_expr(event::Column::Reason, Expr::value(reason))
                        .col_expr(event::Column::Attempts, Expr::value(attempts + i32::from(counts))),
                    Verdict::WaitForLogin { account, until, reason } => update
                        .col_expr(event::Column::State, Expr::value(3))
                        .col_expr(event::Column::WaitingFor, Expr::value(account))
                        .col_expr(event::Column::DueAt, Expr::value(until.0))
                        .col_expr(event::Column::Reason, Expr::value(reason)),
                };
                update.exec(transaction).await?;
                match then {
                    Then::Stay => return Ok(Lane::Kept(Vec::new())),
                    Then::Leave => {}
                    Then::Look => {
                        let next = lease.next_in(transaction).await?;
                        if next.first().is_some_and(|event| event.due_at <= now.0) {
                            return Ok(Lane::Kept(next));
                        }
                    }
                }
                lease.leave(transaction).await?;
                Ok(Lane::Left)
            })
        })
        .await
    }

    /// Gives the lane back.
    pub(super) async fn release(&self) -> Result<(), LeaseLost> {
        let lease = self.clone();
        // The fence locks the lane's row, so that the next statement sees every event whose
        // arrival has woken this lane.
        self.write(move |transaction| Box::pin(async move { lease.leave(transaction).await })).await
    }

    /// Gives the lane back inside a transaction that has locked its row, and says when it has
    /// work again: when its first event is due.
    pub(super) async fn leave(&self, transaction: &DatabaseTransaction) -> Result<(), DbErr> {
        let first = "SELECT due_at FROM event WHERE lane = $1 AND state = 0 ORDER BY id LIMIT 1";
        let sql = format!(
            "UPDATE lane SET lease_until = 0, token = NULL, ready_at = ({first}) WHERE key = $1 AND token = $2"
        );
        let values: [sea_orm::Value; 2] = [self.lane.as_str().into(), self.token.into()];
        transaction.execute_raw(self.database.statement(&sql, values)).await.map(|_| ())
    }
}

fn finished(
    update: sea_orm::UpdateMany<event::Entity>,
    state: i16,
    reason: &'static str,
    now: Millis,
) -> sea_orm::UpdateMany<event::Entity> {
    update
        .col_expr(event::Column::State, Expr::value(state))
        .col_expr(event::Column::Reason, Expr::value(reason))
        .col_expr(event::Column::FinishedAt, Expr::value(now.0))
}

impl Queue {
    /// Leases up to `most` lanes that have work.
    pub(super) async fn claim(&self, most: usize) -> Result<Vec<Lease>, DbErr> {
        let now = self.clock.now();
        if !self.has_work(now).await? {
            return Ok(Vec::new());
        }
        let token = self.random.id();
        let skip = match self.database.backend() {
            DbBackend::Postgres => " FOR UPDATE SKIP LOCKED",
            _ => "",
        };
        let sql = format!(
            "UPDATE lane SET lease_until = $1, token = $2 WHERE key IN (SELECT key FROM lane \
             WHERE ready_at <= $3 AND lease_until < $3 ORDER BY ready_at LIMIT $4{skip}) RETURNING key"
        );
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let values: [sea_orm::Value; 4] =
            [now.plus(self.settings.lease()).0.into(), token.into(), now.0.into(), most.into()];
        let statement = self.database.statement(&sql, values);
        let rows = self
            .database
            .write(move |transaction| Box::pin(async move { transaction.query_all_raw(statement).await }))
            .await?;
        rows.iter().map(|row| Ok(self.lease(LaneKey(String::try_get_by(row, "key")?), token))).collect()
    }

    /// The lease on a lane that this token proves.
    pub(super) fn lease(&self, lane: LaneKey, token: Uuid) -> Lease {
        let (database, clock) = (self.database.clone(), self.clock.clone());
        Lease { lane, token, time: self.settings.lease(), database, clock }
    }

    /// A look without writing: an idle service writes nothing.
    async fn has_work(&self, now: Millis) -> Result<bool, DbErr> {
        let ready = lane::Entity::find()
            .select_only()
            .column(lane::Column::Key)
            .filter(lane::Column::ReadyAt.lte(now.0))
            .filter(lane::Column::LeaseUntil.lt(now.0))
            .limit(1)
            .into_tuple::<String>()
            .one(self.database.reader())
            .await?;
        Ok(ready.is_some())
    }
}

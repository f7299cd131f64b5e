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
            .col_expr(lane::Column::LeaseUntil, Expr::value(self.clock.now().plus(self.time).0))
            .filter(lane::Column::Key.eq(self.lane.as_str()))
            .filter(lane::Column::Token.eq(self.token))
    }

    /// The next events of the lane, in order.
    pub(super) async fn next(&self) -> Result<Vec<Event>, DbErr> {
        event::Entity::find()
            .filter(event::Column::Lane.eq(self.lane.as_str()))
            .filter(event::Column::State.eq(0))
            .order_by_asc(event::Column::Id)
            .limit(BATCH)
            .all(self.database.reader())
            .await
    }

    /// Carries a verdict out: the records, the event's new state, in one commit.
    pub(super) async fn settle(&self, event: &Event, verdict: Verdict) -> Result<(), LeaseLost> {
        let now = self.clock.now();
        let (id, attempts) = (event.id, event.attempts);
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
                update.exec(transaction).await.map(|_| ())
            })
        })
        .await
    }

    /// Gives the lane back and says when it has work again.
    pub(super) async fn release(&self) -> Result<(), DbErr> {
        let (lane_key, token) = (self.lane.as_str().to_owned(), self.token);
        self.database
            .write(move |transaction| {
                Box::pin(async move {
                    // Two statements: the first one locks the row, so that the second one sees
                    // every event whose arrival has woken this lane.
                    let mine = lane::Entity::update_many()
                        .col_expr(lane::Column::LeaseUntil, Expr::value(0_i64))
                        .col_expr(lane::Column::Token, Expr::value(Option::<Uuid>::None))
                        .filter(lane::Column::Key.eq(&lane_key))
                        .filter(lane::Column::Token.eq(token))
                        .exec(transaction)
                        .await?;
                    if mine.rows_affected == 0 {
                        return Ok(());
                    }
                    next_wake(transaction, &lane_key).await
                })
            })
            .await
    }
}

/// Sets when the lane has work again: when its first event is due.
async fn next_wake(transaction: &DatabaseTransaction, lane_key: &str) -> Result<(), DbErr> {
    let head: Option<i64> = event::Entity::find()
        .select_only()
        .column(event::Column::DueAt)
        .filter(event::Column::Lane.eq(lane_key))
        .filter(event::Column::State.eq(0))
        .order_by_asc(event::Column::Id)
        .limit(1)
        .into_tuple()
        .one(transaction)
        .await?;
    lane::Entity::update_many()
        .col_expr(lane::Column::ReadyAt, Expr::value(head))
        .filter(lane::Column::Key.eq(lane_key))
        .exec(transaction)
        .await
        .map(|_| ())
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
        rows.iter()
            .map(|row| {
                Ok(Lease {
                    lane: LaneKey(String::try_get_by(row, "key")?),
                    token,
                    time: self.settings.lease(),
                    database: self.database.clone(),
                    clock: self.clock.clone(),
                })
            })
            .collect()
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

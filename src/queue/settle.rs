//! The end of an event, or its next try, and what becomes of its lane: in one commit.

use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, EntityTrait, QueryFilter, UpdateMany,
};
use threadline_entity::event;

use super::rules::Then;
use super::waiting::aside;
use super::{Event, Lease, LeaseLost, Verdict};
use crate::ambient::Millis;

/// When the first event of the lane `$1` is due; `$3` doesn't count.
const FIRST: &str =
    "(SELECT due_at FROM event WHERE lane = $1 AND state = 0 AND id <> $3 ORDER BY id LIMIT 1)";

/// What became of the lane.
pub(super) enum Lane {
    /// It is held still; these events come next.
    Kept(Vec<Event>),
    /// It was given back.
    Left,
}

impl Lease {
    /// Carries a verdict out: the records, the event's new state, and what is done with the lane.
    ///
    /// # Errors
    /// [`LeaseLost::TakenOver`] if the lane belongs to another worker; then nothing is stored.
    pub(super) async fn settle(
        &self,
        event: &Event,
        verdict: Verdict,
        then: Then,
    ) -> Result<Lane, LeaseLost> {
        let now = self.clock.now();
        let (id, attempts) = (event.id, event.attempts);
        let lease = self.clone();
        let settled = self
            .database
            .write_together(move |transaction| {
                Box::pin(async move {
                    // What still has to be done of the lane, once this event is out of the way.
                    let again = if let Verdict::Retry { at, .. } = &verdict { Some(*at) } else { None };
                    // One that was put aside may have been let go since: then it is work again.
                    let out = if let Verdict::WaitForLogin { .. } = &verdict { 0 } else { id };
                    let Some(kept) = lease.hold(transaction, then, out, again, now).await? else {
                        return Ok(None);
                    };
                    carry_out(transaction, id, attempts, verdict, now).await?;
                    if !kept {
                        return Ok(Some(Lane::Left));
                    }
                    let next = match then {
                        Then::Look => lease.next_in(transaction).await?,
                        Then::Stay | Then::Leave => Vec::new(),
                    };
                    Ok(Some(Lane::Kept(next)))
                })
            })
            .await?;
        settled.ok_or(LeaseLost::TakenOver)
    }

    /// Proves the lease, and in the same statement renews it or gives the lane back. Answers
    /// whether it is kept; nothing if it was lost. The event `settled` counts as done, unless it
    /// is tried `again`.
    async fn hold(
        &self,
        transaction: &DatabaseTransaction,
        then: Then,
        settled: i64,
        again: Option<Millis>,
        now: Millis,
    ) -> Result<Option<bool>, DbErr> {
        if transaction.get_database_backend() == DbBackend::Postgres {
            // A statement sees what was committed before it began. Whoever puts an event locks
            // the lane's row first: with that lock in hand, the next statement sees them all.
            let lock = "SELECT key FROM lane WHERE key = $1 FOR UPDATE";
            let key: [sea_orm::Value; 1] = [self.lane().as_str().into()];
            transaction.execute_raw(self.database.statement(lock, key)).await?;
        }
        match then {
            Then::Stay => Ok((self.fence().exec(transaction).await?.rows_affected > 0).then_some(true)),
            Then::Leave => Ok(self.leave(transaction, settled, again).await?.then_some(false)),
            Then::Look => {
                let sql = format!(
                    "UPDATE lane SET ready_at = CASE WHEN {FIRST} <= $4 THEN ready_at ELSE {FIRST} END, \
                     lease_until = CASE WHEN {FIRST} <= $4 THEN $5 ELSE 0 END, \
                     token = CASE WHEN {FIRST} <= $4 THEN token ELSE NULL END \
                     WHERE key = $1 AND token = $2 RETURNING lease_until"
                );
                let values: [sea_orm::Value; 5] = [
                    self.lane().as_str().into(),
                    self.token().into(),
                    settled.into(),
                    now.0.into(),
                    self.until().0.into(),
                ];
                let row = transaction.query_one_raw(self.database.statement(&sql, values)).await?;
                row.map(|row| row.try_get::<i64>("", "lease_until").map(|until| until > 0)).transpose()
            }
        }
    }

    /// Gives the lane back inside a transaction that has locked its row, and says when it has
    /// work again: when its first event but `settled` is due, or then when that one is tried
    /// `again`. Answers whether it was ours.
    pub(super) async fn leave(
        &self,
        transaction: &DatabaseTransaction,
        settled: i64,
        again: Option<Millis>,
    ) -> Result<bool, DbErr> {
        let (ready_at, value) = again.map_or((FIRST, settled), |at| ("$3", at.0));
        let sql = format!(
            "UPDATE lane SET lease_until = 0, token = NULL, ready_at = {ready_at} WHERE key = $1 AND token = $2"
        );
        let values: [sea_orm::Value; 3] = [self.lane().as_str().into(), self.token().into(), value.into()];
        let done = transaction.execute_raw(self.database.statement(&sql, values)).await?;
        Ok(done.rows_affected() > 0)
    }
}

async fn carry_out(
    transaction: &DatabaseTransaction,
    id: i64,
    attempts: i32,
    verdict: Verdict,
    now: Millis,
) -> Result<(), DbErr> {
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
        Verdict::Dead { reason } => {
            finished(update, 2, reason, now).col_expr(event::Column::Attempts, Expr::value(attempts + 1))
        }
        Verdict::Retry { at, reason, counts } => update
            .col_expr(event::Column::State, Expr::value(0))
            .col_expr(event::Column::DueAt, Expr::value(at.0))
            .col_expr(event::Column::Reason, Expr::value(reason))
            .col_expr(event::Column::Attempts, Expr::value(attempts + i32::from(counts))),
        Verdict::WaitForLogin { account, until, reason } => {
            aside(update, account, until, reason).filter(event::Column::State.eq(3))
        }
    };
    update.exec(transaction).await.map(|_| ())
}

fn finished(
    update: UpdateMany<event::Entity>,
    state: i16,
    reason: &'static str,
    now: Millis,
) -> UpdateMany<event::Entity> {
    update
        .col_expr(event::Column::State, Expr::value(state))
        .col_expr(event::Column::Reason, Expr::value(reason))
        .col_expr(event::Column::FinishedAt, Expr::value(now.0))
}

//! The end of an event, or its next try, and what becomes of its lane: in one commit.

use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, QueryFilter, QueryResult, UpdateMany,
};
use threadline_entity::event;

use super::rules::Then;
use super::waiting::aside;
use super::wake::lock_lane;
use super::{Event, Lease, LeaseLost, Verdict};
use crate::ambient::Millis;

/// When the first event of the lane of tenant `$1` and conversation `$2` is due; `$4` doesn't count.
const FIRST: &str = "SELECT (SELECT due_at FROM event WHERE tenant_id = $1 AND lane = $2 AND state = 0 \
                     AND id <> $4 ORDER BY id LIMIT 1) AS due";
/// The moment `$4`, unless an event before `$6` was let go meanwhile: then when that is due.
const AGAIN: &str = "SELECT coalesce((SELECT due_at FROM event WHERE tenant_id = $1 AND lane = $2 \
                     AND state = 0 AND id < $6 ORDER BY id LIMIT 1), $4) AS due";

/// What became of the lane.
pub(super) enum Lane {
    /// It is held still; these events come next.
    Kept(Vec<Event>),
    /// It was given back.
    Left(Comes),
}

/// When a lane that was given back has work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comes {
    /// When something arrives.
    Later,
    /// It is ready: whoever comes may have it.
    Now,
    /// By itself at this moment: until then nobody can have it.
    At(Millis),
}

/// What became of a lane that was held.
enum Held {
    Kept,
    Left(Comes),
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
        let one = self.only(id);
        let lease = self.clone();
        let settled = self
            .database
            .write_together(move |transaction| {
                Box::pin(async move {
                    // What still has to be done of the lane, once this event is out of the way.
                    let again = if let Verdict::Retry { at, .. } = &verdict { Some(*at) } else { None };
                    // One that was put aside may have been let go since: then it is work again.
                    let out = if let Verdict::WaitForLogin { .. } = &verdict { 0 } else { id };
                    let Some(held) = lease.hold(transaction, then, out, again, now).await? else {
                        return Ok(None);
                    };
                    carry_out(transaction, one, attempts, verdict, now).await?;
                    if let Held::Left(work) = held {
                        return Ok(Some(Lane::Left(work)));
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
    /// what became of it; nothing if it was lost. The event `settled` counts as done, unless it
    /// is tried `again`.
    async fn hold(
        &self,
        transaction: &DatabaseTransaction,
        then: Then,
        settled: i64,
        again: Option<Millis>,
        now: Millis,
    ) -> Result<Option<Held>, DbErr> {
        lock_lane(transaction, self.lane()).await?;
        match then {
            Then::Stay => Ok((self.fence().exec(transaction).await?.rows_affected > 0).then_some(Held::Kept)),
            Then::Leave => Ok(self.leave(transaction, settled, again, now).await?.map(Held::Left)),
            Then::Look => {
                let sql = format!(
                    "UPDATE lane SET ready_at = CASE WHEN head.due <= $5 THEN ready_at END, \
                     due_at = CASE WHEN head.due > $5 THEN head.due END, \
                     lease_until = CASE WHEN head.due <= $5 THEN $6 ELSE 0 END, \
                     token = CASE WHEN head.due <= $5 THEN token END FROM ({FIRST}) AS head \
                     WHERE tenant_id = $1 AND conversation_id = $2 AND token = $3 \
                     RETURNING lane.lease_until, lane.ready_at, lane.due_at"
                );
                let values = self.values(settled, now).into_iter().chain([self.until().0.into()]);
                let Some(row) = transaction.query_one_raw(self.database.statement(&sql, values)).await?
                else {
                    return Ok(None);
                };
                let kept = row.try_get::<i64>("", "lease_until")? > 0;
                Ok(Some(if kept { Held::Kept } else { Held::Left(work(&row)?) }))
            }
        }
    }

    /// Gives the lane back inside a transaction that has locked its row, behind the others if it
    /// has work now: its first event but `settled`, or then that one, which is tried `again`.
    /// Answers when it has work by itself; nothing at all if it was not ours.
    pub(super) async fn leave(
        &self,
        transaction: &DatabaseTransaction,
        settled: i64,
        again: Option<Millis>,
        now: Millis,
    ) -> Result<Option<Comes>, DbErr> {
        let (first, value) = again.map_or((FIRST, settled), |at| (AGAIN, at.0));
        let tried = again.map(|_| settled.into());
        let sql = format!(
            "UPDATE lane SET lease_until = 0, token = NULL, ready_at = CASE WHEN head.due <= $5 THEN $5 END, \
             due_at = CASE WHEN head.due > $5 THEN head.due END FROM ({first}) AS head \
             WHERE tenant_id = $1 AND conversation_id = $2 AND token = $3 \
             RETURNING lane.ready_at, lane.due_at"
        );
        let values = self.values(value, now).into_iter().chain(tried);
        let row = transaction.query_one_raw(self.database.statement(&sql, values)).await?;
        row.map(|row| work(&row)).transpose()
    }

    /// The lane, its token, a number and the time: `$1` to `$5`.
    fn values(&self, number: i64, now: Millis) -> [sea_orm::Value; 5] {
        let lane = self.lane();
        [
            lane.tenant().as_str().into(),
            lane.conversation().as_str().into(),
            self.token().into(),
            number.into(),
            now.0.into(),
        ]
    }
}

fn work(row: &QueryResult) -> Result<Comes, DbErr> {
    if row.try_get::<Option<i64>>("", "ready_at")?.is_some() {
        return Ok(Comes::Now);
    }
    let due = row.try_get::<Option<i64>>("", "due_at")?;
    Ok(due.map_or(Comes::Later, |due| Comes::At(Millis(due))))
}

async fn carry_out(
    transaction: &DatabaseTransaction,
    update: UpdateMany<event::Entity>,
    attempts: i32,
    verdict: Verdict,
    now: Millis,
) -> Result<(), DbErr> {
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

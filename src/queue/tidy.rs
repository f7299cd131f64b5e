//! Housekeeping in small steps: waits that are over, and history that nobody needs.

use std::time::Duration;

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QuerySelect};
use threadline_entity::{event, lane};

use super::Queue;

/// Rows a step: short enough that nobody waits for it.
const STEP: u64 = 500;

impl Queue {
    /// Takes back every lane that is leased, so that its events go on at once. Only for a
    /// process that knows that nobody else works: before its own work begins.
    pub async fn take_back_lanes(&self) -> Result<u64, DbErr> {
        let taken = self
            .database
            .write(|transaction| {
                Box::pin(async move {
                    lane::Entity::update_many()
                        .col_expr(lane::Column::LeaseUntil, Expr::value(0_i64))
                        .col_expr(lane::Column::Token, Expr::value(Option::<uuid::Uuid>::None))
                        // A lane with an event in work is ready all the while.
                        .filter(lane::Column::ReadyAt.is_not_null())
                        .filter(lane::Column::Token.is_not_null())
                        .exec(transaction)
                        .await
                })
            })
            .await?;
        self.ring();
        Ok(taken.rows_affected)
    }

    /// Gives up what has waited too long for a login, and forgets finished events after
    /// their time. Answers how many rows it touched; call again while that is not zero.
    pub async fn tidy(&self) -> Result<u64, DbErr> {
        let now = self.clock.now();
        let old = now.minus(Duration::from_secs(u64::from(self.settings.keep_days) * 86_400));
        self.database
            .write(move |transaction| {
                Box::pin(async move {
                    let over = event::Entity::update_many()
                        .col_expr(event::Column::State, Expr::value(2))
                        .col_expr(event::Column::Payload, Expr::value(Option::<Vec<u8>>::None))
                        .col_expr(event::Column::FinishedAt, Expr::value(now.0))
                        .filter(event::Column::State.eq(3))
                        .filter(event::Column::DueAt.lt(now.0))
                        .exec(transaction)
                        .await?;
                    let stale: Vec<i64> = event::Entity::find()
                        .select_only()
                        .column(event::Column::Id)
                        .filter(event::Column::State.eq(1))
                        .filter(event::Column::FinishedAt.lt(old.0))
                        .limit(STEP)
                        .into_tuple()
                        .all(transaction)
                        .await?;
                    let gone = event::Entity::delete_many()
                        .filter(event::Column::Id.is_in(stale))
                        .exec(transaction)
                        .await?;
                    Ok(over.rows_affected + gone.rows_affected)
                })
            })
            .await
    }
}

//! Housekeeping in small steps: waits that are over, and history that nobody needs.

use std::time::Duration;

use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect, Select};
use threadline_entity::{event, lane};

use super::{EventState, Queue};
use crate::ambient::Millis;

/// Rows a step: short enough that nobody waits for it.
const STEP: u64 = 200;

/// How an event has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// It is done.
    Done,
    /// It was given up; an operator may try it again.
    Dead,
}

impl Ending {
    fn stored(self) -> i16 {
        match self {
            Self::Done => EventState::Done.stored(),
            Self::Dead => EventState::Dead.stored(),
        }
    }
}

impl Queue {
    /// Takes back every lane that is leased, so that its events go on as soon as the last call of
    /// its holder has landed. Only for a process that knows that nobody else works: before its own
    /// work begins.
    pub async fn take_back_lanes(&self) -> Result<u64, DbErr> {
        // A lane is free from the moment after its lease on.
        let landed = self.clock.now().plus(self.settings.landing()).minus(Duration::from_millis(1));
        let taken = self
            .database
            .write(move |transaction| {
                Box::pin(async move {
                    let until = Expr::col(lane::Column::LeaseUntil);
                    let sooner = Expr::case(until.clone().gt(landed.0), landed.0).finally(until);
                    lane::Entity::update_many()
                        .col_expr(lane::Column::LeaseUntil, sooner.into())
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

    /// Gives up some of what has waited too long for a login. Answers how many events; call again
    /// while that is not zero.
    pub async fn end_some_waits(&self) -> Result<u64, DbErr> {
        let now = self.clock.now();
        let over = waits_over(now).select_only().column(event::Column::Id).limit(STEP);
        self.database
            .write(move |transaction| {
                Box::pin(async move {
                    let over: Vec<i64> = over.into_tuple().all(transaction).await?;
                    if over.is_empty() {
                        return Ok(0);
                    }
                    let ended = event::Entity::update_many()
                        .col_expr(event::Column::State, Expr::value(2))
                        .col_expr(event::Column::Payload, Expr::value(Option::<Vec<u8>>::None))
                        .col_expr(event::Column::FinishedAt, Expr::value(now.0))
                        .filter(event::Column::Id.is_in(over))
                        .filter(event::Column::State.eq(3))
                        .exec(transaction)
                        .await?;
                    Ok(ended.rows_affected)
                })
            })
            .await
    }

    /// Forgets some events that ended so before this. Answers how many; call again while that is
    /// not zero.
    pub async fn forget_some(&self, ending: Ending, older_than: Millis) -> Result<u64, DbErr> {
        let stale = ended(ending, older_than).select_only().column(event::Column::Id).limit(STEP);
        self.database
            .write(move |transaction| {
                Box::pin(async move {
                    let stale: Vec<i64> = stale.into_tuple().all(transaction).await?;
                    if stale.is_empty() {
                        return Ok(0);
                    }
                    let gone = event::Entity::delete_many()
                        .filter(event::Column::Id.is_in(stale))
                        // One that is tried again meanwhile stays.
                        .filter(event::Column::State.eq(ending.stored()))
                        .exec(transaction)
                        .await?;
                    Ok(gone.rows_affected)
                })
            })
            .await
    }

    /// How many events have waited too long for a login.
    pub async fn count_waits_over(&self) -> Result<u64, DbErr> {
        waits_over(self.clock.now()).count(self.database.reader()).await
    }

    /// How many events ended so before this.
    pub async fn count_older(&self, ending: Ending, older_than: Millis) -> Result<u64, DbErr> {
        ended(ending, older_than).count(self.database.reader()).await
    }
}

fn ended(ending: Ending, before: Millis) -> Select<event::Entity> {
    event::Entity::find()
        .filter(event::Column::State.eq(ending.stored()))
        .filter(event::Column::FinishedAt.lt(before.0))
}

fn waits_over(now: Millis) -> Select<event::Entity> {
    event::Entity::find().filter(event::Column::State.eq(3)).filter(event::Column::DueAt.lt(now.0))
}

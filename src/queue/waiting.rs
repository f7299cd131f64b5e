//! What waits for somebody's login: how much it is, and letting it go on. What goes on keeps the
//! order of its arrival.

use sea_orm::sea_query::{Condition, Expr};
use sea_orm::{ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use threadline_entity::event;

use super::put::wake;
use super::{LaneKey, Queue};
use crate::ambient::Millis;

/// The most that is looked at in one conversation: beyond that, nobody counts.
const MOST: u64 = 1000;

/// An event that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Ids it is about, as JSON.
    pub subject: String,
    /// The account whose login it waits for.
    pub account: String,
}

impl Queue {
    /// What waits in one conversation, the oldest first: up to 1,000 events.
    pub async fn waiting_in(&self, lane: &LaneKey) -> Result<Vec<Waiting>, DbErr> {
        let rows: Vec<(String, Option<String>)> = event::Entity::find()
            .select_only()
            .columns([event::Column::Subject, event::Column::WaitingFor])
            .filter(event::Column::State.eq(3))
            .filter(event::Column::Lane.eq(lane.as_str()))
            .order_by_asc(event::Column::Id)
            .limit(MOST)
            .into_tuple()
            .all(self.database.reader())
            .await?;
        let waiting = |(subject, account): (String, Option<String>)| Waiting {
            subject,
            account: account.unwrap_or_default(),
        };
        Ok(rows.into_iter().map(waiting).collect())
    }
}

/// The conversations in which something waits.
pub async fn waiting_lanes(transaction: &DatabaseTransaction) -> Result<Vec<LaneKey>, DbErr> {
    let lanes = lanes_with(transaction, Condition::all()).await?;
    Ok(lanes.into_iter().map(LaneKey).collect())
}

/// Lets what waited for this account's login go on, inside the caller's transaction.
/// Ring the queue after the commit.
pub async fn release_waiting(
    transaction: &DatabaseTransaction,
    account: &str,
    now: Millis,
) -> Result<u64, DbErr> {
    release(transaction, Condition::all().add(event::Column::WaitingFor.eq(account)), now).await
}

/// Lets everything that waits in one conversation be looked at again, inside the caller's
/// transaction. Ring the queue after the commit.
pub async fn release_waiting_in(
    transaction: &DatabaseTransaction,
    lane: &LaneKey,
    now: Millis,
) -> Result<u64, DbErr> {
    release(transaction, Condition::all().add(event::Column::Lane.eq(lane.as_str())), now).await
}

async fn lanes_with(transaction: &DatabaseTransaction, which: Condition) -> Result<Vec<String>, DbErr> {
    event::Entity::find()
        .select_only()
        .column(event::Column::Lane)
        .distinct()
        .filter(which.add(event::Column::State.eq(3)))
        .into_tuple()
        .all(transaction)
        .await
}

async fn release(transaction: &DatabaseTransaction, which: Condition, now: Millis) -> Result<u64, DbErr> {
    for lane in &lanes_with(transaction, which.clone()).await? {
        wake(transaction, lane, now, None).await?;
    }
    let released = event::Entity::update_many()
        .col_expr(event::Column::State, Expr::value(0))
        .col_expr(event::Column::WaitingFor, Expr::value(Option::<String>::None))
        .col_expr(event::Column::DueAt, Expr::value(now.0))
        .filter(which.add(event::Column::State.eq(3)))
        .exec(transaction)
        .await?;
    Ok(released.rows_affected)
}

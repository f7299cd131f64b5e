//! A lane gets work: its row says so, and in the same commit the other replicas are told.

use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{
    ActiveValue::Set, ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, EntityTrait, Statement,
};
use threadline_entity::lane;
use uuid::Uuid;

use super::{LaneKey, Lease};
use crate::ambient::Millis;

/// Where replicas on one PostgreSQL tell each other that there is work.
pub(super) const CHANNEL: &str = "threadline_work";

/// Who comes to a lane that was given an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holder {
    /// Nobody knows of it yet: somebody must be told.
    Nobody,
    /// A worker that looks for further events before it leaves, whoever was told before, or a
    /// later moment, when its first event is tried again.
    Somebody,
    /// The one that was offered it: it was empty.
    Offered,
}

/// Gives work to a lane, at its end. Where it has no event and no holder, the one that is
/// `offered` it holds it from now on.
pub(super) async fn extend(
    transaction: &DatabaseTransaction,
    lane: &LaneKey,
    now: Millis,
    offered: Option<&Lease>,
) -> Result<Holder, DbErr> {
    use lane::Column::{DueAt, LeaseUntil, ReadyAt, Token};
    let (token, until) = offered.map_or((None, 0), |lease| (Some(lease.token()), lease.until().0));
    let idle = || old(ReadyAt).is_null().and(old(DueAt).is_null());
    let empty = || idle().and(old(LeaseUntil).lt(now.0));
    let mut known = OnConflict::columns([lane::Column::TenantId, lane::Column::ConversationId]);
    known
        .value(ReadyAt, Expr::case(idle(), now.0).finally(old(ReadyAt)))
        .value(Token, Expr::case(empty(), token).finally(old(Token)))
        .value(LeaseUntil, Expr::case(empty(), until).finally(old(LeaseUntil)));
    let row = lane::ActiveModel { lease_until: Set(until), token: Set(token), ..ready(lane, now) };
    let row = lane::Entity::insert(row).on_conflict(known).exec_with_returning(transaction).await?;
    Ok(match row.token {
        Some(held) if Some(held) == token => Holder::Offered,
        Some(_) if row.lease_until >= now.0 => Holder::Somebody,
        _ if row.ready_at == Some(now.0) => Holder::Nobody,
        _ => Holder::Somebody,
    })
}

/// Locks a lane's row, if there is one, until the transaction ends. To be asked before any other
/// row is locked, and for several lanes in their order. On PostgreSQL a statement sees what was
/// committed before it began, and whoever puts, settles or puts aside an event of the lane locks its
/// row first: the statements behind this one see all that they did, and they what this transaction
/// does.
pub async fn lock_lane(transaction: &DatabaseTransaction, lane: &LaneKey) -> Result<(), DbErr> {
    if transaction.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    let sql = "SELECT 1 FROM lane WHERE tenant_id = $1 AND conversation_id = $2 FOR UPDATE";
    let values = [lane.tenant().as_str().into(), lane.conversation().as_str().into()];
    let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, values);
    transaction.execute_raw(statement).await.map(drop)
}

/// Has a lane looked at now, whatever it waited for, and tells all replicas.
pub(super) async fn rouse(
    transaction: &DatabaseTransaction,
    lane: &LaneKey,
    now: Millis,
) -> Result<(), DbErr> {
    use lane::Column::{DueAt, ReadyAt};
    let mut known = OnConflict::columns([lane::Column::TenantId, lane::Column::ConversationId]);
    known
        .value(ReadyAt, Expr::case(old(ReadyAt).is_null(), now.0).finally(old(ReadyAt)))
        .value(DueAt, Expr::value(Option::<i64>::None));
    let row = ready(lane, now);
    lane::Entity::insert(row).on_conflict(known).exec_without_returning(transaction).await?;
    tell(transaction, Uuid::nil(), lane.tenant().as_str()).await
}

/// Tells the other replicas once this commits that this tenant has work; somebody, if it is
/// empty. The one that is named by `teller` has heard of it already.
pub(super) async fn tell(transaction: &DatabaseTransaction, teller: Uuid, tenant: &str) -> Result<(), DbErr> {
    if transaction.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    let word = format!("{teller} {tenant}");
    let sql = "SELECT pg_notify($1, $2)";
    let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, [CHANNEL.into(), word.into()]);
    transaction.execute_raw(statement).await.map(drop)
}

fn ready(lane: &LaneKey, now: Millis) -> lane::ActiveModel {
    lane::ActiveModel {
        tenant_id: Set(lane.tenant().to_string()),
        conversation_id: Set(lane.conversation().to_string()),
        ready_at: Set(Some(now.0)),
        due_at: Set(None),
        lease_until: Set(0),
        token: Set(None),
    }
}

fn old(column: lane::Column) -> Expr {
    Expr::col((lane::Entity, column))
}

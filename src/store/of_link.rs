//! Rows that belong to a link, and go with it.

use sea_orm::sea_query::{Expr, LockType, OnConflict, Query};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, Iterable,
};
use threadline_entity::chat_link;

use crate::ids::{LinkId, TenantId};

type Column<A> = <<A as ActiveModelTrait>::Entity as EntityTrait>::Column;

/// Stores a row of a link inside the caller's transaction. One with this key that is there already
/// stays; where the link is gone there is nothing to store. So it fails only if the database does:
/// somebody may remove a link while its words are on their way, and what commits beside them on
/// SQLite must not be undone by that.
pub(super) async fn store_for_link<A: ActiveModelTrait>(
    transaction: &DatabaseTransaction,
    tenant: &TenantId,
    link: LinkId,
    row: A,
    key: impl IntoIterator<Item = Column<A>>,
) -> Result<(), DbErr> {
    let (mut columns, mut values) = (Vec::new(), Query::select());
    for column in Column::<A>::iter() {
        if let Some(value) = row.get(column).into_value() {
            columns.push(column);
            values.expr(Expr::value(value));
        }
    }
    values
        .from(chat_link::Entity)
        .and_where(chat_link::Column::TenantId.eq(tenant.as_str()))
        .and_where(chat_link::Column::Id.eq(link.uuid()))
        // Whoever removes it either has done so or waits.
        .lock(LockType::KeyShare);
    let mut insert = Query::insert();
    insert
        .into_table(A::Entity::default())
        .columns(columns)
        .select_from(values)
        .map_err(|error| DbErr::Custom(error.to_string()))?
        .on_conflict(OnConflict::columns(key).do_nothing().to_owned());
    transaction.execute(&insert).await.map(drop)
}

//! What was missed and put in later: which of it is known already, and how much is still to do.

use std::collections::HashSet;

use sea_orm::{
    ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect,
};
use threadline_entity::event;

use super::{LaneKey, Queue};
use crate::ids::TenantId;

/// Keys that are asked for at once.
const CHUNK: usize = 200;

/// Forgets an event whose end nobody needs to know, inside the transaction that ends it.
pub async fn forget(transaction: &DatabaseTransaction, tenant: &TenantId, id: i64) -> Result<(), DbErr> {
    event::Entity::delete_many()
        .filter(event::Column::TenantId.eq(tenant.as_str()))
        .filter(event::Column::Id.eq(id))
        .exec(transaction)
        .await
        .map(drop)
}

impl Queue {
    /// Those of these deliveries of a tenant that were here before.
    pub async fn known_deliveries(
        &self,
        tenant: &TenantId,
        keys: &[String],
    ) -> Result<HashSet<String>, DbErr> {
        let mut known = HashSet::new();
        for chunk in keys.chunks(CHUNK) {
            let found: Vec<String> = event::Entity::find()
                .select_only()
                .column(event::Column::DeliveryKey)
                .filter(event::Column::TenantId.eq(tenant.as_str()))
                .filter(event::Column::DeliveryKey.is_in(chunk))
                .into_tuple()
                .all(self.database.reader())
                .await?;
            known.extend(found);
        }
        Ok(known)
    }

    /// How many events of a lane are still to be worked on whose delivery key begins so.
    pub async fn left_in_lane(&self, lane: &LaneKey, prefix: &str) -> Result<u64, DbErr> {
        event::Entity::find()
            .filter(event::Column::TenantId.eq(lane.tenant().as_str()))
            .filter(event::Column::Lane.eq(lane.conversation().as_str()))
            .filter(event::Column::State.eq(0))
            .filter(event::Column::DeliveryKey.starts_with(prefix))
            .count(self.database.reader())
            .await
    }
}

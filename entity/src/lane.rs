//! One conversation's place in the queue.

use sea_orm::entity::prelude::*;

/// One row of `lane`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "lane")]
pub struct Model {
    /// `tenant/conversation`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    /// Epoch milliseconds of the next work; absent: nothing to do.
    pub ready_at: Option<i64>,
    /// Epoch milliseconds: until then one worker owns the lane.
    pub lease_until: i64,
    /// Fencing token of the owner.
    pub token: Option<Uuid>,
}

impl ActiveModelBehavior for ActiveModel {}

//! One conversation's place in the queue.

use sea_orm::entity::prelude::*;

/// One row of `lane`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "lane")]
pub struct Model {
    /// The conversation's tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    /// The conversation.
    #[sea_orm(primary_key, auto_increment = false)]
    pub conversation_id: String,
    /// Epoch milliseconds: since when it has work; absent: nothing to do now.
    pub ready_at: Option<i64>,
    /// Epoch milliseconds of its first event's next try, while that is to come.
    pub due_at: Option<i64>,
    /// Epoch milliseconds: until then one worker owns the lane.
    pub lease_until: i64,
    /// Fencing token of the owner.
    pub token: Option<Uuid>,
}

impl ActiveModelBehavior for ActiveModel {}

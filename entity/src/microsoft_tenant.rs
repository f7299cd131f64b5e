//! A Microsoft tenant whose chats this installation serves.

use sea_orm::entity::prelude::*;

/// One row of `microsoft_tenant`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "microsoft_tenant")]
pub struct Model {
    /// Entra tenant id, lower case.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    /// Epoch milliseconds.
    pub created_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}

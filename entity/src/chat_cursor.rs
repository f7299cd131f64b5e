//! How far a linked conversation has been compared with its issues.

use sea_orm::entity::prelude::*;

/// One row of `chat_cursor`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "chat_cursor")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    /// Conversation id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub conversation_id: String,
    /// Epoch milliseconds: all that was written or changed in the chat before has been compared.
    pub messages_to: i64,
    /// Epoch milliseconds: the same for the comments of its issues.
    pub comments_to: i64,
    /// Epoch milliseconds: when a comparison was last asked for.
    pub asked_at: i64,
    /// Epoch milliseconds: when the next one is due.
    pub due_at: i64,
    /// How much the last one found missing; -1 if it was wanted and did not come to its end.
    pub missed: i32,
}

impl ActiveModelBehavior for ActiveModel {}

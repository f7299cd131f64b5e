//! The issue/chat mapping.

use sea_orm::entity::prelude::*;

/// One row of `chat_link`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "chat_link")]
pub struct Model {
    /// The tenant of the chat.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    /// Our id of the link.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The site of the issue.
    pub site_id: Uuid,
    /// Numeric issue id.
    pub issue_id: String,
    /// Key when last seen; the id is what counts.
    pub issue_key: String,
    /// Numeric id of the issue's project when last seen.
    pub project_id: Option<String>,
    /// Teams conversation id.
    pub conversation_id: String,
    /// Account id of the creator; absent when the operator made it.
    pub created_by: Option<String>,
    /// `private`, `shared` or `open`.
    pub access: String,
    /// `active` or `paused`.
    pub state: String,
    /// Why it is paused, as a reason word.
    pub paused_reason: Option<String>,
    /// Since when something may have been missed; epoch milliseconds.
    pub reconcile_wanted: Option<i64>,
    /// Epoch milliseconds.
    pub created_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}

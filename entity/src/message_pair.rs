//! A comment and the message that are the same words on two sides.

use sea_orm::entity::prelude::*;

/// One row of `message_pair`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "message_pair")]
pub struct Model {
    /// The link through which they were paired.
    #[sea_orm(primary_key, auto_increment = false)]
    pub link_id: Uuid,
    /// Comment id; empty text for the issue itself.
    #[sea_orm(primary_key, auto_increment = false)]
    pub comment_id: String,
    /// The tenant of the chat.
    pub tenant_id: String,
    /// Where the message is.
    pub conversation_id: String,
    /// Message id.
    pub message_id: String,
    /// `jira` or `teams`: where it was written first.
    pub origin: String,
    /// `person`, `bot` or `integration`: who wrote the copy.
    pub author: String,
    /// Keyed hash of the text that was copied.
    pub fingerprint: String,
    /// Epoch milliseconds.
    pub created_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}

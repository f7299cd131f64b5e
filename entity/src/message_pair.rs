//! A comment and the message that are the same words on two sides.

use sea_orm::entity::prelude::*;

/// One row of `message_pair`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "message_pair")]
pub struct Model {
    /// The tenant of the chat.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    /// The link through which they were paired.
    #[sea_orm(primary_key, auto_increment = false)]
    pub link_id: Uuid,
    /// Comment id; empty text for the issue itself.
    #[sea_orm(primary_key, auto_increment = false)]
    pub comment_id: String,
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
    /// `shown`, `withheld` (not for the chat), `going` (being deleted by us) or `gone`.
    pub comment_state: String,
    /// When the comment was last changed, as far as it has been carried over; epoch milliseconds.
    pub comment_version: i64,
    /// Account id of whose comment it is.
    pub comment_author: Option<String>,
    /// `live`, `going` (being deleted by us) or `gone`.
    pub message_state: String,
    /// When the message's text was last edited, as far as it has been carried over; epoch
    /// milliseconds, 0 for never.
    pub message_version: i64,
    /// Object id of whose message it is; none for the bot's.
    pub message_author: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}

//! A file of an issue and the picture or file in a chat that are the same bytes.

use sea_orm::entity::prelude::*;

/// One row of `attachment_pair`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "attachment_pair")]
pub struct Model {
    /// The tenant of the chat.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    /// The link through which they were copied.
    #[sea_orm(primary_key, auto_increment = false)]
    pub link_id: Uuid,
    /// Attachment id in Jira.
    #[sea_orm(primary_key, auto_increment = false)]
    pub attachment_id: String,
    /// Id of the hosted content, the drive's item or the bot's attachment in Teams.
    #[sea_orm(primary_key, auto_increment = false)]
    pub file_id: String,
    /// The comment that shows it; empty text while that is not known.
    pub comment_id: String,
    /// The message that shows it; empty text while that is not known.
    pub message_id: String,
    /// `jira` or `teams`: where it was added first.
    pub origin: String,
    /// `picture` or `file`: how it is shown.
    pub state: String,
    /// Epoch milliseconds.
    pub created_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}

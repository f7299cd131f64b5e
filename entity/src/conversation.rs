//! A Teams conversation the bot knows.

use sea_orm::entity::prelude::*;

/// One row of `conversation`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "conversation")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    /// Conversation id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub conversation_id: String,
    /// Where the Bot Connector is reached for it; the latest one counts.
    pub service_url: String,
    /// `personal`, `groupChat` or `channel`.
    pub kind: String,
    /// Whether the bot is there.
    pub installed: bool,
    /// The link that plain messages go to.
    pub current_link: Option<Uuid>,
    /// Graph's id of the team whose channel it is a thread of; the latest one that was told.
    pub team_id: Option<String>,
    /// Epoch milliseconds.
    pub updated_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}

//! A chat or a channel whose changes Graph tells us of, or should.

use sea_orm::entity::prelude::*;

/// One row of `graph_subscription`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "graph_subscription")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    /// Conversation id of a chat; for threads the id of their channel.
    #[sea_orm(primary_key, auto_increment = false)]
    pub place_id: String,
    /// Graph's id of the team, if it is a channel and Teams has said whose.
    pub team_id: Option<String>,
    /// `wanted`, `live`, `refused` or `resting`.
    pub state: String,
    /// Graph's id of the subscription, if there is one.
    pub subscription_id: Option<String>,
    /// Counts the subscriptions; the client state is derived from it.
    pub generation: i64,
    /// The notification key that its contents are encrypted for.
    pub key_number: Option<i64>,
    /// Epoch milliseconds: when the subscription ends.
    pub expires_at: Option<i64>,
    /// Whether Graph wants it to be authorised anew.
    pub reauthorize: bool,
    /// Epoch milliseconds: when it is to be looked at next.
    pub due_at: Option<i64>,
    /// Epoch milliseconds: until then one process looks after it.
    pub lease_until: i64,
    /// That process's proof.
    pub lease: Option<Uuid>,
    /// Failures since the last success.
    pub attempts: i32,
    /// Why the last try failed, as a word.
    pub failure: Option<String>,
    /// Epoch milliseconds.
    pub updated_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}

//! What a platform told us, and how it ended.

use sea_orm::entity::prelude::*;

/// One row of `event`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "event")]
pub struct Model {
    /// Arrival order.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The conversation in whose lane it waits; empty: nothing has to be done.
    pub lane: String,
    /// Same tenant and key, same delivery: the second is dropped.
    pub delivery_key: String,
    /// The site it came from or goes to.
    pub site_id: Option<Uuid>,
    /// The tenant it came from or goes to, and of its lane; empty: none is known.
    pub tenant_id: String,
    /// What happened, as a word.
    pub kind: String,
    /// Ids it is about, as JSON; never content.
    pub subject: String,
    /// Sealed content that had to be carried; gone when done.
    #[sea_orm(column_type = "VarBinary(StringLen::None)", nullable)]
    pub payload: Option<Vec<u8>>,
    /// 0 ready, 1 done, 2 dead, 3 waiting for a login.
    pub state: i16,
    /// The account whose login it waits for.
    pub waiting_for: Option<String>,
    /// Tries so far.
    pub attempts: i32,
    /// Epoch milliseconds: not before.
    pub due_at: i64,
    /// How it ended, or why it waits.
    pub reason: Option<String>,
    /// Epoch milliseconds.
    pub received_at: i64,
    /// Epoch milliseconds.
    pub finished_at: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}

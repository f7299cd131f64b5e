//! A write to a platform that is about to happen, or that must happen only once.

use sea_orm::entity::prelude::*;

/// One row of `intent`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "intent")]
pub struct Model {
    /// The tenant in whose chat it began.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    /// Our id of the intent; also the mark left on the platform.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// What makes two intents of a tenant the same write.
    pub key: String,
    /// The event that wants it.
    pub event_id: i64,
    /// 0 intended, 1 done.
    pub state: i16,
    /// Keyed hash of what is written, to find it again.
    pub fingerprint: String,
    /// Entra object id of who writes the message themselves, if somebody does.
    pub writer_object: Option<String>,
    /// Ids that the platform gave back, as JSON.
    pub outcome: Option<String>,
    /// Epoch milliseconds: what was written can't be older.
    pub created_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}

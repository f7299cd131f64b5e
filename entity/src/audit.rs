//! Append-only record of what matters; each entry carries the hash of the one before.

use sea_orm::entity::prelude::*;

/// One row of `audit`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "audit")]
pub struct Model {
    /// Order.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Epoch milliseconds.
    pub at: i64,
    /// Who: an account, `operator` or `threadline`.
    pub actor: String,
    /// What, as a word.
    pub action: String,
    /// On what: ids only.
    pub subject: String,
    /// Hash of the entry before.
    pub previous: String,
    /// SHA-256 over previous, at, actor, action and subject.
    pub hash: String,
}

impl ActiveModelBehavior for ActiveModel {}

//! A browser that is logged in.

use sea_orm::entity::prelude::*;

/// One row of `session`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "session")]
pub struct Model {
    /// SHA-256 of the cookie.
    #[sea_orm(primary_key, auto_increment = false)]
    pub token_hash: String,
    /// Proven Atlassian account.
    pub account_id: Option<String>,
    /// Tenant of the proven Microsoft account.
    pub tenant_id: Option<String>,
    /// Object id of the proven Microsoft account.
    pub object_id: Option<String>,
    /// Epoch milliseconds.
    pub expires_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}

//! Sealed tokens of one account.

use sea_orm::entity::prelude::*;

/// One row of `credential`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "credential")]
pub struct Model {
    /// `jira` or `microsoft`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub provider: String,
    /// Account id, or `tenant/object`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub subject: String,
    /// Sealed token pair.
    #[sea_orm(column_type = "VarBinary(StringLen::None)")]
    pub sealed: Vec<u8>,
    /// Granted scopes, separated by blanks.
    pub scopes: String,
    /// Epoch milliseconds: end of the access token.
    pub expires_at: i64,
    /// `active` or `login_needed`.
    pub state: String,
    /// Grows with each new token pair.
    pub version: i64,
    /// Epoch milliseconds: until then one process refreshes.
    pub refresh_lease_until: i64,
    /// Epoch milliseconds.
    pub updated_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}

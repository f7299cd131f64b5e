//! A login that is under way: single use, ten minutes.

use sea_orm::entity::prelude::*;

/// One row of `login_attempt`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "login_attempt")]
pub struct Model {
    /// SHA-256 of the `state` parameter.
    #[sea_orm(primary_key, auto_increment = false)]
    pub state_hash: String,
    /// `jira` or `microsoft`.
    pub provider: String,
    /// SHA-256 of the browser's cookie.
    pub browser_hash: String,
    /// Sealed PKCE verifier, nonce and where to return to.
    #[sea_orm(column_type = "VarBinary(StringLen::None)")]
    pub sealed: Vec<u8>,
    /// Epoch milliseconds.
    pub expires_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}

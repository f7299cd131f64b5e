//! A data key of the vault, wrapped by a key-encryption key.

use sea_orm::entity::prelude::*;

/// One row of `data_key`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "data_key")]
pub struct Model {
    /// Our id; part of every ciphertext.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// `instance`, `site/<id>` or `tenant/<id>`.
    #[sea_orm(unique)]
    pub scope: String,
    /// Id of the key-encryption key that wraps it.
    pub wrapping_key: String,
    /// The wrapped key.
    #[sea_orm(column_type = "VarBinary(StringLen::None)")]
    pub wrapped: Vec<u8>,
    /// Epoch milliseconds.
    pub created_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}

//! A key pair that Graph encrypts notifications for.

use sea_orm::entity::prelude::*;

/// One row of `notification_key`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "notification_key")]
pub struct Model {
    /// Counts from 1; Graph knows it as `key-1`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i64,
    /// X.509 in DER.
    #[sea_orm(column_type = "VarBinary(StringLen::None)")]
    pub certificate: Vec<u8>,
    /// Sealed PKCS#8 in DER.
    #[sea_orm(column_type = "VarBinary(StringLen::None)")]
    pub private_key: Vec<u8>,
    /// Epoch milliseconds: when the certificate is replaced at the latest.
    pub replace_at: i64,
    /// Epoch milliseconds: the end of the last subscription that used it.
    pub used_until: i64,
    /// Epoch milliseconds.
    pub created_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}

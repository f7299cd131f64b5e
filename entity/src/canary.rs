//! The sealed text that tells whether the configured keys are the right ones.

use sea_orm::entity::prelude::*;

/// One row of `canary`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "canary")]
pub struct Model {
    /// Always 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i16,
    /// Sealed known text.
    #[sea_orm(column_type = "VarBinary(StringLen::None)")]
    pub sealed: Vec<u8>,
}

impl ActiveModelBehavior for ActiveModel {}

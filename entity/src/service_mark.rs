//! Moments in the life of the installation.

use sea_orm::entity::prelude::*;

/// One row of `service_mark`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "service_mark")]
pub struct Model {
    /// `back`, or `alive/` and the id of a replica.
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    /// Epoch milliseconds.
    pub at: i64,
}

impl ActiveModelBehavior for ActiveModel {}

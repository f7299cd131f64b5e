//! The user mapping: a Jira account and a Microsoft account of one person, both proven by login.

use sea_orm::entity::prelude::*;

/// One row of `user_link`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "user_link")]
pub struct Model {
    /// The site.
    #[sea_orm(primary_key, auto_increment = false)]
    pub site_id: Uuid,
    /// Atlassian account id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: String,
    /// Entra tenant id.
    pub tenant_id: String,
    /// Entra object id.
    pub object_id: String,
    /// Epoch milliseconds.
    pub created_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}

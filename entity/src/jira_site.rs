//! A Jira site that this installation serves.

use sea_orm::entity::prelude::*;

/// One row of `jira_site`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "jira_site")]
pub struct Model {
    /// Our id of the site.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Base URL as people see it, without a trailing slash.
    #[sea_orm(unique)]
    pub url: String,
    /// Atlassian cloud id; absent for Data Center.
    pub cloud_id: Option<String>,
    /// Sealed secret of the admin webhook.
    #[sea_orm(column_type = "VarBinary(StringLen::None)")]
    pub webhook_secret: Vec<u8>,
    /// Account that writes for people who are not connected; absent: their messages wait.
    pub integration_account: Option<String>,
    /// Epoch milliseconds.
    pub created_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}

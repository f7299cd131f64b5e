//! The dynamic webhook that the service keeps on a Jira site.

use sea_orm::entity::prelude::*;

/// One row of `jira_webhook`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "jira_webhook")]
pub struct Model {
    /// Our id of the site.
    #[sea_orm(primary_key, auto_increment = false)]
    pub site_id: Uuid,
    /// Account id that the operator chose to register it; absent: whoever can.
    pub chosen_account: Option<String>,
    /// Account id that has registered it.
    pub account_id: Option<String>,
    /// Jira's id of it.
    pub webhook_id: Option<i64>,
    /// Its JQL filter: ids and keys of projects.
    pub filter: Option<String>,
    /// Epoch milliseconds: when it dies.
    pub expires_at: Option<i64>,
    /// Epoch milliseconds: when it is looked after again.
    pub due_at: i64,
    /// Epoch milliseconds: until then one process looks after it.
    pub lease_until: i64,
    /// Proves that lease.
    pub token: Option<Uuid>,
    /// Why there is none, in a few words.
    pub problem: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}

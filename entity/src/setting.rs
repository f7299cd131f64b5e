//! What the instance, a project or a link allows.

use sea_orm::entity::prelude::*;

/// One row of `setting`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "setting")]
pub struct Model {
    /// `instance`, `project` or `link`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub scope: String,
    /// Site and id of the project; id of the link, for what administrators decide with the id of
    /// their project; nothing for the instance.
    #[sea_orm(primary_key, auto_increment = false)]
    pub scope_id: String,
    /// Which setting, as a word.
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    /// Its value, as a word or a list.
    pub value: String,
    /// Key of the project when it was set, for people to read.
    pub project_key: Option<String>,
    /// Epoch milliseconds.
    pub updated_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}

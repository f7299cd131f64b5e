//! Which site may talk to which tenant.

use sea_orm::entity::prelude::*;

/// One row of `site_tenant`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "site_tenant")]
pub struct Model {
    /// The site.
    #[sea_orm(primary_key, auto_increment = false)]
    pub site_id: Uuid,
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
}

impl ActiveModelBehavior for ActiveModel {}

//! Jira sites, Microsoft tenants, and which may talk to which.

use sea_orm::sea_query::{Expr, OnConflict, SimpleExpr};
use sea_orm::{ActiveValue::Set, ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder};
use threadline_entity::{jira_site, microsoft_tenant, site_tenant};

use super::Store;
use crate::audit;
use crate::ids::{AccountId, CloudId, SiteId, TenantId};

/// A Jira site.
#[derive(Debug, Clone)]
pub struct Site {
    /// Our id.
    pub id: SiteId,
    /// Base URL as people see it, without a trailing slash.
    pub url: String,
    /// Atlassian's id of a Cloud site.
    pub cloud_id: Option<CloudId>,
    /// The sealed secret of its admin webhook.
    pub webhook_secret: Vec<u8>,
    /// Writes for people who are not connected, if set.
    pub integration_account: Option<AccountId>,
}

impl From<jira_site::Model> for Site {
    fn from(row: jira_site::Model) -> Self {
        Self {
            id: SiteId::from_uuid(row.id),
            url: row.url,
            cloud_id: row.cloud_id.map(CloudId::new),
            webhook_secret: row.webhook_secret,
            integration_account: row.integration_account.map(AccountId::new),
        }
    }
}

/// A site that is being added.
pub struct NewSite {
    /// Our id; the webhook secret is sealed for it.
    pub id: SiteId,
    /// Base URL without a trailing slash.
    pub url: String,
    /// Atlassian's id.
    pub cloud_id: CloudId,
    /// The sealed secret of its admin webhook.
    pub webhook_secret: Vec<u8>,
    /// Writes for people who are not connected.
    pub integration_account: Option<AccountId>,
    /// The tenants it may talk to.
    pub tenants: Vec<TenantId>,
}

impl Store {
    /// Adds a site and the tenants it may talk to.
    ///
    /// # Errors
    /// A unique-constraint error when its URL or cloud id is already there.
    pub async fn add_site(&self, new: NewSite) -> Result<(), DbErr> {
        let now = self.clock.now();
        self.database
            .write(move |transaction| {
                Box::pin(async move {
                    let row = jira_site::ActiveModel {
                        id: Set(new.id.uuid()),
                        url: Set(new.url),
                        cloud_id: Set(Some(new.cloud_id.into())),
                        webhook_secret: Set(new.webhook_secret),
                        integration_account: Set(new.integration_account.map(String::from)),
                        created_at: Set(now.0),
                    };
                    jira_site::Entity::insert(row).exec_without_returning(transaction).await?;
                    for tenant in new.tenants {
                        let row = microsoft_tenant::ActiveModel {
                            tenant_id: Set(tenant.to_string()),
                            created_at: Set(now.0),
                        };
                        microsoft_tenant::Entity::insert(row)
                            .on_conflict(
                                OnConflict::column(microsoft_tenant::Column::TenantId)
                                    .do_nothing()
                                    .to_owned(),
                            )
                            .exec_without_returning(transaction)
                            .await?;
                        let row = site_tenant::ActiveModel {
                            site_id: Set(new.id.uuid()),
                            tenant_id: Set(tenant.into()),
                        };
                        site_tenant::Entity::insert(row).exec_without_returning(transaction).await?;
                    }
                    let entry = audit::Entry {
                        actor: "operator".to_owned(),
                        action: "site added",
                        subject: new.id.to_string(),
                    };
                    audit::append(transaction, now, entry).await
                })
            })
            .await
    }

    /// The site at this base URL.
    pub async fn site_by_url(&self, url: &str) -> Result<Option<Site>, DbErr> {
        self.site_where(jira_site::Column::Url.eq(url)).await
    }

    /// The site with this cloud id.
    pub async fn site_by_cloud(&self, cloud_id: &CloudId) -> Result<Option<Site>, DbErr> {
        self.site_where(jira_site::Column::CloudId.eq(cloud_id.as_str())).await
    }

    async fn site_where(&self, condition: SimpleExpr) -> Result<Option<Site>, DbErr> {
        let row = jira_site::Entity::find().filter(condition).one(self.database.reader()).await?;
        Ok(row.map(Site::from))
    }

    /// Gives a site's webhook another secret, sealed; answers whether there is such a site.
    pub async fn replace_webhook_secret(&self, id: SiteId, sealed: Vec<u8>) -> Result<bool, DbErr> {
        let now = self.clock.now();
        let replaced = self
            .database
            .write(move |transaction| {
                Box::pin(async move {
                    let done = jira_site::Entity::update_many()
                        .col_expr(jira_site::Column::WebhookSecret, Expr::value(sealed))
                        .filter(jira_site::Column::Id.eq(id.uuid()))
                        .exec(transaction)
                        .await?;
                    if done.rows_affected == 0 {
                        return Ok(false);
                    }
                    let entry = audit::Entry {
                        actor: "operator".to_owned(),
                        action: "webhook secret replaced",
                        subject: id.to_string(),
                    };
                    audit::append(transaction, now, entry).await?;
                    Ok(true)
                })
            })
            .await?;
        self.recent.sites.invalidate(&id).await;
        Ok(replaced)
    }

    /// All sites, the oldest first.
    pub async fn sites(&self) -> Result<Vec<Site>, DbErr> {
        let rows = jira_site::Entity::find()
            .order_by_asc(jira_site::Column::CreatedAt)
            .all(self.database.reader())
            .await?;
        Ok(rows.into_iter().map(Site::from).collect())
    }

    /// The sites that a tenant may talk to.
    pub async fn sites_of_tenant(&self, tenant: &TenantId) -> Result<Vec<Site>, DbErr> {
        let rows = jira_site::Entity::find()
            .filter(
                jira_site::Column::Id.in_subquery(
                    sea_orm::sea_query::Query::select()
                        .column(site_tenant::Column::SiteId)
                        .from(site_tenant::Entity)
                        .and_where(site_tenant::Column::TenantId.eq(tenant.as_str()))
                        .to_owned(),
                ),
            )
            .order_by_asc(jira_site::Column::CreatedAt)
            .all(self.database.reader())
            .await?;
        Ok(rows.into_iter().map(Site::from).collect())
    }

    /// All tenants.
    pub async fn tenants(&self) -> Result<Vec<TenantId>, DbErr> {
        let rows = microsoft_tenant::Entity::find()
            .order_by_asc(microsoft_tenant::Column::TenantId)
            .all(self.database.reader())
            .await?;
        Ok(rows.into_iter().map(|row| TenantId::new(row.tenant_id)).collect())
    }

    /// The tenants that a site may talk to.
    pub async fn tenants_of_site(&self, site: SiteId) -> Result<Vec<TenantId>, DbErr> {
        let rows = site_tenant::Entity::find()
            .filter(site_tenant::Column::SiteId.eq(site.uuid()))
            .order_by_asc(site_tenant::Column::TenantId)
            .all(self.database.reader())
            .await?;
        Ok(rows.into_iter().map(|row| TenantId::new(row.tenant_id)).collect())
    }

    /// Whether this site may talk to this tenant.
    pub async fn may_talk(&self, site: SiteId, tenant: &TenantId) -> Result<bool, DbErr> {
        let row = site_tenant::Entity::find_by_id((site.uuid(), tenant.to_string()))
            .one(self.database.reader())
            .await?;
        Ok(row.is_some())
    }
}

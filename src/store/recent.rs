//! What every event asks for and nobody changes twice a day is remembered for a second. A
//! change by another process is seen after that second, one by this process at once.

use std::sync::Arc;
use std::time::Duration;

use moka::future::Cache;
use sea_orm::{DbErr, EntityTrait};
use threadline_entity::{jira_site, microsoft_tenant};

use super::{Conversation, Policy, Site, Store};
use crate::ids::{ConversationId, LinkId, ProjectId, SiteId, TenantId};

const LIFE: Duration = Duration::from_secs(1);
/// Rows of a kind at most: a bound, not an expectation.
const MOST: u64 = 10_000;

/// Rows that were read within the last second. What is not there is never remembered.
#[derive(Clone)]
pub(super) struct Recent {
    pub(super) sites: Cache<SiteId, Site>,
    pub(super) tenants: Cache<TenantId, ()>,
    /// The tenants that a site may talk to.
    pub(super) served: Cache<SiteId, Arc<[TenantId]>>,
    /// Where the bot was seen, as it was stored.
    pub(super) places: Cache<(TenantId, ConversationId), Conversation>,
    /// What a link allows while its issue is in this project.
    pub(super) policies: Cache<(LinkId, Option<ProjectId>), Arc<Policy>>,
}

impl Default for Recent {
    fn default() -> Self {
        let sites = Cache::builder().max_capacity(MOST).time_to_live(LIFE).build();
        let tenants = Cache::builder().max_capacity(MOST).time_to_live(LIFE).build();
        let served = Cache::builder().max_capacity(MOST).time_to_live(LIFE).build();
        let places = Cache::builder().max_capacity(MOST).time_to_live(LIFE).build();
        let policies = Cache::builder().max_capacity(MOST).time_to_live(LIFE).build();
        Self { sites, tenants, served, places, policies }
    }
}

impl Store {
    /// Forgets what is remembered, after rows were changed past this store.
    pub fn forget_recent(&self) {
        self.recent.sites.invalidate_all();
        self.recent.tenants.invalidate_all();
        self.recent.served.invalidate_all();
        self.recent.places.invalidate_all();
        self.recent.policies.invalidate_all();
    }

    /// One site, as it was within the last second.
    pub async fn site(&self, id: SiteId) -> Result<Option<Site>, DbErr> {
        if let Some(site) = self.recent.sites.get(&id).await {
            return Ok(Some(site));
        }
        let row = jira_site::Entity::find_by_id(id.uuid()).one(self.database.reader()).await?;
        let site = row.map(Site::from);
        if let Some(site) = &site {
            self.recent.sites.insert(id, site.clone()).await;
        }
        Ok(site)
    }

    /// The tenants that a site may talk to, as they were within the last second.
    pub(super) async fn tenants_served(&self, site: SiteId) -> Result<Arc<[TenantId]>, DbErr> {
        if let Some(tenants) = self.recent.served.get(&site).await {
            return Ok(tenants);
        }
        let tenants: Arc<[TenantId]> = self.tenants_of_site(site).await?.into();
        self.recent.served.insert(site, Arc::clone(&tenants)).await;
        Ok(tenants)
    }

    /// Whether this tenant was served within the last second.
    pub async fn knows_tenant(&self, tenant: &TenantId) -> Result<bool, DbErr> {
        if self.recent.tenants.contains_key(tenant) {
            return Ok(true);
        }
        let row = microsoft_tenant::Entity::find_by_id(tenant.as_str()).one(self.database.reader()).await?;
        if row.is_some() {
            self.recent.tenants.insert(tenant.clone(), ()).await;
        }
        Ok(row.is_some())
    }
}

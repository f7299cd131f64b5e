//! Small questions of the front door that need more than one room.

use sea_orm::DbErr;

use super::Bridge;
use crate::ids::SiteId;
use crate::secret::Secret;
use crate::store::Session;
use crate::vault::{Place, VaultError};

/// Where a site's webhook secret stands.
pub fn webhook_secret_place(row: &str) -> Place<'_> {
    Place { table: "jira_site", row, column: "webhook_secret" }
}

impl Bridge {
    /// The secret of a site's admin webhook; nothing if there is no such site.
    pub async fn webhook_secret(&self, site: SiteId) -> Result<Option<Secret>, VaultError> {
        let Some(site) = self.store.site(site).await? else { return Ok(None) };
        let row = site.id.to_string();
        Ok(Some(self.vault.open_text(webhook_secret_place(&row), &site.webhook_secret).await?))
    }

    /// A fresh unguessable text for a cookie.
    pub fn fresh_token(&self) -> String {
        self.random.token()
    }

    /// Whether both accounts of a browser are mapped to each other somewhere.
    pub async fn is_mapped(&self, session: &Session) -> Result<bool, DbErr> {
        let (Some(account), Some((tenant, object))) = (&session.account, &session.microsoft) else {
            return Ok(false);
        };
        for site in self.store.sites_of_tenant(tenant).await? {
            if let Some(person) = self.store.person_by_object(site.id, tenant, object).await?
                && person.account == *account
            {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

//! Mentions travel through the user mapping; who has none is shown as plain `@Name`.

use std::collections::HashMap;

use super::Bridge;
use super::failure::Stop;
use crate::content::{Document, Who};
use crate::ids::{SiteId, TenantId};

impl Bridge {
    /// Points mentions of Jira people at their Microsoft accounts.
    pub(super) async fn mentions_to_teams(
        &self,
        document: &mut Document,
        site: SiteId,
        tenant: &TenantId,
    ) -> Result<(), Stop> {
        let mut known = HashMap::new();
        for mention in document.mentions() {
            if let Who::Jira(account) = &mention.who
                && let Some(person) = self.store.person_by_account(site, account).await?
                && person.tenant == *tenant
            {
                known.insert(account.clone(), person.object);
            }
        }
        document.map_mentions(|mention| match &mention.who {
            Who::Jira(account) => known.get(account).cloned().map_or(Who::Nobody, Who::Teams),
            other => other.clone(),
        });
        Ok(())
    }

    /// Points mentions of Teams people at their Atlassian accounts.
    pub(super) async fn mentions_to_jira(
        &self,
        document: &mut Document,
        site: SiteId,
        tenant: &TenantId,
    ) -> Result<(), Stop> {
        let mut known = HashMap::new();
        for mention in document.mentions() {
            if let Who::Teams(object) = &mention.who
                && let Some(person) = self.store.person_by_object(site, tenant, object).await?
            {
                known.insert(object.clone(), person.account);
            }
        }
        document.map_mentions(|mention| match &mention.who {
            Who::Teams(object) => known.get(object).cloned().map_or(Who::Nobody, Who::Jira),
            other => other.clone(),
        });
        Ok(())
    }
}

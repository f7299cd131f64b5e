//! Dynamic webhooks, as an administrator of the platform could see and lose them.

use crate::jira::dynamic::{self, DynamicWebhook};
use crate::refusal::Refusal;
use crate::simulator::Simulator;

impl Simulator {
    /// The dynamic webhooks of a site, dead ones among them.
    pub fn dynamic_webhooks(&self, cloud_id: &str) -> Vec<DynamicWebhook> {
        let world = self.platforms.world();
        let site = world.jira.sites.iter().find(|site| site.cloud_id == cloud_id);
        site.map(|site| site.dynamic.clone()).unwrap_or_default()
    }

    /// Jira forgets the dynamic webhooks of a site; says how many there were.
    pub fn forget_dynamic_webhooks(&self, cloud_id: &str) -> Result<usize, Refusal> {
        let mut world = self.platforms.world();
        let site = world.jira.site_mut(cloud_id).ok_or_else(|| Refusal::NoSite(cloud_id.to_owned()))?;
        Ok(std::mem::take(&mut site.dynamic).len())
    }

    /// Takes the admin webhook of a site away.
    pub fn remove_webhook(&self, cloud_id: &str) -> Result<(), Refusal> {
        let mut world = self.platforms.world();
        let site = world.jira.site_mut(cloud_id).ok_or_else(|| Refusal::NoSite(cloud_id.to_owned()))?;
        site.webhook = None;
        Ok(())
    }

    /// A token as Jira puts on the deliveries of dynamic webhooks: HS256 with this secret.
    pub fn sign_app_webhook(&self, secret: &str, claims: &serde_json::Value) -> String {
        dynamic::signed(secret, claims)
    }
}

//! Making the platforms fail, and moving time.

use std::time::Duration;

use crate::faults::{DeliveryFault, Fault};
use crate::limits::LimitUse;
use crate::refusal::Refusal;
use crate::simulator::Simulator;

impl Simulator {
    /// Adds a rule that makes calls fail.
    pub fn fail(&self, fault: Fault) {
        self.platforms.faults.add(fault);
    }

    /// Adds a rule that makes deliveries to Threadline go wrong.
    pub fn fail_delivery(&self, fault: DeliveryFault) {
        self.platforms.faults.add_delivery(fault);
    }

    /// The rules, with their counters as they stand.
    pub fn faults(&self) -> (Vec<Fault>, Vec<DeliveryFault>) {
        self.platforms.faults.list()
    }

    /// Removes all rules.
    pub fn clear_faults(&self) {
        self.platforms.faults.clear();
    }

    /// Lets a person's access tokens expire, on both sides; says how many.
    pub fn expire_access_tokens(&self, person: &str) -> Result<usize, Refusal> {
        let person = self.person(person)?;
        let mut world = self.platforms.world();
        let jira = world.jira.grants.expire_access(&person.account_id);
        Ok(jira + world.teams.grants.expire_access(&person.object_id))
    }

    /// Revokes a person's refresh tokens, on both sides; says how many families.
    pub fn revoke_refresh_tokens(&self, person: &str) -> Result<usize, Refusal> {
        let person = self.person(person)?;
        let mut world = self.platforms.world();
        let jira = world.jira.grants.revoke(&person.account_id);
        Ok(jira + world.teams.grants.revoke(&person.object_id))
    }

    /// Gives an app a new secret; the old one is invalid from now on.
    pub fn set_client_secret(&self, client_id: &str, client_secret: &str) {
        let mut world = self.platforms.world();
        if let Some(app) = world.jira.grants.apps.get_mut(client_id) {
            client_secret.clone_into(&mut app.client_secret);
        }
        for hook in world.jira.sites.iter_mut().flat_map(|site| &mut site.dynamic) {
            if hook.client_id == client_id {
                client_secret.clone_into(&mut hook.secret);
            }
        }
        if let Some(app) = world.teams.apps.get_mut(client_id) {
            client_secret.clone_into(&mut app.client_secret);
        }
    }

    /// Whether the platforms refuse what is over their published limits.
    pub fn holds_limits(&self) -> bool {
        self.platforms.limits.are_on()
    }

    /// Lets the platforms refuse what is over their published limits, or not any more.
    pub fn hold_limits(&self, hold: bool) {
        self.platforms.limits.switch(hold);
    }

    /// How many points an hour Jira permits all sites of the app, 65,000 unless changed: every
    /// call costs one, and reading one more for each thing, two for each person or permission. The
    /// hour begins now.
    pub fn set_jira_points(&self, points: u64) {
        self.platforms.limits.set_points(None, points, None, self.platforms.now());
    }

    /// As [`Simulator::set_jira_points`], where an hour lasts for whole seconds of one's choice.
    pub fn set_jira_points_every(&self, points: u64, hour: Duration) {
        let hour = i64::try_from(hour.as_secs()).unwrap_or(i64::MAX / 1000).max(1) * 1000;
        self.platforms.limits.set_points(None, points, Some(hour), self.platforms.now());
    }

    /// Something else of the same app uses up so many of the points that all sites share.
    pub fn spend_jira_points(&self, points: u64) {
        self.platforms.limits.spend(points);
    }

    /// Gives a site a quota of its own, so many points an hour. The hour begins now.
    pub fn set_jira_site_points(&self, cloud_id: &str, points: u64) {
        self.platforms.limits.set_points(Some(cloud_id), points, None, self.platforms.now());
    }

    /// What has been counted since the limits are held.
    pub fn limit_uses(&self) -> Vec<LimitUse> {
        self.platforms.limits.used()
    }

    /// What time it is on the platforms, in milliseconds since 1970-01-01 UTC.
    pub fn now(&self) -> i64 {
        self.platforms.now()
    }

    /// Moves the simulator's clock forward: tokens, codes and leeways grow older.
    pub fn advance(&self, by: Duration) {
        self.platforms.clock.advance(by);
        self.platforms.forget_connector_token();
        self.platforms.journal.touch();
    }

    /// Changes the factor on the waits between two attempts of a delivery, see
    /// [`crate::Options::time_scale`]; waits that have begun keep theirs.
    pub fn set_time_scale(&self, scale: f64) {
        self.platforms.clock.set_scale(scale);
    }
}

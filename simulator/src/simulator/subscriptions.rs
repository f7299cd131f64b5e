//! Change notifications: reading the subscriptions, and what may happen to them.

use serde_json::Value;

use crate::refusal::Refusal;
use crate::simulator::Simulator;
use crate::teams::notification;
use crate::teams::subscription::{Forgery, LifecycleEvent, Subscription};

impl Simulator {
    /// The subscriptions that have not expired, oldest first.
    pub fn subscriptions(&self) -> Vec<Subscription> {
        let now = self.platforms.now();
        let mut all = self.platforms.world().teams.subscriptions.clone();
        all.retain(|subscription| subscription.expires > now);
        all
    }

    /// Tells the app news about one of its subscriptions, and lets them be true: a removed one
    /// is gone, one that wants to be authorised anew sends nothing until then.
    pub fn tell_lifecycle(&self, id: &str, event: LifecycleEvent) -> Result<(), Refusal> {
        let mut world = self.platforms.world();
        let subscription = world.teams.subscriptions.iter_mut().find(|known| known.id == id);
        let subscription =
            subscription.ok_or_else(|| Refusal::invalid("subscription", "there is none with this id"))?;
        subscription.suspended |= event == LifecycleEvent::ReauthorizationRequired;
        let subscription = subscription.clone();
        if event == LifecycleEvent::SubscriptionRemoved {
            world.teams.subscriptions.retain(|known| known.id != id);
        }
        notification::tell(&self.platforms, &world.teams, &subscription, event);
        drop(world);
        self.platforms.journal.touch();
        Ok(())
    }

    /// The bodies with which Graph would tell a subscription of these messages, each a whole
    /// `chatMessage`. Nothing is sent: who measures a receiver sends them at a pace of their own.
    pub fn notifications_of(
        &self,
        id: &str,
        change: &str,
        messages: &[Value],
    ) -> Result<Vec<String>, Refusal> {
        let world = self.platforms.world();
        let subscription = world.teams.subscriptions.iter().find(|known| known.id == id);
        let subscription =
            subscription.ok_or_else(|| Refusal::invalid("subscription", "there is none with this id"))?;
        notification::deliveries(&self.platforms, &world.teams, subscription, change, messages)
            .ok_or_else(|| Refusal::invalid("messages", "each needs an id"))
    }

    /// Forgets a subscription without a word.
    pub fn lose_subscription(&self, id: &str) {
        self.platforms.world().teams.subscriptions.retain(|known| known.id != id);
        self.platforms.journal.touch();
    }

    /// Gives a subscription another client state, as if somebody else had made it.
    pub fn change_client_state(&self, id: &str, state: &str) {
        let mut world = self.platforms.world();
        for known in world.teams.subscriptions.iter_mut().filter(|known| known.id == id) {
            known.client_state = Some(state.to_owned());
        }
    }

    /// Makes everything that is told from now on wrong in this way, or right again.
    pub fn forge_notifications(&self, forgery: Option<Forgery>) {
        self.platforms.world().teams.forgery = forgery;
    }
}

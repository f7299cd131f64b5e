//! Jira's dynamic webhooks: registered, refreshed and made anew by the service, and believed as far
//! as they go.

mod command;
mod door;
mod registration;

use std::time::Duration;

use threadline::ambient::Clock;
use threadline_simulator::{DynamicWebhook, Options};

use crate::service::Service;

impl Service {
    /// A service that registers webhooks, with two connected people and a link, in still time.
    async fn with_own_webhooks() -> (Self, Clock) {
        let clock = Clock::manual(Clock::system().now());
        let wants = |settings: &mut threadline::config::Settings| settings.jira.register_webhooks = true;
        let service = Self::start_at(clock.clone(), Options::default(), wants).await;
        service.connect_and_link().await;
        service.look_after_webhooks().await;
        (service, clock)
    }

    /// Lets the service look after its webhooks now, whatever it thinks is due.
    async fn look_after_webhooks(&self) {
        for _ in 0..100 {
            self.storage.store.want_webhooks().await.unwrap();
            self.bridge.look_after_webhooks().await.unwrap();
            if !self.hooks().is_empty() {
                return;
            }
            // A busy machine may have made a call time out.
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        self.until("the webhook is there", |world| {
            !world.dynamic_webhooks(threadline::stage::CLOUD).is_empty()
        })
        .await;
    }

    fn hooks(&self) -> Vec<DynamicWebhook> {
        self.world().dynamic_webhooks(threadline::stage::CLOUD)
    }
}

//! Jira's dynamic webhooks: registered, refreshed and made anew by the service, and believed as far
//! as they go.

mod command;
mod door;
mod registration;

use std::time::Duration;

use threadline::ambient::Clock;
use threadline_simulator::{DynamicWebhook, Options};
use tokio::time::Instant;

use crate::service::{PATIENCE, Service, number_of_rows};

impl Service {
    /// A service that registers webhooks, with two connected people and a link, in still time.
    async fn with_own_webhooks() -> (Self, Clock) {
        let clock = Clock::manual(Clock::system().now());
        let wants = |settings: &mut threadline::config::Settings| settings.jira.register_webhooks = true;
        let service = Self::start_at(clock.clone(), Options::default(), wants).await;
        service.connect_and_link().await;
        let deadline = Instant::now() + PATIENCE;
        while service.hooks().is_empty() {
            // A busy machine may have made a call time out.
            assert!(Instant::now() < deadline, "there is no webhook");
            service.look_after_webhooks().await;
        }
        (service, clock)
    }

    /// Lets the service look after its webhooks now, whatever it thinks is due, and waits until
    /// nobody is at it any more.
    async fn look_after_webhooks(&self) {
        let deadline = Instant::now() + PATIENCE;
        self.storage.store.want_webhooks().await.unwrap();
        let connection = self.database.connect().await;
        loop {
            self.bridge.look_after_webhooks().await.unwrap();
            let now = self.storage.clock.now().0;
            let at_it = format!("jira_webhook WHERE due_at <= {now} OR lease_until >= {now}");
            if number_of_rows(&connection, &at_it).await == 0 {
                break;
            }
            assert!(Instant::now() < deadline, "the webhooks are not looked after");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        connection.close().await.unwrap();
    }

    fn hooks(&self) -> Vec<DynamicWebhook> {
        self.world().dynamic_webhooks(threadline::stage::CLOUD)
    }
}

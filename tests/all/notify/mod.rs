//! Graph's change notifications: the second source of what happens in chats.

mod channel;
mod door;
mod keys;
mod life;
mod sources;
mod trouble;

use std::time::Duration;

use sea_orm::{ConnectionTrait, Statement};
use threadline::ambient::Clock;
use threadline_simulator::{
    Delivery, DeliveryFault, DeliveryTrouble, Options, Receiver, Simulator, Subscription,
};

use crate::service::{PATIENCE, Service};

/// A linked service that Graph tells of everything.
async fn watched() -> Service {
    let service = unlinked(Clock::system()).await;
    service.connect_and_link().await;
    service.subscribed(1).await;
    service
}

/// The same, whose time stands still until it is told.
async fn watched_in_still_time() -> (Service, Clock) {
    let clock = Clock::manual(Clock::system().now());
    let service = unlinked(clock.clone()).await;
    service.connect_and_link().await;
    service.subscribed(1).await;
    (service, clock)
}

/// Not linked yet.
async fn unlinked(clock: Clock) -> Service {
    // Graph tries for hours.
    let options = Options { connector_retries: 1_000, ..Options::default() };
    Service::start_at(clock, options, |settings| settings.microsoft.notifications = true).await
}

/// Teams does not tell the bot of this any more (`*` stands for any text).
fn deaf_bot(world: &Simulator, event: &str) {
    world.fail_delivery(DeliveryFault::new(DeliveryTrouble::Drop).to(Receiver::Bot).of(event));
}

impl Service {
    /// Waits until there are so many subscriptions, all known to the service.
    async fn subscribed(&self, number: usize) -> Vec<Subscription> {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            self.bridge.keep_subscriptions().await.unwrap();
            let there = self.world().subscriptions();
            let mut known = 0;
            for one in &there {
                let sql = format!("FROM graph_subscription WHERE subscription_id = '{}'", one.id);
                known += self.count(&sql).await;
            }
            // The service's own round may be at it just now.
            let in_hand = self.count("FROM graph_subscription WHERE lease IS NOT NULL").await;
            if there.len() == number && usize::try_from(known).unwrap() == number && in_hand == 0 {
                return there;
            }
            assert!(tokio::time::Instant::now() < deadline, "{known} of {there:#?} are known");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// How many rows there are.
    async fn count(&self, from: &str) -> i64 {
        let sql = format!("SELECT CAST(count(*) AS BIGINT) {from}");
        let connection = self.database.connect().await;
        let statement = Statement::from_string(self.database.backend(), sql);
        let row = connection.query_one_raw(statement).await.unwrap();
        let number = row.unwrap().try_get_by_index(0).unwrap();
        connection.close().await.unwrap();
        number
    }

    /// Whether the chat is to be looked through, or was, because something may have been missed. Says
    /// so once.
    async fn was_to_be_looked_through(&self) -> bool {
        // The timer may be about to ask for it, or have asked.
        self.bridge.ask_for_comparisons().await.unwrap();
        self.quiet().await;
        let wanted = r#"FROM event WHERE kind = 'comparison' AND subject LIKE '%"wanted":true%'"#;
        let asked = self.count(wanted).await > 0;
        self.change(&format!("DELETE {wanted}")).await;
        asked
    }

    /// How many notifications ended so.
    async fn told(&self, reason: &str) -> u64 {
        self.told_by("graph", reason).await
    }

    /// How many deliveries of a source ended so.
    async fn told_by(&self, source: &str, reason: &str) -> u64 {
        let metrics = self.metrics().await;
        let (source, reason) = (format!("source=\"{source}\""), format!("reason=\"{reason}\""));
        let parts = ["threadline_deliveries_total{", &source, &reason];
        let line = metrics.lines().find(|line| parts.iter().all(|part| line.contains(part)));
        line.and_then(|line| line.rsplit(' ').next()?.parse().ok()).unwrap_or(0)
    }

    /// What Graph has delivered, oldest first.
    fn notifications(&self) -> Vec<Delivery> {
        let mut all = self.world().deliveries();
        all.retain(|delivery| delivery.to == Receiver::Graph);
        all
    }

    /// What the issue says, comment by comment.
    fn comments(&self) -> Vec<String> {
        self.comment_texts(&self.stage.issue)
    }
}

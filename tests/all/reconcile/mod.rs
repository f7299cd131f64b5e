//! What was missed is made good: after an outage, on a wish, on the timer; in order, and once.

mod command;
mod digest;
mod outage;
mod slices;
mod timer;

use threadline::ids::{ConversationId, TenantId};
use threadline::stage::TENANT;
use threadline_simulator::{DeliveryFault, DeliveryTrouble};

use crate::service::Service;

impl Service {
    /// From now on no delivery of a platform arrives.
    fn deaf(&self) {
        self.world().fail_delivery(DeliveryFault::new(DeliveryTrouble::Drop));
    }

    /// Deliveries arrive again.
    fn hearing(&self) {
        self.world().clear_faults();
    }

    fn place(&self) -> (TenantId, ConversationId) {
        (TenantId::new(TENANT), ConversationId::new(self.stage.chat.as_str()))
    }

    /// Somebody has noticed that the chat may have missed something.
    async fn compare(&self) {
        let (tenant, conversation) = self.place();
        self.storage.store.want_reconciliation(&tenant, &conversation).await.unwrap();
        self.bridge.ask_for_comparisons().await.unwrap();
        self.quiet().await;
    }

    /// What both sides say, without the looks of the chat.
    fn both_sides(&self) -> (Vec<String>, Vec<String>) {
        let said = self
            .chat_texts()
            .into_iter()
            .map(|html| html.trim_start_matches("<p>").trim_end_matches("</p>").to_owned())
            .collect();
        (said, self.comment_texts(&self.stage.issue))
    }
}

//! What was told at the door is stored, and then counted: under why nothing has to be done, or as
//! queued. What is refused is not counted, and what was told before is a duplicate.

use sea_orm::DbErr;

use super::{Bridge, reason};
use crate::queue::NewEvent;

impl Bridge {
    /// Stores what a platform has told; durable when this answers.
    ///
    /// # Errors
    /// Nothing is stored then; the delivery must not be acknowledged.
    pub(super) async fn keep_deliveries(
        &self,
        source: &'static str,
        events: Vec<NewEvent>,
    ) -> Result<(), DbErr> {
        let first: Vec<&'static str> =
            events.iter().map(|event| event.finished.unwrap_or("queued")).collect();
        for (first, new) in first.into_iter().zip(self.queue.put_each(events).await?) {
            count_delivery(source, if new { first } else { reason::DUPLICATE });
        }
        Ok(())
    }
}

/// Counts what became of something that a platform has told.
pub(super) fn count_delivery(source: &'static str, reason: &'static str) {
    metrics::counter!("threadline_deliveries_total", "source" => source, "reason" => reason).increment(1);
}

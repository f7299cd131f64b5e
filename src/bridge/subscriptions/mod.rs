//! Keeps a subscription to Graph's change notifications for each linked chat, and for the channel
//! of each linked thread: makes, renews and ends them, and adopts what an earlier try has made.
//!
//! [`next`] decides from the row alone; `look_after` carries it out, one process a row at a time.

mod keys;
mod look_after;
pub mod next;

use std::sync::Arc;
use std::time::Duration;

use sea_orm::DbErr;
use tokio::task::JoinSet;

use super::Bridge;
use crate::ambient::Millis;
use crate::store::WatchState;

pub(super) use keys::NotificationKeys;

/// How often somebody looks for what no bell has rung for: renewals, and other processes' wishes.
const POLL: Duration = Duration::from_secs(15);
/// How often the states are counted, and old keys forgotten.
const COUNT: Duration = Duration::from_mins(5);
/// How long a row is in one hand: longer than the few calls that it takes.
const LEASE: Duration = Duration::from_mins(3);

impl Bridge {
    /// Looks after the subscriptions as long as it runs.
    pub async fn watch_chats(self: Arc<Self>) {
        let mut counted: Option<Millis> = None;
        loop {
            if let Err(error) = self.keep_subscriptions().await {
                tracing::warn!(%error, "the subscriptions to change notifications can't be looked after");
            }
            let now = self.clock.now();
            if counted.is_none_or(|last| now.since(last) >= COUNT) {
                counted = Some(now);
                self.count_subscriptions().await;
            }
            // In time for the next poll, whoever rings.
            let _ = tokio::time::timeout(POLL, self.store.watch_wanted()).await;
        }
    }

    /// Looks after every subscription that is to be looked at now; answers how many.
    pub async fn keep_subscriptions(self: &Arc<Self>) -> Result<usize, DbErr> {
        let mut seen = 0;
        loop {
            let taken = self.store.take_watches(LEASE).await?;
            if taken.is_empty() {
                return Ok(seen);
            }
            seen += taken.len();
            let mut under_way: JoinSet<Result<(), DbErr>> = JoinSet::new();
            for held in taken {
                let bridge = Arc::clone(self);
                under_way.spawn(async move { bridge.look_after(held).await });
            }
            while let Some(ended) = under_way.join_next().await {
                // A task that panicked has said so; its row is taken up again after its lease.
                if let Ok(result) = ended {
                    result?;
                }
            }
        }
    }

    async fn count_subscriptions(&self) {
        match self.store.count_watches().await {
            Ok(counts) => {
                for state in WatchState::ALL {
                    let count =
                        counts.iter().find(|(word, _)| word == state.word()).map_or(0, |(_, count)| *count);
                    let count = u32::try_from(count).unwrap_or(u32::MAX);
                    metrics::gauge!("threadline_subscriptions", "state" => state.word())
                        .set(f64::from(count));
                }
            }
            Err(error) => tracing::warn!(%error, "the subscriptions can't be counted"),
        }
        if let Err(error) = self.store.tidy_notification_keys().await {
            tracing::warn!(%error, "old keys of change notifications could not be removed");
        }
    }
}

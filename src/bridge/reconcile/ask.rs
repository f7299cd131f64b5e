//! When comparisons are asked for: after the service was away, on a wish, and on a slow timer. A
//! comparison is an event of the chat's lane, known by the moment of the one before: however many
//! replicas ask, it is one.

use std::time::Duration;

use sea_orm::DbErr;
use tokio_util::sync::CancellationToken;

use crate::ambient::Millis;
use crate::bridge::happening::ChatToCompare;
use crate::bridge::{Bridge, Happening};
use crate::queue::{LaneKey, NewEvent};
use crate::store::ChatCursor;

/// Time between two looks whether something is due, and between two signs of life.
const LOOK: Duration = Duration::from_secs(30);
/// Without a sign of life for this long, nobody was there.
const AWAY: Duration = Duration::from_secs(90);
/// Conversations that are asked for in one go.
const BATCH: u64 = 8;
/// Time between two goes while there are more: live events come first.
const PAUSE: Duration = Duration::from_secs(2);
/// Somebody of this installation was alive at this moment.
const ALIVE: &str = "alive";
/// Somebody stopped in an orderly way at this moment.
const STOPPED: &str = "stopped";
/// The service was away until this moment.
const BACK: &str = "back";

impl Bridge {
    /// Asks for comparisons as they come due, until `stop`; leaves word of the stop.
    pub async fn keep_comparing(&self, stop: CancellationToken) {
        if let Err(error) = self.note_start().await {
            tracing::warn!(%error, "whether something was missed while the service was away is not known");
        }
        stop.run_until_cancelled(self.ask_again_and_again()).await;
        if let Err(error) = self.store.set_mark(STOPPED).await {
            tracing::debug!(%error, "the moment of the stop was not written down");
        }
    }

    async fn ask_again_and_again(&self) {
        loop {
            let wait = match self.ask_for_comparisons().await {
                Ok(asked) if asked >= BATCH => PAUSE,
                Ok(_) => LOOK,
                Err(error) => {
                    tracing::warn!(%error, "comparisons could not be asked for");
                    LOOK
                }
            };
            if let Err(error) = self.store.set_mark(ALIVE).await {
                tracing::debug!(%error, "a sign of life was not written down");
            }
            self.comparison_bell.wait(wait).await;
        }
    }

    /// If nobody was there for a while, everything may have missed something.
    async fn note_start(&self) -> Result<(), DbErr> {
        let Some(alive) = self.store.mark(ALIVE).await? else { return Ok(()) };
        let stopped = self.store.mark(STOPPED).await?.is_some_and(|stopped| stopped >= alive);
        if stopped || self.clock.now().since(alive) > AWAY {
            tracing::info!("the service was away: what was missed meanwhile is made good");
            self.store.set_mark(BACK).await?;
        }
        Ok(())
    }

    /// Asks for some comparisons that are due or wanted; answers how many.
    ///
    /// # Errors
    /// The database's.
    pub async fn ask_for_comparisons(&self) -> Result<u64, DbErr> {
        let mut asked = 0;
        for cursor in self.store.wanted_comparisons(BATCH).await? {
            self.ask_for_comparison(cursor, true).await?;
            asked += 1;
        }
        let back = self.store.mark(BACK).await?.unwrap_or(Millis(0));
        for cursor in self.store.due_comparisons(back, BATCH).await? {
            let was_away = cursor.asked_at < back;
            self.ask_for_comparison(cursor, was_away).await?;
            asked += 1;
        }
        Ok(asked)
    }

    async fn ask_for_comparison(&self, cursor: ChatCursor, wanted: bool) -> Result<(), DbErr> {
        let every = self.settings.reconcile.every();
        // What was due together is spread.
        let due = self.clock.now().plus(every + self.random.share_of(every / 4));
        self.queue.put(vec![comparison_event(&cursor, wanted)]).await?;
        self.store.asked_for_comparison(cursor, due).await
    }
}

/// The event that compares a chat.
pub fn comparison_event(cursor: &ChatCursor, wanted: bool) -> NewEvent {
    let ChatCursor { tenant, conversation, asked_at, .. } = cursor;
    let chat = ChatToCompare { tenant: tenant.clone(), conversation: conversation.clone(), wanted };
    let happening = Happening::Compare(chat);
    NewEvent {
        lane: Some(LaneKey::new(tenant, conversation)),
        delivery_key: format!("comparison/{tenant}/{conversation}/{}", asked_at.0),
        site: None,
        tenant: Some(tenant.clone()),
        kind: happening.kind(),
        subject: happening.subject(),
        payload: None,
        finished: None,
    }
}

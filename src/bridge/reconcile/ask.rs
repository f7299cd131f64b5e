//! When comparisons are asked for: after the service was away, on a wish, and on a slow timer. A
//! comparison is an event of the chat's lane, known by the moment of the one before: however many
//! replicas ask, it is one.

use std::time::Duration;

use sea_orm::DbErr;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::bridge::happening::ChatToCompare;
use crate::bridge::{Bridge, Happening};
use crate::queue::{LaneKey, NewEvent};
use crate::store::ChatCursor;

/// Time between two looks whether something is due, and between two signs of life.
const LOOK: Duration = Duration::from_secs(30);
/// Without a sign of life for this long, nobody was there.
const AWAY: Duration = Duration::from_secs(90);
/// Replicas that have given no sign for this long will not come back.
const LONG_AGO: Duration = Duration::from_hours(24);
/// Conversations that are asked for in one go.
const BATCH: u64 = 8;
/// Time between two goes while there are more: live events come first.
const PAUSE: Duration = Duration::from_secs(2);
/// How the delivery keys of comparisons begin.
pub(super) const COMPARISON: &str = "comparison/";

impl Bridge {
    /// Asks for comparisons as they come due, until `stop`. If nobody was there before, everything
    /// may have missed something.
    pub async fn keep_comparing(&self, stop: CancellationToken) {
        let replica = self.random.id();
        if let Err(error) = self.note_start(replica).await {
            tracing::warn!(%error, "whether something was missed while the service was away is not known");
        }
        stop.run_until_cancelled(self.ask_again_and_again(replica)).await;
        if let Err(error) = self.store.leave(replica, LONG_AGO).await {
            tracing::debug!(%error, "the stop of this replica was not written down");
        }
    }

    async fn note_start(&self, replica: Uuid) -> Result<(), DbErr> {
        if !self.store.somebody_was_alive(AWAY).await? {
            self.store.come_back().await?;
        }
        self.store.give_sign_of_life(replica).await
    }

    async fn ask_again_and_again(&self, replica: Uuid) {
        let mut last_sign = Instant::now();
        loop {
            let wait = match self.ask_for_comparisons().await {
                Ok(asked) if asked >= BATCH => PAUSE,
                Ok(_) => LOOK,
                Err(error) => {
                    tracing::warn!(%error, "comparisons could not be asked for");
                    LOOK
                }
            };
            self.comparison_bell.wait(wait).await;
            if last_sign.elapsed() >= LOOK {
                last_sign = Instant::now();
                if let Err(error) = self.store.give_sign_of_life(replica).await {
                    tracing::debug!(%error, "a sign of life was not written down");
                }
            }
        }
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
        let back = self.store.back_since().await?;
        for cursor in self.store.due_comparisons(back, BATCH).await? {
            let wanted = cursor.asked_at < back || cursor.missed == ChatCursor::STILL_WANTED;
            self.ask_for_comparison(cursor, wanted).await?;
            asked += 1;
        }
        Ok(asked)
    }

    async fn ask_for_comparison(&self, cursor: ChatCursor, wanted: bool) -> Result<(), DbErr> {
        let every = self.settings.reconcile.every();
        // What was due together is spread.
        let due = self.clock.now().plus(every + self.random.share_of(every / 4));
        self.queue.put(vec![comparison_event(&cursor, wanted)]).await?;
        self.store.asked_for_comparison(cursor, wanted, due).await
    }
}

/// The event that compares a chat.
pub fn comparison_event(cursor: &ChatCursor, wanted: bool) -> NewEvent {
    let ChatCursor { tenant, conversation, asked_at, .. } = cursor;
    let chat = ChatToCompare { tenant: tenant.clone(), conversation: conversation.clone(), wanted };
    let happening = Happening::Compare(chat);
    NewEvent {
        lane: Some(LaneKey::new(tenant, conversation)),
        delivery_key: format!("{COMPARISON}{tenant}/{conversation}/{}", asked_at.0),
        site: None,
        tenant: Some(tenant.clone()),
        kind: happening.kind(),
        subject: happening.subject(),
        payload: None,
        finished: None,
    }
}

//! When comparisons are asked for: after the service was away, on a wish, and on a slow timer. A
//! comparison is an event of the chat's lane. Whoever asks for one takes it first: however many
//! replicas ask, it is one, and what is wished for after that is a wish for the next one.

use std::time::Duration;

use sea_orm::DbErr;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::ambient::Millis;
use crate::bridge::happening::ChatToCompare;
use crate::bridge::{Bridge, Happening};
use crate::queue::{LaneKey, NewEvent, Queue};
use crate::store::{ChatCursor, Store};

/// Time between two looks whether something is due, and between two signs of life.
const LOOK: Duration = Duration::from_secs(30);
/// Without a sign of life for this long, nobody was there.
const AWAY: Duration = Duration::from_secs(90);
/// Replicas that have given no sign for this long will not come back.
const LONG_AGO: Duration = Duration::from_hours(24);
/// A comparison that was wished for and whose event is not stored by then is asked for again.
const SOON: Duration = Duration::from_mins(1);
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
        self.be_alive(replica).await;
        stop.run_until_cancelled(self.ask_again_and_again(replica)).await;
        if let Err(error) = self.store.leave(replica, LONG_AGO).await {
            tracing::debug!(%error, "the stop of this replica was not written down");
        }
    }

    async fn be_alive(&self, replica: Uuid) {
        if let Err(error) = self.give_sign_of_life(replica).await {
            tracing::warn!(%error, "a sign of life was not written down; what is missed meanwhile is looked for later");
        }
    }

    /// Writes down that this replica is there. If nobody was, itself included, everything may have
    /// missed something: the service did not run, the machine slept, or the database was away.
    ///
    /// # Errors
    /// The database's.
    pub async fn give_sign_of_life(&self, replica: Uuid) -> Result<(), DbErr> {
        if !self.store.somebody_was_alive(AWAY).await? {
            tracing::info!("nobody was there for a while: all chats are compared with their issues");
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
            self.comparison_bell.wait(wait.min(LOOK.saturating_sub(last_sign.elapsed()))).await;
            if last_sign.elapsed() >= LOOK {
                last_sign = Instant::now();
                self.be_alive(replica).await;
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
            let wanted = cursor.asked_at < back || cursor.still_wanted;
            self.ask_for_comparison(cursor, wanted).await?;
            asked += 1;
        }
        Ok(asked)
    }

    async fn ask_for_comparison(&self, cursor: ChatCursor, wanted: bool) -> Result<(), DbErr> {
        let every = self.settings.reconcile.every();
        // What was due together is spread.
        let next = every + self.random.share_of(every / 4);
        ask_to_compare(&self.store, &self.queue, cursor, wanted, self.clock.now(), next).await.map(drop)
    }
}

/// Asks for a comparison; the timer asks for the one after it when `next` has passed. Answers the
/// delivery key of its event; nothing, if somebody else asked first.
///
/// # Errors
/// The database's.
pub async fn ask_to_compare(
    store: &Store,
    queue: &Queue,
    cursor: ChatCursor,
    wanted: bool,
    now: Millis,
    next: Duration,
) -> Result<Option<String>, DbErr> {
    let next = now.plus(next);
    // What the timer asks for may be left to the timer. A wish is asked for again, if the event does
    // not get as far as the queue.
    let taken_until = if wanted { now.plus(SOON) } else { next };
    let Some(taken) = store.take_comparison(cursor, wanted, taken_until).await? else { return Ok(None) };
    let event = comparison_event(&taken, wanted);
    let key = event.delivery_key.clone();
    queue.put(vec![event]).await?;
    if wanted {
        store.put_comparison_off(taken, taken_until, next).await?;
    }
    Ok(Some(key))
}

/// The event that compares a chat.
fn comparison_event(cursor: &ChatCursor, wanted: bool) -> NewEvent {
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

//! The operator tries again what was given up: of a link, of a reason, of a time.

use std::ops::ControlFlow;

use super::happening::CARRYING;
use crate::ambient::Millis;
use crate::ids::LinkId;
use crate::queue::{Event, EventState, LaneKey, Queue, Replay, Replayed};
use crate::store::Store;

/// Which dead letters to try again. What is left out narrows nothing.
#[derive(Debug, Clone, Default)]
pub struct ReplayRequest {
    /// Only these, by number.
    pub events: Option<Vec<i64>>,
    /// Only those of this link.
    pub link: Option<LinkId>,
    /// Only those that were given up for this reason.
    pub reason: Option<String>,
    /// Only those that arrived then or later.
    pub since: Option<Millis>,
    /// Only those that arrived before.
    pub until: Option<Millis>,
}

/// Why nothing is tried again.
#[derive(Debug, thiserror::Error)]
pub enum ReplayRefused {
    /// The link is not known (any more).
    #[error("there is no such link; `threadline link list` shows their ids")]
    UnknownLink,
    /// The time ends before it begins.
    #[error("the time ends before it begins; give the earlier one first")]
    EmptyTime,
    /// The database did not answer.
    #[error("the database does not answer as it should: {0}")]
    Database(#[from] sea_orm::DbErr),
}

impl ReplayRequest {
    async fn read(self, store: &Store) -> Result<Replay, ReplayRefused> {
        if self.since.zip(self.until).is_some_and(|(since, until)| until <= since) {
            return Err(ReplayRefused::EmptyTime);
        }
        let link = match self.link {
            Some(id) => Some(store.find_link(id).await?.ok_or(ReplayRefused::UnknownLink)?),
            None => None,
        };
        Ok(Replay {
            ids: self.events,
            lane: link.as_ref().map(|link| LaneKey::new(&link.tenant, &link.conversation)),
            link: link.map(|link| link.id.to_string()),
            reason: self.reason,
            since: self.since,
            until: self.until,
            carrying: CARRYING,
        })
    }
}

/// How many events [`replay`] would try again.
pub async fn count_replay(
    store: &Store,
    queue: &Queue,
    request: ReplayRequest,
) -> Result<Replayed, ReplayRefused> {
    Ok(queue.count_replay(&request.read(store).await?).await?)
}

/// Gives dead letters a fresh start, the oldest first; `progress` hears how many it were so far, and
/// may say that it is enough.
pub async fn replay(
    store: &Store,
    queue: &Queue,
    request: ReplayRequest,
    progress: impl FnMut(u64) -> ControlFlow<()>,
) -> Result<Replayed, ReplayRefused> {
    Ok(queue.replay(&request.read(store).await?, progress).await?)
}

/// Whether trying an event again is of no use: what people wrote in Teams is carried in the event,
/// and is gone once that was given up for want of a login; a comment is read from Jira.
pub fn lacks_its_content(event: &Event) -> bool {
    EventState::of(event) != EventState::Done
        && CARRYING.contains(&event.kind.as_str())
        && event.payload.is_none()
}

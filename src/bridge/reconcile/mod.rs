//! Making good what was missed: a chat is compared with its issues, and what one side does not
//! know of the other goes into the chat's lane as the events that should have come, in order.
//! Whoever handles those reads the truth and drops what is known, so nothing is relayed twice.
//!
//! Hooks are for speed, this is for truth: after a stop, an outage, on a wish, and on a slow timer.

mod ask;
mod comments;
mod digest;
mod messages;

pub use ask::ask_to_compare;

use std::fmt;
use std::time::Duration;

use serde::Serialize;

use super::failure::Stop;
use super::happening::ChatToCompare;
use super::{Bridge, Happening, reason};
use crate::ambient::Millis;
use crate::ids::{LinkId, TenantId};
use crate::queue::{self, Event, LaneKey, Lease, NewEvent, Queue, Record, Verdict};
use crate::store::{ChatCursor, Link, LinkState};

/// What could not be read is compared again after this.
const AGAIN: Duration = Duration::from_mins(10);
/// Graph's terms: the messages of a chat are listed about once a day, unless something is missing.
const LIST_AGAIN: Duration = Duration::from_hours(24);
/// How the delivery keys of missed events begin.
const KEY: &str = "missed/";

/// Something that one side does not know of the other.
struct Missed {
    /// When it happened.
    at: Millis,
    /// The same thing, the same key.
    key: String,
    /// What happened.
    happening: Happening,
    /// Whether a digest may stand for it: it was written, rather than changed, and is for all who
    /// would read of it.
    tellable: bool,
    /// The link it belongs to; of a message, the one that it will most likely go to.
    link: LinkId,
}

/// What one side does not know of the other.
struct Found {
    /// It, in no order.
    missed: Vec<Missed>,
    /// How much of that side was looked at.
    extent: Extent,
}

/// How much of a side was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Extent {
    /// All of it.
    Whole,
    /// What has changed until then: there is more than is read in one go, and the rest comes next.
    Until(Millis),
    /// Less than that: there is too much, and it does not come in slices.
    TooMuch,
}

impl Found {
    /// Nothing is missing.
    const NOTHING: Self = Self { missed: Vec::new(), extent: Extent::Whole };
}

/// How far a comparison came, the best first: the worst of its parts is what counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Came {
    /// Both sides were looked at.
    Through,
    /// There is too much of something.
    TooMuch,
    /// There is something that nobody who is connected can read.
    Unread,
    /// Something has to be tried again.
    Later,
}

impl From<Extent> for Came {
    fn from(extent: Extent) -> Self {
        match extent {
            Extent::Whole | Extent::Until(_) => Self::Through,
            Extent::TooMuch => Self::TooMuch,
        }
    }
}

/// Why a side was not compared.
enum NotCompared {
    /// Nobody is connected who could read it.
    NobodyReads,
    /// It can't be read just now; later, perhaps.
    Later,
    /// The lease is lost, or the database does not answer.
    Stop(Stop),
}

impl From<sea_orm::DbErr> for NotCompared {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Stop(error.into())
    }
}

impl From<Stop> for NotCompared {
    fn from(stop: Stop) -> Self {
        match stop {
            lost @ Stop::Lease(_) => Self::Stop(lost),
            Stop::Verdict(verdict) => match *verdict {
                Verdict::WaitForLogin { .. } => Self::NobodyReads,
                _ => Self::Later,
            },
        }
    }
}

/// How much of a catch-up is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct CatchUpProgress {
    /// Events that were worked on.
    pub done: u64,
    /// All that the last comparison found missing.
    pub of: u64,
}

impl fmt::Display for CatchUpProgress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "catching up ({} of {})", self.done, self.of)
    }
}

impl Bridge {
    /// Compares a chat with its issues, and puts in what is missing. It never waits in its lane:
    /// what can't be read now is left for a later comparison.
    pub(super) async fn compare(
        &self,
        lease: &Lease,
        event: &Event,
        chat: ChatToCompare,
    ) -> Result<Verdict, Stop> {
        let Some(mut cursor) = self.store.cursor(&chat.tenant, &chat.conversation).await? else {
            return Ok(Verdict::done(reason::NOT_LINKED));
        };
        let mut links = self.store.links_of_chat(&chat.tenant, &chat.conversation).await?;
        if links.is_empty() {
            let record: Record = Box::new(move |transaction| Box::pin(cursor.forget(transaction)));
            return Ok(Verdict::Done { reason: reason::NOT_LINKED, record: Some(record) });
        }
        links.retain(|link| link.state == LinkState::Active);
        if links.is_empty() {
            return Ok(Verdict::done(reason::LINK_PAUSED));
        }
        let (began, read_from) = (self.clock.now(), (cursor.messages_to, cursor.comments_to));
        let mut missed = Vec::new();
        let (mut came, mut sliced) = (Came::Through, false);
        for link in &links {
            match self.missed_comments(event, link, &cursor, chat.wanted).await {
                Ok(found) => {
                    missed.extend(found.missed);
                    came = came.max(found.extent.into());
                }
                Err(NotCompared::NobodyReads) => came = came.max(Came::Unread),
                Err(NotCompared::Later) => came = Came::Later,
                Err(NotCompared::Stop(stop)) => return Err(stop),
            }
        }
        if came == Came::Through {
            cursor.comments_to = began;
        }
        if chat.wanted || cursor.messages_to < began.minus(LIST_AGAIN) {
            match self.missed_messages(event, &links, &cursor).await {
                Ok(found) => {
                    missed.extend(found.missed);
                    came = came.max(found.extent.into());
                    match found.extent {
                        Extent::Whole => cursor.messages_to = began,
                        // The platform's own moment: nothing before it has to be read again.
                        Extent::Until(at) => cursor.messages_to = at.plus(ChatCursor::OVERLAP),
                        Extent::TooMuch => {}
                    }
                    sliced = matches!(found.extent, Extent::Until(_));
                }
                Err(NotCompared::NobodyReads | NotCompared::Later) => came = Came::Later,
                Err(NotCompared::Stop(stop)) => return Err(stop),
            }
        }
        if came == Came::TooMuch {
            // Trying again soon would read the same once more: the timer comes round to it.
            tracing::warn!(
                tenant = %chat.tenant,
                conversation = %chat.conversation,
                "a chat and its issues hold more than one comparison reads: what is oldest may be missing on one side"
            );
        }
        if self.bot_came_back(&cursor, read_from).await? {
            return Ok(Verdict::Retry { at: self.clock.now(), reason: reason::NOT_COMPARED, counts: false });
        }
        let missed = self.not_known(&chat.tenant, missed).await?;
        let in_digest = self.write_digests(lease, event, &links, &missed).await?;
        let count = self.put_in(&chat, missed, &in_digest).await?;
        cursor.missed = u32::try_from(count).unwrap_or(u32::MAX);
        if chat.wanted {
            cursor.still_wanted = came == Came::Later;
        }
        let reason = match came {
            Came::Later | Came::Unread => reason::NOT_COMPARED,
            Came::TooMuch => reason::TOO_MUCH,
            Came::Through if sliced => reason::COMPARED_IN_PART,
            Came::Through if count == 0 => reason::NOTHING_MISSED,
            Came::Through => reason::CAUGHT_UP,
        };
        let again = (came == Came::Later).then(|| began.plus(AGAIN + self.random.share_of(AGAIN)));
        // The timer comes round to every link: where it finds nothing, nobody needs to know.
        let silent = (!chat.wanted && reason == reason::NOTHING_MISSED).then_some(event.id);
        Ok(compared(cursor, reason, again, sliced.then_some(began), silent))
    }

    /// Whether the bot left and came back while the chat was read, with the cursor there: what was
    /// read may have been said without it.
    async fn bot_came_back(
        &self,
        cursor: &ChatCursor,
        read_from: (Millis, Millis),
    ) -> Result<bool, sea_orm::DbErr> {
        let now = self.store.cursor(&cursor.tenant, &cursor.conversation).await?;
        Ok(now.is_some_and(|now| (now.messages_to, now.comments_to) != read_from))
    }

    /// What was not put in before, in the order in which it happened.
    async fn not_known(&self, tenant: &TenantId, mut missed: Vec<Missed>) -> Result<Vec<Missed>, Stop> {
        let keys: Vec<String> = missed.iter().map(|missed| missed.key.clone()).collect();
        let known = self.queue.known_deliveries(tenant, &keys).await?;
        missed.retain(|missed| !known.contains(&missed.key));
        missed.sort_by_key(|missed| missed.at);
        Ok(missed)
    }

    /// Puts what is missing into the lane; answers how much is to be done. What is in a digest is
    /// done with.
    async fn put_in(
        &self,
        chat: &ChatToCompare,
        missed: Vec<Missed>,
        in_digest: &[String],
    ) -> Result<usize, Stop> {
        let lane = LaneKey::new(&chat.tenant, &chat.conversation);
        let mut events = Vec::with_capacity(missed.len());
        for missed in missed {
            let told = in_digest.contains(&missed.key);
            events.push(NewEvent {
                lane: (!told).then(|| lane.clone()),
                delivery_key: missed.key,
                site: None,
                tenant: Some(chat.tenant.clone()),
                kind: kind(&missed.happening),
                subject: missed.happening.subject(),
                payload: None,
                finished: told.then_some(reason::IN_DIGEST),
            });
        }
        let to_do = events.iter().filter(|event| event.finished.is_none()).count();
        self.queue.put_many(&lane, events).await?;
        Ok(to_do)
    }
}

/// How a comparison ends: remembered in the same commit. It is done `again` then, at the latest; the
/// next `slice` is wanted since then; its event is forgotten, if that is to be `silent`.
fn compared(
    cursor: ChatCursor,
    reason: &'static str,
    again: Option<Millis>,
    slice: Option<Millis>,
    silent: Option<i64>,
) -> Verdict {
    metrics::counter!("threadline_missed_total").increment(cursor.missed.into());
    Verdict::Done {
        reason,
        record: Some(Box::new(move |transaction| {
            Box::pin(async move {
                if let Some(now) = slice {
                    cursor.want(transaction, now).await?;
                }
                cursor.clone().advance(transaction).await?;
                if let Some(again) = again {
                    cursor.clone().try_again(transaction, again).await?;
                }
                if let Some(event) = silent {
                    queue::forget(transaction, &cursor.tenant, event).await?;
                }
                Ok(())
            })
        })),
    }
}

/// Whether a comparison waits for its turn in the lane of a chat.
pub(super) async fn is_asked_for(queue: &Queue, cursor: &ChatCursor) -> Result<bool, sea_orm::DbErr> {
    let lane = LaneKey::new(&cursor.tenant, &cursor.conversation);
    Ok(queue.left_in_lane(&lane, ask::COMPARISON).await? > 0)
}

/// How much is left of what the last comparison of a chat found missing; nothing, if all is done.
///
/// # Errors
/// The database's.
pub async fn catch_up_progress(
    queue: &Queue,
    cursor: &ChatCursor,
) -> Result<Option<CatchUpProgress>, sea_orm::DbErr> {
    let of = u64::from(cursor.missed);
    if of == 0 {
        return Ok(None);
    }
    let left = queue.left_in_lane(&LaneKey::new(&cursor.tenant, &cursor.conversation), KEY).await?;
    Ok((left > 0).then(|| CatchUpProgress { done: of.saturating_sub(left), of: of.max(left) }))
}

/// The word for metrics and lists. A missed message is another kind than one that was heard of: it
/// carries nothing, and is read from the chat whenever it is tried.
fn kind(happening: &Happening) -> &'static str {
    match happening {
        Happening::Message(_) => "missed message",
        other => other.kind(),
    }
}

/// The moment since when a link is compared: nothing older than the link is relayed.
fn since(link: &Link, compared_to: Millis) -> Millis {
    compared_to.minus(ChatCursor::OVERLAP).max(link.created_at)
}

//! How a link stands just now: whether what was missed is still on its way, and what keeps the rest.
//! For people who look at a chat and wonder, and for the operator's list; it names nobody.

use sea_orm::DbErr;
use serde::Serialize;

use super::backlog::{self, RETRYING, THROTTLED};
use super::reconcile::{self, CatchUpProgress};
use super::{Bridge, reason};
use crate::ambient::Millis;
use crate::queue::{EventState, LaneKey, Queue};
use crate::store::{Link, LinkState, Store};

const COMPARING: &str = "comparing";
const PAUSED: &str = "paused";

/// How a link stands just now.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, utoipa::ToSchema)]
pub struct Standing {
    /// `relaying`, `comparing` (the chat with its issues, since something may have been missed),
    /// `catching up`, `throttled` (until the platform takes more), `retrying` or `paused`.
    #[schema(example = "catching up")]
    pub state: &'static str,
    /// Why, as a reason word of the event log; of a link that is paused, throttled or retrying.
    pub reason: Option<String>,
    /// How much is done of what was missed; nothing, if all is.
    pub catching_up: Option<CatchUpProgress>,
    /// No sooner than then it goes on, epoch milliseconds.
    pub until: Option<i64>,
    /// All of this in plain words; nothing, if there is nothing to say.
    #[schema(example = "Catching up on what was missed: 12 of 80 done.")]
    pub note: Option<String>,
}

impl Standing {
    /// What a person should know, in whole sentences.
    fn told(&self) -> Option<String> {
        let missed = match (self.catching_up, self.state) {
            (Some(CatchUpProgress { done, of }), _) => {
                Some(format!("Catching up on what was missed: {done} of {of} done."))
            }
            (None, COMPARING) => {
                Some("Something may have been missed: the chat is being compared with its issues.".to_owned())
            }
            (None, _) => None,
        };
        let kept = self.kept();
        let told: Vec<&str> = missed.as_deref().into_iter().chain(kept).collect();
        (!told.is_empty()).then(|| told.join(" "))
    }

    /// What keeps it from going on, and who can do something about it.
    fn kept(&self) -> Option<&'static str> {
        Some(match (self.state, self.reason.as_deref()) {
            (PAUSED, Some(reason::BOT_REMOVED)) => {
                "Threadline is no longer in the chat. Add it to the chat again; it goes on by itself."
            }
            (PAUSED, _) => "Nothing is relayed until somebody links the issue and the chat again.",
            (THROTTLED, _) => "Jira or Teams takes no more for now. It goes on by itself.",
            (RETRYING, Some(reason::MISCONFIGURED)) => {
                "Jira or Teams refuses Threadline itself. Tell whoever runs it here; nothing is lost."
            }
            (RETRYING, Some(reason::UNREACHABLE | reason::OUTCOME_UNKNOWN)) => {
                "Jira or Teams does not answer as it should. It is tried again by itself."
            }
            (RETRYING, _) => "Something did not work. It is tried again by itself.",
            _ => return None,
        })
    }
}

impl Bridge {
    /// How a link stands just now.
    pub(super) async fn standing(&self, link: &Link) -> Result<Standing, DbErr> {
        standing(&self.queue, &self.store, link, self.clock.now()).await
    }
}

/// How a link stands just now: asks about its own lane only, and hardly anything while that is empty.
///
/// # Errors
/// The database's.
pub async fn standing(queue: &Queue, store: &Store, link: &Link, now: Millis) -> Result<Standing, DbErr> {
    let mut standing = Standing { state: "relaying", ..Standing::default() };
    if link.state == LinkState::Paused {
        (standing.state, standing.reason) = (PAUSED, link.paused_reason.clone());
    } else {
        let mut comparing = link.comparison_wanted;
        if let Some(head) = queue.head(&LaneKey::new(&link.tenant, &link.conversation)).await? {
            if let Some(cursor) = store.cursor(&link.tenant, &link.conversation).await? {
                comparing |= reconcile::is_asked_for(queue, &cursor).await?;
                standing.catching_up = reconcile::catch_up_progress(queue, &cursor).await?;
            }
            if head.due_at > now
                && let Some(reason) = head.reason
            {
                standing.state = backlog::word(EventState::Ready, Some(&reason), true);
                (standing.reason, standing.until) = (Some(reason), Some(head.due_at.0));
            }
        }
        if standing.reason.is_none() {
            standing.state = match standing.catching_up {
                Some(_) => "catching up",
                None if comparing => COMPARING,
                None => standing.state,
            };
        }
    }
    standing.note = standing.told();
    Ok(standing)
}

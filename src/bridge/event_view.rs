//! An event as programs see it, on the command line and over HTTP: ids, moments and words, never
//! content.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{explain, subject_ids};
use crate::ambient::Millis;
use crate::ids::SiteId;
use crate::queue::{Event, EventState, tenant_of};

/// An event: ids only.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct EventView {
    /// Its number.
    id: i64,
    /// When it arrived.
    #[schema(value_type = String, format = DateTime)]
    received_at: DateTime<Utc>,
    /// What happened.
    #[schema(example = "comment created")]
    kind: String,
    /// `ready`, `done`, `dead` or `waiting`.
    #[schema(example = "dead")]
    state: &'static str,
    /// How it ended, or why it waits.
    #[schema(example = "forbidden")]
    reason: Option<String>,
    /// Tries so far.
    attempts: i32,
    /// Not before; of one that has not ended.
    #[schema(value_type = Option<String>, format = DateTime)]
    due_at: Option<DateTime<Utc>>,
    /// When it ended, or was given up.
    #[schema(value_type = Option<String>, format = DateTime)]
    finished_at: Option<DateTime<Utc>>,
    /// The account whose login it waits for.
    waiting_for: Option<String>,
    /// The site it came from or goes to.
    #[schema(value_type = Option<String>)]
    site: Option<SiteId>,
    /// The tenant it came from or goes to.
    tenant: Option<String>,
    /// The ids it is about.
    #[schema(value_type = Object, example = json!({"issue": "10042", "comment": "10100"}))]
    subject: serde_json::Map<String, serde_json::Value>,
    /// What became of it, in plain words.
    became: String,
    /// Why.
    why: Option<String>,
    /// What somebody can do about it.
    advice: Option<&'static str>,
}

impl EventView {
    /// The event, in a `state` as finely told as its readers expect.
    pub fn of(event: Event, state: &'static str) -> Self {
        let told = explain(&event);
        let how_far = EventState::of(&event);
        let unfinished = matches!(how_far, EventState::Ready | EventState::Waiting);
        let moment = |at: i64| Millis(at).date();
        Self {
            tenant: tenant_of(&event).map(String::from),
            subject: subject_ids(&event).into_iter().map(|(name, id)| (name, id.into())).collect(),
            id: event.id,
            received_at: moment(event.received_at),
            kind: event.kind,
            state,
            reason: event.reason,
            attempts: event.attempts,
            due_at: unfinished.then(|| moment(event.due_at)),
            finished_at: event.finished_at.map(moment),
            waiting_for: event.waiting_for.filter(|_| how_far == EventState::Waiting),
            site: event.site_id.map(SiteId::from_uuid),
            became: told.became,
            why: told.why,
            advice: told.advice,
        }
    }
}

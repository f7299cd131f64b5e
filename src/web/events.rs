//! `/api/v1/events`: what arrived and what became of it, for the operator's scripts. A bearer
//! token (`server.operator_token`) proves them; ids and reasons are all there is to see.

use std::ops::ControlFlow;
use std::time::Duration;

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequestParts, Path, Query, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::Door;
use super::problem::{Problem, sentence};
use crate::ambient::Millis;
use crate::bridge::{EventView, ReplayRefused, ReplayRequest, count_replay, replay};
use crate::queue::{Event, EventFilter, EventState, Replayed};

/// The most events of one answer.
const MOST: u64 = 500;
/// The most events that one request names by number.
const MOST_NAMED: usize = 1000;
/// So long a request makes events ready again; it answers before it would be cut off.
const RETRY_TIME: Duration = Duration::from_secs(8);

/// Somebody who has shown the operator's token.
pub(super) struct Operator;

impl FromRequestParts<Door> for Operator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, door: &Door) -> Result<Self, Problem> {
        let shown = parts.headers.get(header::AUTHORIZATION).map(axum::http::HeaderValue::as_bytes);
        let token = shown.and_then(|shown| shown.strip_prefix(b"Bearer ")).unwrap_or_default();
        if door.0.server.is_operator(token) {
            return Ok(Self);
        }
        Err(Problem::new(
            StatusCode::UNAUTHORIZED,
            "This is for the operator: send server.operator_token (at least 32 characters, set in \
             threadline.toml) as a bearer token.",
        ))
    }
}

/// The event, in a state that `?state=` takes.
fn view(event: Event) -> EventView {
    let state = EventState::of(&event).word();
    EventView::of(event, state)
}

/// Which events to list.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// Only those in this state: `ready`, `done`, `dead` or `waiting`.
    state: Option<String>,
    /// Only those with a greater number.
    after: Option<i64>,
    /// How many at most, 1 to 500; 50 if not given.
    limit: Option<u64>,
}

/// List events, the newest first.
#[utoipa::path(
    get, path = "/api/v1/events", tag = "events", params(Wanted), security(("operator" = [])),
    responses(
        (status = 200, description = "The events.", body = [EventView]),
        (status = 401, description = "The operator's token is missing or wrong.", body = Problem),
        (status = 422, description = "There is no such state.", body = Problem),
    )
)]
pub(super) async fn list_events(
    _: Operator,
    State(door): State<Door>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Vec<EventView>>, Problem> {
    let state = match wanted.state.as_deref() {
        None => None,
        Some(word) => Some(EventState::from_word(word).ok_or_else(|| {
            Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "state is one of ready, done, dead, waiting.")
        })?),
    };
    let limit = wanted.limit.unwrap_or(50).clamp(1, MOST);
    let filter = EventFilter { state, after: wanted.after, limit };
    let events = door.bridge().queue().events(&filter).await?;
    Ok(Json(events.into_iter().map(view).collect()))
}

/// One event.
#[utoipa::path(
    get, path = "/api/v1/events/{event}", tag = "events", security(("operator" = [])),
    params(("event" = i64, Path, description = "Its number")),
    responses(
        (status = 200, description = "The event.", body = EventView),
        (status = 401, description = "The operator's token is missing or wrong.", body = Problem),
        (status = 404, description = "There is no such event, or it is forgotten.", body = Problem),
    )
)]
pub(super) async fn show_event(
    _: Operator,
    State(door): State<Door>,
    Path(id): Path<i64>,
) -> Result<Json<EventView>, Problem> {
    let missing = || {
        Problem::new(
            StatusCode::NOT_FOUND,
            "There is no such event; what has ended is forgotten after relay.keep_days, what was given up after relay.keep_dead_days.",
        )
    };
    Ok(Json(view(door.bridge().queue().event(id).await?.ok_or_else(missing)?)))
}

/// Which dead letters to try again; what is left out narrows nothing. One of the first five, or
/// `all`, must be there.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(example = json!({"reason": "forbidden", "since": "2026-11-20T00:00:00Z"}))]
pub(super) struct RetryRequest {
    /// Only these, by number: up to 1,000.
    events: Option<Vec<i64>>,
    /// Only those of this link.
    link: Option<String>,
    /// Only those that were given up for this reason.
    reason: Option<String>,
    /// Only those that arrived then or later.
    #[schema(value_type = Option<String>, format = DateTime)]
    since: Option<DateTime<Utc>>,
    /// Only those that arrived before.
    #[schema(value_type = Option<String>, format = DateTime)]
    until: Option<DateTime<Utc>>,
    /// All that were given up.
    all: bool,
    /// Say how many it would be, and change nothing.
    dry_run: bool,
}

/// What was tried again.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct RetryView {
    /// How many are ready again.
    retried: u64,
    /// How many stay as they are, because their content was deleted when its time was over.
    without_content: u64,
    /// Whether there may be more than one request had time for: send the same again.
    more: bool,
}

/// Try again what was given up. What has arrived on the other side is not written twice.
#[utoipa::path(
    post, path = "/api/v1/events/retry", tag = "events", request_body = RetryRequest,
    security(("operator" = [])),
    responses(
        (status = 200, description = "They are ready again, or would be.", body = RetryView),
        (status = 401, description = "The operator's token is missing or wrong.", body = Problem),
        (status = 404, description = "There is no such link.", body = Problem),
        (status = 422, description = "It does not say which, or makes no sense.", body = Problem),
    )
)]
pub(super) async fn retry_events(
    _: Operator,
    State(door): State<Door>,
    wanted: Result<Json<RetryRequest>, JsonRejection>,
) -> Result<Json<RetryView>, Problem> {
    let unclear = |detail: &str| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail);
    let Json(wanted) = wanted.map_err(|refused| unclear(&sentence(&refused.body_text())))?;
    let dry_run = wanted.dry_run;
    let request = wanted.read().map_err(unclear)?;
    let (store, queue) = (door.bridge().store(), door.bridge().queue());
    let Replayed { again, without_content, more } = if dry_run {
        count_replay(store, queue, request).await?
    } else {
        let end = Instant::now() + RETRY_TIME;
        let in_time =
            |_| if Instant::now() < end { ControlFlow::Continue(()) } else { ControlFlow::Break(()) };
        replay(store, queue, request, in_time).await?
    };
    Ok(Json(RetryView { retried: again, without_content, more }))
}

impl RetryRequest {
    fn read(self) -> Result<ReplayRequest, &'static str> {
        let says_which = self.events.is_some()
            || self.link.is_some()
            || self.reason.is_some()
            || self.since.is_some()
            || self.until.is_some();
        if says_which == self.all {
            return Err("Say which: events, link, reason, since or until; or all by itself.");
        }
        if self.events.as_ref().is_some_and(|events| events.len() > MOST_NAMED) {
            return Err(
                "events names more than 1,000: send them in several requests, or say which by link, \
                        reason, since or until.",
            );
        }
        let link = self
            .link
            .map(|link| link.parse().map_err(|_| "link is an id such as link_019a…."))
            .transpose()?;
        let at = |time: Option<DateTime<Utc>>| time.map(|time| Millis(time.timestamp_millis()));
        Ok(ReplayRequest {
            events: self.events,
            link,
            reason: self.reason,
            since: at(self.since),
            until: at(self.until),
        })
    }
}

impl From<ReplayRefused> for Problem {
    fn from(refused: ReplayRefused) -> Self {
        let said = sentence(&refused.to_string());
        match refused {
            ReplayRefused::UnknownLink => Self::new(StatusCode::NOT_FOUND, said),
            ReplayRefused::EmptyTime => Self::new(StatusCode::UNPROCESSABLE_ENTITY, said),
            ReplayRefused::Database(error) => error.into(),
        }
    }
}

//! Transitions: every issue may go to any of the three statuses.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::hosts::api_atlassian::caller::Caller;
use crate::hosts::api_atlassian::error::{ApiError, jira_json};
use crate::jira::issues::{IssueEdit, STATUSES};
use crate::jira::shown::{self, Version};
use crate::journal::Origin;
use crate::platforms::Shared;

/// Ids of the transitions, in the order of the statuses.
const IDS: [&str; 3] = ["11", "21", "31"];

pub(super) async fn list(
    State(platforms): State<Shared>,
    caller: Caller,
    Path((_, key)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    caller.needs("read:jira-work")?;
    let world = platforms.world();
    let site = world.jira.sites.get(caller.site).ok_or(ApiError::UnknownCloud)?;
    caller.issue(site, &key)?;
    let transitions: Vec<Value> = IDS
        .iter()
        .zip(STATUSES)
        .map(|(id, (_, name))| {
            json!({"id": id, "name": name, "to": shown::status(site, Version::Three, name),
                "hasScreen": false, "isGlobal": true, "isInitial": false, "isConditional": false,
                "isAvailable": true, "fields": {}})
        })
        .collect();
    Ok(jira_json(StatusCode::OK, &json!({"expand": "transitions", "transitions": transitions})))
}

pub(super) async fn carry_out(
    State(platforms): State<Shared>,
    caller: Caller,
    Path((_, key)): Path<(String, String)>,
    body: Bytes,
) -> Result<Response, ApiError> {
    caller.needs("write:jira-work")?;
    let body = caller.object(&body)?;
    let wanted = body.get("transition").and_then(|transition| transition.get("id"));
    let wanted = wanted.map(|id| id.to_string().trim_matches('"').to_owned());
    let status = IDS
        .iter()
        .zip(STATUSES)
        .find(|(id, _)| Some(**id) == wanted.as_deref())
        .map(|(_, (_, name))| name.to_owned())
        .ok_or_else(|| {
            ApiError::message(StatusCode::BAD_REQUEST, "Missing or invalid 'transition' identifier.")
        })?;
    let edit = IssueEdit { status: Some(status), ..IssueEdit::default() };
    platforms.edit_issue(caller.site, &key, &caller.person, Origin::App, edit)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

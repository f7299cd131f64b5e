//! Comments of an issue.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use crate::hosts::api_atlassian::caller::Caller;
use crate::hosts::api_atlassian::error::{ApiError, jira_json};
use crate::hosts::api_atlassian::property::LIMIT;
use crate::jira::comments::{Audience, CommentEdit, NewComment};
use crate::jira::model::{Comment, Visibility};
use crate::jira::shown::{self, Version};
use crate::journal::Origin;
use crate::platforms::Shared;

fn with_properties(caller: &Caller) -> bool {
    caller.list("expand").contains(&"properties")
}

pub(super) async fn list(
    State(platforms): State<Shared>,
    caller: Caller,
    Path((_, key)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    caller.needs("read:jira-work")?;
    let start = caller.number("startAt", 0)?;
    let most = caller.number("maxResults", 100)?.min(5000);
    let newest_first = match caller.query.get("orderBy").map(String::as_str) {
        None | Some("created" | "+created") => false,
        Some("-created") => true,
        Some(_) => {
            return Err(ApiError::message(StatusCode::BAD_REQUEST, "The orderBy field is not valid."));
        }
    };
    let world = platforms.world();
    let site = world.jira.sites.get(caller.site).ok_or(ApiError::UnknownCloud)?;
    let record = caller.issue(site, &key)?;
    let mut seen: Vec<&Comment> = record
        .comments
        .values()
        .filter(|comment| site.comment_shows_to(comment, &caller.person.account_id))
        .collect();
    if newest_first {
        seen.reverse();
    }
    let total = seen.len();
    let shown: Vec<Value> = seen
        .into_iter()
        .skip(start)
        .take(most)
        .map(|comment| shown::comment(site, Version::Three, &record.issue, comment, with_properties(&caller)))
        .collect();
    Ok(jira_json(
        StatusCode::OK,
        &json!({"startAt": start, "maxResults": most, "total": total, "comments": shown}),
    ))
}

pub(super) async fn read(
    State(platforms): State<Shared>,
    caller: Caller,
    Path((_, key, id)): Path<(String, String, String)>,
) -> Result<Response, ApiError> {
    caller.needs("read:jira-work")?;
    let world = platforms.world();
    let site = world.jira.sites.get(caller.site).ok_or(ApiError::UnknownCloud)?;
    let record = caller.issue(site, &key)?;
    let comment = id
        .parse::<u64>()
        .ok()
        .and_then(|id| record.comments.get(&id))
        .filter(|comment| site.comment_shows_to(comment, &caller.person.account_id))
        .ok_or_else(|| ApiError::no_comment(&id))?;
    let mut shown = shown::comment(site, Version::Three, &record.issue, comment, with_properties(&caller));
    if caller.list("expand").contains(&"renderedBody")
        && let Some(map) = shown.as_object_mut()
    {
        map.insert("renderedBody".to_owned(), record.rendered(&comment.body).into());
    }
    Ok(jira_json(StatusCode::OK, &shown))
}

/// The properties of a create request: `[{"key", "value"}]`.
pub(super) fn properties(body: &mut Map<String, Value>) -> Result<BTreeMap<String, Value>, ApiError> {
    let list = match body.remove("properties") {
        None | Some(Value::Null) => return Ok(BTreeMap::new()),
        Some(Value::Array(list)) => list,
        Some(_) => return Err(ApiError::field("properties", "Properties must be a list.")),
    };
    let mut properties = BTreeMap::new();
    for mut entry in list {
        let key = entry.get("key").and_then(Value::as_str).map(str::to_owned);
        let value = entry.get_mut("value").map(Value::take);
        let (Some(key), Some(value)) = (key, value) else {
            return Err(ApiError::field("properties", "A property needs a key and a value."));
        };
        if key.is_empty() || key.len() > 255 || value.to_string().len() > LIMIT {
            return Err(ApiError::field(
                "properties",
                "A property's key has at most 255 characters, its value at most 32768.",
            ));
        }
        properties.insert(key, value);
    }
    Ok(properties)
}

fn visibility(body: &mut Map<String, Value>) -> Result<Option<Visibility>, ApiError> {
    match body.remove("visibility") {
        None | Some(Value::Null) => Ok(None),
        Some(value) => serde_json::from_value(value)
            .map(Some)
            .map_err(|_| ApiError::field("commentLevel", "Comment visibility needs a type and a value.")),
    }
}

/// The comment that the new one answers: a number or its digits.
fn parent(body: &mut Map<String, Value>) -> Result<Option<u64>, ApiError> {
    match body.remove("parentId") {
        None | Some(Value::Null) => Ok(None),
        Some(id) => id
            .as_u64()
            .or_else(|| id.as_str()?.parse().ok())
            .map(Some)
            .ok_or_else(|| ApiError::field("parentId", "The parent is not the id of a comment.")),
    }
}

pub(super) async fn add(
    State(platforms): State<Shared>,
    caller: Caller,
    Path((_, key)): Path<(String, String)>,
    body: Bytes,
) -> Result<Response, ApiError> {
    caller.needs("write:jira-work")?;
    let mut body = caller.object(&body)?;
    let new = NewComment {
        visibility: visibility(&mut body)?,
        properties: properties(&mut body)?,
        parent: parent(&mut body)?,
        body: body.remove("body").unwrap_or_default(),
    };
    let comment = platforms.add_comment(caller.site, &key, &caller.person, Origin::App, new)?;
    answer(&platforms, &caller, &key, &comment, StatusCode::CREATED)
}

pub(super) async fn edit(
    State(platforms): State<Shared>,
    caller: Caller,
    Path((_, key, id)): Path<(String, String, String)>,
    body: Bytes,
) -> Result<Response, ApiError> {
    caller.needs("write:jira-work")?;
    let mut body = caller.object(&body)?;
    let edit = CommentEdit {
        audience: if body.contains_key("visibility") {
            visibility(&mut body)?.into()
        } else {
            Audience::AsBefore
        },
        body: body.remove("body").unwrap_or_default(),
    };
    let comment = platforms.edit_comment(caller.site, &key, &id, &caller.person, Origin::App, edit)?;
    answer(&platforms, &caller, &key, &comment, StatusCode::OK)
}

pub(super) async fn delete(
    State(platforms): State<Shared>,
    caller: Caller,
    Path((_, key, id)): Path<(String, String, String)>,
) -> Result<Response, ApiError> {
    caller.needs("write:jira-work")?;
    platforms.delete_comment(caller.site, &key, &id, &caller.person, Origin::App)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

fn answer(
    platforms: &Shared,
    caller: &Caller,
    key: &str,
    comment: &Comment,
    status: StatusCode,
) -> Result<Response, ApiError> {
    let world = platforms.world();
    let site = world.jira.sites.get(caller.site).ok_or(ApiError::UnknownCloud)?;
    let issue = &site.issue(key).ok_or_else(ApiError::no_issue)?.issue;
    let shown = shown::comment(site, Version::Three, issue, comment, with_properties(caller));
    Ok(jira_json(status, &shown))
}

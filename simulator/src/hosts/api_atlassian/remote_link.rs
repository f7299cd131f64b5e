//! Links from an issue to something elsewhere; the same `globalId` replaces.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::hosts::api_atlassian::caller::Caller;
use crate::hosts::api_atlassian::error::{ApiError, jira_json};
use crate::jira::model::RemoteLink;
use crate::jira::shown;
use crate::journal::{Change, Origin};
use crate::platforms::Shared;

/// Watchers see a changed link as a changed issue; webhooks are not sent for links.
fn tell(platforms: &Shared, caller: &Caller, issue: String) {
    let author = caller.person.account_id.clone();
    platforms.journal.add(platforms.now(), Change::IssueUpdated { issue, author, by: Origin::App });
}

fn missing() -> ApiError {
    ApiError::message(StatusCode::NOT_FOUND, "The remote link does not exist.")
}

pub(super) async fn list(
    State(platforms): State<Shared>,
    caller: Caller,
    Path((_, key)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    caller.needs("read:jira-work")?;
    let world = platforms.world();
    let site = world.jira.sites.get(caller.site).ok_or(ApiError::UnknownCloud)?;
    let issue = &caller.issue(site, &key)?.issue;
    if let Some(global_id) = caller.query.get("globalId") {
        let link = issue.remote_links.iter().find(|link| link.global_id.as_ref() == Some(global_id));
        return Ok(jira_json(StatusCode::OK, &shown::remote_link(site, issue, link.ok_or_else(missing)?)));
    }
    let links: Vec<Value> =
        issue.remote_links.iter().map(|link| shown::remote_link(site, issue, link)).collect();
    Ok(jira_json(StatusCode::OK, &links.into()))
}

pub(super) async fn read(
    State(platforms): State<Shared>,
    caller: Caller,
    Path((_, key, link)): Path<(String, String, String)>,
) -> Result<Response, ApiError> {
    caller.needs("read:jira-work")?;
    let world = platforms.world();
    let site = world.jira.sites.get(caller.site).ok_or(ApiError::UnknownCloud)?;
    let issue = &caller.issue(site, &key)?.issue;
    let found = issue.remote_links.iter().find(|found| found.id.to_string() == link).ok_or_else(missing)?;
    Ok(jira_json(StatusCode::OK, &shown::remote_link(site, issue, found)))
}

pub(super) async fn upsert(
    State(platforms): State<Shared>,
    caller: Caller,
    Path((_, key)): Path<(String, String)>,
    body: Bytes,
) -> Result<Response, ApiError> {
    caller.needs("write:jira-work")?;
    let body = caller.object(&body)?;
    for name in ["url", "title"] {
        let given = body.get("object").and_then(|object| object.get(name)).and_then(Value::as_str);
        if given.is_none_or(str::is_empty) {
            return Err(ApiError::Field(name.to_owned(), format!("'{name}' is required.")));
        }
    }
    let global_id = body.get("globalId").and_then(Value::as_str).map(str::to_owned);
    if global_id.as_ref().is_some_and(|id| id.chars().count() > 255) {
        return Err(ApiError::field("globalId", "'globalId' may have at most 255 characters."));
    }
    let mut world = platforms.world();
    let site = world.jira.sites.get_mut(caller.site).ok_or(ApiError::UnknownCloud)?;
    caller.issue(site, &key)?;
    let fresh = site.next_id();
    let base = site.url.clone();
    let issue = &mut site.issue_mut(&key).ok_or_else(ApiError::no_issue)?.issue;
    let content = Value::Object(body);
    let old =
        issue.remote_links.iter_mut().find(|link| link.global_id.is_some() && link.global_id == global_id);
    let (status, id) = if let Some(old) = old {
        old.content = content;
        (StatusCode::OK, old.id)
    } else {
        issue.remote_links.push(RemoteLink { id: fresh, global_id, content });
        (StatusCode::CREATED, fresh)
    };
    let address = format!("{base}rest/api/3/issue/{}/remotelink/{id}", issue.key);
    let key = issue.key.clone();
    drop(world);
    tell(&platforms, &caller, key);
    Ok(jira_json(status, &json!({"id": id, "self": address})))
}

pub(super) async fn delete(
    State(platforms): State<Shared>,
    caller: Caller,
    Path((_, key, link)): Path<(String, String, String)>,
) -> Result<Response, ApiError> {
    remove(&platforms, &caller, &key, |found| found.id.to_string() == link)
}

pub(super) async fn delete_by_global_id(
    State(platforms): State<Shared>,
    caller: Caller,
    Path((_, key)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    let global_id = caller
        .query
        .get("globalId")
        .cloned()
        .ok_or_else(|| ApiError::message(StatusCode::BAD_REQUEST, "'globalId' is required."))?;
    remove(&platforms, &caller, &key, |found| found.global_id.as_ref() == Some(&global_id))
}

fn remove(
    platforms: &Shared,
    caller: &Caller,
    key: &str,
    is_it: impl Fn(&RemoteLink) -> bool,
) -> Result<Response, ApiError> {
    caller.needs("write:jira-work")?;
    let mut world = platforms.world();
    let site = world.jira.sites.get_mut(caller.site).ok_or(ApiError::UnknownCloud)?;
    caller.issue(site, key)?;
    let links = &mut site.issue_mut(key).ok_or_else(ApiError::no_issue)?.issue.remote_links;
    let place = links.iter().position(is_it).ok_or_else(missing)?;
    links.remove(place);
    drop(world);
    tell(platforms, caller, key.to_owned());
    Ok(StatusCode::NO_CONTENT.into_response())
}

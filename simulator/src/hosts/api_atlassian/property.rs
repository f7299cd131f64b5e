//! Properties of issues and comments: any JSON value under a key.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::hosts::api_atlassian::caller::Caller;
use crate::hosts::api_atlassian::error::{ApiError, jira_json};
use crate::jira::model::Site;
use crate::platforms::Shared;

/// Most bytes of a property's value.
pub(super) const LIMIT: usize = 32_768;

type Properties = BTreeMap<String, Value>;

/// What carries properties.
#[derive(Clone, Copy)]
enum Owner {
    Issue,
    Comment,
}

/// The properties of an issue or comment that the caller may see.
fn of<'a>(
    caller: &Caller,
    site: &'a mut Site,
    owner: Owner,
    id: &str,
) -> Result<&'a mut Properties, ApiError> {
    match owner {
        Owner::Issue => {
            caller.issue(site, id)?;
            site.issue_mut(id).map(|record| &mut record.issue.properties).ok_or_else(ApiError::no_issue)
        }
        Owner::Comment => {
            let missing = || ApiError::no_comment(id);
            let number: u64 = id.parse().map_err(|_| missing())?;
            let issue = site.issue_of_comment.get(&number).copied().ok_or_else(missing)?.to_string();
            let record = caller.issue(site, &issue).map_err(|_| missing())?;
            record
                .comments
                .get(&number)
                .filter(|comment| site.comment_shows_to(comment, &caller.person.account_id))
                .ok_or_else(missing)?;
            site.issue_mut(&issue)
                .and_then(|record| record.comments.get_mut(&number))
                .map(|comment| &mut comment.properties)
                .ok_or_else(missing)
        }
    }
}

fn list(platforms: &Shared, caller: &Caller, owner: Owner, id: &str) -> Result<Response, ApiError> {
    caller.needs("read:jira-work")?;
    let mut world = platforms.world();
    let site = world.jira.sites.get_mut(caller.site).ok_or(ApiError::UnknownCloud)?;
    let keys: Vec<Value> =
        of(caller, site, owner, id)?.keys().map(|key| json!({"key": key, "self": ""})).collect();
    Ok(jira_json(StatusCode::OK, &json!({"keys": keys})))
}

fn read(
    platforms: &Shared,
    caller: &Caller,
    owner: Owner,
    id: &str,
    key: &str,
) -> Result<Response, ApiError> {
    caller.needs("read:jira-work")?;
    let mut world = platforms.world();
    let site = world.jira.sites.get_mut(caller.site).ok_or(ApiError::UnknownCloud)?;
    let value = of(caller, site, owner, id)?.get(key).ok_or_else(|| missing(key))?;
    Ok(jira_json(StatusCode::OK, &json!({"key": key, "value": value})))
}

fn missing(key: &str) -> ApiError {
    ApiError::Message(StatusCode::NOT_FOUND, format!("The property with key '{key}' does not exist."))
}

fn set(
    platforms: &Shared,
    caller: &Caller,
    owner: Owner,
    id: &str,
    key: &str,
    body: &Bytes,
) -> Result<Response, ApiError> {
    caller.needs("write:jira-work")?;
    let value = caller.value(body)?;
    if key.len() > 255 || body.len() > LIMIT {
        return Err(ApiError::message(StatusCode::BAD_REQUEST, "The property's key or value is too long."));
    }
    let mut world = platforms.world();
    let site = world.jira.sites.get_mut(caller.site).ok_or(ApiError::UnknownCloud)?;
    let before = of(caller, site, owner, id)?.insert(key.to_owned(), value);
    Ok(if before.is_some() { StatusCode::OK } else { StatusCode::CREATED }.into_response())
}

fn delete(
    platforms: &Shared,
    caller: &Caller,
    owner: Owner,
    id: &str,
    key: &str,
) -> Result<Response, ApiError> {
    caller.needs("write:jira-work")?;
    let mut world = platforms.world();
    let site = world.jira.sites.get_mut(caller.site).ok_or(ApiError::UnknownCloud)?;
    of(caller, site, owner, id)?.remove(key).ok_or_else(|| missing(key))?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

macro_rules! handlers {
    ($owner:expr, $list:ident, $read:ident, $set:ident, $delete:ident) => {
        pub(super) async fn $list(
            State(platforms): State<Shared>,
            caller: Caller,
            Path((_, id)): Path<(String, String)>,
        ) -> Result<Response, ApiError> {
            list(&platforms, &caller, $owner, &id)
        }

        pub(super) async fn $read(
            State(platforms): State<Shared>,
            caller: Caller,
            Path((_, id, key)): Path<(String, String, String)>,
        ) -> Result<Response, ApiError> {
            read(&platforms, &caller, $owner, &id, &key)
        }

        pub(super) async fn $set(
            State(platforms): State<Shared>,
            caller: Caller,
            Path((_, id, key)): Path<(String, String, String)>,
            body: Bytes,
        ) -> Result<Response, ApiError> {
            set(&platforms, &caller, $owner, &id, &key, &body)
        }

        pub(super) async fn $delete(
            State(platforms): State<Shared>,
            caller: Caller,
            Path((_, id, key)): Path<(String, String, String)>,
        ) -> Result<Response, ApiError> {
            delete(&platforms, &caller, $owner, &id, &key)
        }
    };
}

handlers!(Owner::Issue, list_of_issue, read_of_issue, set_of_issue, delete_of_issue);
handlers!(Owner::Comment, list_of_comment, read_of_comment, set_of_comment, delete_of_comment);

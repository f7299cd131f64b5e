//! People: the caller, other users, and what the token reaches.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use crate::hosts::api_atlassian::caller::Caller;
use crate::hosts::api_atlassian::error::{ApiError, jira_json};
use crate::jira::shown::{self, Version};
use crate::platforms::Shared;

pub(super) async fn accessible_resources(State(platforms): State<Shared>, caller: Caller) -> Json<Value> {
    let world = platforms.world();
    let scopes: Vec<&String> = caller.grant.scopes.iter().filter(|scope| scope.contains(":jira")).collect();
    let reached: Vec<Value> = world
        .jira
        .sites
        .iter()
        .filter(|site| caller.grant.cloud_ids.contains(&site.cloud_id))
        .map(|site| {
            let url = site.url.as_str().trim_end_matches('/');
            json!({"id": site.cloud_id, "name": site.name, "url": url, "scopes": scopes,
                "avatarUrl": format!("{url}/avatar/site")})
        })
        .collect();
    Json(reached.into())
}

pub(super) async fn me(caller: Caller) -> Result<Json<Value>, ApiError> {
    caller.needs("read:me")?;
    Ok(Json(json!({"account_id": caller.person.account_id, "email": caller.person.email,
        "name": caller.person.name, "picture": "", "account_status": "active", "account_type": "atlassian",
        "nickname": caller.person.name, "zoneinfo": "Etc/UTC", "locale": "en-GB"})))
}

pub(super) async fn myself(State(platforms): State<Shared>, caller: Caller) -> Result<Response, ApiError> {
    caller.needs("read:jira-user")?;
    let world = platforms.world();
    let site = world.jira.sites.get(caller.site).ok_or(ApiError::UnknownCloud)?;
    let mut shown = shown::user(site, Version::Three, &caller.person);
    if let Some(map) = shown.as_object_mut() {
        map.insert("emailAddress".to_owned(), caller.person.email.clone().into());
        map.insert("locale".to_owned(), "en_GB".into());
    }
    Ok(jira_json(StatusCode::OK, &shown))
}

pub(super) async fn server_info(
    State(platforms): State<Shared>,
    caller: Caller,
) -> Result<Response, ApiError> {
    caller.needs("read:jira-work")?;
    let world = platforms.world();
    let site = world.jira.sites.get(caller.site).ok_or(ApiError::UnknownCloud)?;
    let info = json!({"baseUrl": site.url.as_str().trim_end_matches('/'), "version": "1001.0.0-SNAPSHOT",
        "versionNumbers": [1001, 0, 0], "deploymentType": "Cloud", "buildNumber": 100_300,
        "serverTitle": site.name, "serverTime": crate::ambient::jira_date(platforms.now())});
    Ok(jira_json(StatusCode::OK, &info))
}

pub(super) async fn one(State(platforms): State<Shared>, caller: Caller) -> Result<Response, ApiError> {
    caller.needs("read:jira-user")?;
    let world = platforms.world();
    let site = world.jira.sites.get(caller.site).ok_or(ApiError::UnknownCloud)?;
    let wanted = caller.query.get("accountId").map(String::as_str).unwrap_or_default();
    let person = world.people.all().iter().find(|person| person.account_id == wanted).ok_or_else(|| {
        ApiError::message(
            StatusCode::NOT_FOUND,
            "Specified user does not exist or you do not have required permissions",
        )
    })?;
    Ok(jira_json(StatusCode::OK, &shown::user(site, Version::Three, person)))
}

pub(super) async fn search(State(platforms): State<Shared>, caller: Caller) -> Result<Response, ApiError> {
    caller.needs("read:jira-user")?;
    if !["query", "accountId", "property"].iter().any(|name| caller.query.contains_key(*name)) {
        return Err(ApiError::message(
            StatusCode::BAD_REQUEST,
            "At least one of 'query', 'accountId' or 'property' must be given.",
        ));
    }
    found(&platforms, &caller)
}

pub(super) async fn assignable(
    State(platforms): State<Shared>,
    caller: Caller,
) -> Result<Response, ApiError> {
    caller.needs("read:jira-user")?;
    {
        let world = platforms.world();
        let site = world.jira.sites.get(caller.site).ok_or(ApiError::UnknownCloud)?;
        match (caller.query.get("project"), caller.query.get("issueKey")) {
            (_, Some(key)) => drop(caller.issue(site, key)?),
            (Some(project), None) if site.project(project).is_some() => {}
            _ => {
                return Err(ApiError::message(
                    StatusCode::BAD_REQUEST,
                    "Either an existing 'project' or 'issueKey' must be given.",
                ));
            }
        }
    }
    found(&platforms, &caller)
}

/// People whose name or address begins with `query`, or who have `accountId`.
fn found(platforms: &Shared, caller: &Caller) -> Result<Response, ApiError> {
    let start = caller.number("startAt", 0)?;
    let most = caller.number("maxResults", 50)?;
    let query = caller.query.get("query").map(|text| text.to_lowercase()).unwrap_or_default();
    let account_id = caller.query.get("accountId");
    let world = platforms.world();
    let site = world.jira.sites.get(caller.site).ok_or(ApiError::UnknownCloud)?;
    let users: Vec<Value> = world
        .people
        .all()
        .iter()
        .filter(|person| account_id.is_none_or(|wanted| *wanted == person.account_id))
        .filter(|person| {
            let name = person.name.to_lowercase();
            name.split(' ').any(|word| word.starts_with(&query))
                || name.starts_with(&query)
                || person.email.to_lowercase().starts_with(&query)
        })
        .skip(start)
        .take(most)
        .map(|person| shown::user(site, Version::Three, person))
        .collect();
    Ok(jira_json(StatusCode::OK, &users.into()))
}

//! Projects and what is needed to create an issue in them.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use crate::hosts::api_atlassian::caller::Caller;
use crate::hosts::api_atlassian::error::{ApiError, jira_json};
use crate::jira::model::Site;
use crate::jira::shown::{self, Version};
use crate::platforms::Shared;

fn no_project(key: &str) -> ApiError {
    ApiError::Message(StatusCode::NOT_FOUND, format!("No project could be found with key '{key}'."))
}

pub(super) async fn search(State(platforms): State<Shared>, caller: Caller) -> Result<Response, ApiError> {
    caller.needs("read:jira-work")?;
    let start = caller.number("startAt", 0)?;
    let most = caller.number("maxResults", 50)?.min(100);
    let query = caller.query.get("query").map(|text| text.to_lowercase()).unwrap_or_default();
    let world = platforms.world();
    let site = world.jira.sites.get(caller.site).ok_or(ApiError::UnknownCloud)?;
    let mut found: Vec<_> = site
        .projects
        .iter()
        .filter(|project| {
            project.key.to_lowercase().contains(&query) || project.name.to_lowercase().contains(&query)
        })
        .collect();
    found.sort_by(|a, b| a.key.cmp(&b.key));
    let total = found.len();
    let values: Vec<Value> = found
        .into_iter()
        .skip(start)
        .take(most)
        .map(|project| shown::project(site, Version::Three, project))
        .collect();
    let is_last = start + values.len() >= total;
    Ok(jira_json(
        StatusCode::OK,
        &json!({"self": format!("{}rest/api/3/project/search", site.url), "startAt": start,
            "maxResults": most, "total": total, "isLast": is_last, "values": values}),
    ))
}

pub(super) async fn one(
    State(platforms): State<Shared>,
    caller: Caller,
    Path((_, key)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    caller.needs("read:jira-work")?;
    let world = platforms.world();
    let site = world.jira.sites.get(caller.site).ok_or(ApiError::UnknownCloud)?;
    let project = site.project(&key).ok_or_else(|| no_project(&key))?;
    let mut shown = shown::project(site, Version::Three, project);
    if let Some(map) = shown.as_object_mut() {
        let types: Vec<Value> =
            project.issue_types.iter().map(|kind| shown::issue_type(site, Version::Three, kind)).collect();
        map.insert("issueTypes".to_owned(), types.into());
    }
    Ok(jira_json(StatusCode::OK, &shown))
}

pub(super) async fn issue_types(
    State(platforms): State<Shared>,
    caller: Caller,
    Path((_, key)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    caller.needs("read:jira-work")?;
    let start = caller.number("startAt", 0)?;
    let most = caller.number("maxResults", 50)?.min(200);
    let world = platforms.world();
    let site = world.jira.sites.get(caller.site).ok_or(ApiError::UnknownCloud)?;
    let project = site.project(&key).ok_or_else(|| no_project(&key))?;
    let types: Vec<Value> = project
        .issue_types
        .iter()
        .skip(start)
        .take(most)
        .map(|kind| shown::issue_type(site, Version::Three, kind))
        .collect();
    Ok(jira_json(
        StatusCode::OK,
        &json!({"startAt": start, "maxResults": most, "total": project.issue_types.len(),
            "issueTypes": types}),
    ))
}

pub(super) async fn fields(
    State(platforms): State<Shared>,
    caller: Caller,
    Path((_, key, kind)): Path<(String, String, String)>,
) -> Result<Response, ApiError> {
    caller.needs("read:jira-work")?;
    let start = caller.number("startAt", 0)?;
    let most = caller.number("maxResults", 50)?.min(200);
    let world = platforms.world();
    let site = world.jira.sites.get(caller.site).ok_or(ApiError::UnknownCloud)?;
    let project = site.project(&key).ok_or_else(|| no_project(&key))?;
    let kind = project.issue_types.iter().find(|found| found.id == kind).ok_or_else(|| {
        ApiError::message(StatusCode::NOT_FOUND, "The issue type does not exist in this project.")
    })?;
    let all = all_fields(
        site,
        &shown::issue_type(site, Version::Three, kind),
        &shown::project(site, Version::Three, project),
    );
    let total = all.len();
    let page: Vec<Value> = all.into_iter().skip(start).take(most).collect();
    Ok(jira_json(
        StatusCode::OK,
        &json!({"startAt": start, "maxResults": most, "total": total, "fields": page}),
    ))
}

/// The fields of the create screen, the same for every project of the simulator.
fn all_fields(site: &Site, kind: &Value, project: &Value) -> Vec<Value> {
    let field = |id: &str, name: &str, required: bool, shape: &str, operations: &[&str]| {
        json!({"fieldId": id, "key": id, "name": name, "required": required, "hasDefaultValue": false,
            "schema": {"type": shape, "system": id}, "operations": operations})
    };
    let mut with_values = Vec::new();
    for (mut shown, value) in [
        (field("issuetype", "Issue Type", true, "issuetype", &[]), kind),
        (field("project", "Project", true, "project", &["set"]), project),
    ] {
        if let Some(map) = shown.as_object_mut() {
            map.insert("allowedValues".to_owned(), json!([value]));
        }
        with_values.push(shown);
    }
    let mut assignee = field("assignee", "Assignee", false, "user", &["set"]);
    if let Some(map) = assignee.as_object_mut() {
        let address = format!("{}rest/api/3/user/assignable/search?query=", site.url);
        map.insert("autoCompleteUrl".to_owned(), address.into());
    }
    let mut labels = field("labels", "Labels", false, "array", &["add", "set", "remove"]);
    if let Some(schema) = labels.get_mut("schema").and_then(Value::as_object_mut) {
        schema.insert("items".to_owned(), "string".into());
    }
    with_values.extend([
        field("summary", "Summary", true, "string", &["set"]),
        field("description", "Description", false, "string", &["set"]),
        assignee,
        labels,
    ]);
    with_values
}

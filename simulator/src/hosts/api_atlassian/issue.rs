//! Creating, reading, editing and deleting an issue.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use crate::hosts::api_atlassian::attachment::shown_attachment;
use crate::hosts::api_atlassian::caller::Caller;
use crate::hosts::api_atlassian::comment::properties;
use crate::hosts::api_atlassian::error::{ApiError, jira_json};
use crate::jira::issues::{Edit, IssueEdit, NewIssue};
use crate::jira::model::{IssueRecord, Site};
use crate::jira::shown::{self, Version};
use crate::journal::Origin;
use crate::people::Identity;
use crate::platforms::Shared;

/// Fields that the create and edit screens have.
const SETTABLE: [&str; 6] = ["project", "issuetype", "summary", "description", "assignee", "labels"];

fn take_fields(body: &mut Map<String, Value>) -> Result<Map<String, Value>, ApiError> {
    let fields = match body.remove("fields") {
        Some(Value::Object(fields)) => fields,
        None => Map::new(),
        Some(_) => {
            return Err(ApiError::Unreadable(
                "There was an error parsing JSON. Check that your request body is valid.",
            ));
        }
    };
    if let Some(name) = fields.keys().find(|name| !SETTABLE.contains(&name.as_str())) {
        return Err(ApiError::Field(
            name.clone(),
            format!("Field '{name}' cannot be set. It is not on the appropriate screen, or unknown."),
        ));
    }
    Ok(fields)
}

/// Text of a member of a field: `{"key": "A"}`.
fn member(fields: &Map<String, Value>, field: &str, names: &[&str]) -> Option<String> {
    let value = fields.get(field)?;
    names.iter().find_map(|name| value.get(*name)?.as_str().map(str::to_owned))
}

fn summary(fields: &Map<String, Value>) -> Result<Option<String>, ApiError> {
    match fields.get("summary") {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(ApiError::field("summary", "Operation value must be a string")),
    }
}

fn description(fields: &Map<String, Value>) -> Result<Edit<Value>, ApiError> {
    match fields.get("description") {
        None => Ok(Edit::Keep),
        Some(Value::Null) => Ok(Edit::To(None)),
        Some(document @ Value::Object(_)) => Ok(Edit::To(Some(document.clone()))),
        Some(_) => Err(ApiError::field(
            "description",
            "Operation value must be an Atlassian Document (see the Atlassian Document Format)",
        )),
    }
}

fn labels(fields: &Map<String, Value>) -> Result<Option<Vec<String>>, ApiError> {
    let Some(value) = fields.get("labels") else { return Ok(None) };
    let labels: Vec<String> = serde_json::from_value(value.clone())
        .map_err(|_| ApiError::field("labels", "data was not an array"))?;
    if labels.iter().any(|label| label.contains(' ')) {
        return Err(ApiError::field("labels", "The label can't contain spaces."));
    }
    Ok(Some(labels))
}

/// A person by `accountId`; `null` for nobody.
fn person(platforms: &Shared, fields: &Map<String, Value>) -> Result<Edit<Arc<Identity>>, ApiError> {
    match fields.get("assignee") {
        None => Ok(Edit::Keep),
        Some(Value::Null) => Ok(Edit::To(None)),
        Some(value) => {
            let id = value.get("accountId").or_else(|| value.get("id")).and_then(Value::as_str);
            let world = platforms.world();
            let found = world.people.all().iter().find(|person| Some(person.account_id.as_str()) == id);
            found
                .map(|person| Edit::To(Some(Arc::clone(person))))
                .ok_or_else(|| ApiError::field("assignee", "Specify a valid 'id' for User"))
        }
    }
}

pub(super) async fn create(
    State(platforms): State<Shared>,
    caller: Caller,
    body: Bytes,
) -> Result<Response, ApiError> {
    caller.needs("write:jira-work")?;
    let mut body = caller.object(&body)?;
    let fields = take_fields(&mut body)?;
    let project = member(&fields, "project", &["key", "id"])
        .ok_or_else(|| ApiError::field("project", "Specify a valid project ID or key"))?;
    let issue_type = member(&fields, "issuetype", &["id", "name"])
        .ok_or_else(|| ApiError::field("issuetype", "Specify an issue type"))?;
    let new = NewIssue {
        project,
        issue_type,
        summary: summary(&fields)?.unwrap_or_default(),
        description: description(&fields)?.value(),
        assignee: person(&platforms, &fields)?.value(),
        labels: labels(&fields)?.unwrap_or_default(),
        properties: properties(&mut body)?,
    };
    let issue = platforms.create_issue(caller.site, &caller.person, Origin::App, new)?;
    let world = platforms.world();
    let site = world.jira.sites.get(caller.site).ok_or(ApiError::UnknownCloud)?;
    let head = shown::issue_head(site, Version::Three, &issue);
    Ok(jira_json(StatusCode::CREATED, &head.into()))
}

/// The fields that a `fields` parameter asks for: names, `*all`, `*navigable`, `-name`.
pub(super) fn chosen(mut all: Map<String, Value>, wanted: &[&str]) -> Map<String, Value> {
    let everything = wanted.iter().all(|name| name.starts_with('-'))
        || wanted.iter().any(|name| matches!(*name, "*all" | "*navigable"));
    all.retain(|name, _| {
        (everything || wanted.contains(&name.as_str()))
            && !wanted.iter().any(|unwanted| unwanted.strip_prefix('-') == Some(name))
    });
    all
}

/// An issue with the fields and properties that were asked for.
pub(super) fn whole(
    site: &Site,
    record: &IssueRecord,
    reader: &Identity,
    fields: &[&str],
    wanted: &[&str],
) -> Value {
    let issue = &record.issue;
    let mut all = shown::fields(site, Version::Three, issue);
    let comments: Vec<Value> = record
        .comments
        .values()
        .filter(|comment| site.comment_shows_to(comment, &reader.account_id))
        .map(|comment| shown::comment(site, Version::Three, issue, comment, false))
        .collect();
    let total = comments.len();
    all.insert(
        "comment".to_owned(),
        json!({"comments": comments, "startAt": 0, "maxResults": total, "total": total}),
    );
    let files: Vec<Value> = record.attachments.iter().map(|file| shown_attachment(site, file)).collect();
    all.insert("attachment".to_owned(), files.into());
    let mut head = shown::issue_head(site, Version::Three, issue);
    head.insert("fields".to_owned(), chosen(all, fields).into());
    if !wanted.is_empty() {
        let properties: Map<String, Value> = issue
            .properties
            .iter()
            .filter(|(key, _)| wanted.contains(&"*all") || wanted.contains(&key.as_str()))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        head.insert("properties".to_owned(), properties.into());
    }
    head.into()
}

pub(super) async fn read(
    State(platforms): State<Shared>,
    caller: Caller,
    Path((_, key)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    caller.needs("read:jira-work")?;
    let world = platforms.world();
    let site = world.jira.sites.get(caller.site).ok_or(ApiError::UnknownCloud)?;
    let record = caller.issue(site, &key)?;
    let mut shown = whole(site, record, &caller.person, &caller.list("fields"), &caller.list("properties"));
    if caller.list("expand").contains(&"renderedFields")
        && let Some(map) = shown.as_object_mut()
    {
        let html = record.issue.description.as_ref().map(crate::jira::adf::html);
        map.insert("renderedFields".to_owned(), json!({"description": html}));
    }
    Ok(jira_json(StatusCode::OK, &shown))
}

pub(super) async fn edit(
    State(platforms): State<Shared>,
    caller: Caller,
    Path((_, key)): Path<(String, String)>,
    body: Bytes,
) -> Result<Response, ApiError> {
    caller.needs("write:jira-work")?;
    let mut body = caller.object(&body)?;
    let fields = take_fields(&mut body)?;
    let update = body.remove("update").unwrap_or_default();
    if let Some(name) = fields.keys().find(|name| update.get(name.as_str()).is_some()) {
        return Err(ApiError::Field(
            name.clone(),
            format!("Field '{name}' cannot appear in both 'fields' and 'update'"),
        ));
    }
    let mut edit = IssueEdit {
        summary: summary(&fields)?,
        description: description(&fields)?,
        assignee: person(&platforms, &fields)?,
        labels: labels(&fields)?,
        status: None,
    };
    if let Some(operations) = update.get("labels").and_then(Value::as_array) {
        edit.labels = Some(changed_labels(&platforms, &caller, &key, operations)?);
    }
    if fields.is_empty() && update.as_object().is_none_or(Map::is_empty) {
        return Err(ApiError::message(StatusCode::BAD_REQUEST, "one of 'fields' or 'update' required"));
    }
    platforms.edit_issue(caller.site, &key, &caller.person, Origin::App, edit)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

fn changed_labels(
    platforms: &Shared,
    caller: &Caller,
    key: &str,
    operations: &[Value],
) -> Result<Vec<String>, ApiError> {
    let world = platforms.world();
    let site = world.jira.sites.get(caller.site).ok_or(ApiError::UnknownCloud)?;
    let mut labels = caller.issue(site, key)?.issue.labels.clone();
    for operation in operations {
        if let Some(added) = operation.get("add").and_then(Value::as_str) {
            labels.push(added.to_owned());
        }
        if let Some(removed) = operation.get("remove").and_then(Value::as_str) {
            labels.retain(|label| label != removed);
        }
    }
    Ok(labels)
}

pub(super) async fn assign(
    State(platforms): State<Shared>,
    caller: Caller,
    Path((_, key)): Path<(String, String)>,
    body: Bytes,
) -> Result<Response, ApiError> {
    caller.needs("write:jira-work")?;
    let body = caller.object(&body)?;
    let account = body.get("accountId").cloned().unwrap_or_default();
    // "-1" asks for the project's default assignee, which is nobody here.
    let assignee = if account.is_null() || account == "-1" {
        Edit::To(None)
    } else {
        let fields = Map::from_iter([("assignee".to_owned(), json!({"accountId": account}))]);
        person(&platforms, &fields)?
    };
    let edit = IssueEdit { assignee, ..IssueEdit::default() };
    platforms.edit_issue(caller.site, &key, &caller.person, Origin::App, edit)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

pub(super) async fn delete(
    State(platforms): State<Shared>,
    caller: Caller,
    Path((_, key)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    caller.needs("write:jira-work")?;
    platforms.delete_issue(caller.site, &key, &caller.person, Origin::App)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

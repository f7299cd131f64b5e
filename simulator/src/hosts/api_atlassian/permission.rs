//! What the caller may do (`/rest/api/3/mypermissions`).

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Map, Value, json};

use crate::hosts::api_atlassian::caller::Caller;
use crate::hosts::api_atlassian::error::{ApiError, jira_json};
use crate::jira::model::{Project, Site};
use crate::platforms::Shared;

/// The role whose members administer the projects of a site.
const ADMINISTRATORS: &str = "Administrators";

/// Number, key and name of the project permissions that are known here.
const KNOWN: [(&str, &str, &str); 5] = [
    ("23", "ADMINISTER_PROJECTS", "Administer Projects"),
    ("10", "BROWSE_PROJECTS", "Browse Projects"),
    ("11", "CREATE_ISSUES", "Create Issues"),
    ("12", "EDIT_ISSUES", "Edit Issues"),
    ("15", "ADD_COMMENTS", "Add Comments"),
];

pub(super) async fn mine(State(platforms): State<Shared>, caller: Caller) -> Result<Response, ApiError> {
    caller.needs("read:jira-work")?;
    let asked = caller.list("permissions");
    if asked.is_empty() {
        let text = "The 'permissions' query parameter is required.";
        return Err(ApiError::message(StatusCode::BAD_REQUEST, text));
    }
    let world = platforms.world();
    let site = world.jira.sites.get(caller.site).ok_or(ApiError::UnknownCloud)?;
    let project = known_place(site, &caller)?;
    let mut permissions = Map::new();
    for key in asked {
        let Some((id, _, name)) = KNOWN.into_iter().find(|(_, known, _)| *known == key) else {
            return Err(ApiError::Message(
                StatusCode::BAD_REQUEST,
                format!("Unrecognized permission: {key}"),
            ));
        };
        // In this world everybody works in every project, and few administer them.
        let have = key != "ADMINISTER_PROJECTS" || is_administrator(site, project, &caller.person.account_id);
        permissions.insert(
            key.to_owned(),
            json!({"id": id, "key": key, "name": name, "type": "PROJECT", "description": name,
                "havePermission": have}),
        );
    }
    Ok(jira_json(StatusCode::OK, &json!({"permissions": Value::Object(permissions)})))
}

/// The project that is asked about. Refuses one or an issue that is not there, as far as the caller
/// may see.
fn known_place<'a>(site: &'a Site, caller: &Caller) -> Result<Option<&'a Project>, ApiError> {
    let asked = |id: &str, key: &str| caller.query.get(id).or_else(|| caller.query.get(key));
    if let Some(key) = asked("projectId", "projectKey") {
        let unknown = || format!("No project could be found with key '{key}'.");
        let project = site.project(key);
        return project.map(Some).ok_or_else(|| ApiError::Message(StatusCode::NOT_FOUND, unknown()));
    }
    match asked("issueId", "issueKey") {
        Some(issue) => Ok(site.project(&caller.issue(site, issue)?.issue.project)),
        None => Ok(None),
    }
}

/// Whether somebody administers all projects of the site, or this one.
fn is_administrator(site: &Site, project: Option<&Project>, account_id: &str) -> bool {
    let of_project = project.map(Project::administrators);
    let roles = std::iter::once(ADMINISTRATORS).chain(of_project.as_deref());
    roles.filter_map(|role| site.circles.get(role)).any(|members| members.contains(account_id))
}

//! `/api/v1/links/{link}/settings` and `/api/v1/projects/{site}/{project}/settings`: what a link
//! or a project allows, for pages and scripts of a person who is logged in.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

use super::Door;
use super::api::{login_first, site};
use super::browser::Browser;
use super::problem::{Problem, sentence};
use crate::bridge::{SettingRefused, SettingsInForce};
use crate::ids::LinkId;
use crate::store::{InForce, Setting, SettingChanges, SettingName, SettingScope};

/// What holds for a link or a project.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct SettingsView {
    /// For what: `link` or `project`.
    scope: &'static str,
    /// Whether the caller administers the project, and may change all of it.
    administers: bool,
    /// The settings.
    settings: Vec<SettingView>,
}

/// A setting that holds.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct SettingView {
    /// Its name.
    #[schema(example = "show-internal")]
    name: &'static str,
    /// Its value.
    #[schema(example = "no")]
    value: String,
    /// Who says so: `link`, `project`, `instance` or `default`.
    #[schema(example = "project")]
    from: &'static str,
    /// The words that it takes; `show-restricted` takes a list of roles and groups, too.
    words: &'static [&'static str],
    /// Whether only an administrator of the project may change it.
    for_administrators: bool,
}

impl From<InForce> for SettingView {
    fn from(found: InForce) -> Self {
        let name = found.setting.name();
        Self {
            name: name.word(),
            value: found.setting.value(),
            from: found.from.as_ref().map_or("default", SettingScope::word),
            words: name.words(),
            for_administrators: name.is_for_administrators(),
        }
    }
}

impl From<SettingsInForce> for SettingsView {
    fn from(settings: SettingsInForce) -> Self {
        Self {
            scope: settings.scope.word(),
            administers: settings.administers,
            settings: settings.in_force.into_iter().map(SettingView::from).collect(),
        }
    }
}

/// The settings of a link or a project as they are to be, by name. What is left out is decided by
/// the wider scope: the project's settings, then the instance's, then the default.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[schema(example = json!({"unconnected-comments": "hold", "show-restricted": "Developers,group:5a1f"}))]
pub(super) struct WantedSettings(BTreeMap<String, String>);

impl WantedSettings {
    fn changes(self) -> Result<SettingChanges, Problem> {
        let mut wanted = BTreeMap::new();
        for (name, value) in self.0 {
            let name = SettingName::from_word(&name).map_err(SettingRefused::from)?;
            wanted.insert(name, Setting::parse(name, &value).map_err(SettingRefused::from)?);
        }
        Ok(SettingName::ALL.into_iter().map(|name| (name, wanted.remove(&name))).collect())
    }
}

/// What holds for a link. The caller must see its issue, and may have to be in its chat.
#[utoipa::path(
    get, path = "/api/v1/links/{link}/settings", tag = "settings", operation_id = "settings_of_link",
    params(("link" = String, Path, description = "Id of the link")),
    responses(
        (status = 200, description = "What holds.", body = SettingsView),
        (status = 401, description = "Log in with Jira first.", body = Problem),
        (status = 404, description = "No such link, as far as the caller may see.", body = Problem),
    )
)]
pub(super) async fn of_link(
    State(door): State<Door>,
    Path(link): Path<String>,
    browser: Browser,
) -> Result<Json<SettingsView>, Problem> {
    let settings = door.bridge().settings_of_link(link_id(&link)?, &browser.session).await?;
    Ok(Json(settings.into()))
}

/// Set what a link allows. The caller must see its issue, and may have to be in its chat; what
/// decides who reads what takes an administrator of the project.
#[utoipa::path(
    put, path = "/api/v1/links/{link}/settings", tag = "settings", operation_id = "set_for_link",
    params(("link" = String, Path, description = "Id of the link")),
    request_body = WantedSettings,
    responses(
        (status = 200, description = "What holds from now on.", body = SettingsView),
        (status = 401, description = "Log in with Jira first.", body = Problem),
        (status = 403, description = "The caller does not administer the project.", body = Problem),
        (status = 404, description = "No such link, as far as the caller may see.", body = Problem),
        (status = 422, description = "No such setting, or no such value.", body = Problem),
    )
)]
pub(super) async fn set_for_link(
    State(door): State<Door>,
    Path(link): Path<String>,
    browser: Browser,
    Json(wanted): Json<WantedSettings>,
) -> Result<Json<SettingsView>, Problem> {
    let (link, changes) = (link_id(&link)?, wanted.changes()?);
    let settings = door.bridge().change_link_settings(link, &browser.session, changes).await?;
    Ok(Json(settings.into()))
}

/// What holds for the links of a project's issues. The caller must administer the project.
#[utoipa::path(
    get, path = "/api/v1/projects/{site}/{project}/settings", tag = "settings",
    operation_id = "settings_of_project",
    params(
        ("site" = String, Path, description = "Id of the site"),
        ("project" = String, Path, description = "Key of the project"),
    ),
    responses(
        (status = 200, description = "What holds.", body = SettingsView),
        (status = 401, description = "Log in with Jira first.", body = Problem),
        (status = 403, description = "The caller does not administer such a project.", body = Problem),
        (status = 404, description = "No such site.", body = Problem),
    )
)]
pub(super) async fn of_project(
    State(door): State<Door>,
    Path((site_id, project)): Path<(String, String)>,
    browser: Browser,
) -> Result<Json<SettingsView>, Problem> {
    if browser.session.account.is_none() {
        return Err(login_first());
    }
    let site = site(&door, &site_id).await?;
    let settings = door.bridge().settings_of_project(&site, &project, &browser.session).await?;
    Ok(Json(settings.into()))
}

/// Set what holds for the links of a project's issues, where a link does not say otherwise. The
/// caller must administer the project.
#[utoipa::path(
    put, path = "/api/v1/projects/{site}/{project}/settings", tag = "settings",
    operation_id = "set_for_project",
    params(
        ("site" = String, Path, description = "Id of the site"),
        ("project" = String, Path, description = "Key of the project"),
    ),
    request_body = WantedSettings,
    responses(
        (status = 200, description = "What holds from now on.", body = SettingsView),
        (status = 401, description = "Log in with Jira first.", body = Problem),
        (status = 403, description = "The caller does not administer such a project.", body = Problem),
        (status = 404, description = "No such site.", body = Problem),
        (status = 422, description = "No such setting, or no such value.", body = Problem),
    )
)]
pub(super) async fn set_for_project(
    State(door): State<Door>,
    Path((site_id, project)): Path<(String, String)>,
    browser: Browser,
    Json(wanted): Json<WantedSettings>,
) -> Result<Json<SettingsView>, Problem> {
    if browser.session.account.is_none() {
        return Err(login_first());
    }
    let (site, changes) = (site(&door, &site_id).await?, wanted.changes()?);
    let settings = door.bridge().change_project_settings(&site, &project, &browser.session, changes).await?;
    Ok(Json(settings.into()))
}

/// The id of a link, as a path or a query names it.
pub(super) fn link_id(text: &str) -> Result<LinkId, Problem> {
    text.parse().map_err(|_| SettingRefused::Unknown.into())
}

impl From<SettingRefused> for Problem {
    fn from(refused: SettingRefused) -> Self {
        let said = sentence(&refused.to_string());
        let status = match refused {
            SettingRefused::LoginNeeded => return login_first(),
            SettingRefused::Call(_) => return Self::unavailable(said),
            SettingRefused::Vault(error) => return error.into(),
            SettingRefused::Unknown | SettingRefused::NoReader(_) => StatusCode::NOT_FOUND,
            SettingRefused::NotAdministrator(_) | SettingRefused::NotAdministratorOfProject => {
                StatusCode::FORBIDDEN
            }
            SettingRefused::Bad(_) => StatusCode::UNPROCESSABLE_ENTITY,
        };
        Self::new(status, said)
    }
}

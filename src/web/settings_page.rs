//! `/panel/settings`: what a link allows, as a form for the person who looks at its issue. Who
//! may not change something reads it only.

use std::collections::BTreeMap;

use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::Door;
use super::assets::page;
use super::browser::Browser;
use super::problem::Problem;
use super::settings::link_id;
use crate::bridge::{SettingRefused, SettingsInForce, in_plain_words};
use crate::store::{InForce, Policy, Setting, SettingChanges, SettingName, SettingScope};

#[derive(Deserialize)]
pub(super) struct Asked {
    /// The link's id.
    link: String,
}

#[derive(Template)]
#[template(path = "settings.html")]
struct SettingsPage {
    issue: String,
    link: String,
    panel: String,
    rules: Vec<String>,
    fields: Vec<Field>,
    administers: bool,
}

/// A setting in the form.
struct Field {
    name: &'static str,
    label: &'static str,
    /// The value that the link itself has; empty if a wider scope decides.
    own: String,
    /// What the value that holds means.
    means: String,
    /// What each word means.
    choices: Vec<(&'static str, &'static str)>,
    /// Whether it takes a list, too.
    list: bool,
    may_change: bool,
}

/// The form.
pub(super) async fn show(
    State(door): State<Door>,
    Query(asked): Query<Asked>,
    browser: Browser,
) -> Result<Response, Problem> {
    let settings = door.bridge().settings_of_link(link_id(&asked.link)?, &browser.session).await?;
    Ok(page(&form(settings)?, &door.frames()))
}

/// Takes the form, and leads back to the panel. A field that was not sent stays as it is; an
/// empty one lets the project decide.
pub(super) async fn change(
    State(door): State<Door>,
    browser: Browser,
    Form(mut sent): Form<BTreeMap<String, String>>,
) -> Result<Response, Problem> {
    let link = link_id(&sent.remove("link").unwrap_or_default())?;
    let mut changes = SettingChanges::new();
    for (name, value) in sent {
        let name = SettingName::from_word(&name).map_err(SettingRefused::from)?;
        let setting = match value.trim() {
            "" => None,
            text => Some(Setting::parse(name, text).map_err(SettingRefused::from)?),
        };
        changes.push((name, setting));
    }
    let settings = door.bridge().change_link_settings(link, &browser.session, changes).await?;
    Ok(Redirect::to(&form(settings)?.panel).into_response())
}

fn form(settings: SettingsInForce) -> Result<SettingsPage, Problem> {
    let SettingsInForce { link, in_force, administers, has_integration_account, .. } = settings;
    let link = link.ok_or(SettingRefused::Unknown)?;
    let policy: Policy = in_force.iter().map(|found| found.setting.clone()).collect();
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("site", link.site.to_string().as_str()), ("issue", link.issue_key.as_str())])
        .finish();
    Ok(SettingsPage {
        issue: link.issue_key.to_string(),
        link: link.id.to_string(),
        panel: format!("/panel?{query}"),
        rules: in_plain_words(&policy, has_integration_account),
        fields: in_force.iter().map(|found| field(found, administers)).collect(),
        administers,
    })
}

fn field(found: &InForce, administers: bool) -> Field {
    let name = found.setting.name();
    let value = found.setting.value();
    let is_word = name.words().contains(&value.as_str());
    let means = if is_word { meaning(name, &value).to_owned() } else { value.clone() };
    let is_own = matches!(found.from, Some(SettingScope::Link { .. }));
    Field {
        name: name.word(),
        label: label(name),
        own: if is_own { value } else { String::new() },
        means,
        choices: name.words().iter().map(|word| (*word, meaning(name, word))).collect(),
        list: name == SettingName::ShowRestricted,
        may_change: administers || !name.is_for_administrators(),
    }
}

fn label(name: SettingName) -> &'static str {
    match name {
        SettingName::UnconnectedComments => "Comments of people who have not connected",
        SettingName::UnconnectedMessages => "Messages of people who have not connected",
        SettingName::ShowRestricted => "Comments for a role or a group only",
        SettingName::ShowInternal => "Internal comments of a service project",
        SettingName::ShowSecured => "Comments while the issue is under a security level",
        SettingName::ServiceReplies => "Messages into a service project",
        SettingName::CatchUp => "What was missed during an outage",
    }
}

fn meaning(name: SettingName, word: &str) -> &'static str {
    match (name, word) {
        (SettingName::UnconnectedComments, "bot") => "the bot writes them, with their name",
        (SettingName::UnconnectedMessages, "integration") => {
            "the integration account writes them, if there is one"
        }
        (SettingName::UnconnectedComments | SettingName::UnconnectedMessages, _) => {
            "they wait for their author"
        }
        (SettingName::ServiceReplies, "internal") => "become internal comments",
        (SettingName::ServiceReplies, _) => "become comments that customers see",
        (SettingName::CatchUp, "each") => "is copied one by one",
        (SettingName::CatchUp, _) => "is named in one message with links, if it is much",
        (_, "no") => "stay in Jira",
        _ => "are shown in the chat",
    }
}

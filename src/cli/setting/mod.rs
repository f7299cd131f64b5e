//! `threadline setting`: what the instance, a project or a link allows, and who writes for
//! people who have not connected.

mod list;
mod set;
mod unset;

use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use serde::Serialize;

use super::{Context, site};
use crate::app::{App, Storage};
use crate::ids::{LinkId, ProjectId, SiteId};
use crate::store::{ProjectOfSite, Setting, SettingName, SettingScope};

pub(super) const EXAMPLES: &str = "Examples:
  threadline setting list
  threadline setting set unconnected-comments hold --instance
  threadline setting set show-internal yes --site example.atlassian.net --project HELP
  threadline setting unset show-internal --link link_019a0000000070008000000000000001

What is set for a link wins over its project, a project over the instance.";

/// What to do with the settings.
#[derive(Subcommand)]
pub(super) enum Settings {
    /// Show what is set, or what holds for a link, a project or the instance.
    #[command(after_help = list::EXAMPLES)]
    List(list::List),
    /// Set something.
    #[command(after_help = set::EXAMPLES)]
    Set(set::Set),
    /// Let the wider scope decide again.
    #[command(after_help = unset::EXAMPLES)]
    Unset(unset::Unset),
}

impl Settings {
    pub(super) async fn run(self, context: Context) -> anyhow::Result<ExitCode> {
        match self {
            Self::List(list) => list.run(context).await,
            Self::Set(set) => set.run(context).await,
            Self::Unset(unset) => unset.run(context).await,
        }
    }
}

/// For what: one link, one project, or everything.
#[derive(Args)]
struct Where {
    /// For one link: its id.
    #[arg(long, value_name = "LINK", conflicts_with_all = ["site", "project", "instance"])]
    link: Option<String>,
    /// For a project: its site's id or address.
    #[arg(long, value_name = "SITE", requires = "project", conflicts_with = "instance")]
    site: Option<String>,
    /// For a project: its key, or its number.
    #[arg(long, value_name = "KEY", requires = "site", conflicts_with = "instance")]
    project: Option<String>,
    /// For everything here.
    #[arg(long)]
    instance: bool,
}

impl Where {
    /// The scope that is meant, if one is, and those that decide where it says nothing: the
    /// narrowest first. Where a key may lead, Jira is asked.
    async fn find(&self, context: Context) -> anyhow::Result<(Storage, Vec<SettingScope>)> {
        match (&self.link, &self.site, &self.project) {
            (Some(text), ..) => {
                let unknown = || format!("there is no link '{text}'; `threadline link list` shows their ids");
                let id: LinkId = text.parse().ok().with_context(unknown)?;
                let app = App::build(context.settings, context.clock, context.random).await?;
                let storage = app.storage().clone();
                let mut link = storage.store.find_link(id).await?.with_context(unknown)?;
                if let Some(site) = storage.store.site(link.site).await? {
                    link = app.bridge().link_now(&site, link).await?;
                }
                Ok((storage, SettingScope::of_link(id, link.project().as_ref())))
            }
            (None, Some(site), Some(key))
                if !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_digit()) =>
            {
                let storage = context.storage().await?;
                let site = site::find(&storage.store, site).await?.id;
                let project = ProjectOfSite { site, id: ProjectId::new(key), key: key.clone() };
                Ok((storage, vec![SettingScope::Project(project), SettingScope::Instance]))
            }
            (None, Some(site), Some(key)) => {
                let app = App::build(context.settings, context.clock, context.random).await?;
                let storage = app.storage().clone();
                let site = site::find(&storage.store, site).await?;
                let project = app.bridge().project_for_operator(&site, key).await?;
                Ok((storage, vec![SettingScope::Project(project), SettingScope::Instance]))
            }
            _ => {
                let instance = self.instance.then_some(SettingScope::Instance);
                Ok((context.storage().await?, instance.into_iter().collect()))
            }
        }
    }

    /// Sets or unsets something for the scope that is meant; answers for what, as people read it,
    /// and whether it was another before.
    async fn change(
        &self,
        context: Context,
        name: SettingName,
        wanted: Option<Setting>,
    ) -> anyhow::Result<(String, bool)> {
        let (storage, scopes) = Box::pin(self.find(context)).await?;
        let scope = scopes.into_iter().next();
        let scope =
            scope.context("say for what: --link LINK, or --site SITE --project KEY, or --instance")?;
        if matches!(scope, SettingScope::Link { project: None, .. }) && name.is_for_administrators() {
            bail!(
                "nobody who is connected can read the link's issue, and {} holds in the project of the issue \
                 only: let somebody who sees the issue log in with Jira",
                name.word()
            );
        }
        let place = said(&scope);
        let wish = vec![(name, wanted)];
        let changed = storage.store.change_settings(scope, wish, "operator".to_owned()).await?;
        storage.database.close().await;
        Ok((place, !changed.is_empty()))
    }
}

/// A setting for programs.
#[derive(Serialize)]
struct View {
    name: &'static str,
    value: String,
    /// For what it was set; `default` if nobody has set it.
    from: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<LinkId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    site: Option<SiteId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    project: Option<String>,
}

impl View {
    fn new(setting: &Setting, from: Option<SettingScope>) -> Self {
        let word = from.as_ref().map_or("default", SettingScope::word);
        let (link, site, project) = match from {
            Some(SettingScope::Link { id, .. }) => (Some(id), None, None),
            Some(SettingScope::Project(project)) => (None, Some(project.site), Some(project.key)),
            Some(SettingScope::Instance) | None => (None, None, None),
        };
        Self { name: setting.name().word(), value: setting.value(), from: word, link, site, project }
    }
}

/// A scope as people read it.
fn said(scope: &SettingScope) -> String {
    match scope {
        SettingScope::Instance => "the instance".to_owned(),
        SettingScope::Project(ProjectOfSite { site, key, .. }) => format!("project {key} of {site}"),
        SettingScope::Link { id, .. } => id.to_string(),
    }
}

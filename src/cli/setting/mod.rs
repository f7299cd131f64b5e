//! `threadline setting`: what the instance, a project or a link allows, and who writes for
//! people who have not connected.

mod list;
mod set;
mod unset;

use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use serde::Serialize;

use super::{Context, site};
use crate::ids::{LinkId, SiteId};
use crate::store::{Setting, SettingScope, Store, project_key};

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
    /// For a project: its key.
    #[arg(long, value_name = "KEY", requires = "site", conflicts_with = "instance")]
    project: Option<String>,
    /// For everything here.
    #[arg(long)]
    instance: bool,
}

/// A scope, and those that decide where it says nothing, the narrowest first.
struct Scopes {
    scope: SettingScope,
    all: Vec<SettingScope>,
}

impl Where {
    /// The scope that is meant, if one is.
    async fn find(&self, store: &Store) -> anyhow::Result<Option<Scopes>> {
        let (scope, project) = match (&self.link, &self.site, &self.project) {
            (Some(text), ..) => {
                let unknown = || format!("there is no link '{text}'; `threadline link list` shows their ids");
                let id: LinkId = text.parse().ok().with_context(unknown)?;
                let link = store.link(id).await?.with_context(unknown)?;
                (SettingScope::Link(id), Some((link.site, project_key(&link.issue_key).to_owned())))
            }
            (None, Some(site), Some(key)) => {
                (SettingScope::project(site::find(store, site).await?.id, key), None)
            }
            _ if self.instance => (SettingScope::Instance, None),
            _ => return Ok(None),
        };
        let project = project.as_ref().map(|(site, key)| (*site, key.as_str()));
        Ok(Some(Scopes { all: scope.clone().with_wider(project), scope }))
    }

    /// The scope that is meant, for a command that needs one.
    async fn wanted(&self, store: &Store) -> anyhow::Result<SettingScope> {
        let found = self.find(store).await?;
        let scopes =
            found.context("say for what: --link LINK, or --site SITE --project KEY, or --instance")?;
        Ok(scopes.scope)
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
            Some(SettingScope::Link(link)) => (Some(link), None, None),
            Some(SettingScope::Project { site, key }) => (None, Some(site), Some(key)),
            Some(SettingScope::Instance) | None => (None, None, None),
        };
        Self { name: setting.name().word(), value: setting.value(), from: word, link, site, project }
    }
}

/// A scope as people read it.
fn said(scope: &SettingScope) -> String {
    match scope {
        SettingScope::Instance => "the instance".to_owned(),
        SettingScope::Project { site, key } => format!("project {key} of {site}"),
        SettingScope::Link(link) => link.to_string(),
    }
}

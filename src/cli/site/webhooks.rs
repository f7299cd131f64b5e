//! `threadline site webhooks`: the webhooks that the service keeps by itself, and under whose login.

use std::process::ExitCode;

use clap::Args;
use serde::Serialize;

use super::find;
use crate::cli::Context;
use crate::cli::terminal::{Terminal, local_time, utc_time};
use crate::ids::{AccountId, SiteId};
use crate::store::SiteWebhook;

pub(super) const EXAMPLES: &str = "Examples:
  threadline site webhooks
  threadline site webhooks example.atlassian.net --account 5b10ac8d82e05b22cc7d4ef5
  threadline site webhooks example.atlassian.net --any-account
  threadline site webhooks --json

The service registers them where `jira.register_webhooks` is on, under the login of the site's
integration account, of whoever made a link, or of anybody who is connected. For an app that is not
shared in the developer console, choose its owner: Jira tells such an app nothing else.";

/// See, and say, under whose login a site's webhook is registered.
#[derive(Args)]
pub(in crate::cli) struct Webhooks {
    /// The site: its id or its address [default: all sites].
    #[arg(value_name = "SITE")]
    site: Option<String>,
    /// Register it under this Atlassian account's login.
    #[arg(long, value_name = "ACCOUNT", requires = "site", conflicts_with = "any_account")]
    account: Option<String>,
    /// Register it under any login that may.
    #[arg(long, requires = "site")]
    any_account: bool,
    /// As JSON, for scripts.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct View {
    site: SiteId,
    url: String,
    chosen_account: Option<String>,
    account: Option<String>,
    webhook_id: Option<i64>,
    filter: Option<String>,
    expires_at: Option<String>,
    problem: Option<String>,
}

impl Webhooks {
    pub(super) async fn run(self, context: Context) -> anyhow::Result<ExitCode> {
        let storage = context.storage().await?;
        let chosen = self.any_account || self.account.is_some();
        let sites = match &self.site {
            Some(site) => vec![find(&storage.store, site).await?],
            None => storage.store.sites().await?,
        };
        let mut absent = None;
        if let (Some(site), true) = (sites.first(), chosen) {
            let account = self.account.map(AccountId::new);
            if let Some(account) = &account
                && storage.store.person_by_account(site.id, account).await?.is_none()
            {
                absent = Some(account.clone());
            }
            storage.store.choose_webhook_account(site.id, account).await?;
        }
        let (mut views, mut rows) = (Vec::new(), Vec::new());
        for site in sites {
            let known = storage.store.site_webhook(site.id).await?;
            rows.push(row(&site.url, &known));
            views.push(View {
                site: site.id,
                url: site.url,
                chosen_account: known.chosen.map(String::from),
                account: known.account.map(String::from),
                webhook_id: known.webhook,
                filter: known.filter,
                expires_at: known.expires.map(utc_time),
                problem: known.problem,
            });
        }
        storage.database.close().await;
        let mut terminal = Terminal::open();
        if self.json {
            terminal.json(&views)?;
        } else if views.is_empty() {
            terminal
                .line("No Jira site is served yet. `threadline site add --help` shows how to add one.")?;
        } else {
            terminal.table(["SITE", "ACCOUNT", "WEBHOOK", "UNTIL", "STATE"], &rows)?;
            if !context.settings.jira.register_webhooks {
                terminal.line("jira.register_webhooks is off: the service registers none.")?;
            } else if let Some(account) = absent {
                terminal.line(format!(
                    "Nobody has logged in to Threadline as {account}: no webhook is registered until they do."
                ))?;
            } else if chosen {
                terminal.line(
                    "A running service sees to it within a minute; this command then shows what came of it.",
                )?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn row(url: &str, known: &SiteWebhook) -> [String; 5] {
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    let state = match (&known.problem, known.webhook) {
        (Some(problem), _) => problem.clone(),
        (None, Some(_)) => "good".to_owned(),
        (None, None) => "none".to_owned(),
    };
    let account = known.account.as_ref().or(known.chosen.as_ref());
    [
        url.to_owned(),
        or_dash(account.map(ToString::to_string)),
        or_dash(known.webhook.map(|id| id.to_string())),
        or_dash(known.expires.map(local_time)),
        state,
    ]
}

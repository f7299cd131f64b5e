//! `threadline site`: the Jira sites that are served here.

mod add;
mod list;
mod secret;
mod webhooks;

use std::process::ExitCode;

use anyhow::Context as _;
use clap::Subcommand;
use url::Url;

use super::Context;
use super::terminal::Terminal;
use crate::bridge::site_base;
use crate::ids::SiteId;
use crate::secret::Secret;
use crate::store::{Site, Store};

pub(super) const EXAMPLES: &str = "Examples:
  threadline site add --url https://example.atlassian.net --cloud-id 11111111-2222-4333-8444-555555555555
  threadline site list
  threadline site secret https://example.atlassian.net --new
  threadline site webhooks";

/// What to do with the sites.
#[derive(Subcommand)]
pub(super) enum Sites {
    /// Serve a Jira site: prints its webhook's URL and secret, once.
    #[command(after_help = add::EXAMPLES)]
    Add(add::Add),
    /// List the sites.
    #[command(after_help = list::EXAMPLES)]
    List(list::List),
    /// Give a site's webhook a fresh secret.
    #[command(after_help = secret::EXAMPLES)]
    Secret(secret::Renew),
    /// See the webhooks that the service keeps by itself, and say under whose login.
    #[command(after_help = webhooks::EXAMPLES)]
    Webhooks(webhooks::Webhooks),
}

impl Sites {
    pub(super) async fn run(self, context: Context) -> anyhow::Result<ExitCode> {
        match self {
            Self::Add(add) => add.run(context).await,
            Self::List(list) => list.run(context).await,
            Self::Secret(renew) => renew.run(context).await,
            Self::Webhooks(webhooks) => webhooks.run(context).await,
        }
    }
}

/// The site that the operator means: by its id, its address, or its bare host.
pub(super) async fn find(store: &Store, text: &str) -> anyhow::Result<Site> {
    let address = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
    let found = if let Ok(id) = text.parse::<SiteId>() {
        store.site(id).await?
    } else if let Ok(url) = site_base(&address) {
        store.site_by_url(&url).await?
    } else {
        None
    };
    found.with_context(|| {
        format!("there is no site '{text}' here; `threadline site list` shows their ids and addresses")
    })
}

/// Where Jira sends the webhooks of a site.
fn webhook_url(context: &Context, id: SiteId) -> Url {
    let mut url = context.settings.server.base_url();
    url.set_path(&format!("{}/webhooks/jira/{id}", url.path().trim_end_matches('/')));
    url
}

/// What an admin fills into Jira's form, said once.
fn tell_webhook(terminal: &mut Terminal, url: &Url, secret: &Secret) -> anyhow::Result<()> {
    terminal.fields(&[("  URL", url.to_string()), ("  Secret", secret.expose().to_owned())])?;
    terminal.line("The secret is not shown again; `threadline site secret SITE --new` makes another one.")?;
    Ok(())
}

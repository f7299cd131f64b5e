//! `threadline site add`.

use std::process::ExitCode;

use clap::Args;
use serde::Serialize;

use super::{tell_webhook, webhook_url};
use crate::bridge::{AddedSite, SiteRequest, add_site};
use crate::cli::Context;
use crate::cli::terminal::{Style, Terminal};
use crate::ids::{AccountId, SiteId, TenantId};

pub(super) const EXAMPLES: &str = "Examples:
  threadline site add --url https://example.atlassian.net --cloud-id 11111111-2222-4333-8444-555555555555
  threadline site add --url https://example.atlassian.net --cloud-id 11111111-2222-4333-8444-555555555555 \\
      --tenant 99999999-8888-4777-8666-555555555555 --integration-account 5b10ac8d82e05b22cc7d4ef5 --json

The cloud id is what https://example.atlassian.net/_edge/tenant_info shows.";

/// The boxes that Jira's form offers and Threadline wants ticked.
const EVENTS: &str = "Issue: created, updated, deleted. Comment: created, updated, deleted.";

/// Serve a Jira site.
#[derive(Args)]
pub(in crate::cli) struct Add {
    /// The site's address.
    #[arg(long, value_name = "URL")]
    url: String,
    /// The site's Atlassian cloud id.
    #[arg(long, value_name = "GUID")]
    cloud_id: String,
    /// A Microsoft tenant whose chats the site may be linked to; may be repeated
    /// [default: `microsoft.tenant_id`].
    #[arg(long, value_name = "GUID")]
    tenant: Vec<String>,
    /// Atlassian account that writes for people who have not connected theirs. Without one,
    /// their messages wait until they have.
    #[arg(long, value_name = "ACCOUNT")]
    integration_account: Option<String>,
    /// As JSON, for scripts.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct View<'a> {
    id: SiteId,
    url: &'a str,
    tenants: &'a [TenantId],
    webhook_url: String,
    webhook_secret: &'a str,
}

impl Add {
    pub(super) async fn run(self, context: Context) -> anyhow::Result<ExitCode> {
        let tenants = if self.tenant.is_empty() {
            context.settings.microsoft.tenant_id.iter().filter(|id| !id.is_empty()).cloned().collect()
        } else {
            self.tenant
        };
        let request = SiteRequest {
            url: self.url,
            cloud_id: self.cloud_id,
            tenants,
            integration_account: self.integration_account.map(AccountId::new),
        };
        let storage = context.storage().await?;
        let added = add_site(&storage.store, &storage.vault, &storage.random, request).await?;
        storage.database.close().await;
        let mut terminal = Terminal::open();
        if self.json {
            terminal.json(&View {
                id: added.id,
                url: &added.url,
                tenants: &added.tenants,
                webhook_url: webhook_url(&context, added.id).into(),
                webhook_secret: added.webhook_secret.expose(),
            })?;
        } else {
            tell(&context, &mut terminal, &added)?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn tell(context: &Context, terminal: &mut Terminal, added: &AddedSite) -> anyhow::Result<()> {
    let tenants: Vec<&str> = added.tenants.iter().map(TenantId::as_str).collect();
    terminal.line(format!("{} is served now, as {}.", added.url, added.id))?;
    terminal.line(format!("It may talk to the chats of {}.\n", tenants.join(", ")))?;
    terminal.line(format!(
        "In Jira, as an admin: {}/plugins/servlet/webhooks, then Create a WebHook:",
        added.url
    ))?;
    terminal.fields(&[("  Events", EVENTS.to_owned())])?;
    tell_webhook(terminal, &webhook_url(context, added.id), &added.webhook_secret)?;
    if context.settings.server.public_url.is_none() {
        let text = "server.public_url is not set, so this URL is one of this machine alone; set it, and give Jira that one.";
        terminal.line(terminal.paint(Style::Notice, text))?;
    }
    Ok(())
}

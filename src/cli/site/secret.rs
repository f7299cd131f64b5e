//! `threadline site secret`: a fresh secret for a site's webhook. The old one is not shown:
//! whoever wants to know it can take a new one.

use std::process::ExitCode;

use anyhow::bail;
use clap::Args;

use super::{find, tell_webhook, webhook_url};
use crate::bridge::replace_webhook_secret;
use crate::cli::Context;
use crate::cli::terminal::Terminal;

pub(super) const EXAMPLES: &str = "Examples:
  threadline site secret https://example.atlassian.net --new

Jira's deliveries are refused from this moment until the new secret is set in Jira. It sends
most of them again for some minutes.";

/// Give a site's webhook a fresh secret.
#[derive(Args)]
pub(in crate::cli) struct Renew {
    /// The site: its id or its address.
    #[arg(value_name = "SITE")]
    site: String,
    /// Make a new secret.
    #[arg(long)]
    new: bool,
}

impl Renew {
    pub(super) async fn run(self, context: Context) -> anyhow::Result<ExitCode> {
        let storage = context.storage().await?;
        let site = find(&storage.store, &self.site).await?;
        if !self.new {
            bail!(
                "a secret is shown only when it is made; `threadline site secret {} --new` makes a new one",
                site.id
            );
        }
        let secret = replace_webhook_secret(&storage.store, &storage.vault, &storage.random, site.id).await?;
        storage.database.close().await;
        let mut terminal = Terminal::open();
        terminal.line(format!("The webhook of {} has a new secret. Set it in Jira now:", site.url))?;
        tell_webhook(&mut terminal, &webhook_url(&context, site.id), &secret)?;
        Ok(ExitCode::SUCCESS)
    }
}

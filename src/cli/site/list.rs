//! `threadline site list`.

use std::process::ExitCode;

use clap::Args;
use serde::Serialize;

use super::webhook_url;
use crate::cli::Context;
use crate::cli::terminal::Terminal;
use crate::ids::{AccountId, CloudId, SiteId, TenantId};

pub(super) const EXAMPLES: &str = "Examples:
  threadline site list
  threadline site list --json";

/// List the sites.
#[derive(Args)]
pub(in crate::cli) struct List {
    /// As JSON, for scripts.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct View {
    id: SiteId,
    url: String,
    cloud_id: Option<CloudId>,
    tenants: Vec<TenantId>,
    integration_account: Option<AccountId>,
    webhook_url: String,
}

impl List {
    pub(super) async fn run(self, context: Context) -> anyhow::Result<ExitCode> {
        let storage = context.storage().await?;
        let mut sites = Vec::new();
        for site in storage.store.sites().await? {
            sites.push(View {
                webhook_url: webhook_url(&context, site.id).into(),
                tenants: storage.store.tenants_of_site(site.id).await?,
                id: site.id,
                url: site.url,
                cloud_id: site.cloud_id,
                integration_account: site.integration_account,
            });
        }
        storage.database.close().await;
        let mut terminal = Terminal::open();
        if self.json {
            terminal.json(&sites)?;
        } else if sites.is_empty() {
            terminal
                .line("No Jira site is served yet. `threadline site add --help` shows how to add one.")?;
        } else {
            let rows: Vec<[String; 4]> = sites.into_iter().map(row).collect();
            terminal.table(["SITE", "ADDRESS", "CLOUD ID", "TENANTS"], &rows)?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn row(site: View) -> [String; 4] {
    let tenants: Vec<&str> = site.tenants.iter().map(TenantId::as_str).collect();
    [site.id.to_string(), site.url, site.cloud_id.map(String::from).unwrap_or_default(), tenants.join(", ")]
}

//! Each Jira site: is its cloud id right, and has anybody logged in who can read it?

use url::Url;

use super::finding::Finding;
use super::probe::Probe;
use crate::app::Storage;
use crate::call::address;
use crate::cli::terminal::counted;
use crate::config::Settings;
use crate::ids::CloudId;
use crate::store::Site;
use crate::vault::{Subject, VaultError};

/// People that are looked at: whether anybody is connected, not how many.
const ENOUGH: u64 = 100;

pub(super) async fn check(settings: &Settings, storage: &Storage, probe: &Probe) -> Vec<Finding> {
    let sites = match storage.store.sites().await {
        Ok(sites) => sites,
        Err(error) => return vec![Finding::bad("sites", format!("can't be read: {error}"))],
    };
    if sites.is_empty() {
        return vec![Finding::notice(
            "sites",
            "none is served yet; `threadline site add --help` shows how to add one",
        )];
    }
    let mut findings = Vec::new();
    for site in &sites {
        findings.push(cloud(settings, site, probe).await);
        findings.push(readers(storage, site).await);
    }
    findings
}

/// Asks without a token: a cloud id that Atlassian knows answers 401.
async fn cloud(settings: &Settings, site: &Site, probe: &Probe) -> Finding {
    let Some(cloud) = &site.cloud_id else {
        return Finding::bad(&site.url, "has no cloud id; it can't be asked through Atlassian's API");
    };
    let api = &settings.jira.api_url;
    let Ok(question) = address::under(api, &["ex", "jira", cloud.as_str(), "rest", "api", "3", "serverInfo"])
    else {
        return Finding::bad(&site.url, "its cloud id can't be part of an address");
    };
    let (answer, own) = tokio::join!(probe.get(question), own_cloud_id(site, probe));
    if let Some(own) = own.filter(|own| own != cloud) {
        return Finding::bad(
            &site.url,
            format!(
                "says that its cloud id is {own}, but it is served as {cloud}; add it with the right one"
            ),
        );
    }
    match answer {
        Some((status, _)) if status.as_u16() == 401 || status.is_success() => {
            Finding::good(&site.url, "its cloud id is known to Atlassian")
        }
        Some((status, _)) => Finding::bad(
            &site.url,
            format!(
                "Atlassian answers {} for its cloud id; compare it with {}/_edge/tenant_info",
                status.as_u16(),
                site.url
            ),
        ),
        None => Finding::unreachable(&site.url, api.host_str().unwrap_or_default()),
    }
}

/// What the site itself says, if it does: a Cloud site tells everybody.
async fn own_cloud_id(site: &Site, probe: &Probe) -> Option<CloudId> {
    let url = Url::parse(&format!("{}/_edge/tenant_info", site.url)).ok()?;
    let (status, body) = probe.get(url).await?;
    let id = body.get("cloudId")?.as_str()?;
    status.is_success().then(|| CloudId::new(id.to_ascii_lowercase()))
}

async fn readers(storage: &Storage, site: &Site) -> Finding {
    match connected(storage, site).await {
        Ok(0) => Finding::notice(
            &site.url,
            "nobody who is connected can read it, so comments wait; open the public URL and log in with Jira and Microsoft",
        ),
        Ok(count) => Finding::good(&site.url, format!("{} connected", counted(count, "account"))),
        Err(error) => Finding::bad(&site.url, format!("its people can't be read: {error}")),
    }
}

/// Accounts on this site whose login stands; looks at the first hundred.
async fn connected(storage: &Storage, site: &Site) -> Result<u64, VaultError> {
    let mut accounts = storage.store.accounts_of_site(site.id, ENOUGH).await?;
    accounts.extend(
        site.integration_account
            .iter()
            .filter(|account| !accounts.contains(account))
            .cloned()
            .collect::<Vec<_>>(),
    );
    let mut count = 0;
    for account in &accounts {
        count += u64::from(storage.vault.is_connected(&Subject::jira(account)).await?);
    }
    Ok(count)
}

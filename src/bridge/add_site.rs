//! Adding a Jira site, by the operator: its address, its tenants, and the secret that its
//! webhook will sign with. The secret is told once; only its sealed form is kept.

use sea_orm::{DbErr, SqlErr};
use url::{Host, Url};
use uuid::Uuid;

use super::webhook_secret_place;
use crate::ambient::Random;
use crate::ids::{AccountId, CloudId, SiteId, TenantId};
use crate::secret::Secret;
use crate::store::{NewSite, Store};
use crate::vault::{Scope, Vault, VaultError};

/// A wish to serve a site.
#[derive(Debug, Clone)]
pub struct SiteRequest {
    /// Its address, as people type it (`https://example.atlassian.net`).
    pub url: String,
    /// Its Atlassian cloud id.
    pub cloud_id: String,
    /// The Entra tenants whose chats it may be linked to; at least one.
    pub tenants: Vec<String>,
    /// Writes for people who are not connected.
    pub integration_account: Option<AccountId>,
}

/// A site that is served now.
pub struct AddedSite {
    /// Our id.
    pub id: SiteId,
    /// Base URL without a trailing slash.
    pub url: String,
    /// The tenants it may talk to.
    pub tenants: Vec<TenantId>,
    /// For the webhook in Jira. It can't be read again.
    pub webhook_secret: Secret,
}

/// Why a site is not added or changed.
#[derive(Debug, thiserror::Error)]
pub enum SiteRefused {
    /// Not the address of a site.
    #[error(
        "'{0}' is not the address of a Jira site; give it as https://example.atlassian.net, without a path"
    )]
    NotAnAddress(String),
    /// Tokens would travel in the clear.
    #[error("'{0}' is not https; a Jira site is reached by https alone (http is for this machine only)")]
    NotSecure(String),
    /// Not an id of the wanted kind.
    #[error("'{text}' is not {what}; it looks like 99999999-8888-4777-8666-555555555555")]
    NotAGuid {
        /// What was wanted.
        what: &'static str,
        /// What was given.
        text: String,
    },
    /// Nobody could be linked.
    #[error("no Microsoft tenant is given; set microsoft.tenant_id, or name one with --tenant")]
    NoTenant,
    /// It is there.
    #[error("this site is served already, as {0}; see `threadline site list`")]
    Known(SiteId),
    /// It is not there.
    #[error("there is no site {0}; see `threadline site list`")]
    Unknown(SiteId),
    /// Sealing or the database.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

impl From<DbErr> for SiteRefused {
    fn from(error: DbErr) -> Self {
        Self::Vault(error.into())
    }
}

/// Serves a site from now on.
///
/// # Errors
/// [`SiteRefused::Known`] if its address or its cloud id is served already.
pub async fn add_site(
    store: &Store,
    vault: &Vault,
    random: &Random,
    request: SiteRequest,
) -> Result<AddedSite, SiteRefused> {
    let url = site_base(&request.url)?;
    let cloud_id = CloudId::new(guid("a cloud id", &request.cloud_id)?);
    let mut tenants = Vec::new();
    for text in &request.tenants {
        let tenant = TenantId::new(guid("a tenant id", text)?);
        if !tenants.contains(&tenant) {
            tenants.push(tenant);
        }
    }
    if tenants.is_empty() {
        return Err(SiteRefused::NoTenant);
    }
    if let Some(known) = known(store, &url, &cloud_id).await? {
        return Err(known);
    }
    let id = SiteId::from_uuid(random.id());
    let (webhook_secret, sealed) = fresh_secret(vault, random, id).await?;
    let new = NewSite {
        id,
        url: url.clone(),
        cloud_id: cloud_id.clone(),
        webhook_secret: sealed,
        integration_account: request.integration_account,
        tenants: tenants.clone(),
    };
    match store.add_site(new).await {
        Ok(()) => Ok(AddedSite { id, url, tenants, webhook_secret }),
        // Somebody was faster.
        Err(error) if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) => {
            Err(known(store, &url, &cloud_id).await?.unwrap_or_else(|| error.into()))
        }
        Err(error) => Err(error.into()),
    }
}

/// Gives a site's webhook a fresh secret; deliveries signed with the old one are refused
/// from now on.
pub async fn replace_webhook_secret(
    store: &Store,
    vault: &Vault,
    random: &Random,
    site: SiteId,
) -> Result<Secret, SiteRefused> {
    let (secret, sealed) = fresh_secret(vault, random, site).await?;
    if store.replace_webhook_secret(site, sealed).await? {
        Ok(secret)
    } else {
        Err(SiteRefused::Unknown(site))
    }
}

/// The base URL of a site as it is kept: scheme and host, without a trailing slash.
pub fn site_base(text: &str) -> Result<String, SiteRefused> {
    let wrong = || SiteRefused::NotAnAddress(text.to_owned());
    let url = Url::parse(text.trim()).map_err(|_| wrong())?;
    let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    let anonymous = url.username().is_empty() && url.password().is_none();
    if !bare || !anonymous || !matches!(url.scheme(), "http" | "https") {
        return Err(wrong());
    }
    let local = match url.host().ok_or_else(wrong)? {
        Host::Domain(name) => name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    };
    if url.scheme() != "https" && !local {
        return Err(SiteRefused::NotSecure(text.to_owned()));
    }
    Ok(url.origin().ascii_serialization())
}

/// A GUID in lower case with hyphens, as both platforms write them; `what` names it in the error.
pub fn guid(what: &'static str, text: &str) -> Result<String, SiteRefused> {
    Uuid::try_parse(text.trim())
        .map(|id| id.hyphenated().to_string())
        .map_err(|_| SiteRefused::NotAGuid { what, text: text.to_owned() })
}

async fn known(store: &Store, url: &str, cloud_id: &CloudId) -> Result<Option<SiteRefused>, DbErr> {
    let found = match store.site_by_url(url).await? {
        Some(site) => Some(site),
        None => store.site_by_cloud(cloud_id).await?,
    };
    Ok(found.map(|site| SiteRefused::Known(site.id)))
}

async fn fresh_secret(vault: &Vault, random: &Random, id: SiteId) -> Result<(Secret, Vec<u8>), VaultError> {
    let secret = Secret::new(random.token());
    let row = id.to_string();
    let place = webhook_secret_place(&row);
    let sealed = vault.seal(&Scope::Site(id), place, secret.expose().as_bytes()).await?;
    Ok((secret, sealed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_kept_in_one_form() {
        for text in [
            "https://Example.atlassian.net",
            "https://example.atlassian.net/",
            " https://example.atlassian.net:443",
        ] {
            assert_eq!(site_base(text).unwrap(), "https://example.atlassian.net", "{text}");
        }
        assert_eq!(site_base("http://127.0.0.1:4000/").unwrap(), "http://127.0.0.1:4000");
    }

    #[test]
    fn an_address_that_is_none_is_refused() {
        for text in [
            "example.atlassian.net",
            "https://example.atlassian.net/browse/ABC-1",
            "https://example.atlassian.net/?a=b",
            "https://ann:secret@example.atlassian.net",
            "ftp://example.atlassian.net",
        ] {
            assert!(matches!(site_base(text), Err(SiteRefused::NotAnAddress(_))), "{text}");
        }
        assert!(matches!(site_base("http://example.atlassian.net"), Err(SiteRefused::NotSecure(_))));
    }

    #[test]
    fn a_guid_is_kept_in_one_form() {
        let kept = "99999999-8888-4777-8666-55555555abcd";
        assert_eq!(guid("a tenant id", "99999999-8888-4777-8666-55555555ABCD").unwrap(), kept);
        assert!(guid("a tenant id", "contoso.onmicrosoft.com").is_err());
    }
}

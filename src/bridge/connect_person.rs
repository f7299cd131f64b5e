//! Logging in with Jira and with Microsoft, and mapping the two accounts of one person.
//!
//! `state` works once, for ten minutes, in the browser that began; PKCE and the nonce never
//! leave the vault in the clear. E-mail is never proof.

use serde::{Deserialize, Serialize};
use url::Url;

use super::Bridge;
use crate::call::CallError;
use crate::hash::sha256;
use crate::ids::{AccountId, ObjectId, TenantId};
use crate::secret::Secret;
use crate::store::{LoginAttempt, Person, Session, Site};
use crate::teams::entra::{self, IdentityRefusal};
use crate::vault::{Place, Scope, Subject, TokenError, VaultError};
use crate::{audit, jira};

/// Where people log in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoginProvider {
    /// Atlassian.
    Jira,
    /// Microsoft.
    Microsoft,
}

impl LoginProvider {
    /// The word in paths and rows.
    pub fn word(self) -> &'static str {
        match self {
            Self::Jira => "jira",
            Self::Microsoft => "microsoft",
        }
    }

    /// Reads the word of a path.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Jira, Self::Microsoft].into_iter().find(|provider| provider.word() == word)
    }
}

/// A login that has ended well.
pub struct Connected {
    /// What the browser has proven now.
    pub session: Session,
    /// On how many sites the person is mapped now.
    pub mapped_on: usize,
    /// Where the browser wanted to go, a path of this service.
    pub return_to: String,
}

/// Why a login did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum LoginRefused {
    /// The state is unknown, used, too old, or another browser's.
    #[error("this login has expired or was begun in another browser; start again")]
    Expired,
    /// The person, or their admin, said no.
    #[error("the login was declined; start again and allow access")]
    Declined,
    /// None of the granted sites is served here.
    #[error(
        "the sites you allowed are not connected to Threadline; start again and choose the right site, or ask your admin to add it with `threadline site add`"
    )]
    NoSite,
    /// The tenant is not served here.
    #[error("your organisation is not connected to Threadline; ask your admin to add its tenant to a site")]
    UnknownTenant,
    /// The id token.
    #[error("Microsoft's answer can't be trusted: {0}")]
    Identity(#[from] IdentityRefusal),
    /// The platform.
    #[error("the login could not be completed: {0}")]
    Call(#[from] CallError),
    /// Sealing or the database.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

impl From<sea_orm::DbErr> for LoginRefused {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Vault(error.into())
    }
}

impl LoginRefused {
    /// A code that is refused is used up, too old or another login's.
    fn from_exchange(error: CallError) -> Self {
        match error {
            CallError::LoginNeeded | CallError::Refused { .. } => Self::Expired,
            other => Self::Call(other),
        }
    }
}

/// What is sealed while a login is under way.
#[derive(Serialize, Deserialize)]
struct UnderWay {
    verifier: String,
    nonce: String,
    return_to: String,
}

impl Bridge {
    /// Begins a login; answers where to send the browser that holds `browser`.
    pub async fn begin_login(
        &self,
        provider: LoginProvider,
        browser: &str,
        return_to: String,
    ) -> Result<Url, LoginRefused> {
        let state = self.random.token();
        let under_way = UnderWay {
            verifier: self.random.token(),
            nonce: self.random.token(),
            return_to: local_path(return_to),
        };
        let state_hash = sha256(&state);
        let plain = serde_json::to_vec(&under_way).unwrap_or_default();
        let sealed = self.vault.seal(&Scope::Instance, place(&state_hash), &plain).await?;
        let url = match provider {
            LoginProvider::Jira if self.settings.register_webhooks => {
                self.jira.authorize_url_with(&self.callback(provider), &state, &[jira::WEBHOOK_SCOPE])
            }
            LoginProvider::Jira => self.jira.authorize_url(&self.callback(provider), &state),
            LoginProvider::Microsoft => self.entra.authorize_url(
                &self.callback(provider),
                &state,
                &under_way.nonce,
                &entra::code_challenge(&under_way.verifier),
            ),
        };
        self.store
            .begin_login(LoginAttempt {
                state_hash,
                provider: provider.word(),
                browser_hash: sha256(browser),
                sealed,
            })
            .await?;
        Ok(url)
    }

    /// Ends a login: proves the account, keeps its tokens, and maps the person if both sides
    /// are proven now. `before`: what this browser had proven already.
    pub async fn finish_login(
        &self,
        provider: LoginProvider,
        browser: &str,
        state: &str,
        code: Option<&str>,
        before: Session,
    ) -> Result<Connected, LoginRefused> {
        let state_hash = sha256(state);
        let sealed = self
            .store
            .finish_login(provider.word(), state_hash.clone(), sha256(browser))
            .await?
            .ok_or(LoginRefused::Expired)?;
        let plain = self.vault.open(place(&state_hash), &sealed).await?;
        let under_way: UnderWay = serde_json::from_slice(&plain).map_err(|_| LoginRefused::Expired)?;
        let code = code.ok_or(LoginRefused::Declined)?;
        let session = match provider {
            LoginProvider::Jira => {
                Session { account: Some(self.prove_jira(code).await?), microsoft: before.microsoft }
            }
            LoginProvider::Microsoft => Session {
                account: before.account,
                microsoft: Some(self.prove_microsoft(code, &under_way).await?),
            },
        };
        let mapped_on = self.map_accounts(&session).await?;
        // Who is mapped already may need one login again, not both.
        self.store.release_waiting_for(&session).await?;
        self.queue.ring();
        if provider == LoginProvider::Jira {
            self.webhooks_may_change().await;
        }
        Ok(Connected { session, mapped_on, return_to: under_way.return_to })
    }

    async fn prove_jira(&self, code: &str) -> Result<AccountId, LoginRefused> {
        let tokens = self
            .jira
            .exchange_code(code, &self.callback(LoginProvider::Jira))
            .await
            .map_err(LoginRefused::from_exchange)?;
        let sites = self.granted_sites(&tokens.access).await?;
        let site = sites.first().ok_or(LoginRefused::NoSite)?;
        let cloud = site.cloud_id.as_ref().ok_or(LoginRefused::NoSite)?;
        let account = self.jira.site(cloud, &tokens.access).myself().await?.account_id;
        self.vault.keep_tokens(&Subject::jira(&account), &tokens).await?;
        self.note_login(format!("jira/{account}")).await?;
        Ok(account)
    }

    async fn prove_microsoft(
        &self,
        code: &str,
        under_way: &UnderWay,
    ) -> Result<(TenantId, ObjectId), LoginRefused> {
        let verifier = Secret::new(under_way.verifier.as_str());
        let login = self
            .entra
            .exchange_code(code, &self.callback(LoginProvider::Microsoft), &verifier)
            .await
            .map_err(LoginRefused::from_exchange)?;
        let identity = self.entra.verify_id_token(login.id_token.expose(), &under_way.nonce).await?;
        if !self.store.knows_tenant(&identity.tenant_id).await? {
            return Err(LoginRefused::UnknownTenant);
        }
        let subject = Subject::microsoft(&identity.tenant_id, &identity.object_id);
        self.vault.keep_tokens(&subject, &login.tokens).await?;
        self.note_login(format!("microsoft/{}/{}", identity.tenant_id, identity.object_id)).await?;
        Ok((identity.tenant_id, identity.object_id))
    }

    /// The sites served here that a login covers, by cloud id or address: never "the first".
    async fn granted_sites(&self, access: &Secret) -> Result<Vec<Site>, LoginRefused> {
        let granted = self.jira.accessible_resources(access).await?;
        let mut sites = self.store.sites().await?;
        sites.retain(|site| granted.iter().any(|resource| covers(resource, site)));
        Ok(sites)
    }

    /// Maps the person on every site that both accounts may use.
    async fn map_accounts(&self, session: &Session) -> Result<usize, LoginRefused> {
        let (Some(account), Some((tenant, object))) = (&session.account, &session.microsoft) else {
            return Ok(0);
        };
        let (access, _) = match self.jira_access(account).await {
            Ok(access) => access,
            Err(TokenError::NotConnected | TokenError::LoginNeeded) => return Ok(0),
            Err(TokenError::Call(error)) => return Err(error.into()),
            Err(TokenError::Vault(error)) => return Err(error.into()),
        };
        let mut mapped = 0;
        for site in self.granted_sites(&access).await? {
            if self.store.may_talk(site.id, tenant).await? {
                let person = Person {
                    site: site.id,
                    account: account.clone(),
                    tenant: tenant.clone(),
                    object: object.clone(),
                };
                self.store.map_person(person).await?;
                mapped += 1;
            }
        }
        Ok(mapped)
    }

    /// Undoes what a person's logins have made: the mapping and the tokens of both accounts.
    pub async fn disconnect(&self, session: &Session) -> Result<(), LoginRefused> {
        self.store.unmap_person(session.account.clone(), session.microsoft.clone()).await?;
        if let Some(account) = &session.account {
            self.vault.forget_tokens(&Subject::jira(account)).await?;
        }
        if let Some((tenant, object)) = &session.microsoft {
            self.vault.forget_tokens(&Subject::microsoft(tenant, object)).await?;
        }
        Ok(())
    }

    fn callback(&self, provider: LoginProvider) -> Url {
        self.address(&format!("login/{}/callback", provider.word()))
    }

    async fn note_login(&self, actor: String) -> Result<(), LoginRefused> {
        let now = self.clock.now();
        let entry = audit::Entry { subject: actor.clone(), actor, action: "login" };
        self.store
            .database()
            .write(move |transaction| Box::pin(audit::append(transaction, now, entry)))
            .await?;
        Ok(())
    }
}

fn covers(resource: &jira::Resource, site: &Site) -> bool {
    let same_address = resource.url.as_str().trim_end_matches('/').eq_ignore_ascii_case(&site.url);
    let is_jira = resource.scopes.is_empty() || resource.scopes.iter().any(|scope| scope.contains("jira"));
    is_jira && (site.cloud_id.as_ref() == Some(&resource.cloud_id) || same_address)
}

/// Only a path of this service: a login must not lead elsewhere.
fn local_path(wish: String) -> String {
    // Browsers read a backslash as a slash, and leave tabs and line ends out.
    let odd = |c: char| c == '\\' || c.is_control();
    let safe = wish.starts_with('/') && !wish.starts_with("//") && !wish.contains(odd);
    if safe { wish } else { "/".to_owned() }
}

fn place(state_hash: &str) -> Place<'_> {
    Place { table: "login_attempt", row: state_hash, column: "sealed" }
}

#[cfg(test)]
mod tests {
    use super::local_path;

    #[test]
    fn a_login_leads_back_to_this_service_only() {
        assert_eq!(local_path("/panel?issue=A-1".to_owned()), "/panel?issue=A-1");
        for elsewhere in [
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "/\t/evil.example",
            "panel",
            "/a\r\nSet-Cookie: x",
        ] {
            assert_eq!(local_path(elsewhere.to_owned()), "/", "{elsewhere}");
        }
    }
}

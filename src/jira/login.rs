//! Logins: OAuth 2.0 (3LO) as a confidential client. Jira Cloud has no PKCE; the single-use
//! `state` bound to the browser is the guard, and it is the caller's.
//! Source: developer.atlassian.com/cloud/jira/platform/oauth-2-3lo-apps.

use serde::{Deserialize, Serialize};
use url::Url;

use super::{Client, failure};
use crate::call::CallError;
use crate::call::address;
use crate::call::answer::fetch;
use crate::call::token;
use crate::ids::CloudId;
use crate::secret::{Secret, TokenSet};

/// What every login asks for: read and write issues and comments, find people, stay logged in.
pub const SCOPES: [&str; 4] = ["read:jira-work", "write:jira-work", "read:jira-user", "offline_access"];

/// Registers webhooks under the person's login; asked for only where that is wanted.
pub const WEBHOOK_SCOPE: &str = "manage:jira-webhook";

/// A Jira site that a login may use.
#[derive(Debug, Clone, Deserialize)]
pub struct Resource {
    /// The site's cloud id. A Confluence of the same site has the same one: look at the scopes.
    #[serde(rename = "id")]
    pub cloud_id: CloudId,
    /// The site's address (`https://example.atlassian.net`).
    pub url: Url,
    /// What the login may do there.
    #[serde(default)]
    pub scopes: Vec<String>,
}

#[derive(Serialize)]
struct TokenRequest<'a> {
    grant_type: &'static str,
    client_id: &'a str,
    client_secret: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    redirect_uri: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<&'a str>,
}

impl Client {
    /// Where to send a browser to log in with [`SCOPES`].
    pub fn authorize_url(&self, redirect_uri: &Url, state: &str) -> Url {
        self.authorize_url_with(redirect_uri, state, &[])
    }

    /// The same with `further` scopes. A later consent replaces the scopes of an earlier one,
    /// so ask for all that the person needs, each time.
    pub fn authorize_url_with(&self, redirect_uri: &Url, state: &str, further: &[&str]) -> Url {
        let mut url = address::fixed(&self.settings.auth_url, "authorize");
        url.query_pairs_mut()
            .append_pair("audience", "api.atlassian.com")
            .append_pair("client_id", &self.settings.client_id)
            .append_pair("scope", &[&SCOPES, further].concat().join(" "))
            .append_pair("redirect_uri", redirect_uri.as_str())
            .append_pair("state", state)
            .append_pair("response_type", "code")
            .append_pair("prompt", "consent");
        url
    }

    /// Exchanges the code of a callback for tokens. `redirect_uri` as it was when asking.
    ///
    /// # Errors
    /// [`CallError::Refused`] for a code that is used up, expired (minutes) or invented.
    pub async fn exchange_code(&self, code: &str, redirect_uri: &Url) -> Result<TokenSet, CallError> {
        self.tokens(&TokenRequest {
            grant_type: "authorization_code",
            code: Some(code),
            redirect_uri: Some(redirect_uri.as_str()),
            ..self.token_request()
        })
        .await
    }

    /// Exchanges a refresh token for the next pair. The old one dies: store the new pair before
    /// using it. If the answer was lost, the old one may be tried again within ten minutes.
    ///
    /// # Errors
    /// [`CallError::LoginNeeded`] once the token is spent, expired or revoked.
    pub async fn refresh(&self, refresh_token: &Secret) -> Result<TokenSet, CallError> {
        self.tokens(&TokenRequest {
            grant_type: "refresh_token",
            refresh_token: Some(refresh_token.expose()),
            ..self.token_request()
        })
        .await
    }

    /// The sites that a login may use; says nothing about what the person may do there.
    ///
    /// # Errors
    /// As every call.
    pub async fn accessible_resources(&self, access: &Secret) -> Result<Vec<Resource>, CallError> {
        let url = address::fixed(&self.settings.api_url, "oauth/token/accessible-resources");
        let answer = fetch(self.http.get(url).bearer_auth(access.expose())).await?;
        failure::check(answer)?.json("the list of accessible resources")
    }

    fn token_request(&self) -> TokenRequest<'_> {
        TokenRequest {
            grant_type: "",
            client_id: &self.settings.client_id,
            client_secret: self.settings.client_secret.expose(),
            code: None,
            redirect_uri: None,
            refresh_token: None,
        }
    }

    async fn tokens(&self, request: &TokenRequest<'_>) -> Result<TokenSet, CallError> {
        let url = address::fixed(&self.settings.auth_url, "oauth/token");
        let answer = fetch(self.http.post(url).json(request)).await?;
        token::read(&answer).map(TokenSet::from)
    }
}

//! The client of Entra ID: people log in with code and PKCE, the bot with its own credentials.
//! Source: learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow.

mod app_token;
mod id_token;
mod notification_token;

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use url::Url;

use self::app_token::AppTokens;
pub use self::id_token::{Identity, IdentityRefusal};
use super::Settings;
use super::keys::Keys;
use crate::ambient::Clock;
use crate::call::CallError;
use crate::call::address;
use crate::call::answer::fetch;
use crate::call::token::{self, TokenAnswer};
use crate::secret::{Secret, TokenSet};

/// What every login asks for; each may be granted by the person themselves where the tenant
/// allows it. `Chat.ReadWrite` reads chats and edits and deletes one's own messages;
/// `ChannelMessage.Send` answers in channel threads; `Files.ReadWrite` copies files to and from
/// one's own drive.
pub const SCOPES: &str = "openid profile offline_access User.Read Chat.ReadWrite ChatMessage.Send \
    ChannelMessage.Send Files.ReadWrite";

/// Changes and deletes one's own messages in channels. Only an administrator can grant it.
pub const CHANNEL_EDIT_SCOPE: &str = "ChannelMessage.ReadWrite";

/// Entra rolls its keys over days, and publishes a key before it signs with it.
const PAUSE_FOR_UNKNOWN_KEY: Duration = Duration::from_mins(5);

/// The client. Cheap to clone; clones share the bot's token and the signing keys.
#[derive(Clone)]
pub struct Client(Arc<Shared>);

struct Shared {
    http: reqwest::Client,
    settings: Settings,
    clock: Clock,
    keys: Keys,
    app_tokens: AppTokens,
}

/// What a login ends with.
pub struct Login {
    /// For calls to Graph.
    pub tokens: TokenSet,
    /// Says who logged in: give it to [`Client::verify_id_token`] before using the tokens.
    pub id_token: Secret,
}

/// The PKCE challenge (S256) of a verifier: 43 to 128 URL-safe characters (RFC 7636).
pub fn code_challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))
}

impl Client {
    /// A client that calls through `http`, whose time-outs are set and redirects are off.
    pub fn new(http: reqwest::Client, settings: &Settings, clock: Clock) -> Self {
        let metadata = endpoint(settings, "v2.0/.well-known/openid-configuration");
        let keys = Keys::new(http.clone(), metadata, clock.clone(), PAUSE_FOR_UNKNOWN_KEY);
        Self(Arc::new(Shared {
            http,
            settings: settings.clone(),
            clock,
            keys,
            app_tokens: AppTokens::default(),
        }))
    }

    /// Where to send a browser to log in. `nonce` comes back inside the id token,
    /// `code_challenge` is [`code_challenge`] of a verifier that stays here.
    pub fn authorize_url(&self, redirect_uri: &Url, state: &str, nonce: &str, code_challenge: &str) -> Url {
        let mut url = endpoint(&self.0.settings, "oauth2/v2.0/authorize");
        url.query_pairs_mut()
            .append_pair("client_id", &self.0.settings.client_id)
            .append_pair("response_type", "code")
            .append_pair("redirect_uri", redirect_uri.as_str())
            .append_pair("response_mode", "query")
            .append_pair("scope", &self.scopes())
            .append_pair("state", state)
            .append_pair("nonce", nonce)
            .append_pair("code_challenge", code_challenge)
            .append_pair("code_challenge_method", "S256");
        url
    }

    /// Exchanges the code of a callback for tokens.
    ///
    /// # Errors
    /// [`CallError::LoginNeeded`] for a code that is used up, expired (ten minutes) or invented.
    pub async fn exchange_code(
        &self,
        code: &str,
        redirect_uri: &Url,
        verifier: &Secret,
    ) -> Result<Login, CallError> {
        let mut answer = self
            .tokens(&[
                ("grant_type", "authorization_code"),
                ("code", code),
                ("redirect_uri", redirect_uri.as_str()),
                ("code_verifier", verifier.expose()),
                ("scope", &self.scopes()),
            ])
            .await?;
        let id_token = answer.id_token.take();
        let id_token = id_token.ok_or(CallError::Malformed { what: "the token answer has no id token" })?;
        Ok(Login { tokens: answer.into(), id_token })
    }

    /// Exchanges a refresh token for the next pair, with the scopes of its login: asking for
    /// more than that would end the login. The old one stays valid: delete it once the new one
    /// is stored.
    ///
    /// # Errors
    /// [`CallError::LoginNeeded`] once the token is expired (90 days unused) or revoked.
    pub async fn refresh(&self, refresh_token: &Secret) -> Result<TokenSet, CallError> {
        let grant = [("grant_type", "refresh_token"), ("refresh_token", refresh_token.expose())];
        self.tokens(&grant).await.map(TokenSet::from)
    }

    /// What a login asks for.
    fn scopes(&self) -> String {
        if self.0.settings.edit_in_channels {
            format!("{SCOPES} {CHANNEL_EDIT_SCOPE}")
        } else {
            SCOPES.to_owned()
        }
    }

    async fn tokens(&self, grant: &[(&str, &str)]) -> Result<TokenAnswer, CallError> {
        let Shared { http, settings, .. } = &*self.0;
        let client =
            [("client_id", settings.client_id.as_str()), ("client_secret", settings.client_secret.expose())];
        let url = endpoint(settings, "oauth2/v2.0/token");
        token::read(&fetch(http.post(url).form(&[grant, &client].concat())).await?)
    }
}

/// An address of the configured tenant.
fn endpoint(settings: &Settings, path: &str) -> Url {
    address::fixed(&settings.login_url, &format!("{}/{path}", settings.tenant_id))
}

#[cfg(test)]
mod tests;

//! The application's own tokens (client credentials): for the Bot Connector, and for reading with
//! Graph what a chat's members have consented to. Kept until five minutes before their end and
//! fetched by one caller at a time.

use std::time::Duration;

use tokio::sync::Mutex;

use super::Client;
use crate::ambient::Millis;
use crate::call::CallError;
use crate::secret::{Secret, TokenSet};

const CONNECTOR_SCOPE: &str = "https://api.botframework.com/.default";

/// A token is renewed this long before it ends.
const MARGIN: Duration = Duration::from_mins(5);

struct Kept {
    access: Secret,
    renew_at: Millis,
}

/// The tokens that are kept, one a resource.
#[derive(Default)]
pub(super) struct AppTokens {
    connector: Mutex<Option<Kept>>,
    graph: Mutex<Option<Kept>>,
}

/// Graph's resource: its own address in the national clouds, the public one everywhere else,
/// also behind a proxy.
/// Source: learn.microsoft.com/graph/deployments.
fn graph_scope(graph: &url::Url) -> String {
    const NATIONAL: [&str; 3] =
        ["graph.microsoft.us", "dod-graph.microsoft.us", "microsoftgraph.chinacloudapi.cn"];
    let host = graph.host_str().filter(|host| NATIONAL.contains(host)).unwrap_or("graph.microsoft.com");
    format!("https://{host}/.default")
}

impl Client {
    /// A token for the Bot Connector.
    ///
    /// # Errors
    /// [`CallError::Misconfigured`] if the client id or secret is wrong.
    pub async fn bot_token(&self) -> Result<Secret, CallError> {
        self.app_token(&self.0.app_tokens.connector, CONNECTOR_SCOPE).await
    }

    /// A token with which the application itself reads chats whose members consented to
    /// `ChatMessage.Read.Chat` when they added the bot (resource-specific consent).
    ///
    /// # Errors
    /// As [`Client::bot_token`].
    pub async fn graph_app_token(&self) -> Result<Secret, CallError> {
        self.app_token(&self.0.app_tokens.graph, &graph_scope(&self.0.settings.graph_url)).await
    }

    /// Drops a token that the Bot Connector refused with 401, unless it has been renewed since.
    pub async fn forget_bot_token(&self, refused: &Secret) {
        let mut kept = self.0.app_tokens.connector.lock().await;
        if kept.as_ref().is_some_and(|token| token.access.matches(refused.expose().as_bytes())) {
            *kept = None;
        }
    }

    async fn app_token(&self, place: &Mutex<Option<Kept>>, scope: &str) -> Result<Secret, CallError> {
        let mut kept = place.lock().await;
        let now = self.0.clock.now();
        if let Some(token) = kept.as_ref().filter(|token| now < token.renew_at) {
            return Ok(token.access.clone());
        }
        let answer = self.tokens(&[("grant_type", "client_credentials"), ("scope", scope)]).await?;
        let TokenSet { access, expires_in, .. } = answer.into();
        let renew_at = now.plus(expires_in.saturating_sub(MARGIN));
        *kept = Some(Kept { access: access.clone(), renew_at });
        Ok(access)
    }
}

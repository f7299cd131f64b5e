//! The bot's own token for the Bot Connector (client credentials), kept until five minutes
//! before its end and fetched by one caller at a time.

use std::time::Duration;

use super::Client;
use crate::ambient::Millis;
use crate::call::CallError;
use crate::secret::{Secret, TokenSet};

const SCOPE: &str = "https://api.botframework.com/.default";

/// A token is renewed this long before it ends.
const MARGIN: Duration = Duration::from_mins(5);

pub(super) struct BotToken {
    access: Secret,
    renew_at: Millis,
}

impl Client {
    /// A token for the Bot Connector.
    ///
    /// # Errors
    /// [`CallError::Misconfigured`] if the client id or secret is wrong.
    pub async fn bot_token(&self) -> Result<Secret, CallError> {
        let mut kept = self.0.bot_token.lock().await;
        let now = self.0.clock.now();
        if let Some(token) = kept.as_ref().filter(|token| now < token.renew_at) {
            return Ok(token.access.clone());
        }
        let answer = self.tokens(&[("grant_type", "client_credentials"), ("scope", SCOPE)]).await?;
        let TokenSet { access, expires_in, .. } = answer.into();
        let renew_at = now.plus(expires_in.saturating_sub(MARGIN));
        *kept = Some(BotToken { access: access.clone(), renew_at });
        Ok(access)
    }

    /// Drops a token that the Bot Connector refused with 401, unless it has been renewed since.
    pub async fn forget_bot_token(&self, refused: &Secret) {
        let mut kept = self.0.bot_token.lock().await;
        if kept.as_ref().is_some_and(|token| token.access.matches(refused.expose().as_bytes())) {
            *kept = None;
        }
    }
}

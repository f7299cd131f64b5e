//! Who may post to `/api/messages`: the Bot Connector, proven by its token, for the channel and
//! the service URL that the activity names. There is no way to turn this off.
//! Which tenant it comes from is the caller's to check: any tenant may install a bot.
//! Source: learn.microsoft.com, Bot Connector authentication, "Connector to bot".

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;

use super::Settings;
use super::keys::Keys;
pub use super::token::BadToken;
use super::token::{check_life, open};
use crate::ambient::Clock;

const ISSUER: &str = "https://api.botframework.com";

/// The Bot Framework's own clients ask for an unknown key no more often than this.
const PAUSE_FOR_UNKNOWN_KEY: Duration = Duration::from_hours(1);

/// Why an activity isn't believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No `Authorization`.
    #[error("there is no token: only the Bot Connector may post here")]
    Missing,
    /// Another scheme than `Bearer`, spelt exactly so.
    #[error("the Authorization header is not of the form: Bearer <token>")]
    NotBearer,
    /// The token itself is wrong.
    #[error(transparent)]
    BadToken(#[from] BadToken),
    /// The key may sign, but not for this channel.
    #[error("the token's key is not endorsed for the channel of the activity")]
    NotEndorsed,
    /// The token was made for another service URL.
    #[error("the token is for another service URL than the activity names")]
    WrongServiceUrl,
}

/// Checks the tokens of inbound activities. Cheap to clone; clones share their keys.
#[derive(Clone)]
pub struct Validator {
    keys: Arc<Keys>,
    bot_id: Arc<str>,
    clock: Clock,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    exp: i64,
    nbf: Option<i64>,
    /// In lower case on the wire, unlike in the documentation.
    serviceurl: Option<String>,
}

impl Validator {
    /// A validator for the bot of these settings.
    pub fn new(http: reqwest::Client, settings: &Settings, clock: Clock) -> Self {
        let keys = Keys::new(http, settings.bot_openid_url.clone(), clock.clone(), PAUSE_FOR_UNKNOWN_KEY);
        Self { keys: Arc::new(keys), bot_id: settings.client_id.as_str().into(), clock }
    }

    /// Checks the value of `Authorization` for an activity with this `channelId` and `serviceUrl`.
    ///
    /// # Errors
    /// Says why the activity isn't believed: answer 401, store nothing. After
    /// [`BadToken::KeysUnavailable`] answer 503, so that the activity is sent again.
    pub async fn validate(
        &self,
        authorization: Option<&str>,
        channel_id: &str,
        service_url: &str,
    ) -> Result<(), Refusal> {
        let token =
            authorization.ok_or(Refusal::Missing)?.strip_prefix("Bearer ").ok_or(Refusal::NotBearer)?;
        let (claims, key) = open::<Claims>(token, &self.keys).await?;
        if claims.iss != ISSUER {
            return Err(BadToken::WrongIssuer.into());
        }
        if claims.aud != *self.bot_id {
            return Err(BadToken::WrongAudience.into());
        }
        check_life(claims.exp, claims.nbf, self.clock.now())?;
        if !key.endorsements.iter().any(|channel| channel == channel_id) {
            return Err(Refusal::NotEndorsed);
        }
        match claims.serviceurl {
            Some(claim) if comparable(&claim).eq_ignore_ascii_case(comparable(service_url)) => Ok(()),
            _ => Err(Refusal::WrongServiceUrl),
        }
    }
}

/// A service URL without one trailing slash: Teams is not consistent about it.
fn comparable(service_url: &str) -> &str {
    service_url.strip_suffix('/').unwrap_or(service_url)
}

#[cfg(test)]
mod tests;

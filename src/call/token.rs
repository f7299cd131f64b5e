//! What an OAuth token endpoint answers (RFC 6749 §5), read as both providers really send it:
//! Atlassian leaves out `token_type`, and answers 403 where the RFC says 400.

use std::time::Duration;

use serde::Deserialize;

use super::CallError;
use super::answer::{Answer, shown_code};
use crate::secret::{Secret, TokenSet};

/// The fields of a success answer that Threadline uses.
#[derive(Deserialize)]
pub struct TokenAnswer {
    access_token: Secret,
    refresh_token: Option<Secret>,
    expires_in: u64,
    #[serde(default)]
    scope: String,
    /// Present if `openid` was among the scopes.
    pub id_token: Option<Secret>,
}

impl From<TokenAnswer> for TokenSet {
    fn from(answer: TokenAnswer) -> Self {
        Self {
            access: answer.access_token,
            refresh: answer.refresh_token,
            expires_in: Duration::from_secs(answer.expires_in),
            scopes: answer.scope.split_whitespace().map(str::to_owned).collect(),
        }
    }
}

#[derive(Deserialize)]
struct TokenRefusal {
    error: String,
}

/// Reads a token endpoint's answer.
///
/// # Errors
/// [`CallError::LoginNeeded`] if the person must log in again, [`CallError::Misconfigured`] if
/// the client's own credentials are wrong; the rest by status.
pub fn read(answer: &Answer) -> Result<TokenAnswer, CallError> {
    if answer.status().is_success() { answer.json("the token answer") } else { Err(refusal(answer)) }
}

fn refusal(answer: &Answer) -> CallError {
    let code = answer.try_json::<TokenRefusal>().and_then(|refusal| shown_code(&refusal.error));
    match code.as_deref() {
        Some("invalid_grant" | "interaction_required" | "login_required" | "consent_required") => {
            CallError::LoginNeeded
        }
        Some(code @ ("invalid_client" | "unauthorized_client")) => {
            CallError::Misconfigured { code: code.to_owned() }
        }
        Some("temporarily_unavailable") => CallError::Throttled { retry_after: answer.retry_after() },
        // Here a 401 is about the client, never about a person (RFC 6749 §5.2).
        _ if answer.status() == reqwest::StatusCode::UNAUTHORIZED => {
            CallError::Misconfigured { code: code.unwrap_or_else(|| "401".to_owned()) }
        }
        _ => answer.failure(answer.retry_after(), code),
    }
}

//! What a call to a platform came to when it did not succeed, in terms a caller can act on.
//!
//! Both clients answer with this one type, so that the bridge decides about failures in one
//! place. No variant carries what people wrote: platforms echo input in their error texts.

pub mod address;
pub mod answer;
pub mod download;
pub mod loose;
#[cfg(test)]
pub(crate) mod odd_json;
pub mod outside;
#[cfg(test)]
pub(crate) mod recorder;
pub mod token;

use std::time::Duration;

/// Why a call to a platform did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// 429, or 503 with `Retry-After`: nothing happened; try again no sooner than this.
    #[error("the platform asks to wait")]
    Throttled {
        /// The platform's own wish, if it said one.
        retry_after: Option<Duration>,
    },
    /// The token is expired, revoked or refused (`invalid_grant`, 401): a person must log in again.
    #[error("the login is no longer valid")]
    LoginNeeded,
    /// The token is valid but lacks a scope (Jira's 401 `scope does not match`): refreshing won't help.
    #[error("the login lacks a permission that this call needs")]
    ScopeMissing,
    /// `invalid_client`, `unauthorized_client`: the operator's configuration is wrong. Touch nobody's tokens.
    #[error("the platform refuses the configured client credentials ({code})")]
    Misconfigured {
        /// The error code of the token endpoint.
        code: String,
    },
    /// 403: this person, or the bot, may not do that.
    #[error("the platform forbids this ({code})")]
    Forbidden {
        /// The platform's error code, or the status where it gave none.
        code: String,
    },
    /// 404 or 410: the thing does not exist, or may not be seen.
    #[error("it does not exist, or may not be seen")]
    Gone,
    /// 413, or a text over the platform's limit.
    #[error("the platform finds this too large")]
    TooLarge,
    /// Another 4xx: the request is wrong and will be wrong again.
    #[error("the platform refuses this request (HTTP {status}{})", code.as_deref().map(|c| format!(", {c}")).unwrap_or_default())]
    Refused {
        /// HTTP status.
        status: u16,
        /// Error code or names of the offending fields, never their values.
        code: Option<String>,
    },
    /// The request never left: no connection could be made. Nothing happened there.
    #[error("the platform can't be reached")]
    NotSent(#[source] reqwest::Error),
    /// Time-out, cut connection or 5xx: what was asked may or may not have happened.
    #[error("the platform did not answer clearly{}", status.map(|s| format!(" (HTTP {s})")).unwrap_or_default())]
    OutcomeUnknown {
        /// HTTP status, if there was an answer at all.
        status: Option<u16>,
    },
    /// The call succeeded by its status, but the answer is not what the platform documents.
    #[error("the platform's answer has an unexpected form: {what}")]
    Malformed {
        /// Which answer, and what was missing. Never its text.
        what: &'static str,
    },
}

impl CallError {
    /// Sorts a transport failure: a connection that was never made, or a request that could not
    /// be built, can't have had an effect.
    pub fn from_transport(error: reqwest::Error) -> Self {
        let error = error.without_url();
        if error.is_connect() || error.is_builder() {
            Self::NotSent(error)
        } else {
            Self::OutcomeUnknown { status: error.status().map(|s| s.as_u16()) }
        }
    }
}

#[cfg(test)]
mod tests;

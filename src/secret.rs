//! Secrets are a type: without `Debug`, `Display` or `Serialize`, cleared on drop.
//! The only way to the text is [`Secret::expose`], which is easy to search for.

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

/// A token, a password or a client secret.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub struct Secret(SecretString);

impl Secret {
    /// Takes the text over.
    pub fn new(text: impl Into<String>) -> Self {
        Self(SecretString::from(text.into()))
    }

    /// The text, for the one call that needs it. Never log it, never put it in an error.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// Whether there is no text at all.
    pub fn is_empty(&self) -> bool {
        self.expose().is_empty()
    }

    /// Compares in constant time (for texts of equal length).
    pub fn matches(&self, candidate: &[u8]) -> bool {
        use subtle::ConstantTimeEq;
        self.expose().as_bytes().ct_eq(candidate).into()
    }
}

/// What a token endpoint handed out.
#[derive(Clone)]
pub struct TokenSet {
    /// The bearer token for calls.
    pub access: Secret,
    /// The token for the next refresh; absent without `offline_access`.
    pub refresh: Option<Secret>,
    /// Life of the access token.
    pub expires_in: std::time::Duration,
    /// Scopes that were really granted.
    pub scopes: Vec<String>,
}

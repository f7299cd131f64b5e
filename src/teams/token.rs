//! Reading a signed token (JWT): RS256 and nothing else, whatever its header says.
//! The claims are checked by whoever knows what they should be.

use std::sync::Arc;
use std::time::Duration;

use jsonwebtoken::{Algorithm, Validation};
use serde::de::DeserializeOwned;

use super::keys::{Keys, NoKey, SigningKey};
use crate::ambient::Millis;

/// How far a clock may be off, on either side.
const CLOCK_SKEW: Duration = Duration::from_mins(5);

/// Why a token is not what it should be, whoever sent it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadToken {
    /// Not a token at all, or claims are missing.
    #[error("the token can't be read")]
    Unreadable,
    /// Signed in another way than RS256.
    #[error("the token is not signed with RS256")]
    WrongAlgorithm,
    /// Signed with a key that its issuer does not publish.
    #[error("the token names a signing key that its issuer does not publish")]
    UnknownKey,
    /// Signed with a key that its issuer did not publish a while ago, and may have published since.
    #[error("the token names a signing key that its issuer had not published when it was asked last")]
    KeyNotAskedFor,
    /// The issuer's keys can't be fetched: nobody's fault, to be tried again.
    #[error("the issuer's signing keys can't be fetched now; try again later")]
    KeysUnavailable,
    /// Changed on the way, or forged.
    #[error("the token's signature is wrong")]
    BadSignature,
    /// Made by someone else.
    #[error("the token is from another issuer")]
    WrongIssuer,
    /// Made for someone else.
    #[error("the token is for another application")]
    WrongAudience,
    /// Asked for by another application than the one that may speak here.
    #[error("the token was made for another sender")]
    WrongSender,
    /// Over.
    #[error("the token has expired; if it is fresh, check this machine's clock")]
    Expired,
    /// Not begun.
    #[error("the token is not valid yet; if it is fresh, check this machine's clock")]
    NotYetValid,
}

impl From<NoKey> for BadToken {
    fn from(reason: NoKey) -> Self {
        match reason {
            NoKey::Unknown => Self::UnknownKey,
            NoKey::NotAskedFor => Self::KeyNotAskedFor,
            NoKey::Unavailable => Self::KeysUnavailable,
        }
    }
}

/// Verifies the signature; hands back the claims and the key that signed them.
pub(super) async fn open<T: DeserializeOwned>(
    token: &str,
    keys: &Keys,
) -> Result<(T, Arc<SigningKey>), BadToken> {
    let header = jsonwebtoken::decode_header(token).map_err(|error| match error.kind() {
        // An `alg` that the library does not know, `none` among them.
        jsonwebtoken::errors::ErrorKind::Json(_) => BadToken::WrongAlgorithm,
        _ => BadToken::Unreadable,
    })?;
    if header.alg != Algorithm::RS256 {
        return Err(BadToken::WrongAlgorithm);
    }
    // A critical extension that isn't understood makes a token invalid (RFC 7515 §4.1.11).
    if header.crit.is_some() {
        return Err(BadToken::Unreadable);
    }
    let key = keys.find(header.kid.as_deref().ok_or(BadToken::UnknownKey)?).await?;
    let mut signature_only = Validation::new(Algorithm::RS256);
    signature_only.required_spec_claims.clear();
    signature_only.validate_exp = false;
    signature_only.validate_aud = false;
    let data =
        jsonwebtoken::decode::<T>(token, &key.decoding, &signature_only).map_err(|error| {
            match error.kind() {
                jsonwebtoken::errors::ErrorKind::InvalidSignature => BadToken::BadSignature,
                _ => BadToken::Unreadable,
            }
        })?;
    Ok((data.claims, key))
}

/// Checks the life of a token; its moments are in epoch seconds.
pub(super) fn check_life(expires: i64, begins: Option<i64>, now: Millis) -> Result<(), BadToken> {
    if now.minus(CLOCK_SKEW).seconds() >= expires {
        return Err(BadToken::Expired);
    }
    if begins.is_some_and(|begins| now.plus(CLOCK_SKEW).seconds() < begins) {
        return Err(BadToken::NotYetValid);
    }
    Ok(())
}

//! The token of a dynamic webhook's delivery: `Authorization: Bearer <JWT>`, HS256 with the app's
//! client secret, whatever its header says. It proves that Atlassian sent something to this app.
//! It binds neither the body nor the site: believe no more of such a delivery than where to look.
//! Source: developer.atlassian.com/cloud/jira/platform/webhooks; its claims are documented nowhere.

use std::time::Duration;

use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;

use super::Client;
use crate::ambient::Millis;
use crate::secret::Secret;

/// How far a clock may be off, on either side.
const CLOCK_SKEW: Duration = Duration::from_mins(1);
/// How long a token is good that says when it was made, whatever it says of its end.
const LIFE: Duration = Duration::from_mins(10);

/// Why a delivery isn't believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenRefusal {
    /// No `Authorization: Bearer …`.
    #[error("the delivery carries neither a signature nor a token")]
    Missing,
    /// Not a token, or one without an end.
    #[error("the token of the delivery can't be read")]
    Unreadable,
    /// Signed in another way than HS256, or not at all.
    #[error("the token of the delivery is not signed with HS256")]
    WrongAlgorithm,
    /// Another secret, or changed on the way.
    #[error("the token of the delivery is signed with another secret than the app's")]
    BadSignature,
    /// Over, or not begun.
    #[error("the token of the delivery is not valid now; if it is fresh, check this machine's clock")]
    NotNow,
}

#[derive(Deserialize)]
struct Claims {
    exp: Option<i64>,
    nbf: Option<i64>,
    iat: Option<i64>,
}

impl Client {
    /// Checks the value of `Authorization` of a delivery.
    ///
    /// # Errors
    /// Says why the delivery isn't believed; answer 401 and store nothing.
    pub fn verify_webhook_token(&self, header: Option<&str>, now: Millis) -> Result<(), TokenRefusal> {
        verify(&self.settings.client_secret, header, now)
    }
}

fn verify(secret: &Secret, header: Option<&str>, now: Millis) -> Result<(), TokenRefusal> {
    let token = header.and_then(|value| value.strip_prefix("Bearer ")).ok_or(TokenRefusal::Missing)?;
    // Anyone can sign with no secret at all.
    if secret.is_empty() {
        return Err(TokenRefusal::BadSignature);
    }
    let header = jsonwebtoken::decode_header(token).map_err(|error| match error.kind() {
        // An `alg` that the library does not know, `none` among them.
        jsonwebtoken::errors::ErrorKind::Json(_) => TokenRefusal::WrongAlgorithm,
        _ => TokenRefusal::Unreadable,
    })?;
    if header.alg != Algorithm::HS256 {
        return Err(TokenRefusal::WrongAlgorithm);
    }
    let mut signature_only = Validation::new(Algorithm::HS256);
    signature_only.required_spec_claims.clear();
    signature_only.validate_exp = false;
    signature_only.validate_aud = false;
    let key = DecodingKey::from_secret(secret.expose().as_bytes());
    let claims = jsonwebtoken::decode::<Claims>(token, &key, &signature_only)
        .map_err(|error| match error.kind() {
            jsonwebtoken::errors::ErrorKind::InvalidSignature => TokenRefusal::BadSignature,
            _ => TokenRefusal::Unreadable,
        })?
        .claims;
    let life = i64::try_from(LIFE.as_secs()).unwrap_or(i64::MAX);
    let ends = [claims.exp, claims.iat.map(|made| made.saturating_add(life))];
    let end = ends.into_iter().flatten().min().ok_or(TokenRefusal::Unreadable)?;
    let begun = claims.nbf.is_none_or(|begins| now.plus(CLOCK_SKEW).seconds() >= begins);
    if begun && now.minus(CLOCK_SKEW).seconds() < end { Ok(()) } else { Err(TokenRefusal::NotNow) }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const NOW: Millis = Millis(1_795_255_200_000);
    const SECRET: &str = "the client secret";

    fn token(algorithm: Algorithm, secret: &str, claims: &Value) -> String {
        let header = jsonwebtoken::Header::new(algorithm);
        let key = jsonwebtoken::EncodingKey::from_secret(secret.as_bytes());
        format!("Bearer {}", jsonwebtoken::encode(&header, claims, &key).unwrap())
    }

    fn check(header: &str) -> Result<(), TokenRefusal> {
        verify(&Secret::new(SECRET), Some(header), NOW)
    }

    #[test]
    fn a_token_of_the_apps_own_secret_is_good_for_its_time() {
        let at = |claims: Value| check(&token(Algorithm::HS256, SECRET, &claims));
        let now = NOW.seconds();
        assert_eq!(at(json!({ "exp": now + 180, "nbf": now })), Ok(()));
        assert_eq!(at(json!({ "exp": now - 59 })), Ok(()), "a minute of leeway");
        assert_eq!(at(json!({ "exp": now - 61 })), Err(TokenRefusal::NotNow));
        assert_eq!(at(json!({ "exp": now + 180, "nbf": now + 59 })), Ok(()));
        assert_eq!(at(json!({ "exp": now + 180, "nbf": now + 61 })), Err(TokenRefusal::NotNow));
        assert_eq!(at(json!({ "iat": now - 600 })), Ok(()));
        assert_eq!(at(json!({ "iat": now - 700 })), Err(TokenRefusal::NotNow));
        assert_eq!(at(json!({ "iat": now - 600, "exp": now + 180 })), Ok(()));
        assert_eq!(at(json!({ "iat": now - 700, "exp": now + 180 })), Err(TokenRefusal::NotNow), "too old");
        assert_eq!(at(json!({ "iss": "somebody" })), Err(TokenRefusal::Unreadable), "it never ends");
    }

    #[test]
    fn forged_tokens_are_refused() {
        let claims = json!({ "exp": NOW.seconds() + 180 });
        assert_eq!(check(&token(Algorithm::HS256, "another", &claims)), Err(TokenRefusal::BadSignature));
        assert_eq!(check(&token(Algorithm::HS512, SECRET, &claims)), Err(TokenRefusal::WrongAlgorithm));
        // {"alg":"none"} and {"exp":99999999999}
        let none = "Bearer eyJhbGciOiJub25lIn0.eyJleHAiOjk5OTk5OTk5OTk5fQ.";
        assert_eq!(check(none), Err(TokenRefusal::WrongAlgorithm));
        assert_eq!(check("Bearer x"), Err(TokenRefusal::Unreadable));
        assert_eq!(check("Basic x"), Err(TokenRefusal::Missing));
        assert_eq!(verify(&Secret::new(SECRET), None, NOW), Err(TokenRefusal::Missing));
        let unsigned = token(Algorithm::HS256, "", &claims);
        assert_eq!(verify(&Secret::new(""), Some(&unsigned), NOW), Err(TokenRefusal::BadSignature));
    }
}

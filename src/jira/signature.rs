//! The signature of a webhook delivery: `X-Hub-Signature: sha256=<hex>`, HMAC over the raw body
//! with the webhook's secret (WebSub). Verify before parsing. No other method is accepted.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::secret::Secret;

/// Why a delivery isn't believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No `X-Hub-Signature`.
    #[error("the delivery is not signed: set the secret on the webhook in Jira")]
    Missing,
    /// Not `sha256=` and 64 hex digits.
    #[error("the signature is not of the form sha256=<64 hex digits>")]
    UnknownMethod,
    /// Another secret, or another body.
    #[error("the signature does not match: the secret on the webhook in Jira is another one")]
    Mismatch,
}

/// Checks the value of `X-Hub-Signature` against the raw body, in constant time.
///
/// # Errors
/// Says why the delivery isn't believed; answer 401 and store nothing.
pub fn verify(secret: &Secret, header: Option<&str>, body: &[u8]) -> Result<(), Refusal> {
    let (method, hex) = header.ok_or(Refusal::Missing)?.split_once('=').ok_or(Refusal::UnknownMethod)?;
    if method != "sha256" {
        return Err(Refusal::UnknownMethod);
    }
    // Anyone can sign with no secret at all.
    if secret.is_empty() {
        return Err(Refusal::Mismatch);
    }
    let signature = decode(hex.as_bytes()).ok_or(Refusal::UnknownMethod)?;
    let mut mac =
        Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes()).map_err(|_| Refusal::Mismatch)?;
    mac.update(body);
    mac.verify_slice(&signature).map_err(|_| Refusal::Mismatch)
}

/// 64 hex digits as 32 bytes.
fn decode(hex: &[u8]) -> Option<[u8; 32]> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let (pairs, []) = hex.as_chunks::<2>() else { return None };
    let bytes: Option<Vec<u8>> =
        pairs.iter().map(|&[high, low]| Some(digit(high)? << 4 | digit(low)?)).collect();
    bytes?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vector of Atlassian's page on webhooks.
    const SECRET: &str = "It's a Secret to Everybody";
    const BODY: &[u8] = b"Hello World!";
    const SIGNATURE: &str = "sha256=a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9";

    fn check(header: Option<&str>, body: &[u8]) -> Result<(), Refusal> {
        verify(&Secret::new(SECRET), header, body)
    }

    #[test]
    fn the_documented_vector_is_accepted() {
        assert_eq!(check(Some(SIGNATURE), BODY), Ok(()));
    }

    #[test]
    fn a_site_without_a_secret_believes_nobody() {
        let empty = Secret::new("");
        let mac = Hmac::<Sha256>::new_from_slice(b"").unwrap().chain_update(BODY).finalize().into_bytes();
        let header = mac.iter().fold("sha256=".to_owned(), |hex, byte| format!("{hex}{byte:02x}"));
        assert_eq!(verify(&empty, Some(&header), BODY), Err(Refusal::Mismatch));
    }

    #[test]
    fn everything_else_is_refused() {
        let upper_method = SIGNATURE.replace("sha256", "SHA256");
        let sha1 = SIGNATURE.replace("sha256", "sha1");
        let other = SIGNATURE.replace("a4771c", "a4771d");
        let not_hex = SIGNATURE.replace("a4771c", "z4771c");
        let cases = [
            (None, BODY, Refusal::Missing),
            (Some(""), BODY, Refusal::UnknownMethod),
            (Some("sha256="), BODY, Refusal::UnknownMethod),
            (Some(&SIGNATURE[7..]), BODY, Refusal::UnknownMethod),
            (Some(&SIGNATURE[..70]), BODY, Refusal::UnknownMethod),
            (Some(upper_method.as_str()), BODY, Refusal::UnknownMethod),
            (Some(sha1.as_str()), BODY, Refusal::UnknownMethod),
            (Some(not_hex.as_str()), BODY, Refusal::UnknownMethod),
            (Some(other.as_str()), BODY, Refusal::Mismatch),
            (Some(SIGNATURE), b"Hello World?".as_slice(), Refusal::Mismatch),
            (Some(SIGNATURE), b"".as_slice(), Refusal::Mismatch),
        ];
        for (header, body, refusal) in cases {
            assert_eq!(check(header, body), Err(refusal), "{header:?}");
        }
    }
}

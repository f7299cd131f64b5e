//! Signing keys of the simulated identity providers. A key is made when it is first needed
//! and lives as long as the simulator; no private key is ever stored.

use std::sync::OnceLock;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::Serialize;
use serde_json::{Value, json};

/// An RSA key that signs RS256 tokens and shows its public half as a JWK.
pub(crate) struct SigningKey {
    kid: String,
    made: OnceLock<Option<(EncodingKey, Value)>>,
}

impl SigningKey {
    pub(crate) fn new(kid: String) -> Self {
        Self { kid, made: OnceLock::new() }
    }

    fn pair(&self) -> Option<&(EncodingKey, Value)> {
        self.made.get_or_init(|| make(&self.kid)).as_ref()
    }

    /// The public half; `None` if the machine could not make a key.
    pub(crate) fn public_jwk(&self) -> Option<Value> {
        self.pair().map(|(_, jwk)| jwk.clone())
    }

    /// Signs `claims` as a compact token; `None` if the machine could not make a key.
    pub(crate) fn sign(&self, claims: &impl Serialize) -> Option<String> {
        let (key, _) = self.pair()?;
        let mut header = Header::new(Algorithm::RS256);
        header.kid = Some(self.kid.clone());
        jsonwebtoken::encode(&header, claims, key).ok()
    }
}

fn make(kid: &str) -> Option<(EncodingKey, Value)> {
    let pair = KeyPair::generate(KeySize::Rsa2048).ok()?;
    let der: Pkcs8V1Der<'_> = pair.as_der().ok()?;
    let pem = format!(
        "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
        STANDARD.encode(der.as_ref())
    );
    let key = EncodingKey::from_rsa_pem(pem.as_bytes()).ok()?;
    let jwk = serde_json::to_value(Jwk::from_encoding_key(&key, Algorithm::RS256).ok()?).ok()?;
    let public =
        json!({"kty": "RSA", "use": "sig", "kid": kid, "x5t": kid, "n": jwk.get("n")?, "e": jwk.get("e")?});
    Some((key, public))
}

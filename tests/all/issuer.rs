//! An issuer of tokens in the test's own hand, so that it can sign what a real one never would:
//! it stands where Entra ID or the Bot Connector's key server would be.

use std::sync::{Arc, Mutex};

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use url::Url;

/// The name of the key that the issuer publishes.
pub const KEY: &str = "published";

/// A key pair.
pub struct Signer(EncodingKey);

impl Signer {
    pub fn new() -> Self {
        let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let der: Pkcs8V1Der<'_> = pair.as_der().unwrap();
        let text = STANDARD.encode(der.as_ref());
        let pem = format!("-----BEGIN PRIVATE KEY-----\n{text}\n-----END PRIVATE KEY-----\n");
        Self(EncodingKey::from_rsa_pem(pem.as_bytes()).unwrap())
    }

    /// A token with these claims, saying that the key `kid` has signed it.
    pub fn sign(&self, kid: &str, claims: &Value) -> String {
        let mut header = Header::new(Algorithm::RS256);
        header.kid = Some(kid.to_owned());
        jsonwebtoken::encode(&header, claims, &self.0).unwrap()
    }

    fn published(&self) -> Value {
        let jwk = Jwk::from_encoding_key(&self.0, Algorithm::RS256).unwrap();
        let mut jwk = serde_json::to_value(jwk).unwrap();
        jwk["kid"] = json!(KEY);
        jwk["use"] = json!("sig");
        jwk["endorsements"] = json!(["msteams"]);
        jwk
    }
}

/// A running issuer; it ends with the test.
pub struct Issuer {
    pub url: Url,
    pub key: Signer,
    id_token: Arc<Mutex<String>>,
}

impl Issuer {
    /// Publishes its key as `issuer`; every code is exchanged for the id token that was set.
    pub async fn start(issuer: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = Url::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
        let key = Signer::new();
        let metadata = json!({ "issuer": issuer, "jwks_uri": url.join("keys").unwrap() });
        let keys = json!({ "keys": [key.published()] });
        let id_token = Arc::<Mutex<String>>::default();
        let routes = Router::new()
            .route("/keys", get(async || Json(keys)))
            .route(
                "/openid",
                get({
                    let metadata = metadata.clone();
                    async || Json(metadata)
                }),
            )
            .route("/{tenant}/v2.0/.well-known/openid-configuration", get(async || Json(metadata)))
            .route("/{tenant}/oauth2/v2.0/token", post(tokens))
            .with_state(Arc::clone(&id_token));
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Self { url, key, id_token }
    }

    /// The id token of the next login.
    pub fn hand_out(&self, id_token: String) {
        *self.id_token.lock().unwrap() = id_token;
    }
}

async fn tokens(State(id_token): State<Arc<Mutex<String>>>) -> Json<Value> {
    let id_token = id_token.lock().unwrap().clone();
    Json(json!({
        "token_type": "Bearer", "expires_in": 3600, "scope": "User.Read",
        "access_token": "access", "refresh_token": "refresh", "id_token": id_token,
    }))
}

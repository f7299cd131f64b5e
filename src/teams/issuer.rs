//! A token issuer for tests: an RSA key made on the spot, its metadata and key set on loopback,
//! and tokens as odd as a test wants them.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use url::Url;

use crate::ids::TenantId;
use crate::secret::Secret;

pub(super) const TENANT: &str = "aaaaaaaa-0000-4000-8000-000000000001";
pub(super) const APP: &str = "bbbbbbbb-0000-4000-8000-000000000002";

/// A key that signs.
pub(super) struct TestKey {
    pub(super) id: &'static str,
    pair: KeyPair,
}

/// Serves metadata at any path but one, and the key set at `/keys`.
pub(super) struct Issuer {
    base: Url,
    state: Arc<Served>,
    task: JoinHandle<()>,
}

struct Served {
    issuer: String,
    base: Url,
    keys: Mutex<Vec<Value>>,
    down: Mutex<bool>,
    fetches: AtomicUsize,
}

impl TestKey {
    pub(super) fn new(id: &'static str) -> Self {
        Self { id, pair: KeyPair::generate(KeySize::Rsa2048).unwrap() }
    }

    pub(super) fn jwk(&self, endorsements: &[&str]) -> Value {
        let public = self.pair.public_key();
        json!({
            "kty": "RSA", "use": "sig", "kid": self.id,
            "n": URL_SAFE_NO_PAD.encode(public.modulus().big_endian_without_leading_zero()),
            "e": URL_SAFE_NO_PAD.encode(public.exponent().big_endian_without_leading_zero()),
            "endorsements": endorsements,
        })
    }

    pub(super) fn sign(&self, claims: &Value) -> String {
        self.sign_as(&json!({ "typ": "JWT", "alg": "RS256", "kid": self.id }), claims)
    }

    /// Signs with RSA and SHA-256, whatever the header says.
    pub(super) fn sign_as(&self, header: &Value, claims: &Value) -> String {
        let message = unsigned(header, claims);
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message.as_bytes(), &mut signature).unwrap();
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

/// Header and claims, as they are signed.
pub(super) fn unsigned(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}", part(header), part(claims))
}

impl Issuer {
    pub(super) async fn start(issuer: &str, keys: Vec<Value>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let state = Arc::new(Served {
            issuer: issuer.to_owned(),
            base: base.clone(),
            keys: Mutex::new(keys),
            down: Mutex::new(false),
            fetches: AtomicUsize::new(0),
        });
        let router = axum::Router::new().fallback(serve).with_state(Arc::clone(&state));
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { base, state, task }
    }

    /// Settings of an installation that believes this issuer.
    pub(super) fn settings(&self) -> super::Settings {
        settings(&self.base)
    }

    pub(super) fn publish(&self, keys: Vec<Value>) {
        *self.state.keys.lock().unwrap() = keys;
    }

    pub(super) fn go_down(&self, down: bool) {
        *self.state.down.lock().unwrap() = down;
    }

    /// How often anything was asked of it.
    pub(super) fn fetches(&self) -> usize {
        self.state.fetches.load(Ordering::SeqCst)
    }
}

impl Drop for Issuer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Settings that point everything at `base`.
pub(super) fn settings(base: &Url) -> super::Settings {
    super::Settings {
        login_url: base.clone(),
        graph_url: base.join("v1.0").unwrap(),
        bot_openid_url: base.join("v1/.well-known/openidconfiguration").unwrap(),
        tenant_id: TenantId::new(TENANT),
        client_id: APP.to_owned(),
        client_secret: Secret::new("hush"),
        service_url_hosts: vec!["127.0.0.1".to_owned()],
        edit_in_channels: false,
    }
}

async fn serve(State(served): State<Arc<Served>>, uri: Uri) -> (StatusCode, String) {
    served.fetches.fetch_add(1, Ordering::SeqCst);
    if *served.down.lock().unwrap() {
        return (StatusCode::BAD_GATEWAY, String::new());
    }
    let document = if uri.path() == "/keys" {
        json!({ "keys": *served.keys.lock().unwrap() })
    } else {
        json!({
            "issuer": served.issuer,
            "jwks_uri": served.base.join("keys").unwrap(),
            "id_token_signing_alg_values_supported": ["RS256"],
        })
    };
    (StatusCode::OK, document.to_string())
}

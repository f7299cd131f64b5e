//! The signing keys of a token issuer, found through its `OpenID` metadata: kept for a day,
//! fetched by one caller at a time, and fetched early for an unknown key only now and then,
//! so that a flood of forged tokens is not a flood of requests.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use jsonwebtoken::DecodingKey;
use serde::Deserialize;
use tokio::sync::Mutex;
use url::Url;

use crate::ambient::{Clock, Millis};
use crate::call::CallError;
use crate::call::answer::fetch;

const LIFE: Duration = Duration::from_hours(24);

/// How soon a fetch that failed is tried again.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(10);

/// A key that may sign.
pub(super) struct SigningKey {
    pub(super) decoding: DecodingKey,
    /// Channels whose activities it may sign; the Bot Connector's keys alone have them.
    pub(super) endorsements: Vec<String>,
    /// The issuer of the metadata that named this key.
    pub(super) issuer: Arc<str>,
}

/// Why there is no key.
pub(super) enum NoKey {
    /// The issuer has no such key.
    Unknown,
    /// It had none when it was asked last, and it is too soon to ask again.
    NotAskedFor,
    /// The issuer can't be asked now.
    Unavailable,
}

/// The keys of one issuer.
pub(super) struct Keys {
    http: reqwest::Client,
    metadata_url: Url,
    clock: Clock,
    /// The least time between two fetches for a key that isn't known.
    pause_for_unknown: Duration,
    known: RwLock<Option<Known>>,
    /// Held while fetching: the moment of the last attempt.
    attempt: Mutex<Option<Millis>>,
}

struct Known {
    fetched: Millis,
    keys: HashMap<String, Arc<SigningKey>>,
}

#[derive(Deserialize)]
struct Metadata {
    issuer: String,
    jwks_uri: Url,
}

#[derive(Deserialize)]
struct KeySet {
    keys: Vec<WireKey>,
}

/// A JSON Web Key (RFC 7517), with the Bot Connector's endorsements.
#[derive(Deserialize)]
struct WireKey {
    kty: Option<String>,
    #[serde(rename = "use")]
    usage: Option<String>,
    kid: Option<String>,
    n: Option<String>,
    e: Option<String>,
    #[serde(default)]
    endorsements: Vec<String>,
}

impl Keys {
    pub(super) fn new(
        http: reqwest::Client,
        metadata_url: Url,
        clock: Clock,
        pause_for_unknown: Duration,
    ) -> Self {
        let (known, attempt) = (RwLock::new(None), Mutex::new(None));
        Self { http, metadata_url, clock, pause_for_unknown, known, attempt }
    }

    /// The key of that id.
    pub(super) async fn find(&self, id: &str) -> Result<Arc<SigningKey>, NoKey> {
        if let Some(key) = self.look(id) {
            return Ok(key);
        }
        let mut attempt = self.attempt.lock().await;
        // Whoever held the lock may have fetched it meanwhile.
        if let Some(key) = self.look(id) {
            return Ok(key);
        }
        let fresh = self.is_fresh();
        let pause = if fresh { self.pause_for_unknown } else { PAUSE_AFTER_FAILURE };
        let now = self.clock.now();
        if attempt.is_some_and(|last| now.since(last) < pause) {
            return Err(if fresh { NoKey::NotAskedFor } else { NoKey::Unavailable });
        }
        *attempt = Some(now);
        match self.fetch().await {
            Ok(keys) => {
                *self.known.write().unwrap_or_else(PoisonError::into_inner) =
                    Some(Known { fetched: now, keys });
                self.look(id).ok_or(NoKey::Unknown)
            }
            Err(error) => {
                tracing::warn!(%error, "the signing keys could not be fetched");
                Err(NoKey::Unavailable)
            }
        }
    }

    fn look(&self, id: &str) -> Option<Arc<SigningKey>> {
        self.while_fresh(|known| known.keys.get(id).cloned()).flatten()
    }

    fn is_fresh(&self) -> bool {
        self.while_fresh(|_| ()).is_some()
    }

    fn while_fresh<T>(&self, read: impl FnOnce(&Known) -> T) -> Option<T> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.as_ref().filter(|known| self.clock.now().since(known.fetched) < LIFE).map(read)
    }

    async fn fetch(&self) -> Result<HashMap<String, Arc<SigningKey>>, CallError> {
        let metadata: Metadata = self.document(self.metadata_url.clone(), "the OpenID metadata").await?;
        let issuer: Arc<str> = metadata.issuer.into();
        let set: KeySet = self.document(metadata.jwks_uri, "the key set").await?;
        Ok(set.keys.into_iter().filter_map(|key| key.for_signatures(&issuer)).collect())
    }

    async fn document<T: serde::de::DeserializeOwned>(
        &self,
        url: Url,
        what: &'static str,
    ) -> Result<T, CallError> {
        let answer = fetch(self.http.get(url)).await?;
        if answer.status().is_success() { answer.json(what) } else { Err(answer.failure(None, None)) }
    }
}

impl WireKey {
    /// The key and its id, if it is an RSA key for signatures.
    fn for_signatures(self, issuer: &Arc<str>) -> Option<(String, Arc<SigningKey>)> {
        if self.kty.as_deref() != Some("RSA") || self.usage.is_some_and(|usage| usage != "sig") {
            return None;
        }
        let decoding = DecodingKey::from_rsa_components(&self.n?, &self.e?).ok()?;
        let key = SigningKey { decoding, endorsements: self.endorsements, issuer: Arc::clone(issuer) };
        Some((self.kid?, Arc::new(key)))
    }
}

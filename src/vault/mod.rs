//! Seals what must not be read from the database: tokens, secrets, carried content.
//!
//! AES-256-GCM with a data key per tenant, each wrapped by a key of the key ring. What is
//! sealed is bound to its table, row and column, so that it can't be moved. Without the right
//! keys the vault does not open at all: there is no plaintext fallback.

mod bare_tokens;
mod canary;
mod data_key;
mod envelope;
mod key_file;
mod keyring;
mod rewrap;
mod tokens;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, RwLock};

use hmac::{Hmac, KeyInit, Mac};
use sea_orm::DbErr;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::ambient::{Clock, Random};
use crate::database::Database;
use crate::ids::{DataKeyId, SiteId, TenantId};
use crate::secret::Secret;

pub use key_file::{KeyFileError, create_key_file, put_key_in_front};
pub use keyring::{KeyRing, KeyRingError, KeySource, new_key_line};
pub use rewrap::{KeyStanding, KeyUse};
pub use tokens::{Subject, TokenError};

use data_key::DataKey;

/// Whose data key seals: what belongs together is destroyed together.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Scope {
    /// What belongs to no tenant: people's tokens, logins under way.
    Instance,
    /// What belongs to a Jira site.
    Site(SiteId),
    /// What belongs to a Microsoft tenant.
    Tenant(TenantId),
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Instance => f.write_str("instance"),
            Self::Site(id) => write!(f, "site/{id}"),
            Self::Tenant(id) => write!(f, "tenant/{id}"),
        }
    }
}

/// Where a sealed value stands; part of what is authenticated.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// Table.
    pub table: &'static str,
    /// Primary key of the row, or the text that makes it unique.
    pub row: &'a str,
    /// Column.
    pub column: &'static str,
}

/// Why the vault refuses.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// No key ring is configured.
    #[error(
        "no encryption key is configured, so nothing can be sealed. Run `threadline keys new`, keep the file safe, and set vault.keys_file to it"
    )]
    NoKey,
    /// The key ring can't be read.
    #[error(transparent)]
    KeyRing(#[from] KeyRingError),
    /// The keys are not those that sealed this database.
    #[error(
        "the configured keys can't open this database: it was sealed with the key '{needed}'. Put that key back into the key ring; without it the stored logins are lost"
    )]
    WrongKey {
        /// Id of the key that is needed.
        needed: String,
    },
    /// A sealed value was altered, moved, or cut.
    #[error("a sealed value in {table}.{column} can't be opened: it was altered, moved or damaged")]
    Broken {
        /// Table.
        table: &'static str,
        /// Column.
        column: &'static str,
    },
    /// The database.
    #[error("the database does not answer as it should: {0}")]
    Database(#[from] DbErr),
}

/// The vault. Cheap to clone.
#[derive(Clone)]
pub struct Vault {
    inner: Arc<Inner>,
}

struct Inner {
    database: Database,
    clock: Clock,
    random: Random,
    source: KeySource,
    ring: RwLock<Arc<KeyRing>>,
    keys: RwLock<HashMap<DataKeyId, Arc<DataKey>>>,
    scopes: RwLock<HashMap<Scope, DataKeyId>>,
    fingerprints: RwLock<Option<Arc<Zeroizing<[u8; 32]>>>>,
    tokens: bare_tokens::BareTokens,
}

impl Vault {
    /// Opens the vault: reads the key ring and proves it against the canary row.
    ///
    /// # Errors
    /// [`VaultError::NoKey`] and [`VaultError::WrongKey`] mean that the service must not start.
    pub async fn unlock(
        source: KeySource,
        database: Database,
        clock: Clock,
        random: Random,
    ) -> Result<Self, VaultError> {
        let ring = source.read()?.ok_or(VaultError::NoKey)?;
        let vault = Self {
            inner: Arc::new(Inner {
                database,
                clock,
                random,
                source,
                ring: RwLock::new(Arc::new(ring)),
                keys: RwLock::default(),
                scopes: RwLock::default(),
                fingerprints: RwLock::default(),
                tokens: bare_tokens::BareTokens::default(),
            }),
        };
        vault.prove_keys().await?;
        Ok(vault)
    }

    /// Seals `plain` for one place.
    pub async fn seal(&self, scope: &Scope, place: Place<'_>, plain: &[u8]) -> Result<Vec<u8>, VaultError> {
        let key = self.key_for(scope).await?;
        envelope::seal(&key, &self.inner.random, place, plain)
    }

    /// Opens what was sealed for this very place.
    pub async fn open(&self, place: Place<'_>, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let id = envelope::key_id(place, sealed)?;
        let key = self.key_by_id(id).await?.ok_or(place.broken())?;
        envelope::open(&key, place, sealed)
    }

    /// Opens a sealed text.
    pub async fn open_text(&self, place: Place<'_>, sealed: &[u8]) -> Result<Secret, VaultError> {
        let plain = self.open(place, sealed).await?;
        std::str::from_utf8(&plain).map(Secret::new).map_err(|_| place.broken())
    }

    /// A keyed hash of what was written: tells two texts apart, tells nothing about them.
    pub async fn fingerprint(&self, text: &str) -> Result<String, VaultError> {
        use base64::Engine;
        let key = self.fingerprint_key().await?;
        let mut mac = keyed(&key[..]);
        mac.update(text.as_bytes());
        Ok(base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
    }

    async fn fingerprint_key(&self) -> Result<Arc<Zeroizing<[u8; 32]>>, VaultError> {
        if let Some(key) = read(&self.inner.fingerprints).clone() {
            return Ok(key);
        }
        let mut mac = keyed(self.key_for(&Scope::Instance).await?.bytes());
        mac.update(b"threadline fingerprint");
        let key = Arc::new(Zeroizing::new(mac.finalize().into_bytes().into()));
        *write(&self.inner.fingerprints) = Some(Arc::clone(&key));
        Ok(key)
    }
}

#[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
fn keyed(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("any key length")
}

impl Place<'_> {
    fn broken(self) -> VaultError {
        VaultError::Broken { table: self.table, column: self.column }
    }
}

/// A lock of plain data: a panic elsewhere can't have left it half-written.
fn read<T>(lock: &RwLock<T>) -> std::sync::RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> std::sync::RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(std::sync::PoisonError::into_inner)
}

#[cfg(test)]
mod tests;

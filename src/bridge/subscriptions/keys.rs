//! The key pairs that Graph encrypts notifications for. The newest one is for new and renewed
//! subscriptions; older private keys stay as long as something may still be encrypted for them.

use std::num::NonZero;
use std::sync::Arc;
use std::time::Duration;

use moka::future::Cache;
use tokio::sync::{Mutex, Semaphore};
use zeroize::Zeroizing;

use crate::bridge::Bridge;
use crate::store::NotificationKey;
use crate::teams::notification::Encrypted;
use crate::teams::notification_key::{CannotMake, PrivateKey, make};
use crate::vault::{Place, Scope, VaultError};

/// How long a certificate holds.
const LIFE: Duration = Duration::from_hours(365 * 24);
/// When the next one is made: a month before, while every subscription is renewed each day.
const REPLACE_AFTER: Duration = Duration::from_hours(335 * 24);
/// How long an opened private key stays in memory.
const OPEN: Duration = Duration::from_hours(1);

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoKey {
    /// This machine can't make one.
    #[error(transparent)]
    CannotMake(#[from] CannotMake),
    /// The database or the vault.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

/// The private keys that this process has opened.
pub(in crate::bridge) struct NotificationKeys {
    open: Cache<i64, Arc<PrivateKey>>,
    /// Held while a pair is made: one is enough.
    making: Mutex<()>,
    /// Held while a content is opened, by as many as there are processors: it takes one of them
    /// about a millisecond.
    opening: Semaphore,
}

impl Default for NotificationKeys {
    fn default() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
        Self {
            open: Cache::builder().max_capacity(8).time_to_live(OPEN).build(),
            making: Mutex::default(),
            opening: Semaphore::new(processors),
        }
    }
}

/// Graph's name for a key.
pub(super) fn key_name(number: i64) -> String {
    format!("key-{number}")
}

/// The number of the key that Graph names so.
fn key_number(name: &str) -> Option<i64> {
    name.strip_prefix("key-")?.parse().ok()
}

/// Where a private key stands.
fn place(row: &str) -> Place<'_> {
    Place { table: "notification_key", row, column: "private_key" }
}

impl Bridge {
    /// The key for new and renewed subscriptions; made if there is none, or the last one is old.
    pub(super) async fn newest_notification_key(&self) -> Result<NotificationKey, NoKey> {
        let newest = || async { self.store.newest_notification_key().await.map_err(VaultError::from) };
        let is_good = |key: &NotificationKey| self.clock.now() < key.replace_at;
        if let Some(key) = newest().await?.filter(is_good) {
            return Ok(key);
        }
        let _making = self.notification_keys.making.lock().await;
        let known = newest().await?;
        if let Some(key) = known.clone().filter(is_good) {
            return Ok(key);
        }
        let (now, number) = (self.clock.now(), known.map_or(1, |known| known.number + 1));
        let made = tokio::task::spawn_blocking(move || make(now, LIFE)).await.map_err(|_| CannotMake)??;
        let row = key_name(number);
        let private_key = self.vault.seal(&Scope::Instance, place(&row), &made.private_key).await?;
        let key = NotificationKey {
            number,
            certificate: made.certificate,
            private_key,
            replace_at: now.plus(REPLACE_AFTER),
        };
        self.store.add_notification_key(key).await.map_err(VaultError::from)?;
        tracing::info!(number, "a key pair for change notifications was made");
        // Another process may have been faster: its key counts.
        newest().await?.ok_or(NoKey::CannotMake(CannotMake))
    }

    /// Opens what Graph has encrypted for one of our certificates; nothing if that can't be done.
    /// No request of anybody else waits for it.
    pub(in crate::bridge) async fn open_notification(
        &self,
        encrypted: &Arc<Encrypted>,
    ) -> Result<Option<Zeroizing<Vec<u8>>>, VaultError> {
        let Some(number) = key_number(&encrypted.certificate) else { return Ok(None) };
        let Some(key) = self.private_notification_key(number).await? else { return Ok(None) };
        let _turn = self.notification_keys.opening.acquire().await;
        let encrypted = Arc::clone(encrypted);
        let opened = tokio::task::spawn_blocking(move || key.open(&encrypted)).await;
        Ok(opened.ok().and_then(Result::ok))
    }

    /// The private key with this number, if it is still there.
    async fn private_notification_key(&self, number: i64) -> Result<Option<Arc<PrivateKey>>, VaultError> {
        if let Some(key) = self.notification_keys.open.get(&number).await {
            return Ok(Some(key));
        }
        let Some(key) = self.store.notification_key(number).await? else { return Ok(None) };
        let row = key_name(number);
        let pkcs8 = self.vault.open(place(&row), &key.private_key).await?;
        let Some(key) = PrivateKey::read(&pkcs8).map(Arc::new) else { return Ok(None) };
        self.notification_keys.open.insert(number, Arc::clone(&key)).await;
        Ok(Some(key))
    }
}

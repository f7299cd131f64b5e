//! Data keys: one a scope, wrapped in the database, bare in memory only.

use std::sync::Arc;

use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use threadline_entity::data_key;
use zeroize::Zeroizing;

use super::keyring::KeyRing;
use super::{Scope, Vault, VaultError, envelope, read, write};
use crate::ids::DataKeyId;

/// A bare data key, cleared on drop.
pub(super) struct DataKey {
    id: DataKeyId,
    bytes: Zeroizing<[u8; 32]>,
}

impl DataKey {
    pub(super) fn id(&self) -> DataKeyId {
        self.id
    }

    pub(super) fn bytes(&self) -> &[u8; 32] {
        &self.bytes
    }
}

/// What binds a wrapped key to its row.
pub(super) fn associated(id: DataKeyId, scope: &str) -> Vec<u8> {
    format!("data_key\0{id}\0{scope}").into_bytes()
}

impl Vault {
    /// The data key of a scope; the first use makes it.
    pub(super) async fn key_for(&self, scope: &Scope) -> Result<Arc<DataKey>, VaultError> {
        let known = read(&self.inner.scopes).get(scope).copied();
        if let Some(id) = known
            && let Some(key) = read(&self.inner.keys).get(&id).cloned()
        {
            return Ok(key);
        }
        if let Some(row) = self.row_of(scope).await? {
            return self.remember(scope, &row);
        }
        self.make_key(scope).await?;
        let row = self.row_of(scope).await?.ok_or(VaultError::Database(sea_orm::DbErr::RecordNotInserted))?;
        self.remember(scope, &row)
    }

    /// The data key of that id, if it still exists.
    pub(super) async fn key_by_id(&self, id: DataKeyId) -> Result<Option<Arc<DataKey>>, VaultError> {
        if let Some(key) = read(&self.inner.keys).get(&id).cloned() {
            return Ok(Some(key));
        }
        let row = data_key::Entity::find_by_id(id.uuid()).one(self.inner.database.reader()).await?;
        row.map(|row| self.unwrap_row(&row)).transpose()
    }

    async fn row_of(&self, scope: &Scope) -> Result<Option<data_key::Model>, VaultError> {
        Ok(data_key::Entity::find()
            .filter(data_key::Column::Scope.eq(scope.to_string()))
            .one(self.inner.database.reader())
            .await?)
    }

    fn remember(&self, scope: &Scope, row: &data_key::Model) -> Result<Arc<DataKey>, VaultError> {
        let key = self.unwrap_row(row)?;
        write(&self.inner.scopes).insert(scope.clone(), key.id());
        Ok(key)
    }

    /// Another process may make it first: then its key stays, and ours was never used.
    async fn make_key(&self, scope: &Scope) -> Result<(), VaultError> {
        // A rotation elsewhere may have put a new key in front since the ring was read: what is
        // wrapped with the old one now would be lost once that one is dropped.
        let ring = self.read_ring_again()?;
        let active = ring.active().ok_or(VaultError::NoKey)?;
        let id = DataKeyId::from_uuid(self.inner.random.id());
        let scope = scope.to_string();
        let bytes = Zeroizing::new(self.inner.random.bytes::<32>());
        let wrapped =
            envelope::encrypt(&active.bytes, &self.inner.random, &associated(id, &scope), &bytes[..])
                .ok_or(VaultError::NoKey)?;
        let row = data_key::ActiveModel {
            id: Set(id.uuid()),
            scope: Set(scope),
            wrapping_key: Set(active.id.clone()),
            wrapped: Set(wrapped),
            created_at: Set(self.inner.clock.now().0),
        };
        self.inner
            .database
            .write(|transaction| {
                Box::pin(async move {
                    data_key::Entity::insert(row)
                        .on_conflict(OnConflict::column(data_key::Column::Scope).do_nothing().to_owned())
                        .exec_without_returning(transaction)
                        .await
                })
            })
            .await?;
        Ok(())
    }

    fn unwrap_row(&self, row: &data_key::Model) -> Result<Arc<DataKey>, VaultError> {
        let mut ring = self.ring();
        if ring.get(&row.wrapping_key).is_none() {
            // A rotation elsewhere may have added a key to the file since we read it.
            ring = self.read_ring_again()?;
        }
        let key = Arc::new(unwrap(&ring, row)?);
        write(&self.inner.keys).insert(key.id(), Arc::clone(&key));
        Ok(key)
    }

    pub(super) fn ring(&self) -> Arc<KeyRing> {
        Arc::clone(&read(&self.inner.ring))
    }

    pub(super) fn read_ring_again(&self) -> Result<Arc<KeyRing>, VaultError> {
        let ring = Arc::new(self.inner.source.read()?.ok_or(VaultError::NoKey)?);
        *write(&self.inner.ring) = Arc::clone(&ring);
        Ok(ring)
    }
}

/// Takes the bare key out of its row.
pub(super) fn unwrap(ring: &KeyRing, row: &data_key::Model) -> Result<DataKey, VaultError> {
    let wrong = || VaultError::WrongKey { needed: row.wrapping_key.clone() };
    let id = DataKeyId::from_uuid(row.id);
    let wrapping = ring.get(&row.wrapping_key).ok_or_else(wrong)?;
    let bytes =
        envelope::decrypt(&wrapping.bytes, &associated(id, &row.scope), &row.wrapped).ok_or_else(wrong)?;
    let bytes = Zeroizing::new(bytes.as_slice().try_into().map_err(|_| wrong())?);
    Ok(DataKey { id, bytes })
}

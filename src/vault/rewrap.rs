//! Rotation: every data key is wrapped again with the key in use. Each row is a step of its
//! own, so a rotation that was cut short goes on where it stopped, while the service runs.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use threadline_entity::data_key;

use super::data_key::{associated, unwrap};
use super::{Vault, VaultError, envelope};

/// One key of the ring and how much still needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyUse {
    /// The key's id.
    pub id: String,
    /// Whether new data keys are wrapped with it.
    pub active: bool,
    /// Data keys that only this key can open.
    pub data_keys: u64,
}

impl Vault {
    /// The keys of the ring, the one in use first.
    pub async fn key_uses(&self) -> Result<Vec<KeyUse>, VaultError> {
        let counts: Vec<(String, i64)> = data_key::Entity::find()
            .select_only()
            .column(data_key::Column::WrappingKey)
            .column_as(data_key::Column::Id.count(), "count")
            .group_by(data_key::Column::WrappingKey)
            .into_tuple()
            .all(self.inner.database.reader())
            .await?;
        let used = |id: &str| {
            counts
                .iter()
                .find(|(key, _)| key == id)
                .map_or(0, |(_, count)| u64::try_from(*count).unwrap_or(0))
        };
        Ok(self
            .ring()
            .ids()
            .enumerate()
            .map(|(index, id)| KeyUse { id: id.to_owned(), active: index == 0, data_keys: used(id) })
            .collect())
    }

    /// Wraps every data key with the key in use; answers how many were still under an older one.
    pub async fn rewrap(&self) -> Result<u64, VaultError> {
        let ring = self.ring();
        let active = ring.active().ok_or(VaultError::NoKey)?;
        let behind = data_key::Entity::find()
            .filter(data_key::Column::WrappingKey.ne(&active.id))
            .all(self.inner.database.reader())
            .await?;
        let mut done = 0;
        for row in behind {
            let key = unwrap(&ring, &row)?;
            let wrapped = envelope::encrypt(
                &active.bytes,
                &self.inner.random,
                &associated(key.id(), &row.scope),
                key.bytes(),
            )
            .ok_or(VaultError::NoKey)?;
            let new_key = active.id.clone();
            let result = self
                .inner
                .database
                .write(move |transaction| {
                    Box::pin(async move {
                        data_key::Entity::update_many()
                            .col_expr(data_key::Column::Wrapped, Expr::value(wrapped))
                            .col_expr(data_key::Column::WrappingKey, Expr::value(new_key))
                            .filter(data_key::Column::Id.eq(row.id))
                            .filter(data_key::Column::WrappingKey.eq(row.wrapping_key))
                            .exec(transaction)
                            .await
                    })
                })
                .await?;
            done += result.rows_affected;
        }
        Ok(done)
    }
}

//! Rotation: every data key is wrapped again with the key in use. Each row is a step of its
//! own, so a rotation that was cut short goes on where it stopped, while the service runs.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use threadline_entity::data_key;

use super::data_key::{associated, unwrap};
use super::keyring::KeyRing;
use super::{Vault, VaultError, envelope};

/// What a wrapping key is to the ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyStanding {
    /// The first of the ring: new data keys are wrapped with it.
    InUse,
    /// Still opens what it wrapped.
    Kept,
    /// Data keys need it, and the ring does not have it: they can't be opened.
    Missing,
}

/// One wrapping key and how much needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyUse {
    /// The key's id.
    pub id: String,
    /// What it is to the ring.
    pub standing: KeyStanding,
    /// Data keys that only this key can open.
    pub data_keys: u64,
}

impl Vault {
    /// The keys of the ring as it is now, the one in use first; then those that it lacks.
    pub async fn key_uses(&self) -> Result<Vec<KeyUse>, VaultError> {
        let ring = self.read_ring_again()?;
        let counts: Vec<(String, i64)> = data_key::Entity::find()
            .select_only()
            .column(data_key::Column::WrappingKey)
            .column_as(data_key::Column::Id.count(), "count")
            .group_by(data_key::Column::WrappingKey)
            .into_tuple()
            .all(self.inner.database.reader())
            .await?;
        Ok(uses(&ring, &counts))
    }

    /// Wraps every data key with the key in use; answers how many were still under an older one.
    pub async fn rewrap(&self) -> Result<u64, VaultError> {
        self.rewrap_telling(|_, _| {}).await
    }

    /// As [`Vault::rewrap`]; tells `progress` after each data key how many of how many are done.
    pub async fn rewrap_telling(&self, mut progress: impl FnMut(u64, u64)) -> Result<u64, VaultError> {
        let ring = self.read_ring_again()?;
        let active = ring.active().ok_or(VaultError::NoKey)?;
        let behind = data_key::Entity::find()
            .filter(data_key::Column::WrappingKey.ne(&active.id))
            .all(self.inner.database.reader())
            .await?;
        let mut done = 0;
        let all = u64::try_from(behind.len()).unwrap_or(u64::MAX);
        for (row, number) in behind.into_iter().zip(1..) {
            done += u64::from(self.rewrap_row(&ring, row).await?);
            progress(number, all);
        }
        Ok(done)
    }

    /// Wraps one data key again; answers whether nobody else had done it meanwhile.
    async fn rewrap_row(&self, ring: &KeyRing, row: data_key::Model) -> Result<bool, VaultError> {
        let active = ring.active().ok_or(VaultError::NoKey)?;
        let key = unwrap(ring, &row)?;
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
        Ok(result.rows_affected > 0)
    }
}

fn uses(ring: &KeyRing, counts: &[(String, i64)]) -> Vec<KeyUse> {
    let used = |id: &str| {
        let count = counts.iter().find(|(key, _)| key == id).map_or(0, |(_, count)| *count);
        u64::try_from(count).unwrap_or(0)
    };
    let held = ring
        .ids()
        .enumerate()
        .map(|(index, id)| (id, if index == 0 { KeyStanding::InUse } else { KeyStanding::Kept }));
    let missing = counts
        .iter()
        .map(|(id, _)| (id.as_str(), KeyStanding::Missing))
        .filter(|(id, _)| ring.get(id).is_none());
    held.chain(missing)
        .map(|(id, standing)| KeyUse { id: id.to_owned(), standing, data_keys: used(id) })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_is_needed_and_not_there_is_shown() {
        let key = "A".repeat(43);
        let ring = KeyRing::parse(&format!("new:{key}=\nold:{key}=")).unwrap().unwrap();
        let counts = [("lost".to_owned(), 2), ("old".to_owned(), 3)];
        let shown: Vec<_> =
            uses(&ring, &counts).into_iter().map(|key| (key.id, key.standing, key.data_keys)).collect();
        assert_eq!(
            shown,
            [
                ("new".to_owned(), KeyStanding::InUse, 0),
                ("old".to_owned(), KeyStanding::Kept, 3),
                ("lost".to_owned(), KeyStanding::Missing, 2),
            ]
        );
    }
}

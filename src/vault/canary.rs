//! The canary row: a known text, sealed. Keys that can't open it are the wrong keys.

use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, EntityTrait};
use threadline_entity::canary;

use super::{Place, Scope, Vault, VaultError};

const PLACE: Place<'static> = Place { table: "canary", row: "1", column: "sealed" };
const TEXT: &[u8] = b"threadline";

impl Vault {
    /// Opens the canary, or plants it in a new database.
    pub(super) async fn prove_keys(&self) -> Result<(), VaultError> {
        let find = || canary::Entity::find_by_id(1_i16).one(self.inner.database.reader());
        let row = if let Some(row) = find().await? {
            row
        } else {
            // Another replica, with other keys, may plant its own first: what is there counts.
            self.plant_canary().await?;
            find().await?.ok_or_else(|| PLACE.broken())?
        };
        let plain = self.open(PLACE, &row.sealed).await?;
        if plain.as_slice() == TEXT { Ok(()) } else { Err(PLACE.broken()) }
    }

    /// Answers whether the keys still open the database.
    pub async fn check(&self) -> Result<(), VaultError> {
        self.prove_keys().await
    }

    async fn plant_canary(&self) -> Result<(), VaultError> {
        let row =
            canary::ActiveModel { id: Set(1), sealed: Set(self.seal(&Scope::Instance, PLACE, TEXT).await?) };
        self.inner
            .database
            .write(|transaction| {
                Box::pin(async move {
                    canary::Entity::insert(row)
                        .on_conflict(OnConflict::column(canary::Column::Id).do_nothing().to_owned())
                        .exec_without_returning(transaction)
                        .await
                })
            })
            .await?;
        Ok(())
    }
}

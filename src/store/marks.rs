//! Who of this installation is alive, and since when the service is back.

use std::time::Duration;

use sea_orm::sea_query::{ExprTrait, OnConflict};
use sea_orm::{ActiveValue::Set, ColumnTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter};
use threadline_entity::service_mark::{self, Column};
use uuid::Uuid;

use super::Store;
use crate::ambient::Millis;

/// How the marks of replicas begin.
const ALIVE: &str = "alive/";
/// The service was away until this moment.
const BACK: &str = "back";

impl Store {
    /// Whether a replica has given a sign of life within this time.
    pub async fn somebody_was_alive(&self, within: Duration) -> Result<bool, DbErr> {
        let since = self.clock.now().minus(within);
        let alive = service_mark::Entity::find()
            .filter(Column::Name.starts_with(ALIVE))
            .filter(Column::At.gt(since.0))
            .count(self.database.reader())
            .await?;
        Ok(alive > 0)
    }

    /// A replica is alive.
    pub async fn give_sign_of_life(&self, replica: Uuid) -> Result<(), DbErr> {
        self.set_mark(format!("{ALIVE}{replica}")).await
    }

    /// A replica stops: nobody needs to wait for its next sign. Those of replicas that have died
    /// long ago go, too.
    pub async fn leave(&self, replica: Uuid, long_ago: Duration) -> Result<(), DbErr> {
        let (own, old) = (format!("{ALIVE}{replica}"), self.clock.now().minus(long_ago));
        self.database
            .write(move |transaction| {
                Box::pin(async move {
                    let dead = Column::Name.starts_with(ALIVE).and(Column::At.lt(old.0));
                    service_mark::Entity::delete_many()
                        .filter(Column::Name.eq(own).or(dead))
                        .exec(transaction)
                        .await
                        .map(drop)
                })
            })
            .await
    }

    /// Since when the service is back, after nobody was there; zero if it was never away.
    pub async fn back_since(&self) -> Result<Millis, DbErr> {
        let row = service_mark::Entity::find_by_id(BACK).one(self.database.reader()).await?;
        Ok(row.map_or(Millis(0), |row| Millis(row.at)))
    }

    /// The service is back.
    pub async fn come_back(&self) -> Result<(), DbErr> {
        self.set_mark(BACK.to_owned()).await
    }

    async fn set_mark(&self, name: String) -> Result<(), DbErr> {
        let row = service_mark::ActiveModel { name: Set(name), at: Set(self.clock.now().0) };
        let mut again = OnConflict::column(Column::Name);
        again.update_column(Column::At);
        self.database
            .write(move |transaction| {
                Box::pin(async move {
                    service_mark::Entity::insert(row)
                        .on_conflict(again)
                        .exec_without_returning(transaction)
                        .await
                        .map(drop)
                })
            })
            .await
    }
}

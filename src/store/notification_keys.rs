//! The key pairs that Graph encrypts notifications for; private keys are sealed.

use std::time::Duration;

use sea_orm::sea_query::{Expr, OnConflict, Query};
use sea_orm::{ActiveValue::Set, ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder};
use threadline_entity::graph_subscription;
use threadline_entity::notification_key::{ActiveModel, Column, Entity, Model};

use super::Store;
use crate::ambient::Millis;

/// How long a private key is kept behind the end of the last subscription that used it.
const KEPT: Duration = Duration::from_hours(3 * 24);

/// A key pair.
#[derive(Clone)]
pub struct NotificationKey {
    /// Counts from 1.
    pub number: i64,
    /// X.509 in DER.
    pub certificate: Vec<u8>,
    /// Sealed PKCS#8 in DER.
    pub private_key: Vec<u8>,
    /// When another one is made.
    pub replace_at: Millis,
}

impl From<Model> for NotificationKey {
    fn from(row: Model) -> Self {
        Self {
            number: row.number,
            certificate: row.certificate,
            private_key: row.private_key,
            replace_at: Millis(row.replace_at),
        }
    }
}

impl Store {
    /// The key pair that new and renewed subscriptions use.
    pub async fn newest_notification_key(&self) -> Result<Option<NotificationKey>, DbErr> {
        let newest = Entity::find().order_by_desc(Column::Number).one(self.database.reader()).await?;
        Ok(newest.map(NotificationKey::from))
    }

    /// One key pair.
    pub async fn notification_key(&self, number: i64) -> Result<Option<NotificationKey>, DbErr> {
        Ok(Entity::find_by_id(number).one(self.database.reader()).await?.map(NotificationKey::from))
    }

    /// Adds a key pair, unless another process has added one with this number first.
    pub async fn add_notification_key(&self, key: NotificationKey) -> Result<(), DbErr> {
        let now = self.clock.now();
        let row = ActiveModel {
            number: Set(key.number),
            certificate: Set(key.certificate),
            private_key: Set(key.private_key),
            replace_at: Set(key.replace_at.0),
            used_until: Set(now.0),
            created_at: Set(now.0),
        };
        self.database
            .write(move |transaction| {
                Box::pin(async move {
                    Entity::insert(row)
                        .on_conflict(OnConflict::column(Column::Number).do_nothing().to_owned())
                        .exec_without_returning(transaction)
                        .await
                        .map(drop)
                })
            })
            .await
    }

    /// Remembers that a subscription uses a key until `until`. Said before the subscription is
    /// asked for, so that no key goes while one may need it.
    pub async fn use_notification_key(&self, number: i64, until: Millis) -> Result<(), DbErr> {
        self.database
            .write(move |transaction| {
                Box::pin(async move {
                    Entity::update_many()
                        .col_expr(Column::UsedUntil, Expr::value(until.0))
                        .filter(Column::Number.eq(number))
                        .filter(Column::UsedUntil.lt(until.0))
                        .exec(transaction)
                        .await
                        .map(drop)
                })
            })
            .await
    }

    /// Forgets the keys, all but the newest, that no subscription has used for three days;
    /// answers how many.
    pub async fn tidy_notification_keys(&self) -> Result<u64, DbErr> {
        let old = self.clock.now().minus(KEPT);
        let newest = self.newest_notification_key().await?.map_or(0, |key| key.number);
        self.database
            .write(move |transaction| {
                Box::pin(async move {
                    use graph_subscription::Column::KeyNumber;
                    let used = Query::select()
                        .column(KeyNumber)
                        .from(graph_subscription::Entity)
                        .and_where(KeyNumber.is_not_null())
                        .take();
                    let gone = Entity::delete_many()
                        .filter(Column::UsedUntil.lt(old.0))
                        .filter(Column::Number.lt(newest))
                        .filter(Column::Number.not_in_subquery(used))
                        .exec(transaction)
                        .await?;
                    Ok(gone.rows_affected)
                })
            })
            .await
    }
}

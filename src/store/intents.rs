//! Intents: what we are about to write to a platform, stored before the call, so that a
//! crash or a time-out in between is known for what it is.

use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QuerySelect,
};
use threadline_entity::intent;

use super::Store;
use crate::ambient::Millis;
use crate::ids::{IntentId, ObjectId, TenantId};

/// A write that is about to happen, or that has happened.
#[derive(Debug, Clone)]
pub struct Intent {
    /// Our id; also the mark left on the platform.
    pub id: IntentId,
    /// The tenant in whose chat it began.
    pub tenant: TenantId,
    /// What makes two intents of a tenant the same write.
    pub key: String,
    /// What the platform gave back, as JSON; none until it is known.
    pub outcome: Option<String>,
    /// Keyed hash of what is written.
    pub fingerprint: String,
    /// Who writes a message of their own; nobody where the bot writes, or the mark says it.
    pub writer: Option<ObjectId>,
    /// What was written can't be older than this.
    pub created_at: Millis,
    /// Whether this call is the first that wants it: then nothing can have been written yet.
    pub fresh: bool,
}

impl Store {
    /// A tenant's intent of that key, if there is one.
    pub async fn intent(&self, tenant: &TenantId, key: &str) -> Result<Option<Intent>, DbErr> {
        let row = intent::Entity::find()
            .filter(intent::Column::TenantId.eq(tenant.as_str()))
            .filter(intent::Column::Key.eq(key))
            .one(self.database.reader())
            .await?;
        Ok(row.map(|row| Intent::from_row(row, false)))
    }

    /// Those of a tenant's keys that have an intent.
    pub async fn begun(&self, tenant: &TenantId, keys: &[String]) -> Result<Vec<String>, DbErr> {
        intent::Entity::find()
            .select_only()
            .column(intent::Column::Key)
            .filter(intent::Column::TenantId.eq(tenant.as_str()))
            .filter(intent::Column::Key.is_in(keys))
            .into_tuple()
            .all(self.database.reader())
            .await
    }
}

impl Intent {
    /// Stores the intent inside the caller's transaction, or finds the one that is there.
    pub async fn begin(transaction: &DatabaseTransaction, new: Self, event: i64) -> Result<Self, DbErr> {
        let row = intent::ActiveModel {
            tenant_id: Set(new.tenant.to_string()),
            id: Set(new.id.uuid()),
            key: Set(new.key.clone()),
            event_id: Set(event),
            state: Set(0),
            fingerprint: Set(new.fingerprint.clone()),
            writer_object: Set(new.writer.as_ref().map(ToString::to_string)),
            outcome: Set(None),
            created_at: Set(new.created_at.0),
        };
        let mut same = OnConflict::columns([intent::Column::TenantId, intent::Column::Key]);
        let inserted = intent::Entity::insert(row)
            .on_conflict(same.do_nothing().to_owned())
            .exec_without_returning(transaction)
            .await?;
        if inserted > 0 {
            return Ok(Self { fresh: true, ..new });
        }
        intent::Entity::find()
            .filter(intent::Column::TenantId.eq(new.tenant.as_str()))
            .filter(intent::Column::Key.eq(&new.key))
            .one(transaction)
            .await?
            .map(|row| Self::from_row(row, false))
            .ok_or(DbErr::RecordNotInserted)
    }

    /// Lets the intent say what is about to be written now; nothing that it wanted before is there.
    pub async fn renew(transaction: &DatabaseTransaction, renewed: Self) -> Result<(), DbErr> {
        let writer = renewed.writer.map(|writer| writer.to_string());
        intent::Entity::update_many()
            .col_expr(intent::Column::Fingerprint, Expr::value(renewed.fingerprint))
            .col_expr(intent::Column::WriterObject, Expr::value(writer))
            .col_expr(intent::Column::CreatedAt, Expr::value(renewed.created_at.0))
            .filter(intent::Column::TenantId.eq(renewed.tenant.as_str()))
            .filter(intent::Column::Id.eq(renewed.id.uuid()))
            .exec(transaction)
            .await
            .map(|_| ())
    }

    /// Remembers the outcome for good: the same write is never made again.
    pub async fn keep(
        transaction: &DatabaseTransaction,
        tenant: &TenantId,
        id: IntentId,
        outcome: String,
    ) -> Result<(), DbErr> {
        intent::Entity::update_many()
            .col_expr(intent::Column::State, Expr::value(1))
            .col_expr(intent::Column::Outcome, Expr::value(outcome))
            .filter(intent::Column::TenantId.eq(tenant.as_str()))
            .filter(intent::Column::Id.eq(id.uuid()))
            .exec(transaction)
            .await
            .map(|_| ())
    }

    /// Forgets the intent: a pair, recorded in the same transaction, takes its place.
    pub async fn forget(
        transaction: &DatabaseTransaction,
        tenant: &TenantId,
        id: IntentId,
    ) -> Result<(), DbErr> {
        intent::Entity::delete_by_id((tenant.to_string(), id.uuid())).exec(transaction).await.map(|_| ())
    }

    fn from_row(row: intent::Model, fresh: bool) -> Self {
        Self {
            id: IntentId::from_uuid(row.id),
            tenant: TenantId::new(row.tenant_id),
            key: row.key,
            outcome: row.outcome,
            fingerprint: row.fingerprint,
            writer: row.writer_object.map(ObjectId::new),
            created_at: Millis(row.created_at),
            fresh,
        }
    }
}

//! The audit log: append-only, each entry carrying the hash of the one before, so that a
//! removed or altered entry shows. Ids only, never content.

use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect,
};
use sha2::{Digest, Sha256};
use threadline_entity::audit;

use crate::ambient::Millis;

/// The hash before the first entry.
const BEGINNING: &str = "0";

/// One thing worth remembering.
#[derive(Debug, Clone)]
pub struct Entry {
    /// An account, `operator` or `threadline`.
    pub actor: String,
    /// What was done, as a word: `login`, `link added`, …
    pub action: &'static str,
    /// On what: ids only.
    pub subject: String,
}

/// Appends an entry inside the caller's transaction, so that the log can't miss what happened.
pub async fn append(transaction: &DatabaseTransaction, at: Millis, entry: Entry) -> Result<(), DbErr> {
    if transaction.get_database_backend() == DbBackend::Postgres {
        // Two replicas must not both continue from the same entry.
        transaction.execute_unprepared("SELECT pg_advisory_xact_lock(7023816)").await?;
    }
    let previous: Option<String> = audit::Entity::find()
        .select_only()
        .column(audit::Column::Hash)
        .order_by_desc(audit::Column::Id)
        .limit(1)
        .into_tuple()
        .one(transaction)
        .await?;
    let previous = previous.unwrap_or_else(|| BEGINNING.to_owned());
    let hash = chained(&previous, at, &entry.actor, entry.action, &entry.subject);
    let row = audit::ActiveModel {
        id: NotSet,
        at: Set(at.0),
        actor: Set(entry.actor),
        action: Set(entry.action.to_owned()),
        subject: Set(entry.subject),
        previous: Set(previous),
        hash: Set(hash),
    };
    audit::Entity::insert(row).exec_without_returning(transaction).await?;
    Ok(())
}

/// Walks the whole chain; answers the id of the first entry that does not fit, if any.
pub async fn first_break(connection: &impl ConnectionTrait) -> Result<Option<i64>, DbErr> {
    let mut previous = BEGINNING.to_owned();
    let mut last_id = 0;
    loop {
        let page = audit::Entity::find()
            .filter(audit::Column::Id.gt(last_id))
            .order_by_asc(audit::Column::Id)
            .limit(1000)
            .all(connection)
            .await?;
        if page.is_empty() {
            return Ok(None);
        }
        for row in page {
            let expected = chained(&previous, Millis(row.at), &row.actor, &row.action, &row.subject);
            if row.previous != previous || row.hash != expected {
                return Ok(Some(row.id));
            }
            last_id = row.id;
            previous = row.hash;
        }
    }
}

fn chained(previous: &str, at: Millis, actor: &str, action: &str, subject: &str) -> String {
    let mut hasher = Sha256::new();
    for part in [previous, &at.0.to_string(), actor, action, subject] {
        // The length in front keeps two entries with shifted borders apart.
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part.as_bytes());
    }
    crate::hash::hex(&hasher.finalize())
}

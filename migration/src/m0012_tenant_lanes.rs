//! The queue by tenant: every key of `lane` and `event` leads with the tenant, and a lane says
//! apart since when it has work and when its next try is due.
//!
//! On SQLite the number of an event stays its row id; there the delivery key is unique beside it.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

/// The step. There is no way back: what was unique for all is now unique for a tenant.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let own = match manager.get_database_backend() {
            DbBackend::Postgres => POSTGRES,
            _ => SQLITE,
        };
        for statement in own.iter().chain(LAST) {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        Ok(())
    }
}

const POSTGRES: &[&str] = &[
    "DROP INDEX lane_ready",
    "ALTER TABLE lane ADD COLUMN tenant_id varchar, ADD COLUMN due_at bigint",
    "ALTER TABLE lane RENAME COLUMN key TO conversation_id",
    "UPDATE lane SET tenant_id = split_part(conversation_id, '/', 1), \
     conversation_id = substr(conversation_id, strpos(conversation_id, '/') + 1)",
    "ALTER TABLE lane ALTER COLUMN tenant_id SET NOT NULL, DROP CONSTRAINT lane_pkey, \
     ADD PRIMARY KEY (tenant_id, conversation_id)",
    "DROP INDEX event_ready",
    "DROP INDEX event_waiting",
    "DROP INDEX event_waiting_in",
    "UPDATE event SET tenant_id = split_part(lane, '/', 1), lane = substr(lane, strpos(lane, '/') + 1) \
     WHERE lane <> ''",
    "UPDATE event SET tenant_id = '' WHERE tenant_id IS NULL",
    "ALTER TABLE event ALTER COLUMN tenant_id SET NOT NULL, DROP CONSTRAINT event_pkey, \
     DROP CONSTRAINT event_delivery_key_key, ADD PRIMARY KEY (tenant_id, delivery_key)",
    "CREATE INDEX event_number ON event (id)",
];

const SQLITE: &[&str] = &[
    "CREATE TABLE lane_by_tenant (tenant_id varchar NOT NULL, conversation_id varchar NOT NULL, \
     ready_at bigint, due_at bigint, lease_until bigint NOT NULL, token uuid_text, \
     PRIMARY KEY (tenant_id, conversation_id))",
    "INSERT INTO lane_by_tenant SELECT substr(key, 1, instr(key, '/') - 1), substr(key, instr(key, '/') + 1), \
     ready_at, NULL, lease_until, token FROM lane",
    "DROP TABLE lane",
    "ALTER TABLE lane_by_tenant RENAME TO lane",
    "CREATE TABLE event_by_tenant (id integer NOT NULL PRIMARY KEY AUTOINCREMENT, lane varchar NOT NULL, \
     delivery_key varchar NOT NULL, site_id uuid_text, tenant_id varchar NOT NULL, kind varchar NOT NULL, \
     subject varchar NOT NULL, payload blob, state smallint NOT NULL, waiting_for varchar, \
     attempts integer NOT NULL, due_at bigint NOT NULL, reason varchar, received_at bigint NOT NULL, \
     finished_at bigint, UNIQUE (tenant_id, delivery_key))",
    "INSERT INTO event_by_tenant SELECT id, substr(lane, instr(lane, '/') + 1), delivery_key, site_id, \
     CASE WHEN lane <> '' THEN substr(lane, 1, instr(lane, '/') - 1) ELSE coalesce(tenant_id, '') END, \
     kind, subject, payload, state, waiting_for, attempts, due_at, reason, received_at, finished_at FROM event",
    // A number that was given once is not given again.
    "DELETE FROM sqlite_sequence WHERE name = 'event_by_tenant'",
    "INSERT INTO sqlite_sequence (name, seq) \
     SELECT 'event_by_tenant', seq FROM sqlite_sequence WHERE name = 'event'",
    "DROP TABLE event",
    "ALTER TABLE event_by_tenant RENAME TO event",
    "CREATE INDEX event_unfinished ON event (state, id) WHERE state <> 1",
    "CREATE INDEX event_finished ON event (finished_at) WHERE state = 1",
];

/// Partial indexes: only what waits is in them, however long the history grows.
const LAST: &[&str] = &[
    // What was to be tried later; what was ready is due at once.
    "UPDATE lane SET due_at = ready_at, ready_at = NULL WHERE token IS NULL AND ready_at IS NOT NULL",
    "CREATE INDEX lane_ready ON lane (tenant_id, ready_at) WHERE ready_at IS NOT NULL",
    // Whose turn comes by itself, of all tenants: a timer looks for the next one.
    "CREATE INDEX lane_due ON lane (due_at) WHERE due_at IS NOT NULL",
    "CREATE INDEX event_ready ON event (tenant_id, lane, id) WHERE state = 0",
    // An account has events in several tenants, and its login lets all of them go on.
    "CREATE INDEX event_waiting ON event (waiting_for, tenant_id, lane) WHERE state = 3",
    "CREATE INDEX event_waiting_in ON event (tenant_id, lane, id) WHERE state = 3",
];

//! What replicas have called lately, so that together they keep the platforms' limits.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

/// The step.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // On SQLite one process does everything and counts for itself.
        if manager.get_database_backend() != DbBackend::Postgres {
            return Ok(());
        }
        // Unlogged: after a crash of the server the platforms say what is left.
        let table = "CREATE UNLOGGED TABLE call_budget (
            bucket text PRIMARY KEY,
            stamps bigint[] NOT NULL,
            closed_until bigint NOT NULL,
            granted_at bigint,
            touched_at bigint NOT NULL
        ) WITH (fillfactor = 50)";
        manager.get_connection().execute_unprepared(table).await.map(drop)
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() != DbBackend::Postgres {
            return Ok(());
        }
        manager.get_connection().execute_unprepared("DROP TABLE call_budget").await.map(drop)
    }
}

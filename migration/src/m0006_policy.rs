//! Settings of the instance, of projects and of links.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, string};

/// The step.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("setting")
                    .col(string("scope"))
                    .col(string("scope_id"))
                    .col(string("name"))
                    .col(string("value"))
                    .col(big_integer("updated_at"))
                    .primary_key(Index::create().col("scope").col("scope_id").col("name"))
                    .take(),
            )
            .await?;
        // What waits in a chat is counted whenever its panel is shown.
        let waiting = "CREATE INDEX event_waiting_in ON event (lane, id) WHERE state = 3";
        manager.get_connection().execute_unprepared(waiting).await.map(drop)
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared("DROP INDEX IF EXISTS event_waiting_in").await?;
        manager.drop_table(Table::drop().table("setting").if_exists().take()).await
    }
}

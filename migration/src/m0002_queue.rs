//! The queue: lanes and events.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, binary_null, integer, pk_auto, small_integer, string, string_null,
    string_uniq, uuid_null,
};

/// The step.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("lane")
                    .col(string("key").primary_key())
                    .col(big_integer_null("ready_at"))
                    .col(big_integer("lease_until"))
                    .col(uuid_null("token"))
                    .take(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("event")
                    .col(pk_auto("id").big_integer())
                    .col(string("lane"))
                    .col(string_uniq("delivery_key"))
                    .col(uuid_null("site_id"))
                    .col(string_null("tenant_id"))
                    .col(string("kind"))
                    .col(string("subject"))
                    .col(binary_null("payload"))
                    .col(small_integer("state"))
                    .col(string_null("waiting_for"))
                    .col(integer("attempts"))
                    .col(big_integer("due_at"))
                    .col(string_null("reason"))
                    .col(big_integer("received_at"))
                    .col(big_integer_null("finished_at"))
                    .take(),
            )
            .await?;
        // Partial indexes: only what waits is in them, however long the history grows.
        for statement in [
            "CREATE INDEX lane_ready ON lane (ready_at) WHERE ready_at IS NOT NULL",
            "CREATE INDEX event_ready ON event (lane, id) WHERE state = 0",
            "CREATE INDEX event_waiting ON event (waiting_for, id) WHERE state = 3",
            "CREATE INDEX event_unfinished ON event (state, id) WHERE state <> 1",
            "CREATE INDEX event_finished ON event (finished_at) WHERE state = 1",
        ] {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["event", "lane"] {
            manager.drop_table(Table::drop().table(table).if_exists().take()).await?;
        }
        Ok(())
    }
}

//! Pairs of files.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, string, uuid};

/// The step.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("attachment_pair")
                    .col(uuid("link_id"))
                    .col(string("attachment_id"))
                    .col(string("file_id"))
                    .col(string("comment_id"))
                    .col(string("message_id"))
                    .col(string("origin"))
                    .col(string("state"))
                    .col(big_integer("created_at"))
                    .primary_key(Index::create().col("link_id").col("attachment_id").col("file_id"))
                    .foreign_key(
                        ForeignKey::create()
                            .from("attachment_pair", "link_id")
                            .to("chat_link", "id")
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .take(),
            )
            .await?;
        let index = "CREATE INDEX attachment_pair_message ON attachment_pair (link_id, message_id)";
        manager.get_connection().execute_unprepared(index).await.map(|_| ())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("attachment_pair").if_exists().take()).await
    }
}

//! Which team a conversation belongs to: Graph reads and writes channel threads by it.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::string_null;

/// The step.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let column = Table::alter().table("conversation").add_column(string_null("team_id")).take();
        manager.alter_table(column).await?;
        // Partial: only threads are in it. Asked when the bot enters or leaves a team.
        let index =
            "CREATE INDEX conversation_team ON conversation (tenant_id, team_id) WHERE team_id IS NOT NULL";
        manager.get_connection().execute_unprepared(index).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared("DROP INDEX conversation_team").await?;
        manager.alter_table(Table::alter().table("conversation").drop_column("team_id").take()).await
    }
}

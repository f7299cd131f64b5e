//! Settings hang on the id of a project: its key may change, and may become another project's.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::string_null;

/// The step.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let key = Table::alter().table("setting").add_column(string_null("project_key")).take();
        manager.alter_table(key).await?;
        let project = Table::alter().table("chat_link").add_column(string_null("project_id")).take();
        manager.alter_table(project).await?;
        // Nobody can tell any more of which project these spoke. No released version wrote any.
        let lost = "DELETE FROM setting WHERE scope = 'project' OR (scope = 'link' \
                    AND name NOT IN ('unconnected-comments', 'unconnected-messages'))";
        manager.get_connection().execute_unprepared(lost).await.map(drop)
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.alter_table(Table::alter().table("chat_link").drop_column("project_id").take()).await?;
        manager.alter_table(Table::alter().table("setting").drop_column("project_key").take()).await
    }
}

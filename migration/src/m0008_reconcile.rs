//! A link knows that something may have been missed.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::big_integer_null;

/// The step.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let wish = Table::alter().table("chat_link").add_column(big_integer_null("reconcile_wanted")).take();
        manager.alter_table(wish).await?;
        // Only links with a wish are in it.
        let index = "CREATE INDEX chat_link_reconcile ON chat_link (reconcile_wanted) \
                     WHERE reconcile_wanted IS NOT NULL";
        manager.get_connection().execute_unprepared(index).await.map(drop)
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared("DROP INDEX chat_link_reconcile").await?;
        manager.alter_table(Table::alter().table("chat_link").drop_column("reconcile_wanted").take()).await
    }
}

//! An intent knows whose message it wants: whoever disconnects meanwhile can still be found to
//! have written it.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::string_null;

/// The step.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let writer = Table::alter().table("intent").add_column(string_null("writer_object")).take();
        manager.alter_table(writer).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.alter_table(Table::alter().table("intent").drop_column("writer_object").take()).await
    }
}

//! Where each side of a pair stands, and whose words it holds: what edits and deletions need.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, string, string_null};

/// The step.
#[derive(DeriveMigrationName)]
pub struct Migration;

const COLUMNS: [&str; 6] = [
    "comment_state",
    "comment_version",
    "comment_author",
    "message_state",
    "message_version",
    "message_author",
];

/// A pair that is older than this step counts as never looked at since it was written: the
/// next change of its comment is carried over, even if it was carried before.
fn column(name: &'static str) -> ColumnDef {
    match name {
        "comment_state" => string(name).default("shown").take(),
        "message_state" => string(name).default("live").take(),
        "comment_version" | "message_version" => big_integer(name).default(0).take(),
        _ => string_null(name),
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for name in COLUMNS {
            let step = Table::alter().table("message_pair").add_column(column(name)).take();
            manager.alter_table(step).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for name in COLUMNS {
            manager.alter_table(Table::alter().table("message_pair").drop_column(name).take()).await?;
        }
        Ok(())
    }
}

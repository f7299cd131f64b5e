//! Dynamic webhooks, and how far each linked conversation has been compared.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, integer, string, string_null, uuid, uuid_null,
};
use sea_orm_migration::sea_orm::DbBackend;

/// The step.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let webhook = Table::create()
            .table("jira_webhook")
            .col(uuid("site_id").primary_key())
            .col(string_null("chosen_account"))
            .col(string_null("account_id"))
            .col(big_integer_null("webhook_id"))
            .col(string_null("filter"))
            .col(big_integer_null("expires_at"))
            .col(big_integer("due_at"))
            .col(big_integer("lease_until"))
            .col(uuid_null("token"))
            .col(string_null("problem"))
            .take();
        manager.create_table(webhook).await?;
        let cursor = Table::create()
            .table("chat_cursor")
            .col(string("tenant_id"))
            .col(string("conversation_id"))
            .col(big_integer("messages_to"))
            .col(big_integer("comments_to"))
            .col(big_integer("asked_at"))
            .col(big_integer("due_at"))
            .col(integer("missed"))
            .primary_key(Index::create().col("tenant_id").col("conversation_id"))
            .take();
        manager.create_table(cursor).await?;
        let name = string("name").primary_key().take();
        manager
            .create_table(Table::create().table("service_mark").col(name).col(big_integer("at")).take())
            .await?;
        let connection = manager.get_connection();
        let now = match connection.get_database_backend() {
            DbBackend::Postgres => "CAST(extract(epoch FROM now()) * 1000 AS BIGINT)",
            _ => "CAST(strftime('%s', 'now') AS INTEGER) * 1000",
        };
        // What was written before this step is known to be relayed, or will never be.
        let known = format!(
            "INSERT INTO chat_cursor (tenant_id, conversation_id, messages_to, comments_to, asked_at, due_at, missed) \
             SELECT DISTINCT tenant_id, conversation_id, {now}, {now}, {now}, {now}, 0 FROM chat_link"
        );
        for statement in [
            known.as_str(),
            "CREATE INDEX chat_cursor_due ON chat_cursor (due_at)",
            "CREATE INDEX chat_cursor_asked ON chat_cursor (asked_at)",
            // Which projects are linked is found by leaps, a look each.
            "CREATE INDEX chat_link_project ON chat_link (site_id, project_id)",
        ] {
            connection.execute_unprepared(statement).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared("DROP INDEX IF EXISTS chat_link_project").await?;
        for table in ["service_mark", "chat_cursor", "jira_webhook"] {
            manager.drop_table(Table::drop().table(table).if_exists().take()).await?;
        }
        Ok(())
    }
}

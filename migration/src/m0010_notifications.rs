//! Graph's change notifications: what is watched, and the keys that contents are encrypted for.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, binary, boolean, integer, string, string_null, uuid_null,
};
use sea_orm_migration::sea_orm::DbBackend;

/// The step.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("graph_subscription")
                    .col(string("tenant_id"))
                    .col(string("place_id"))
                    .col(string_null("team_id"))
                    .col(string("state"))
                    .col(string_null("subscription_id"))
                    .col(big_integer("generation"))
                    .col(big_integer_null("key_number"))
                    .col(big_integer_null("expires_at"))
                    .col(boolean("reauthorize"))
                    .col(big_integer_null("due_at"))
                    .col(big_integer("lease_until"))
                    .col(uuid_null("lease"))
                    .col(integer("attempts"))
                    .col(string_null("failure"))
                    .col(big_integer("updated_at"))
                    .primary_key(Index::create().col("tenant_id").col("place_id"))
                    .take(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("notification_key")
                    .col(big_integer("number").primary_key())
                    .col(binary("certificate"))
                    .col(binary("private_key"))
                    .col(big_integer("replace_at"))
                    .col(big_integer("used_until"))
                    .col(big_integer("created_at"))
                    .take(),
            )
            .await?;
        let connection = manager.get_connection();
        for index in [
            // What is to be looked at next.
            "CREATE INDEX graph_subscription_due ON graph_subscription (due_at) WHERE due_at IS NOT NULL",
            // Whose subscription a notification names.
            "CREATE UNIQUE INDEX graph_subscription_id ON graph_subscription (tenant_id, subscription_id) \
             WHERE subscription_id IS NOT NULL",
        ] {
            connection.execute_unprepared(index).await?;
        }
        connection.execute_unprepared(&fill(connection.get_database_backend())).await.map(drop)
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["graph_subscription", "notification_key"] {
            manager.drop_table(Table::drop().table(table).if_exists().take()).await?;
        }
        Ok(())
    }
}

/// Lets the chats that are linked already be watched, threads by their channel. The bot's chats
/// with one person (`a:…`) can't be.
fn fill(backend: DbBackend) -> String {
    let place = if backend == DbBackend::Postgres {
        "split_part(l.conversation_id, ';messageid=', 1)"
    } else {
        "CASE WHEN instr(l.conversation_id, ';messageid=') > 0 \
         THEN substr(l.conversation_id, 1, instr(l.conversation_id, ';messageid=') - 1) \
         ELSE l.conversation_id END"
    };
    format!(
        "INSERT INTO graph_subscription (tenant_id, place_id, team_id, state, generation, reauthorize, \
         due_at, lease_until, attempts, updated_at) \
         SELECT l.tenant_id, {place}, MAX(c.team_id), 'wanted', 0, FALSE, 0, 0, 0, 0 FROM chat_link l \
         LEFT JOIN conversation c ON c.tenant_id = l.tenant_id AND c.conversation_id = l.conversation_id \
         WHERE l.conversation_id LIKE '19:%' GROUP BY 1, 2"
    )
}

//! Sites, tenants, people, links, pairs, sealed tokens.

use sea_orm_migration::prelude::*;

use sea_orm_migration::schema::{
    big_integer, binary, boolean, pk_auto, small_integer, string, string_null, string_uniq, uuid, uuid_null,
};

/// The step.
#[derive(DeriveMigrationName)]
pub struct Migration;

const TABLES: [&str; 14] = [
    "audit",
    "session",
    "login_attempt",
    "canary",
    "data_key",
    "credential",
    "intent",
    "message_pair",
    "conversation",
    "chat_link",
    "user_link",
    "site_tenant",
    "microsoft_tenant",
    "jira_site",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        installations(manager).await?;
        people_and_links(manager).await?;
        writes(manager).await?;
        secrets(manager).await?;
        indexes(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in TABLES {
            manager.drop_table(Table::drop().table(table).if_exists().take()).await?;
        }
        Ok(())
    }
}

/// A new table with the primary key over `key`.
fn table<const N: usize>(name: &'static str, key: [&'static str; N]) -> TableCreateStatement {
    let mut index = Index::create();
    for column in key {
        index.col(column);
    }
    Table::create().table(name).primary_key(&mut index).take()
}

async fn installations(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            table("jira_site", ["id"])
                .col(uuid("id"))
                .col(string_uniq("url"))
                .col(string_null("cloud_id").unique_key())
                .col(binary("webhook_secret"))
                .col(string_null("integration_account"))
                .col(big_integer("created_at"))
                .take(),
        )
        .await?;
    manager
        .create_table(
            table("microsoft_tenant", ["tenant_id"])
                .col(string("tenant_id"))
                .col(big_integer("created_at"))
                .take(),
        )
        .await?;
    manager
        .create_table(
            table("site_tenant", ["site_id", "tenant_id"])
                .col(uuid("site_id"))
                .col(string("tenant_id"))
                .foreign_key(
                    ForeignKey::create()
                        .from("site_tenant", "site_id")
                        .to("jira_site", "id")
                        .on_delete(ForeignKeyAction::Cascade),
                )
                .take(),
        )
        .await
}

async fn people_and_links(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            table("user_link", ["site_id", "account_id"])
                .col(uuid("site_id"))
                .col(string("account_id"))
                .col(string("tenant_id"))
                .col(string("object_id"))
                .col(big_integer("created_at"))
                .take(),
        )
        .await?;
    manager
        .create_table(
            table("conversation", ["tenant_id", "conversation_id"])
                .col(string("tenant_id"))
                .col(string("conversation_id"))
                .col(string("service_url"))
                .col(string("kind"))
                .col(boolean("installed"))
                .col(uuid_null("current_link"))
                .col(big_integer("updated_at"))
                .take(),
        )
        .await?;
    manager
        .create_table(
            table("chat_link", ["id"])
                .col(uuid("id"))
                .col(uuid("site_id"))
                .col(string("issue_id"))
                .col(string("issue_key"))
                .col(string("tenant_id"))
                .col(string("conversation_id"))
                .col(string_null("created_by"))
                .col(string("access"))
                .col(string("state"))
                .col(string_null("paused_reason"))
                .col(big_integer("created_at"))
                .foreign_key(
                    ForeignKey::create()
                        .from("chat_link", "site_id")
                        .to("jira_site", "id")
                        .on_delete(ForeignKeyAction::Cascade),
                )
                .take(),
        )
        .await
}

async fn writes(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            table("message_pair", ["link_id", "comment_id"])
                .col(uuid("link_id"))
                .col(string("comment_id"))
                .col(string("tenant_id"))
                .col(string("conversation_id"))
                .col(string("message_id"))
                .col(string("origin"))
                .col(string("author"))
                .col(string("fingerprint"))
                .col(big_integer("created_at"))
                .foreign_key(
                    ForeignKey::create()
                        .from("message_pair", "link_id")
                        .to("chat_link", "id")
                        .on_delete(ForeignKeyAction::Cascade),
                )
                .take(),
        )
        .await?;
    manager
        .create_table(
            table("intent", ["id"])
                .col(uuid("id"))
                .col(string_uniq("key"))
                .col(big_integer("event_id"))
                .col(small_integer("state"))
                .col(string("fingerprint"))
                .col(string_null("outcome"))
                .col(big_integer("created_at"))
                .take(),
        )
        .await
}

async fn secrets(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            table("credential", ["provider", "subject"])
                .col(string("provider"))
                .col(string("subject"))
                .col(binary("sealed"))
                .col(string("scopes"))
                .col(big_integer("expires_at"))
                .col(string("state"))
                .col(big_integer("version"))
                .col(big_integer("refresh_lease_until"))
                .col(big_integer("updated_at"))
                .take(),
        )
        .await?;
    manager
        .create_table(
            table("data_key", ["id"])
                .col(uuid("id"))
                .col(string_uniq("scope"))
                .col(string("wrapping_key"))
                .col(binary("wrapped"))
                .col(big_integer("created_at"))
                .take(),
        )
        .await?;
    manager
        .create_table(table("canary", ["id"]).col(small_integer("id")).col(binary("sealed")).take())
        .await?;
    manager
        .create_table(
            table("login_attempt", ["state_hash"])
                .col(string("state_hash"))
                .col(string("provider"))
                .col(string("browser_hash"))
                .col(binary("sealed"))
                .col(big_integer("expires_at"))
                .take(),
        )
        .await?;
    manager
        .create_table(
            table("session", ["token_hash"])
                .col(string("token_hash"))
                .col(string_null("account_id"))
                .col(string_null("tenant_id"))
                .col(string_null("object_id"))
                .col(big_integer("expires_at"))
                .take(),
        )
        .await?;
    manager
        .create_table(
            Table::create()
                .table("audit")
                .col(pk_auto("id").big_integer())
                .col(big_integer("at"))
                .col(string("actor"))
                .col(string("action"))
                .col(string("subject"))
                .col(string_uniq("previous"))
                .col(string("hash"))
                .take(),
        )
        .await
}

async fn indexes(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    for (name, table, columns, unique) in [
        ("user_link_person", "user_link", &["site_id", "tenant_id", "object_id"][..], true),
        ("chat_link_issue", "chat_link", &["site_id", "issue_id", "tenant_id", "conversation_id"], true),
        ("chat_link_chat", "chat_link", &["tenant_id", "conversation_id"], false),
        (
            "message_pair_message",
            "message_pair",
            &["tenant_id", "conversation_id", "message_id", "link_id"],
            true,
        ),
        ("session_expiry", "session", &["expires_at"], false),
        ("login_attempt_expiry", "login_attempt", &["expires_at"], false),
    ] {
        let mut index = Index::create();
        index.name(name).table(table);
        for column in columns {
            index.col(*column);
        }
        if unique {
            index.unique();
        }
        manager.create_index(index).await?;
    }
    Ok(())
}

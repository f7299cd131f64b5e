//! Keys that lead with the tenant, and indexes for what is asked and forgotten by age.
//!
//! `SQLite` can't change a key: there, a table is made anew from its own description, so that
//! columns which other steps have added come along.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{DbBackend, Statement};

/// The step.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// Half of it would be neither the old keys nor the new ones.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() == DbBackend::Sqlite {
            sqlite(manager).await?;
        } else {
            run(manager, &POSTGRES).await?;
        }
        run(manager, &INDEXES).await
    }

    async fn down(&self, _: &SchemaManager) -> Result<(), DbErr> {
        Err(DbErr::Custom("this step is not taken back; restore a backup from before it".to_owned()))
    }
}

async fn run(manager: &SchemaManager<'_>, statements: &[&str]) -> Result<(), DbErr> {
    for statement in statements {
        manager.get_connection().execute_unprepared(statement).await?;
    }
    Ok(())
}

/// What finds rows by their age is asked by tenant, too: then one shard answers.
const INDEXES: [&str; 10] = [
    "CREATE UNIQUE INDEX chat_link_issue ON chat_link (tenant_id, site_id, issue_id, conversation_id)",
    "CREATE UNIQUE INDEX intent_key ON intent (tenant_id, key)",
    "CREATE INDEX intent_age ON intent (tenant_id, created_at)",
    "CREATE INDEX message_pair_age ON message_pair (tenant_id, created_at)",
    "CREATE INDEX message_pair_gone ON message_pair (tenant_id, created_at) \
     WHERE comment_state = 'gone' AND message_state = 'gone'",
    "CREATE INDEX attachment_pair_message ON attachment_pair (tenant_id, link_id, message_id)",
    "CREATE INDEX attachment_pair_age ON attachment_pair (tenant_id, created_at)",
    // A login looks for both accounts of a person, on whatever site.
    "CREATE UNIQUE INDEX user_link_person ON user_link (tenant_id, object_id, site_id)",
    "CREATE INDEX user_link_account ON user_link (account_id)",
    // Which refreshes were under way is asked at each start.
    "CREATE INDEX credential_refreshing ON credential (refresh_lease_until) WHERE refresh_lease_until > 0",
];

/// An intent belongs to the tenant of its event. One whose event is forgotten is of no use.
const POSTGRES: [&str; 17] = [
    "ALTER TABLE message_pair DROP CONSTRAINT message_pair_link_id_fkey",
    "ALTER TABLE attachment_pair DROP CONSTRAINT attachment_pair_link_id_fkey",
    "ALTER TABLE chat_link DROP CONSTRAINT chat_link_pkey, ADD PRIMARY KEY (tenant_id, id)",
    "ALTER TABLE message_pair DROP CONSTRAINT message_pair_pkey, \
     ADD PRIMARY KEY (tenant_id, link_id, comment_id), \
     ADD FOREIGN KEY (tenant_id, link_id) REFERENCES chat_link (tenant_id, id) ON DELETE CASCADE",
    "ALTER TABLE attachment_pair ADD COLUMN tenant_id varchar",
    "UPDATE attachment_pair SET tenant_id = chat_link.tenant_id FROM chat_link \
     WHERE chat_link.id = attachment_pair.link_id",
    "ALTER TABLE attachment_pair ALTER COLUMN tenant_id SET NOT NULL",
    "ALTER TABLE attachment_pair DROP CONSTRAINT attachment_pair_pkey, \
     ADD PRIMARY KEY (tenant_id, link_id, attachment_id, file_id), \
     ADD FOREIGN KEY (tenant_id, link_id) REFERENCES chat_link (tenant_id, id) ON DELETE CASCADE",
    "ALTER TABLE intent ADD COLUMN tenant_id varchar",
    "UPDATE intent SET tenant_id = (SELECT tenant_id FROM event WHERE event.id = intent.event_id)",
    // Who was asked to connect is known for longer than the event of that time.
    "UPDATE intent SET tenant_id = split_part(key, '/', 3) \
     WHERE tenant_id IS NULL AND key LIKE 'notice/connect/%'",
    "DELETE FROM intent WHERE tenant_id IS NULL",
    "ALTER TABLE intent ALTER COLUMN tenant_id SET NOT NULL",
    "ALTER TABLE intent DROP CONSTRAINT intent_key_key, DROP CONSTRAINT intent_pkey, \
     ADD PRIMARY KEY (tenant_id, id)",
    "DROP INDEX chat_link_issue",
    "DROP INDEX attachment_pair_message",
    "DROP INDEX user_link_person",
];

/// A table that is made anew: what its description says, and is to say; what is copied into it.
struct Anew {
    table: &'static str,
    changes: &'static [(&'static str, &'static str)],
    rows: &'static str,
}

const LINK: (&str, &str) = (
    r#"FOREIGN KEY ("link_id") REFERENCES "chat_link" ("id")"#,
    r#"FOREIGN KEY ("tenant_id", "link_id") REFERENCES "chat_link" ("tenant_id", "id")"#,
);

/// In this order: a link is there before what belongs to it.
const ANEW: [Anew; 4] = [
    Anew {
        table: "chat_link",
        changes: &[(r#"PRIMARY KEY ("id")"#, r#"PRIMARY KEY ("tenant_id", "id")"#)],
        rows: "SELECT * FROM chat_link_old",
    },
    Anew {
        table: "message_pair",
        changes: &[(r#"PRIMARY KEY ("link_id", "#, r#"PRIMARY KEY ("tenant_id", "link_id", "#), LINK],
        rows: "SELECT * FROM message_pair_old",
    },
    Anew {
        table: "attachment_pair",
        changes: &[
            (r#"( "link_id""#, r#"( "tenant_id" varchar NOT NULL, "link_id""#),
            (r#"PRIMARY KEY ("link_id", "#, r#"PRIMARY KEY ("tenant_id", "link_id", "#),
            LINK,
        ],
        rows: "SELECT chat_link_old.tenant_id, attachment_pair_old.* FROM attachment_pair_old \
               JOIN chat_link_old ON chat_link_old.id = attachment_pair_old.link_id",
    },
    Anew {
        table: "intent",
        changes: &[
            (r#"( "id""#, r#"( "tenant_id" varchar NOT NULL, "id""#),
            (r#""key" varchar NOT NULL UNIQUE"#, r#""key" varchar NOT NULL"#),
            (r#"PRIMARY KEY ("id")"#, r#"PRIMARY KEY ("tenant_id", "id")"#),
        ],
        // Who was asked to connect is known for longer than the event of that time.
        rows: "SELECT coalesce(event.tenant_id, CASE WHEN key LIKE 'notice/connect/%' \
               THEN substr(key, 16, instr(substr(key, 16), '/') - 1) END) AS tenant, intent_old.* \
               FROM intent_old LEFT JOIN event ON event.id = intent_old.event_id WHERE tenant IS NOT NULL",
    },
];

/// Indexes that this step makes otherwise.
const REPLACED: [&str; 3] = ["chat_link_issue", "attachment_pair_message", "user_link_person"];

async fn sqlite(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut descriptions = Vec::with_capacity(ANEW.len());
    let mut indexes = Vec::new();
    for anew in &ANEW {
        descriptions.push(described(manager, anew).await?);
        indexes.extend(indexes_of(manager, anew.table).await?);
    }
    for name in indexes.iter().map(|(name, _)| name.as_str()).chain(["user_link_person"]) {
        let drop = format!("DROP INDEX {name}");
        manager.get_connection().execute_unprepared(&drop).await?;
    }
    for Anew { table, .. } in &ANEW {
        let rename = format!("ALTER TABLE {table} RENAME TO {table}_old");
        manager.get_connection().execute_unprepared(&rename).await?;
    }
    for (Anew { table, rows, .. }, description) in ANEW.iter().zip(&descriptions) {
        manager.get_connection().execute_unprepared(description).await?;
        let copy = format!("INSERT INTO {table} {rows}");
        manager.get_connection().execute_unprepared(&copy).await?;
    }
    // What belongs to a link goes first: else the link would take it along, and all of it twice.
    for Anew { table, .. } in ANEW.iter().rev() {
        let drop = format!("DROP TABLE {table}_old");
        manager.get_connection().execute_unprepared(&drop).await?;
    }
    for (name, description) in indexes {
        if !REPLACED.contains(&name.as_str()) {
            manager.get_connection().execute_unprepared(&description).await?;
        }
    }
    Ok(())
}

/// How a table is to be described, from how it is described.
async fn described(manager: &SchemaManager<'_>, anew: &Anew) -> Result<String, DbErr> {
    let question = "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = $1";
    let statement = Statement::from_sql_and_values(DbBackend::Sqlite, question, [anew.table.into()]);
    let unknown = || DbErr::Custom(format!("the table {} is not as it was made", anew.table));
    let row = manager.get_connection().query_one_raw(statement).await?.ok_or_else(unknown)?;
    let mut description: String = row.try_get("", "sql")?;
    for (old, new) in anew.changes {
        if !description.contains(old) {
            return Err(unknown());
        }
        description = description.replacen(old, new, 1);
    }
    Ok(description)
}

/// The names and descriptions of a table's indexes, those of its keys apart.
async fn indexes_of(manager: &SchemaManager<'_>, table: &str) -> Result<Vec<(String, String)>, DbErr> {
    let question =
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = $1 AND sql IS NOT NULL";
    let statement = Statement::from_sql_and_values(DbBackend::Sqlite, question, [table.into()]);
    let rows = manager.get_connection().query_all_raw(statement).await?;
    rows.iter().map(|row| Ok((row.try_get("", "name")?, row.try_get("", "sql")?))).collect()
}

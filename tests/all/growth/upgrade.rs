//! Rows of a database from before the tenant led the keys are all there afterwards.

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend};
use threadline_migration::{Migrator, MigratorTrait};

use crate::service::{TestDatabase, number_of_rows};

/// The steps up to `m0008_reconcile`.
const BEFORE: u32 = 8;

const TENANT: &str = "99999999-8888-4777-8666-555555555555";

/// A link with a pair, a file, an intent that is wanted still, and one that nobody knows of.
async fn rows_of_before(connection: &DatabaseConnection) {
    let id = |text: &str| match connection.get_database_backend() {
        DbBackend::Postgres => format!("'{text}'"),
        _ => format!("X'{}'", text.replace('-', "")),
    };
    let site = id("019a0000-0000-7000-8000-000000000001");
    let link = id("019a0000-0000-7000-8000-000000000002");
    let [wanted, unknown] = ["3", "4"].map(|last| id(&format!("019a0000-0000-7000-8000-00000000000{last}")));
    let bytes = if connection.get_database_backend() == DbBackend::Postgres { "'\\x00'" } else { "X'00'" };
    for row in [
        format!("INSERT INTO jira_site VALUES ({site}, 'https://a.example', 'cloud', {bytes}, NULL, 1)"),
        format!("INSERT INTO microsoft_tenant VALUES ('{TENANT}', 1)"),
        format!("INSERT INTO site_tenant VALUES ({site}, '{TENANT}')"),
        format!(
            "INSERT INTO chat_link (id, site_id, issue_id, issue_key, tenant_id, conversation_id, access, state, \
             created_at, project_id) VALUES ({link}, {site}, '1', 'ABC-1', '{TENANT}', '19:x', 'private', 'active', \
             1, '10')"
        ),
        format!(
            "INSERT INTO message_pair (link_id, comment_id, tenant_id, conversation_id, message_id, origin, author, \
             fingerprint, created_at) VALUES ({link}, '7', '{TENANT}', '19:x', '70', 'jira', 'person', 'f', 1)"
        ),
        format!("INSERT INTO attachment_pair VALUES ({link}, 'a', 'f', '7', '70', 'jira', 'picture', 1)"),
        format!(
            "INSERT INTO event (id, lane, delivery_key, tenant_id, kind, subject, state, attempts, due_at, \
             received_at) VALUES (5, '{TENANT}/19:x', 'k', '{TENANT}', 'comment created', '{{}}', 0, 0, 1, 1)"
        ),
        format!(
            "INSERT INTO intent (id, key, event_id, state, fingerprint, created_at) VALUES \
                 ({wanted}, 'message/x/7', 5, 0, 'f', 1), ({unknown}, 'message/x/8', 6, 0, 'f', 1)"
        ),
    ] {
        connection.execute_unprepared(&row).await.unwrap_or_else(|error| panic!("{error}: {row}"));
    }
}

#[tokio::test]
async fn what_is_there_comes_along() {
    let database = TestDatabase::create().await;
    let url = match database.backend() {
        DbBackend::Postgres => database.url.clone(),
        _ => format!("{}?mode=rwc", database.url),
    };
    let connection = sea_orm::Database::connect(&url).await.unwrap();
    Migrator::up(&connection, Some(BEFORE)).await.unwrap();
    rows_of_before(&connection).await;
    Migrator::up(&connection, None).await.unwrap();

    for (table, rows) in [("chat_link", 1), ("message_pair", 1), ("attachment_pair", 1), ("intent", 1)] {
        assert_eq!(number_of_rows(&connection, table).await, rows, "{table}");
    }
    for of_tenant in ["attachment_pair", "intent"] {
        let theirs = format!("{of_tenant} WHERE tenant_id = '{TENANT}'");
        assert_eq!(number_of_rows(&connection, &theirs).await, 1, "{theirs}");
    }
    assert_eq!(number_of_rows(&connection, "chat_link WHERE project_id = '10'").await, 1);
    // What belongs to a link goes with it, as before.
    connection.execute_unprepared("DELETE FROM chat_link").await.unwrap();
    for table in ["message_pair", "attachment_pair"] {
        assert_eq!(number_of_rows(&connection, table).await, 0, "{table}");
    }
    connection.close().await.unwrap();
}

//! No statement of the service reads a growing table from end to end, nor all of one tenant.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};
use threadline::ambient::{Clock, Millis};
use threadline::app::{Stale, Storage};
use threadline::database::Watch;
use threadline::ids::{ConversationId, TenantId};
use threadline::queue::{EventState, LaneKey, Replay};
use threadline::stage::{PEOPLE, TENANT};
use threadline_simulator::{MessageDraft, Options};

use crate::service::Service;

/// Tables with a row for each link, pair, person, conversation, event or browser, and what has to
/// differ in a copy of a row (PostgreSQL; `n` is the number of the copy).
const GROWING: [(&str, &str); 15] = [
    ("chat_link", "'id', gen_random_uuid(), 'issue_id', n || '', 'conversation_id', '19:' || n"),
    ("conversation", "'conversation_id', '19:' || n, 'team_id', NULL"),
    ("message_pair", "'link_id', (SELECT id FROM chat_link OFFSET n LIMIT 1), 'message_id', 'x' || n"),
    ("attachment_pair", "'link_id', (SELECT id FROM chat_link OFFSET n LIMIT 1)"),
    ("intent", "'id', gen_random_uuid(), 'key', 'x' || n"),
    ("event", "'id', -n, 'delivery_key', 'x' || n, 'lane', 'x' || n"),
    ("lane", "'conversation_id', 'x' || n, 'ready_at', NULL, 'due_at', NULL, 'token', NULL"),
    ("chat_cursor", "'conversation_id', '19:' || n"),
    ("graph_subscription", "'place_id', '19:' || n"),
    ("user_link", "'account_id', 'x' || n, 'object_id', 'x' || n"),
    ("credential", "'subject', 'x' || n"),
    ("session", "'token_hash', 'x' || n"),
    ("login_attempt", "'state_hash', 'x' || n"),
    ("setting", "'scope', 'link', 'scope_id', 'x' || n"),
    ("audit", "'id', -n, 'previous', 'x' || n"),
];

/// Statements by their text, each with the values it ran with last.
type Heard = Arc<Mutex<BTreeMap<String, Statement>>>;

fn listener() -> (Heard, Watch) {
    let heard = Heard::default();
    let into = Arc::clone(&heard);
    let watch = move |statement: &Statement| {
        // What makes the schema runs once.
        if !["SELECT", "UPDATE", "DELETE", "INSERT", "WITH"]
            .iter()
            .any(|verb| statement.sql.starts_with(verb))
        {
            return;
        }
        into.lock().unwrap().insert(statement.sql.clone(), statement.clone());
    };
    (heard, Arc::new(watch))
}

/// How a statement reads a table, where it reads more of it than it needs.
async fn full_reads(connection: &DatabaseConnection, statement: &Statement) -> Vec<String> {
    match connection.get_database_backend() {
        DbBackend::Postgres => postgres::full_reads(connection, statement).await,
        _ => sqlite::full_reads(connection, statement).await,
    }
}

fn is_growing(table: &str) -> bool {
    GROWING.iter().any(|(growing, _)| *growing == table)
}

/// What reads as many rows as are wanted and stops, or reads what is small beside the rest.
fn is_bounded(sql: &str) -> bool {
    [
        // The last rows, backwards by their number.
        r#"FROM "audit" ORDER BY "audit"."id" DESC LIMIT"#,
        r#"FROM "event" ORDER BY "event"."id" DESC LIMIT"#,
        // Some of the people of a site, whoever they are.
        r#"FROM "user_link" WHERE "user_link"."site_id" = $1 LIMIT"#,
        // All of them on purpose, every five minutes: how many places are watched, for a metric.
        r#"FROM "graph_subscription" GROUP BY "graph_subscription"."state""#,
        // Few links have settings of their own, and this is asked when one is removed.
        r#"DELETE FROM "setting" WHERE "setting"."scope" = $1 AND ("setting"."scope_id" = $2 OR"#,
    ]
    .iter()
    .any(|bounded| sql.contains(bounded))
}

/// People write, edit, delete, command and look, on both sides.
async fn story(service: &Service) {
    let (world, issue, chat) = (service.world(), &service.stage.issue, &service.stage.chat);
    let (commenter, writer) = (PEOPLE[0], PEOPLE[1]);
    let comment = world.comment(commenter, issue, "A comment").unwrap();
    let message = world.send_message(writer, chat, "A message").unwrap();
    service.quiet().await;
    world.edit_comment(commenter, issue, &comment, "A comment, edited").unwrap();
    world.edit_message(writer, chat, &message, "A message, edited").unwrap();
    world.react(writer, chat, &message, "like").unwrap();
    service.quiet().await;
    world.delete_comment(commenter, issue, &comment).unwrap();
    world.delete_message(writer, chat, &message).unwrap();
    service.quiet().await;
    for command in ["status", "help", "create ABC Something to do"] {
        world.send_message(writer, chat, MessageDraft::to_bot(command)).unwrap();
        service.quiet().await;
    }
    let mut ann = service.stage.connect(commenter).await.unwrap();
    let site = service.site;
    for path in [
        format!("api/v1/issues/{site}/{issue}/chats"),
        format!("panel?site={site}&issue={issue}"),
        "readyz".to_owned(),
        "metrics".to_owned(),
    ] {
        assert_eq!(ann.get(&path).await.unwrap().status(), 200, "{path}");
    }
    housekeeping(service).await;
    world.send_message(writer, chat, MessageDraft::to_bot(&format!("unlink {issue}"))).unwrap();
    service.quiet().await;
}

/// What the timers and the operator ask.
async fn housekeeping(service: &Service) {
    let Storage { store, queue, .. } = &service.storage;
    let (tenant, chat) = (TenantId::new(TENANT), ConversationId::new(service.stage.chat.as_str()));
    store.want_reconciliation(&tenant, &chat).await.unwrap();
    service.bridge.give_sign_of_life(uuid::Uuid::from_u128(1)).await.unwrap();
    service.bridge.ask_for_comparisons().await.unwrap();
    service.quiet().await;
    for what in Stale::ALL {
        service.storage.count_stale(what).await.unwrap();
        service.storage.forget_some(what).await.unwrap();
    }
    let all = Replay::default();
    let narrow = Replay {
        lane: Some(LaneKey::new(&tenant, &chat)),
        reason: Some("refused by the platform".to_owned()),
        since: Some(Millis(0)),
        carrying: &["message"],
        ..Replay::default()
    };
    for which in [all, narrow] {
        queue.count_replay(&which).await.unwrap();
        queue.replay(&which, |_| ControlFlow::Continue(())).await.unwrap();
    }
    queue.count_in(EventState::Dead).await.unwrap();
    store.count_watches().await.unwrap();
    store.take_watches(Duration::from_secs(1)).await.unwrap();
    store.linked_projects(service.site).await.unwrap();
    store.makers_of_links(service.site).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_the_service_asks_reads_a_growing_table_from_end_to_end() {
    let (heard, watch) = listener();
    let service = Service::start_watched(Clock::system(), Options::default(), |_| {}, Some(watch)).await;
    service.connect_and_link().await;
    service.world().comment(PEOPLE[0], &service.stage.issue, "The first comment").unwrap();
    service.quiet().await;
    let connection = service.database.connect().await;
    if service.database.backend() == DbBackend::Postgres {
        postgres::grow(&connection).await;
    }
    story(&service).await;
    let statements: Vec<Statement> = heard.lock().unwrap().values().cloned().collect();
    assert!(statements.len() > 50, "only {} statements were heard", statements.len());
    let mut wrong = Vec::new();
    for statement in &statements {
        if is_bounded(&statement.sql) {
            continue;
        }
        for read in full_reads(&connection, statement).await {
            wrong.push(format!("{read}\n    {}", statement.sql));
        }
    }
    connection.close().await.unwrap();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), statements.len(), wrong.join("\n"));
    service.stop().await;
}

mod sqlite {
    use super::*;

    /// `SCAN message_pair`, or a search by the tenant alone. An index of what waits is small.
    pub async fn full_reads(connection: &DatabaseConnection, statement: &Statement) -> Vec<String> {
        let partial = partial_indexes(connection).await;
        texts(connection, &format!("EXPLAIN QUERY PLAN {statement}"), "detail")
            .await
            .into_iter()
            .filter(|detail| {
                let mut words = detail.split(' ');
                let scans = words.next() == Some("SCAN") || detail.ends_with("(tenant_id=?)");
                let table = words.next().unwrap_or_default();
                scans && is_growing(table) && !partial.iter().any(|index| detail.contains(index))
            })
            .collect()
    }

    async fn partial_indexes(connection: &DatabaseConnection) -> Vec<String> {
        let sql = "SELECT name FROM sqlite_master WHERE type = 'index' AND sql LIKE '% WHERE %'";
        texts(connection, sql, "name").await
    }

    async fn texts(connection: &DatabaseConnection, sql: &str, column: &str) -> Vec<String> {
        let rows = connection.query_all_raw(Statement::from_string(DbBackend::Sqlite, sql)).await;
        let rows = rows.unwrap_or_else(|error| panic!("{error}: {sql}"));
        rows.iter().map(|row| row.try_get("", column).unwrap()).collect()
    }
}

mod postgres {
    use serde_json::Value;

    use super::*;

    /// Rows of what is there for a moment only, or not in this story.
    const PASSING: [&str; 4] = [
        "INSERT INTO intent (tenant_id, id, key, event_id, state, fingerprint, created_at) \
         SELECT tenant_id, link_id, 'x', 1, 0, 'x', created_at FROM message_pair LIMIT 1",
        "INSERT INTO attachment_pair (tenant_id, link_id, attachment_id, file_id, comment_id, message_id, origin, \
         state, created_at) SELECT tenant_id, link_id, 'x', 'x', comment_id, message_id, 'jira', 'file', created_at \
         FROM message_pair LIMIT 1",
        "INSERT INTO login_attempt (state_hash, provider, browser_hash, sealed, expires_at) \
         SELECT 'x', 'jira', 'x', sealed, 4000000000000 FROM canary",
        "INSERT INTO setting (scope, scope_id, name, value, updated_at) VALUES ('link', 'x', 'show-internal', 'no', 1)",
    ];

    /// Copies of a row of each table: few rows are read from end to end whatever the indexes are.
    pub async fn grow(connection: &DatabaseConnection) {
        for row in PASSING {
            connection.execute_unprepared(row).await.unwrap_or_else(|error| panic!("{error}: {row}"));
        }
        for (table, differs) in GROWING {
            let copies = format!(
                "INSERT INTO {table} SELECT (jsonb_populate_record(NULL::{table}, to_jsonb(one) || \
                 jsonb_build_object({differs}))).* FROM (SELECT * FROM {table} LIMIT 1) one, \
                 generate_series(1, 2000) n"
            );
            connection.execute_unprepared(&copies).await.unwrap_or_else(|error| panic!("{error}: {table}"));
        }
        connection.execute_unprepared("ANALYZE").await.unwrap();
    }

    pub async fn full_reads(connection: &DatabaseConnection, statement: &Statement) -> Vec<String> {
        let sql = format!("EXPLAIN (FORMAT JSON) {statement}");
        let row = connection.query_one_raw(Statement::from_string(DbBackend::Postgres, &sql)).await;
        let row = row.unwrap_or_else(|error| panic!("{error}: {sql}")).unwrap();
        let plan: Value = row.try_get("", "QUERY PLAN").unwrap();
        let mut found = Vec::new();
        walk(&plan[0]["Plan"], &partial_indexes(connection).await, &mut found);
        found
    }

    async fn partial_indexes(connection: &DatabaseConnection) -> Vec<String> {
        let sql = "SELECT indexname::text AS name FROM pg_indexes WHERE indexdef LIKE '% WHERE %'";
        let rows = connection.query_all_raw(Statement::from_string(DbBackend::Postgres, sql)).await.unwrap();
        rows.iter().map(|row| row.try_get("", "name").unwrap()).collect()
    }

    fn walk(node: &Value, partial: &[String], found: &mut Vec<String>) {
        let text = |name: &str| node[name].as_str().unwrap_or_default();
        let (kind, table, condition) = (text("Node Type"), text("Relation Name"), text("Index Cond"));
        // An index of what waits is small.
        let by_tenant_alone = condition.matches('=').count() == 1
            && condition.starts_with("((tenant_id)")
            && !partial.iter().any(|index| index == text("Index Name"));
        if is_growing(table) && (kind == "Seq Scan" || by_tenant_alone) {
            found.push(format!("{kind} of {table} {condition}"));
        }
        for child in node["Plans"].as_array().into_iter().flatten() {
            walk(child, partial, found);
        }
    }
}

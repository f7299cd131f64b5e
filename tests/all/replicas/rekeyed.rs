//! What a queue held before its keys led with the tenant is there afterwards, and goes on.

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};
use threadline::ambient::{Clock, Random};
use threadline::config::{self, Relay};
use threadline::database::Database;
use threadline::ids::{ConversationId, TenantId};
use threadline::queue::{LaneKey, NewEvent, Queue, tenant_of};
use threadline::secret::Secret;
use threadline_migration::{Migrator, MigratorTrait};

use crate::service::TestDatabase;

const STEP: &str = "m0012_tenant_lanes";

/// Rows as they were: a lane that is tried again later, one that nothing waits in, an event of each
/// kind. The last number has been given and its row has gone.
const BEFORE: [&str; 7] = [
    "INSERT INTO lane (key, ready_at, lease_until, token) VALUES ('t/19:a@thread.v2', 9000, 0, NULL)",
    "INSERT INTO lane (key, ready_at, lease_until, token) VALUES ('t/19:b@thread.v2', NULL, 0, NULL)",
    "INSERT INTO event (lane, delivery_key, tenant_id, kind, subject, state, attempts, due_at, received_at) \
     VALUES ('t/19:a@thread.v2', 'one', 't', 'message', '{}', 0, 1, 9000, 1000)",
    "INSERT INTO event (lane, delivery_key, tenant_id, kind, subject, state, attempts, due_at, received_at) \
     VALUES ('t/19:a@thread.v2', 'two', NULL, 'message', '{}', 0, 0, 2000, 2000)",
    "INSERT INTO event (lane, delivery_key, tenant_id, kind, subject, state, attempts, due_at, received_at, \
     finished_at) VALUES ('', 'three', NULL, 'jira webhook', '{}', 1, 0, 3000, 3000, 3000)",
    "INSERT INTO event (lane, delivery_key, tenant_id, kind, subject, state, attempts, due_at, received_at) \
     VALUES ('', 'gone', NULL, 'jira webhook', '{}', 1, 0, 3000, 3000)",
    "DELETE FROM event WHERE delivery_key = 'gone'",
];

async fn lanes(connection: &DatabaseConnection, backend: DbBackend) -> Vec<(String, String, Option<i64>)> {
    let sql =
        "SELECT tenant_id, conversation_id, due_at FROM lane WHERE ready_at IS NULL ORDER BY conversation_id";
    let rows = connection.query_all_raw(Statement::from_string(backend, sql)).await.unwrap();
    let text = |row: &sea_orm::QueryResult, column| row.try_get("", column).unwrap();
    rows.iter()
        .map(|row| (text(row, "tenant_id"), text(row, "conversation_id"), row.try_get("", "due_at").unwrap()))
        .collect()
}

#[tokio::test]
async fn lanes_and_events_of_an_older_version_go_on() {
    let database = TestDatabase::create().await;
    let settings = config::Database {
        url: Secret::new(database.url.as_str()),
        connections: 2,
        ..config::Database::default()
    };
    // SQLite's file is made by whoever opens it for writing.
    let opened = Database::open(&settings).await.unwrap();
    let old = database.connect().await;
    let steps = Migrator::migrations().iter().position(|step| step.name() == STEP).unwrap();
    Migrator::up(&old, Some(u32::try_from(steps).unwrap())).await.unwrap();
    for statement in BEFORE {
        old.execute_unprepared(statement).await.unwrap();
    }
    Migrator::up(&old, None).await.unwrap();
    let lane = |conversation: &str, due| ("t".to_owned(), conversation.to_owned(), due);
    assert_eq!(
        lanes(&old, database.backend()).await,
        [lane("19:a@thread.v2", Some(9000)), lane("19:b@thread.v2", None)]
    );
    old.close().await.unwrap();

    let queue = Queue::new(opened.clone(), Clock::system(), Random::system(), Relay::default());
    let t = TenantId::new("t");
    let kept = [("one", &t), ("two", &t), ("three", &TenantId::new(""))];
    for (number, (key, tenant)) in (1..).zip(kept) {
        let event = queue.event_by_key(tenant, key).await.unwrap().unwrap();
        assert_eq!((event.id, tenant_of(&event).is_some()), (number, key != "three"), "{key}");
        assert_eq!(event.lane, if key == "three" { "" } else { "19:a@thread.v2" }, "{key}");
    }
    let again = |key: &str| NewEvent {
        lane: Some(LaneKey::new(&t, &ConversationId::new("19:a@thread.v2"))),
        delivery_key: key.to_owned(),
        site: None,
        tenant: None,
        kind: "message",
        subject: String::new(),
        payload: None,
        finished: None,
    };
    assert_eq!(queue.put(vec![again("one"), again("four")]).await.unwrap(), 1, "one is known");
    let four = queue.event_by_key(&t, "four").await.unwrap().unwrap();
    assert!(four.id > 4, "a number that was given once is not given again: {}", four.id);
    opened.close().await;
}

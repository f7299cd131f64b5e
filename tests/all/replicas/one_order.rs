//! Whoever locks the lanes of several chats locks them in one order: nobody waits in a circle.

use std::time::Duration;

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement, TransactionTrait};
use threadline::app::Part;
use threadline::queue::release_waiting;

use super::event;
use crate::service::Service;

async fn finds(connection: &DatabaseConnection, sql: &str) -> bool {
    let statement = Statement::from_string(DbBackend::Postgres, sql);
    connection.query_one_raw(statement).await.unwrap().is_some()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waited_for_two_accounts_of_a_person_is_let_go_in_the_order_of_the_chats() {
    let service = Service::start_only(Part::Web).await;
    if service.database.backend() != DbBackend::Postgres {
        return service.stop().await;
    }
    service.storage.queue.put(vec![event("chat A"), event("chat B")]).await.unwrap();
    // The account that comes first in their order waits in the chat that comes last.
    service
        .change(
            "UPDATE event SET state = 3, waiting_for = CASE lane WHEN 'chat B' THEN 'jira/ann' ELSE 'microsoft/ann' END WHERE kind = 'test'",
        )
        .await;
    let (holder, releaser, third) = (
        service.database.connect().await,
        service.database.connect().await,
        service.database.connect().await,
    );
    let held = holder.begin().await.unwrap();
    held.execute_unprepared("SELECT 1 FROM lane WHERE conversation_id = 'chat A' FOR UPDATE").await.unwrap();
    let now = service.storage.clock.now();
    let releasing = tokio::spawn(async move {
        let login = releaser.begin().await.unwrap();
        let count = release_waiting(&login, ["jira/ann", "microsoft/ann"], now).await.unwrap();
        login.commit().await.unwrap();
        count
    });
    let waits =
        "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()";
    while !finds(&third, waits).await {
        assert!(!releasing.is_finished(), "it did not wait for the first chat");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let free = "SELECT 1 FROM lane WHERE conversation_id = 'chat B' FOR UPDATE SKIP LOCKED";
    assert!(finds(&third, free).await, "it holds the second chat and waits for the first one");
    held.rollback().await.unwrap();
    assert_eq!(releasing.await.unwrap(), 2);
    for connection in [holder, third] {
        connection.close().await.unwrap();
    }
    service.stop().await;
}

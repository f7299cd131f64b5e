//! What is answered is stored.

use std::time::Duration;

use sea_orm::{ConnectionTrait, DbBackend, SqliteTransactionMode, TransactionOptions, TransactionTrait};

use crate::service::{Service, number_of_rows};

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_is_answered_only_once_it_is_stored() {
    let service = Service::start().await;
    let other = service.database.connect().await;
    let before = number_of_rows(&other, "event").await;
    // Somebody else keeps the database from being written.
    let writing = TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    };
    let lock = other.begin_with_options(writing).await.unwrap();
    if lock.get_database_backend() == DbBackend::Postgres {
        lock.execute_unprepared("LOCK TABLE event IN EXCLUSIVE MODE").await.unwrap();
    }
    let body = r#"{"webhookEvent":"jira:worklog_updated"}"#;
    let mut answer = Box::pin(service.webhook(body, None));
    let early = tokio::time::timeout(Duration::from_millis(300), &mut answer).await;
    assert!(early.is_err(), "answered before it was stored");
    lock.rollback().await.unwrap();
    assert_eq!(answer.await.status(), 200);
    assert_eq!(number_of_rows(&other, "event").await, before + 1);
    other.close().await.unwrap();
    service.stop().await;
}

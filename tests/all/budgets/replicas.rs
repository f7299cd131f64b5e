//! Replicas on one database keep the limits together.

use std::time::Duration;

use sea_orm::DbBackend;
use threadline::ambient::Clock;
use threadline::budget::{Bucket, Budget, Window};
use threadline::call::CallError;
use threadline::config;
use threadline::database::Database;
use threadline::secret::Secret;
use tokio::time::Instant;

use crate::service::{PATIENCE, TestDatabase};

const THREAD: [Window; 2] =
    [Window::new(7, Duration::from_secs(1)), Window::new(60, Duration::from_secs(30))];

/// Two budgets on one PostgreSQL; nothing on SQLite, where there is one process.
async fn two() -> Option<(TestDatabase, [Budget; 2])> {
    let database = TestDatabase::create().await;
    if database.backend() != DbBackend::Postgres {
        return None;
    }
    let settings =
        config::Database { url: Secret::new(database.url.as_str()), ..config::Database::default() };
    let mut budgets = Vec::new();
    for _ in 0..2 {
        let database = Database::connect(&settings).await.unwrap();
        budgets.push(Budget::of(database, Clock::system()));
    }
    let [first, second] = budgets.try_into().ok().unwrap();
    Some((database, [first, second]))
}

fn thread() -> [Bucket; 1] {
    [Bucket::new("bot/t/thread/one".to_owned(), &THREAD)]
}

/// Calls so many times, as soon as it may.
async fn flood(budget: Budget, calls: u32) {
    let (thread, mut sent) = (thread(), 0);
    while sent < calls {
        match budget.permit(&thread).await {
            Ok(()) => sent += 1,
            Err(CallError::Throttled { retry_after: Some(wait) }) => tokio::time::sleep(wait).await,
            Err(other) => panic!("{other}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_replicas_share_one_budget() {
    let Some((_database, [first, second])) = two().await else { return };
    let began = Instant::now();
    tokio::join!(flood(first, 16), flood(second, 16));
    // Seven a second for both, a burst at the beginning, and one each on trust. They have had at
    // least as long as it took.
    let took = began.elapsed();
    assert!(took >= Duration::from_secs(4), "32 calls in {took:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_replica_is_told_the_other_hears() {
    let Some((_database, [first, second])) = two().await else { return };
    let site = [Bucket::new("jira/site/quota".to_owned(), &[])];
    first.close(&site[0], Duration::from_mins(10)).await;
    assert!(first.permit(&site).await.is_err());
    // It asks behind the back of its first call.
    second.permit(&site).await.unwrap();
    let deadline = Instant::now() + PATIENCE;
    while second.look(&site).is_ok() {
        assert!(Instant::now() < deadline, "it never heard");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(second.permit(&site).await.is_err());
}

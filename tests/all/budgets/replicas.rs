//! Replicas on one database keep the limits together.

use std::time::Duration;

use sea_orm::DbBackend;
use threadline::ambient::{Clock, Millis};
use threadline::budget::{Bucket, Budget, Window};
use threadline::call::CallError;
use threadline::config;
use threadline::database::Database;
use threadline::secret::Secret;

use crate::service::TestDatabase;

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

/// Calls as often as it may until `until`; answers when.
async fn flood(budget: Budget, until: Millis) -> Vec<i64> {
    let (clock, thread) = (Clock::system(), thread());
    let mut sent = Vec::new();
    while clock.now() < until {
        match budget.permit(&thread).await {
            Ok(()) => sent.push(clock.now().0),
            Err(CallError::Throttled { retry_after: Some(wait) }) => {
                tokio::time::sleep(wait.min(until.since(clock.now()))).await;
            }
            Err(other) => panic!("{other}"),
        }
    }
    sent
}

#[tokio::test(flavor = "multi_thread")]
async fn two_replicas_share_one_budget() {
    let Some((_database, [first, second])) = two().await else { return };
    let until = Clock::system().now().plus(Duration::from_secs(5));
    let (first, second) = tokio::join!(flood(first, until), flood(second, until));
    let mut sent = [first, second].concat();
    sent.sort_unstable();
    // Seven a second for both, a burst at the beginning, and one each on trust.
    let took = sent[sent.len() - 1] - sent[0];
    let permitted = usize::try_from(took / 1_000 + 2).unwrap() * 7 + 2;
    assert!(sent.len() <= permitted, "{} calls in {took} ms", sent.len());
    assert!(sent.len() >= 14, "they use it: {} calls in {took} ms", sent.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_replica_is_told_the_other_hears() {
    let Some((_database, [first, second])) = two().await else { return };
    let site = [Bucket::new("jira/site/quota".to_owned(), &[])];
    first.close(&site[0], Duration::from_mins(10)).await;
    assert!(first.permit(&site).await.is_err());
    // It asks behind the back of its first call.
    second.permit(&site).await.unwrap();
    let deadline = tokio::time::Instant::now() + Duration::from_secs(10);
    while second.look(&site).is_ok() {
        assert!(tokio::time::Instant::now() < deadline, "it never heard");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(second.permit(&site).await.is_err());
}

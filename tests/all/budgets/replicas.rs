//! Replicas on one database keep the limits together.

use std::time::Duration;

use sea_orm::{ConnectionTrait, DbBackend, Statement};
use threadline::ambient::{Clock, Millis};
use threadline::budget::{Bucket, Budget, Window};
use threadline::call::CallError;
use threadline::config;
use threadline::database::Database;
use threadline::secret::Secret;
use tokio::task::JoinSet;

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

/// How many calls the table knows of this bucket.
async fn counted(database: &TestDatabase, bucket: &Bucket) -> i64 {
    let connection = database.connect().await;
    let sql = "SELECT cardinality(stamps)::bigint AS calls FROM call_budget WHERE bucket = $1";
    let asked = Statement::from_sql_and_values(DbBackend::Postgres, sql, [bucket.key().into()]);
    let row = connection.query_one_raw(asked).await.unwrap();
    connection.close().await.unwrap();
    row.map_or(0, |row| row.try_get("", "calls").unwrap())
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
async fn what_a_full_tenant_refuses_costs_no_thread_its_place() {
    const HOURLY: [Window; 1] = [Window::new(40, Duration::from_hours(1))];
    let Some((database, [first, second])) = two().await else { return };
    let tenant = Bucket::new("bot/t/all".to_owned(), &HOURLY);
    // The second one knows the tenant to be more than half used, and of nothing more.
    while counted(&database, &tenant).await < 30 {
        second.permit(std::slice::from_ref(&tenant)).await.unwrap();
    }
    while first.permit(std::slice::from_ref(&tenant)).await.is_ok() {}
    let thread = &thread()[0];
    for number in 0..20 {
        let buckets = [thread.clone(), tenant.clone()];
        assert!(second.permit(&buckets).await.is_err(), "call {number} of a full tenant went out");
    }
    assert_eq!(counted(&database, thread).await, 0);
    assert_eq!(counted(&database, &tenant).await, 40);
}

#[tokio::test(flavor = "multi_thread")]
async fn replicas_that_name_their_buckets_in_any_order_never_wait_in_a_circle() {
    const HOURLY: [Window; 1] = [Window::new(400, Duration::from_hours(1))];
    let Some((database, replicas)) = two().await else { return };
    let buckets = ["a", "b", "c"].map(|key| Bucket::new(key.to_owned(), &HOURLY));
    let mut calls = JoinSet::new();
    for number in 0..40 {
        let (replica, mut buckets) = (replicas[number % 2].clone(), buckets.to_vec());
        buckets.rotate_left(number % 3);
        if number % 4 > 1 {
            buckets.reverse();
        }
        // Whoever can't ask calls without: then more would go out than there is room for.
        calls.spawn(async move {
            let mut went = 0;
            while replica.permit(&buckets).await.is_ok() {
                went += 1;
            }
            went
        });
    }
    let went: usize = calls.join_all().await.into_iter().sum();
    // Two replicas may each have an eighth on trust that the other does not know of yet.
    assert!((400..=500).contains(&went), "{went}");
    for bucket in &buckets {
        assert_eq!(counted(&database, bucket).await, 400);
    }
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

//! Stories of lanes: arrival, hands, order, and what a duplicate leaves behind.

mod turns;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use sea_orm::EntityTrait;
use threadline_entity::lane;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{Event, Handler, LaneKey, Lease, LeaseLost, NewEvent, Queue, Verdict};
use crate::ambient::{Clock, Random};
use crate::config;
use crate::database::Database;
use crate::ids::{ConversationId, TenantId};
use crate::secret::Secret;

/// A queue with a file of its own; nobody polls for an hour.
pub(super) async fn queue() -> (Queue, tempfile::TempDir) {
    queue_at(Clock::system()).await
}

/// The same, at this clock.
pub(super) async fn queue_at(clock: Clock) -> (Queue, tempfile::TempDir) {
    let directory = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}/queue.db", directory.path().display());
    let settings = config::Database { url: Secret::new(url), ..config::Database::default() };
    let database = Database::connect(&settings).await.unwrap();
    database.migrate().await.unwrap();
    let settings = config::Relay { poll_ms: 3_600_000, lanes: 2, ..config::Relay::default() };
    (Queue::new(database, clock, Random::system(), settings), directory)
}

pub(super) fn lane_key(lane: &str) -> LaneKey {
    LaneKey::new(&TenantId::new("t"), &ConversationId::new(lane))
}

pub(super) fn event(lane: &str, key: &str) -> NewEvent {
    event_of("t", lane, key)
}

fn event_of(tenant: &str, lane: &str, key: &str) -> NewEvent {
    NewEvent {
        lane: Some(LaneKey::new(&TenantId::new(tenant), &ConversationId::new(lane))),
        delivery_key: key.to_owned(),
        site: None,
        tenant: None,
        kind: "test",
        subject: String::new(),
        payload: None,
        finished: None,
    }
}

/// Tells which event it was given, and what to do with it is decided by its key.
struct Told {
    tell: mpsc::UnboundedSender<String>,
    again: Mutex<Vec<String>>,
}

impl Handler for Told {
    async fn handle(&self, _: &Lease, event: &Event) -> Result<Verdict, LeaseLost> {
        self.tell.send(event.delivery_key.clone()).unwrap();
        let mut again = self.again.lock().unwrap();
        if let Some(place) = again.iter().position(|key| *key == event.delivery_key) {
            again.remove(place);
            let at = crate::ambient::Millis(event.due_at);
            return Ok(Verdict::Retry { at, reason: "again", counts: true });
        }
        Ok(Verdict::done("done"))
    }
}

/// Workers over `queue`, and what they are given.
struct Working {
    told: mpsc::UnboundedReceiver<String>,
    stop: CancellationToken,
    work: tokio::task::JoinHandle<()>,
}

impl Working {
    async fn on(queue: &Queue, again: &[&str]) -> Self {
        let (tell, told) = mpsc::unbounded_channel();
        let again = Mutex::new(again.iter().map(|key| (*key).to_owned()).collect());
        let stop = CancellationToken::new();
        let (queue, handler, stopped) = (queue.clone(), Arc::new(Told { tell, again }), stop.clone());
        let desk = Arc::clone(&queue.desk);
        let work = tokio::spawn(async move { queue.work(handler, stopped).await });
        while desk.staff().is_none() {
            tokio::task::yield_now().await;
        }
        Self { told, stop, work }
    }

    async fn next(&mut self) -> String {
        tokio::time::timeout(Duration::from_mins(1), self.told.recv()).await.expect("an event").unwrap()
    }

    async fn end(mut self) {
        self.stop.cancel();
        self.work.await.unwrap();
        assert_eq!(self.told.try_recv().ok(), None, "nothing else was worked on");
    }
}

async fn lanes(queue: &Queue) -> Vec<lane::Model> {
    lane::Entity::find().all(queue.database.reader()).await.unwrap()
}

#[tokio::test]
async fn an_empty_lane_goes_from_its_arrival_to_a_free_hand() {
    let (queue, _directory) = queue().await;
    let mut working = Working::on(&queue, &[]).await;
    assert_eq!(queue.put(vec![event("a", "1")]).await.unwrap(), 1);
    assert_eq!(working.next().await, "1");
    working.end().await;
    let lanes = lanes(&queue).await;
    assert_eq!(
        (lanes[0].ready_at, lanes[0].lease_until, lanes[0].token),
        (None, 0, None),
        "it is given back"
    );
}

#[tokio::test]
async fn a_duplicate_leaves_its_lane_free() {
    let (queue, _directory) = queue().await;
    let mut working = Working::on(&queue, &[]).await;
    queue.put(vec![event("a", "1")]).await.unwrap();
    assert_eq!(working.next().await, "1");
    while lanes(&queue).await[0].token.is_some() {
        tokio::task::yield_now().await;
    }
    assert_eq!(queue.put(vec![event("a", "1")]).await.unwrap(), 0, "the same delivery");
    assert_eq!(lanes(&queue).await[0].token, None);
    queue.put(vec![event("a", "2")]).await.unwrap();
    assert_eq!(working.next().await, "2");
    working.end().await;
}

#[tokio::test]
async fn many_at_once_come_in_their_order_and_once() {
    let (queue, _directory) = queue().await;
    let mut working = Working::on(&queue, &[]).await;
    queue.put(vec![event("a", "0")]).await.unwrap();
    let told = NewEvent { lane: None, finished: Some("in a digest"), ..event("a", "told") };
    let told = NewEvent { tenant: Some(TenantId::new("t")), ..told };
    let many = || (1..=520).map(|number: u32| event("a", &number.to_string()));
    queue.put_many(&lane_key("a"), many().chain([told, event("a", "7")]).collect()).await.unwrap();
    queue.put_many(&lane_key("a"), many().chain([event("a", "last")]).collect()).await.unwrap();
    for number in 0..=520 {
        assert_eq!(working.next().await, number.to_string());
    }
    assert_eq!(working.next().await, "last");
    working.end().await;
    let told = queue.event_by_key(&TenantId::new("t"), "told").await.unwrap().unwrap();
    assert_eq!((told.state, told.reason.as_deref()), (1, Some("in a digest")));
}

#[tokio::test]
async fn events_of_one_lane_keep_their_order_whoever_takes_them() {
    let (queue, _directory) = queue().await;
    // Two are there before anybody works, one of them fails at first.
    queue.put(vec![event("a", "1"), event("a", "2"), event("b", "x")]).await.unwrap();
    let mut working = Working::on(&queue, &["1"]).await;
    queue.ring();
    for number in 3..30 {
        queue.put(vec![event("a", &number.to_string())]).await.unwrap();
    }
    let mut seen = Vec::new();
    while seen.len() < 30 {
        let key = working.next().await;
        if key != "x" {
            seen.push(key);
        }
    }
    let expected: Vec<String> = std::iter::once(1).chain(1..30).map(|number| number.to_string()).collect();
    assert_eq!(seen, expected, "the first one comes twice, and before all others");
    working.end().await;
}

#[tokio::test]
async fn what_finds_no_free_hand_waits_for_one() {
    let (queue, _directory) = queue().await;
    let mut working = Working::on(&queue, &[]).await;
    // Two hands, ten lanes.
    queue
        .put((0..10).map(|number| event(&format!("lane {number}"), &number.to_string())).collect())
        .await
        .unwrap();
    let mut seen = Vec::new();
    for _ in 0..10 {
        seen.push(working.next().await);
    }
    seen.sort();
    assert_eq!(seen, (0..10).map(|number| number.to_string()).collect::<Vec<_>>());
    working.end().await;
}

#[tokio::test]
async fn a_lease_that_was_taken_over_records_nothing() {
    let (queue, _directory) = queue().await;
    queue.put(vec![event("a", "1")]).await.unwrap();
    let mine = queue.claim(&TenantId::new("t"), 1).await.unwrap().pop().unwrap();
    let first = mine.next().await.unwrap().remove(0);
    // Somebody else holds it now.
    let other = queue.lease(mine.lane().clone(), queue.random.id());
    let (token, conversation) = (other.token(), mine.lane().conversation().to_string());
    queue
        .database
        .write(move |transaction| {
            Box::pin(async move {
                use sea_orm::{ColumnTrait, QueryFilter, sea_query::Expr};
                lane::Entity::update_many()
                    .col_expr(lane::Column::Token, Expr::value(token))
                    .filter(lane::Column::ConversationId.eq(conversation))
                    .exec(transaction)
                    .await
            })
        })
        .await
        .unwrap();
    let settled = mine.settle(&first, Verdict::done("done"), super::rules::Then::Look).await;
    assert!(matches!(settled, Err(LeaseLost::TakenOver)));
    assert_eq!(queue.event(first.id).await.unwrap().unwrap().state, 0, "it is still to be done");
}

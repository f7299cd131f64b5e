//! Stories of turns: a flood, and somebody who has one event; lanes that wait for their time.

use std::time::Duration;

use sea_orm::ActiveValue::Set;
use sea_orm::{ConnectionTrait, EntityTrait};
use threadline_entity::lane;

use super::super::rules::Then;
use super::super::settle::{Comes, Lane};
use super::super::{EventState, NewEvent, Verdict, claim};
use super::{Working, event, event_of, lanes, queue, queue_at};
use crate::ambient::{Clock, Millis};
use crate::ids::TenantId;

/// As many lanes with so many events each.
fn flood(tenant: &str, lanes: usize, events: usize) -> Vec<NewEvent> {
    (0..lanes * events)
        .map(|number| event_of(tenant, &format!("lane {}", number % lanes), &format!("{tenant} {number:05}")))
        .collect()
}

/// How many others were worked on before the event of that key.
async fn ahead_of(working: &mut Working, key: &str) -> usize {
    let mut ahead = 0;
    while working.next().await != key {
        ahead += 1;
    }
    ahead
}

async fn drain(working: &mut Working, left: usize) {
    for _ in 0..left {
        working.next().await;
    }
}

#[tokio::test]
async fn one_event_does_not_wait_for_another_tenants_flood() {
    for hands in [1, 2, 8] {
        let (mut queue, _directory) = queue().await;
        queue.settings.lanes = hands;
        queue.put(flood("flood", 100, 10)).await.unwrap();
        let mut working = Working::on(&queue, &[]).await;
        drain(&mut working, 50).await;
        queue.put(vec![event_of("other", "a", "mine")]).await.unwrap();
        let ahead = ahead_of(&mut working, "mine").await;
        assert!(ahead <= 40, "{ahead} of the flood came first, with {hands} hands");
        drain(&mut working, 950 - ahead).await;
        working.end().await;
    }
}

#[tokio::test]
async fn a_long_lane_gives_way_to_a_short_one_of_its_tenant() {
    let (mut queue, _directory) = queue().await;
    queue.settings.lanes = 1;
    queue.put(flood("t", 1, 100)).await.unwrap();
    let mut working = Working::on(&queue, &[]).await;
    working.next().await;
    queue.put(vec![event("short", "mine")]).await.unwrap();
    let ahead = ahead_of(&mut working, "mine").await;
    assert!(ahead <= 40, "{ahead} of the long one came first: two slices at most");
    let mut rest = Vec::new();
    for _ in 0..99 - ahead {
        rest.push(working.next().await);
    }
    assert!(rest.is_sorted(), "and it goes on in its order");
    working.end().await;
}

#[tokio::test]
async fn more_tenants_than_one_look_finds_are_all_served() {
    let (queue, _directory) = queue().await;
    let events = (0..300).map(|number| event_of(&format!("tenant {number:03}"), "a", &number.to_string()));
    queue.put(events.collect()).await.unwrap();
    let mut working = Working::on(&queue, &[]).await;
    drain(&mut working, 300).await;
    working.end().await;
    assert_eq!(queue.count_in(EventState::Done).await.unwrap(), 300);
}

#[tokio::test]
async fn a_lane_that_waits_for_its_next_try_is_left_alone_until_then() {
    let (queue, _directory) = queue().await;
    queue.put(vec![event("a", "1")]).await.unwrap();
    let tenant = TenantId::new("t");
    let mine = queue.claim(&tenant, 1).await.unwrap().pop().unwrap();
    let first = mine.next().await.unwrap().remove(0);
    let at = queue.clock.now().plus(Duration::from_millis(300));
    let again = Verdict::Retry { at, reason: "again", counts: true };
    let left = mine.settle(&first, again, Then::Leave).await;
    assert!(matches!(left, Ok(Lane::Left(Comes::At(due))) if due == at));
    queue.put(vec![event("a", "2")]).await.unwrap();
    let row = lanes(&queue).await.remove(0);
    assert_eq!((row.ready_at, row.due_at), (None, Some(at.0)), "an arrival behind it wakes nobody");
    // Nobody polls: the workers know when its time comes.
    let mut working = Working::on(&queue, &[]).await;
    assert_eq!(working.next().await, "1");
    assert!(queue.clock.now() >= at, "not before");
    assert_eq!(working.next().await, "2");
    working.end().await;
}

#[tokio::test]
async fn a_lane_that_a_dead_worker_held_is_found_when_its_lease_has_ended() {
    let (mut queue, _directory) = queue().await;
    queue.settings.lease_seconds = 0;
    queue.put(vec![event("a", "1")]).await.unwrap();
    let dead = queue.claim(&TenantId::new("t"), 1).await.unwrap();
    assert_eq!(dead.len(), 1);
    tokio::time::sleep(Duration::from_millis(5)).await;
    let found = queue.look(None).await.unwrap();
    assert_eq!(found.tenants, [TenantId::new("t")]);
    assert_eq!(queue.claim(&TenantId::new("t"), 5).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_lane_that_is_taken_back_is_free_when_the_last_call_of_its_holder_has_landed() {
    let clock = Clock::manual(Clock::system().now());
    let (queue, _directory) = queue_at(clock.clone()).await;
    queue.put(vec![event("a", "1")]).await.unwrap();
    let tenant = TenantId::new("t");
    assert_eq!(queue.claim(&tenant, 1).await.unwrap().len(), 1);
    assert_eq!(queue.take_back_lanes().await.unwrap(), 1);
    queue.put(vec![event("a", "2")]).await.unwrap();
    clock.advance(Duration::from_millis(9_999));
    assert!(queue.claim(&tenant, 1).await.unwrap().is_empty(), "its call may still be under way");
    clock.advance(Duration::from_millis(1));
    assert_eq!(queue.claim(&tenant, 1).await.unwrap().len(), 1);
}

#[tokio::test]
async fn looking_and_claiming_read_an_index_however_many_lanes_there_are() {
    let (queue, _directory) = queue().await;
    let idle: Vec<lane::ActiveModel> = (0..2_000)
        .map(|number| lane::ActiveModel {
            tenant_id: Set(format!("tenant {}", number % 10)),
            conversation_id: Set(number.to_string()),
            ready_at: Set(None),
            due_at: Set(None),
            lease_until: Set(0),
            token: Set(None),
        })
        .collect();
    queue
        .database
        .write(|transaction| {
            Box::pin(async move {
                for some in idle.chunks(500) {
                    lane::Entity::insert_many(some.to_vec()).exec_without_returning(transaction).await?;
                }
                Ok(())
            })
        })
        .await
        .unwrap();
    let now = Millis(1).0;
    for (sql, values) in [
        (claim::BUSY.to_owned(), vec!["".into(), 256_i64.into(), now.into()]),
        (queue.claim_sql(), vec!["t".into(), now.into(), 4_i64.into(), now.into(), uuid::Uuid::nil().into()]),
    ] {
        let plan = queue.database.statement(&format!("EXPLAIN QUERY PLAN {sql}"), values);
        let rows = queue.database.reader().query_all_raw(plan).await.unwrap();
        let steps: Vec<String> = rows.iter().map(|row| row.try_get("", "detail").unwrap()).collect();
        assert!(!steps.iter().any(|step| step.starts_with("SCAN lane")), "{steps:#?}");
        assert!(steps.iter().any(|step| step.contains("lane_ready")), "{steps:#?}");
    }
}

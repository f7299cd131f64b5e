//! What is over its time goes, in small steps; what is not, stays.

use std::time::Duration;

use sea_orm::ConnectionTrait;
use threadline::app::Stale;
use threadline::queue::{Event, EventState};
use threadline::stage::PEOPLE;
use threadline_simulator::{Fault, Host};

use crate::service::{Service, number_of_rows};

const DAY: Duration = Duration::from_hours(24);

/// Copies of the first pair, made this long ago, with both sides in this state.
async fn old_pairs(service: &Service, count: usize, age: Duration, state: &str) {
    let at = service.storage.clock.now().minus(age).0;
    let copies = format!(
        "INSERT INTO message_pair (tenant_id, link_id, comment_id, conversation_id, message_id, origin, author, \
         fingerprint, created_at, comment_state, message_state) \
         WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < {count}) \
         SELECT tenant_id, link_id, 'old-{at}-' || n, conversation_id, 'old-{at}-' || n, origin, author, \
         fingerprint, {at} - n, '{state}', '{state}' \
         FROM (SELECT * FROM message_pair LIMIT 1) one CROSS JOIN number"
    );
    service.change(&copies).await;
}

async fn pairs(service: &Service) -> i64 {
    let connection = service.database.connect().await;
    let rows = number_of_rows(&connection, "message_pair").await;
    connection.close().await.unwrap();
    rows
}

/// Forgets all of a kind; answers how many rows went, and how many in the largest step.
async fn forget(service: &Service, what: Stale) -> (u64, u64) {
    let (mut all, mut largest) = (0, 0);
    loop {
        let gone = service.storage.forget_some(what).await.unwrap();
        if gone == 0 {
            return (all, largest);
        }
        (all, largest) = (all + gone, largest.max(gone));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn old_pairs_go_in_small_steps_and_young_ones_stay() {
    let service = Service::linked().await;
    let (world, issue) = (service.world(), &service.stage.issue);
    let comment = world.comment(PEOPLE[0], issue, "Young").unwrap();
    service.quiet().await;
    old_pairs(&service, 1000, 401 * DAY, "shown").await;
    old_pairs(&service, 300, 399 * DAY, "shown").await;
    old_pairs(&service, 250, 15 * DAY, "gone").await;
    old_pairs(&service, 10, 13 * DAY, "gone").await;
    let before = pairs(&service).await;
    assert_eq!(service.storage.count_stale(Stale::Pairs).await.unwrap(), 1000);
    assert_eq!(service.storage.count_stale(Stale::GonePairs).await.unwrap(), 250);

    assert_eq!(forget(&service, Stale::Pairs).await, (1000, 100));
    assert_eq!(forget(&service, Stale::GonePairs).await, (250, 100));
    assert_eq!(pairs(&service).await, before - 1250);

    // What is young is carried over as ever.
    world.edit_comment(PEOPLE[0], issue, &comment, "Young, and edited").unwrap();
    service.quiet().await;
    assert!(service.chat_texts().iter().any(|text| text.contains("Young, and edited")));
    service.stop().await;
}

/// A message that was given up.
async fn dead_letter(service: &Service, text: &str) -> Event {
    service.world().fail(Fault::status(403).at_host(Host::Api).on("POST", "*/comment").times(1));
    service.world().send_message(PEOPLE[1], &service.stage.chat, text).unwrap();
    service.quiet().await;
    let events = service.events().await;
    events.into_iter().rfind(|event| EventState::of(event) == EventState::Dead).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_letter_can_be_tried_again_until_it_is_forgotten() {
    let (service, clock) = Service::linked_in_still_time().await;
    let first = dead_letter(&service, "First").await;
    let second = dead_letter(&service, "Second").await;
    service.pass(&clock, 89 * DAY);
    assert_eq!(service.storage.count_stale(Stale::DeadLetters).await.unwrap(), 0);
    assert_eq!(forget(&service, Stale::DeadLetters).await, (0, 0));
    assert!(service.storage.queue.retry(&first).await.unwrap());
    service.quiet().await;
    assert_eq!(service.comment_texts(&service.stage.issue), ["First"]);

    service.pass(&clock, 2 * DAY);
    forget(&service, Stale::DeadLetters).await;
    assert!(service.storage.queue.event(second.id).await.unwrap().is_none());
    assert!(service.storage.queue.event(first.id).await.unwrap().is_some(), "it is none any more");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_dead_letters_go_in_small_steps_unless_they_are_kept_for_ever() {
    for (days, stay) in [(90, 1), (0, 451)] {
        let service = Service::start_with(|settings| settings.relay.keep_dead_days = days).await;
        service.connect_and_link().await;
        dead_letter(&service, "Young").await;
        let at = service.storage.clock.now().minus(91 * DAY).0;
        let copies = format!(
            "INSERT INTO event (lane, delivery_key, tenant_id, kind, subject, state, attempts, due_at, reason, \
             received_at, finished_at) \
             WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 450) \
             SELECT lane, 'old-' || n, tenant_id, kind, subject, 2, attempts, {at}, reason, {at}, {at} \
             FROM (SELECT * FROM event WHERE state = 2) one CROSS JOIN number"
        );
        service.change(&copies).await;
        let (_, largest) = forget(&service, Stale::DeadLetters).await;
        assert!(largest <= 200, "{largest} in one step");
        assert_eq!(service.storage.queue.count_in(EventState::Dead).await.unwrap(), stay);
        service.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_may_keep_pairs_for_ever() {
    let service = Service::start_with(|settings| settings.relay.keep_pairs_days = 0).await;
    service.connect_and_link().await;
    service.world().comment(PEOPLE[0], &service.stage.issue, "Old").unwrap();
    service.quiet().await;
    old_pairs(&service, 10, 4000 * DAY, "shown").await;
    assert_eq!(service.storage.count_stale(Stale::Pairs).await.unwrap(), 0);
    assert_eq!(forget(&service, Stale::Pairs).await, (0, 0));
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_with_many_pairs_is_removed_with_all_of_them() {
    let service = Service::linked().await;
    let (world, chat) = (service.world(), &service.stage.chat);
    world.comment(PEOPLE[0], &service.stage.issue, "One of many").unwrap();
    service.quiet().await;
    old_pairs(&service, 950, DAY, "shown").await;
    let command = format!("unlink {}", service.stage.issue);
    world.send_message(PEOPLE[1], chat, threadline_simulator::MessageDraft::to_bot(&command)).unwrap();
    service.quiet().await;
    assert_eq!(pairs(&service).await, 0);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_replicas_that_forget_at_the_same_time_forget_each_row_once() {
    let service = Service::linked().await;
    service.world().comment(PEOPLE[0], &service.stage.issue, "Young").unwrap();
    service.quiet().await;
    old_pairs(&service, 900, 500 * DAY, "shown").await;
    let before = pairs(&service).await;
    let (one, other) = tokio::join!(forget(&service, Stale::Pairs), forget(&service, Stale::Pairs));
    assert_eq!(one.0 + other.0, 900);
    assert_eq!(pairs(&service).await, before - 900);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_and_logins_end_with_their_time() {
    let (service, clock) = Service::linked_in_still_time().await;
    let connection = service.database.connect().await;
    let sessions = number_of_rows(&connection, "session").await;
    assert!(sessions > 0);
    let begun = "INSERT INTO login_attempt (state_hash, provider, browser_hash, sealed, expires_at) \
                 SELECT 'x', 'jira', 'x', sealed, 1 FROM canary";
    connection.execute_unprepared(begun).await.unwrap();
    assert_eq!(service.storage.count_stale(Stale::Sessions).await.unwrap(), 0);
    assert_eq!(service.storage.count_stale(Stale::Logins).await.unwrap(), 1);
    clock.advance(31 * DAY);
    assert_eq!(service.storage.count_stale(Stale::Sessions).await.unwrap(), u64::try_from(sessions).unwrap());
    while service.storage.forget_some(Stale::Sessions).await.unwrap() > 0 {}
    while service.storage.forget_some(Stale::Logins).await.unwrap() > 0 {}
    assert_eq!(number_of_rows(&connection, "session").await, 0);
    assert_eq!(number_of_rows(&connection, "login_attempt").await, 0);
    connection.close().await.unwrap();
    service.stop().await;
}

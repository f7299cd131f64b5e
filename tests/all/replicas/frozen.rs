//! A process stands still, or was cut off, with the row of a chat's lane locked: the others wait
//! neither for it nor for ever. PostgreSQL alone has such locks.

use std::time::Duration;

use sea_orm::{ConnectionTrait, DbBackend, DbErr, TransactionTrait};
use threadline::app::Part;
use threadline::database::Database;
use threadline::queue::NewEvent;
use threadline::stage::PEOPLE;
use threadline_simulator::ChatKind;

use super::event;
use crate::service::{PATIENCE, Service};

/// How long the database may take to end a wait or a transaction, on a slow machine, too.
const LIMITS: Duration = Duration::from_mins(2);

/// A service that takes and does not work, with an issue that is linked to two chats; the second one.
async fn with_two_chats() -> Option<(Service, String)> {
    let service = Service::start_only_with(Part::Web, |settings| settings.relay.poll_ms = 100).await;
    if service.database.backend() != DbBackend::Postgres {
        service.stop().await;
        return None;
    }
    let mut ann = service.stage.connect(PEOPLE[0]).await.unwrap();
    let second = service.world().add_chat("Another team", &PEOPLE, ChatKind::Group).unwrap();
    service.world().install_bot(&second).unwrap();
    assert!(service.world().settled(PATIENCE).await);
    for chat in [&service.stage.chat, &second] {
        service.link(&mut ann, &service.stage.issue, chat).await;
    }
    Some((service, second))
}

fn lock(chat: &str) -> String {
    format!("SELECT 1 FROM lane WHERE conversation_id = '{chat}' FOR UPDATE")
}

fn has(service: &Service, chat: &str, words: &str) -> bool {
    service.texts_of(chat).iter().any(|text| text.contains(words))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chat_that_somebody_has_locked_stops_nothing_else() {
    let Some((service, second)) = with_two_chats().await else { return };
    let first = service.stage.chat.clone();
    let elsewhere = service.database.connect().await;
    for (words, and_then) in [
        ("Ready before it was locked", "SELECT 1"),
        (
            "To be tried again",
            "UPDATE lane SET due_at = ready_at, ready_at = NULL WHERE ready_at IS NOT NULL",
        ),
    ] {
        service.world().comment(PEOPLE[0], &service.stage.issue, words).unwrap();
        assert!(service.world().settled(PATIENCE).await);
        elsewhere.execute_unprepared(and_then).await.unwrap();
        let held = elsewhere.begin().await.unwrap();
        held.execute_unprepared(&lock(&first)).await.unwrap();

        let relay = service.twin_only(Some(Part::Relay)).await;
        service.until("the other chat has it", |_| has(&service, &second, words)).await;
        let stopped = tokio::time::timeout(LIMITS, relay.stop()).await;
        stopped.expect("who waits for a locked chat does not hear that it is to stop");

        let late = NewEvent { delivery_key: format!("late/{words}"), ..event(&first) };
        let put = tokio::time::timeout(LIMITS, service.storage.queue.put(vec![late])).await;
        assert!(put.expect("it waits for ever").is_err(), "it can't be stored now, and says so");

        held.rollback().await.unwrap();
        let relay = service.twin_only(Some(Part::Relay)).await;
        service.until("it is free", |_| has(&service, &first, words)).await;
        service.quiet().await;
        relay.stop().await;
    }
    assert_eq!(service.texts_of(&first).len(), 2);
    assert_eq!(service.texts_of(&second).len(), 2);
    elsewhere.close().await.unwrap();
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_frozen_process_has_locked_is_free_in_the_end() {
    let Some((service, _)) = with_two_chats().await else { return };
    let first = service.stage.chat.clone();
    service.world().comment(PEOPLE[0], &service.stage.issue, "Who has it?").unwrap();
    assert!(service.world().settled(PATIENCE).await);
    let frozen = Database::open(&service.settings.database).await.unwrap();
    let (locked, is_locked) = tokio::sync::oneshot::channel();
    let lock = lock(&first);
    let freezes = tokio::spawn(async move {
        let stands_still = frozen.write(move |transaction| {
            Box::pin(async move {
                transaction.execute_unprepared(&lock).await?;
                locked.send(()).unwrap();
                std::future::pending::<Result<(), DbErr>>().await
            })
        });
        stands_still.await
    });
    is_locked.await.unwrap();
    let relay = service.twin_only(Some(Part::Relay)).await;
    let freed = async {
        while !has(&service, &first, "Who has it?") {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(LIMITS, freed).await.expect("a frozen process keeps its chat for ever");
    service.quiet().await;
    assert_eq!(service.texts_of(&first).len(), 1);
    freezes.abort();
    relay.stop().await;
    service.stop().await;
}

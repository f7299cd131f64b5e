//! Waiting for what must happen, and saying what happened instead.

use threadline::queue::{Event, EventFilter, EventState};
use threadline_simulator::{Message, Simulator};

use super::{PATIENCE, Service, number_of_rows};

impl Service {
    /// The chat's messages that still stand, as their content.
    pub fn chat_texts(&self) -> Vec<String> {
        self.texts_of(&self.stage.chat)
    }

    /// Another chat's messages that still stand, as their content.
    pub fn texts_of(&self, chat: &str) -> Vec<String> {
        self.standing(chat).into_iter().map(|message| message.content).collect()
    }

    /// The messages of a chat that still stand.
    pub fn standing(&self, chat: &str) -> Vec<Message> {
        let mut messages = self.world().messages(chat);
        messages.retain(|message| message.deleted.is_none());
        messages
    }

    /// The comments of an issue, as their text.
    pub fn comment_texts(&self, issue: &str) -> Vec<String> {
        self.world().comments(issue).iter().map(threadline_simulator::Comment::text).collect()
    }

    /// Waits until the world is as `condition` wants it.
    pub async fn until(&self, what: &str, condition: impl Fn(&Simulator) -> bool + Send) {
        let happened = self.world().wait_until(condition, PATIENCE).await;
        assert!(happened, "{what}: did not happen. Events: {:#?}", self.reasons().await);
    }

    /// Waits until nothing is left to do.
    pub async fn quiet(&self) {
        loop {
            assert!(self.world().settled(PATIENCE).await, "deliveries did not end");
            let delivered = self.world().deliveries().len();
            self.until_events("nothing is left to do", |events| {
                events.iter().all(|event| EventState::of(event) != EventState::Ready)
            })
            .await;
            self.until_lanes_are_free().await;
            // What was written meanwhile is on its way back.
            if self.world().deliveries().len() == delivered {
                return;
            }
        }
    }

    /// Waits until an event has this state and reason, and hands it over.
    pub async fn until_reason(&self, state: EventState, reason: &str) -> Event {
        let fits = |event: &Event| EventState::of(event) == state && event.reason.as_deref() == Some(reason);
        let what = format!("an event that is {} because of '{reason}'", state.word());
        let events = self.until_events(&what, |events| events.iter().any(fits)).await;
        events.into_iter().find(fits).unwrap()
    }

    /// Waits until the events are as `condition` wants them, and hands them over. Nobody rings
    /// when a row changes, so this looks again and again.
    pub async fn until_events(&self, what: &str, condition: impl Fn(&[Event]) -> bool) -> Vec<Event> {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            let events = self.events().await;
            if condition(&events) {
                return events;
            }
            assert!(
                tokio::time::Instant::now() < deadline,
                "{what}: did not happen. Events: {:#?}",
                self.reasons().await
            );
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    }

    /// Waits until nobody holds a lane: what waits for a login is looked at once more after its row
    /// says so.
    async fn until_lanes_are_free(&self) {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        let connection = self.database.connect().await;
        while number_of_rows(&connection, "lane WHERE token IS NOT NULL").await > 0 {
            assert!(tokio::time::Instant::now() < deadline, "a lane is not given back");
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        connection.close().await.unwrap();
    }

    /// All events, the oldest first.
    pub async fn events(&self) -> Vec<Event> {
        let filter = EventFilter { limit: 10_000, ..EventFilter::default() };
        let mut events = self.storage.queue.events(&filter).await.unwrap();
        events.reverse();
        events
    }

    /// What became of the events: kind, state, reason.
    pub async fn reasons(&self) -> Vec<(String, &'static str, String)> {
        let events = self.events().await;
        events
            .into_iter()
            .map(|event| {
                (event.kind.clone(), EventState::of(&event).word(), event.reason.clone().unwrap_or_default())
            })
            .collect()
    }

    /// What became of the events of one kind, in order.
    pub async fn reasons_of(&self, kind: &str) -> Vec<String> {
        self.reasons().await.into_iter().filter(|(k, ..)| k == kind).map(|(.., reason)| reason).collect()
    }

    /// How often a route of a platform was called, whatever came of it.
    pub fn calls_of(&self, method: &str, route: &str) -> u64 {
        let calls = self.world().calls();
        calls.iter().filter(|call| call.method == method && call.route == route).map(|call| call.count).sum()
    }
}

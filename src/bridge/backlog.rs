//! How much is not done yet, by the words that an operator knows it under.

use std::collections::BTreeMap;
use std::time::Duration;

use sea_orm::DbErr;

use super::{Bridge, reason};
use crate::ambient::Millis;
use crate::queue::{Backlog, Event, EventState};

/// Every word, in the order of how near the events are to being done.
const WORDS: [&str; 6] = ["ready", RETRYING, THROTTLED, "waiting", "paused", "dead"];

/// It comes again after a failure.
pub(super) const RETRYING: &str = "retrying";
/// It comes again when the platform takes it.
pub(super) const THROTTLED: &str = "throttled";

/// Events that are not done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Open {
    /// How many.
    pub count: u64,
    /// Since when the oldest is here.
    pub oldest: Duration,
}

impl Bridge {
    /// How much is not done, by word: `ready` (its turn is to come), `retrying`, `throttled`,
    /// `waiting` (for a login), `paused` (with its link) and `dead`. Each word is there.
    ///
    /// # Errors
    /// The database's.
    pub async fn open_events(&self) -> Result<Vec<(&'static str, Open)>, DbErr> {
        Ok(by_word(&self.queue.backlog().await?))
    }
}

fn by_word(backlog: &[Backlog]) -> Vec<(&'static str, Open)> {
    let mut words: BTreeMap<&str, Open> = BTreeMap::new();
    for part in backlog {
        let open = words.entry(word(part.state, part.reason.as_deref(), part.later)).or_default();
        open.count += part.count;
        open.oldest = open.oldest.max(part.oldest);
    }
    WORDS.into_iter().map(|word| (word, words.get(word).copied().unwrap_or_default())).collect()
}

/// The word for an event's state: its own, or what keeps it from being done; `later`: its time is
/// still to come.
pub(super) fn word(state: EventState, why: Option<&str>, later: bool) -> &'static str {
    match (state, why) {
        (EventState::Ready, Some(reason::THROTTLED)) if later => THROTTLED,
        (EventState::Ready, Some(_)) if later => RETRYING,
        (EventState::Waiting, Some(reason::LINK_PAUSED | reason::BOT_REMOVED)) => "paused",
        (state, _) => state.word(),
    }
}

/// The word of [`Bridge::open_events`] for one event; one that has ended is `done`.
pub fn word_of(event: &Event, now: Millis) -> &'static str {
    word(EventState::of(event), event.reason.as_deref(), event.due_at > now.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_is_told_apart_by_what_it_waits_for() {
        let part = |state, reason: Option<&str>, later, count| Backlog {
            state,
            reason: reason.map(str::to_owned),
            later,
            count,
            oldest: Duration::from_secs(count),
        };
        let open = by_word(&[
            part(EventState::Ready, None, false, 1),
            part(EventState::Ready, Some(reason::THROTTLED), false, 2),
            part(EventState::Ready, Some(reason::THROTTLED), true, 4),
            part(EventState::Ready, Some(reason::UNREACHABLE), true, 8),
            part(EventState::Waiting, Some(reason::LOGIN_NEEDED), false, 16),
            part(EventState::Waiting, Some(reason::NOT_CONNECTED), false, 32),
            part(EventState::Waiting, Some(reason::LINK_PAUSED), false, 64),
        ]);
        let counts: Vec<(&str, u64)> = open.iter().map(|(word, open)| (*word, open.count)).collect();
        let expected =
            [("ready", 3), ("retrying", 8), ("throttled", 4), ("waiting", 48), ("paused", 64), ("dead", 0)];
        assert_eq!(counts, expected);
        assert_eq!(open[0].1.oldest, Duration::from_secs(2));
    }
}

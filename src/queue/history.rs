//! Looking at events.

use std::time::Duration;

use sea_orm::{
    ColumnTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};
use threadline_entity::event;

use super::{Event, Queue};
use crate::ambient::Millis;
use crate::ids::TenantId;

/// How far an event has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventState {
    /// It waits for its turn or its next try.
    Ready,
    /// It has ended.
    Done,
    /// It was given up.
    Dead,
    /// It waits for somebody's login.
    Waiting,
}

impl EventState {
    /// The state as the row keeps it.
    pub fn of(event: &Event) -> Self {
        Self::stored_as(event.state)
    }

    pub(super) fn stored_as(state: i16) -> Self {
        match state {
            0 => Self::Ready,
            1 => Self::Done,
            3 => Self::Waiting,
            _ => Self::Dead,
        }
    }

    /// The word for people.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Done => "done",
            Self::Dead => "dead",
            Self::Waiting => "waiting",
        }
    }

    /// Reads the word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Ready, Self::Done, Self::Dead, Self::Waiting].into_iter().find(|state| state.word() == word)
    }

    pub(super) fn stored(self) -> i16 {
        match self {
            Self::Ready => 0,
            Self::Done => 1,
            Self::Dead => 2,
            Self::Waiting => 3,
        }
    }
}

/// The tenant of an event, if one is known.
pub fn tenant_of(event: &Event) -> Option<TenantId> {
    (!event.tenant_id.is_empty()).then(|| TenantId::new(event.tenant_id.as_str()))
}

/// The events in a state. What has not ended is in an index of its own, and says so: else all
/// that has ended would be read, too.
fn in_state(state: EventState) -> Select<event::Entity> {
    let events = event::Entity::find().filter(event::Column::State.eq(state.stored()));
    match state {
        EventState::Done => events,
        _ => events.filter(event::Column::State.ne(EventState::Done.stored())),
    }
}

/// Which events to list.
#[derive(Debug, Clone, Default)]
pub struct EventFilter {
    /// Only these.
    pub state: Option<EventState>,
    /// Only those that came after this id.
    pub after: Option<i64>,
    /// How many at most, the newest first.
    pub limit: u64,
}

impl Queue {
    /// Events, the newest first.
    pub async fn events(&self, filter: &EventFilter) -> Result<Vec<Event>, DbErr> {
        let query = filter.state.map_or_else(event::Entity::find, in_state);
        let mut query = query.order_by_desc(event::Column::Id).limit(filter.limit.max(1));
        if let Some(after) = filter.after {
            query = query.filter(event::Column::Id.gt(after));
        }
        query.all(self.database.reader()).await
    }

    /// One event.
    pub async fn event(&self, id: i64) -> Result<Option<Event>, DbErr> {
        event::Entity::find_by_id(id).one(self.database.reader()).await
    }

    /// The event of a tenant's delivery.
    pub async fn event_by_key(&self, tenant: &TenantId, delivery_key: &str) -> Result<Option<Event>, DbErr> {
        event::Entity::find()
            .filter(event::Column::TenantId.eq(tenant.as_str()))
            .filter(event::Column::DeliveryKey.eq(delivery_key))
            .one(self.database.reader())
            .await
    }

    /// How many events are in a state.
    pub async fn count_in(&self, state: EventState) -> Result<u64, DbErr> {
        in_state(state).count(self.database.reader()).await
    }

    /// How many events have these words in their delivery key. Reads them all: for load programs.
    pub async fn count_of_deliveries(&self, words: &str) -> Result<u64, DbErr> {
        event::Entity::find()
            .filter(event::Column::DeliveryKey.contains(words))
            .count(self.database.reader())
            .await
    }

    /// Age of the oldest event that is due: how far the queue lags behind.
    pub async fn lag(&self) -> Result<Duration, DbErr> {
        let now = self.clock.now();
        let oldest: Option<Option<i64>> = event::Entity::find()
            .select_only()
            .column_as(event::Column::ReceivedAt.min(), "oldest")
            .filter(event::Column::State.eq(0))
            .filter(event::Column::DueAt.lte(now.0))
            .into_tuple()
            .one(self.database.reader())
            .await?;
        Ok(oldest.flatten().map_or(Duration::ZERO, |received| now.since(Millis(received))))
    }
}

//! What is not done yet: what lies behind an event in its lane, and how much waits for what.

use std::time::Duration;

use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use threadline_entity::event;

use super::history::EventState;
use super::waiting::in_lane;
use super::{Event, LaneKey, Queue};
use crate::ambient::Millis;

/// As far as is looked ahead in a lane: a burst is hardly longer.
const AHEAD: u64 = 64;

/// Events that wait for the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backlog {
    /// Ready, waiting or dead.
    pub state: EventState,
    /// Why it was not done when it was looked at last, as a reason word.
    pub reason: Option<String>,
    /// Whether its time is still to come.
    pub later: bool,
    /// How many.
    pub count: u64,
    /// Since when the oldest is here.
    pub oldest: Duration,
}

/// What comes next in a lane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Why it was not done when it was looked at last, as a reason word.
    pub reason: Option<String>,
    /// It is not tried before.
    pub due_at: Millis,
}

impl Queue {
    /// What comes next in a lane; nothing, if the lane is empty.
    ///
    /// # Errors
    /// The database's.
    pub async fn head(&self, lane: &LaneKey) -> Result<Option<Head>, DbErr> {
        let row: Option<(Option<String>, i64)> = event::Entity::find()
            .select_only()
            .columns([event::Column::Reason, event::Column::DueAt])
            .filter(in_lane(lane))
            .filter(event::Column::State.eq(0))
            .order_by_asc(event::Column::Id)
            .limit(1)
            .into_tuple()
            .one(self.database.reader())
            .await?;
        Ok(row.map(|(reason, due_at)| Head { reason, due_at: Millis(due_at) }))
    }

    /// What the ready events of these kinds are about that lie behind this one in its lane, the
    /// oldest first: up to 64.
    ///
    /// # Errors
    /// The database's.
    pub async fn behind(&self, event: &Event, kinds: &[&str]) -> Result<Vec<String>, DbErr> {
        event::Entity::find()
            .select_only()
            .column(event::Column::Subject)
            .filter(event::Column::TenantId.eq(event.tenant_id.as_str()))
            .filter(event::Column::Lane.eq(event.lane.as_str()))
            .filter(event::Column::State.eq(0))
            .filter(event::Column::Id.gt(event.id))
            .filter(event::Column::Kind.is_in(kinds.iter().copied()))
            .order_by_asc(event::Column::Id)
            .limit(AHEAD)
            .into_tuple()
            .all(self.database.reader())
            .await
    }

    /// All that is not done, by what it waits for.
    ///
    /// # Errors
    /// The database's.
    pub async fn backlog(&self) -> Result<Vec<Backlog>, DbErr> {
        // That it has not ended is said, too: so each part is found in the index of such.
        const SQL: &str = "SELECT state, reason, later, count(*) AS number, min(received_at) AS oldest \
             FROM (SELECT state, reason, received_at, CASE WHEN due_at > $1 THEN 1 ELSE 0 END AS later \
                   FROM event WHERE state = 0 AND state <> 1 \
                   UNION ALL SELECT state, reason, received_at, 0 FROM event WHERE state = 3 AND state <> 1 \
                   UNION ALL SELECT state, NULL, received_at, 0 FROM event WHERE state = 2 AND state <> 1) AS open \
             GROUP BY state, reason, later";
        let now = self.clock.now();
        let rows = self.database.reader();
        let rows = rows.query_all_raw(self.database.statement(SQL, [now.0.into()])).await?;
        let backlog = rows.iter().map(|row| {
            Ok(Backlog {
                state: EventState::stored_as(row.try_get("", "state")?),
                reason: row.try_get("", "reason")?,
                later: row.try_get::<i32>("", "later")? != 0,
                count: u64::try_from(row.try_get::<i64>("", "number")?).unwrap_or(0),
                oldest: now.since(Millis(row.try_get("", "oldest")?)),
            })
        });
        backlog.collect()
    }
}

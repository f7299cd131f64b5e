//! Trying again what was given up, in small steps: one event, or all of a chat, of a reason, of
//! a time. What has arrived on the other side is not written twice, and the order of a lane holds.

use std::ops::ControlFlow;

use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ColumnTrait, Condition, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
use threadline_entity::event;

use super::waiting::in_lane;
use super::wake::rouse;
use super::{Event, LaneKey, Queue};
use crate::ambient::Millis;

/// How many events are made ready in one commit.
const STEP: u64 = 200;

/// Which dead letters to try again. What is not said narrows nothing.
#[derive(Debug, Clone, Default)]
pub struct Replay {
    /// Only these.
    pub ids: Option<Vec<i64>>,
    /// Only those of this conversation.
    pub lane: Option<LaneKey>,
    /// Of those of a conversation that are about one link only, those whose subject names this one.
    pub link: Option<String>,
    /// Only those that were given up for this reason.
    pub reason: Option<String>,
    /// Only those that arrived then or later.
    pub since: Option<Millis>,
    /// Only those that arrived before.
    pub until: Option<Millis>,
    /// Kinds that are nothing without what they carried, which may be gone.
    pub carrying: &'static [&'static str],
}

impl Replay {
    fn chosen(&self) -> Condition {
        use event::Column::{Id, Reason, ReceivedAt, State, Subject};
        let names_link = || Subject.contains("\"link\":");
        Condition::all()
            .add(State.eq(2))
            .add_option(self.ids.as_ref().map(|ids| Id.is_in(ids.iter().copied())))
            .add_option(self.lane.as_ref().map(in_lane))
            .add_option(self.link.as_ref().map(|link| names_link().not().or(Subject.contains(link))))
            .add_option(self.reason.as_ref().map(|reason| Reason.eq(reason)))
            .add_option(self.since.map(|since| ReceivedAt.gte(since.0)))
            .add_option(self.until.map(|until| ReceivedAt.lt(until.0)))
    }

    /// Those whose content is gone: trying them again is of no use.
    fn hollow(&self) -> Condition {
        use event::Column::{Kind, Payload};
        Condition::all().add(Kind.is_in(self.carrying.iter().copied())).add(Payload.is_null())
    }
}

/// What a replay comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Replayed {
    /// How many are ready again.
    pub again: u64,
    /// How many stay as they are, because what they carried was deleted.
    pub without_content: u64,
    /// It was ended before it had come to the last: asked again, it goes on with the rest.
    pub more: bool,
}

impl Queue {
    /// How many events a replay would touch.
    pub async fn count_replay(&self, replay: &Replay) -> Result<Replayed, DbErr> {
        let again = self.count_of(replay.chosen().add(replay.hollow().not())).await?;
        let without_content = self.count_of(replay.chosen().add(replay.hollow())).await?;
        Ok(Replayed { again, without_content, more: false })
    }

    async fn count_of(&self, which: Condition) -> Result<u64, DbErr> {
        event::Entity::find().filter(which).count(self.database.reader()).await
    }

    /// Gives dead letters a fresh start, with all their tries, the oldest first; tells `progress`
    /// how many it were so far, which may say that it is enough.
    pub async fn replay(
        &self,
        replay: &Replay,
        mut progress: impl FnMut(u64) -> ControlFlow<()>,
    ) -> Result<Replayed, DbErr> {
        let without_content = self.count_of(replay.chosen().add(replay.hollow())).await?;
        let (mut again, mut after) = (0, 0);
        loop {
            let found: Vec<(i64, String, String)> = event::Entity::find()
                .select_only()
                .columns([event::Column::Id, event::Column::TenantId, event::Column::Lane])
                .filter(replay.chosen().add(replay.hollow().not()))
                .filter(event::Column::Id.gt(after))
                .order_by_asc(event::Column::Id)
                .limit(STEP)
                .into_tuple()
                .all(self.database.reader())
                .await?;
            let Some((last, ..)) = found.last() else { break };
            after = *last;
            let more = found.len() as u64 >= STEP;
            again += self.restart(found).await?;
            self.ring();
            if progress(again).is_break() {
                return Ok(Replayed { again, without_content, more });
            }
        }
        Ok(Replayed { again, without_content, more: false })
    }

    /// Makes events ready that are not done, in one commit; answers how many there were.
    async fn restart(&self, events: Vec<(i64, String, String)>) -> Result<u64, DbErr> {
        let now = self.clock.now();
        let lane = |(id, tenant, lane)| (id, LaneKey::stored(tenant, lane));
        let (ids, mut lanes): (Vec<i64>, Vec<LaneKey>) = events.into_iter().map(lane).unzip();
        lanes.sort_unstable();
        lanes.dedup();
        self.database
            .write(move |transaction| {
                Box::pin(async move {
                    // Lanes first and in their order, as everybody locks them.
                    for lane in &lanes {
                        rouse(transaction, lane, now).await?;
                    }
                    let started = event::Entity::update_many()
                        .col_expr(event::Column::State, Expr::value(0))
                        .col_expr(event::Column::Attempts, Expr::value(0))
                        .col_expr(event::Column::DueAt, Expr::value(now.0))
                        .col_expr(event::Column::WaitingFor, Expr::value(Option::<String>::None))
                        .col_expr(event::Column::FinishedAt, Expr::value(Option::<i64>::None))
                        .filter(event::Column::Id.is_in(ids))
                        .filter(event::Column::State.ne(1))
                        .exec(transaction)
                        .await?;
                    Ok(started.rows_affected)
                })
            })
            .await
    }

    /// Gives an event that was given up, or that waits, a fresh start; answers whether it was still one.
    pub async fn retry(&self, event: &Event) -> Result<bool, DbErr> {
        let found = self.restart(vec![(event.id, event.tenant_id.clone(), event.lane.clone())]).await?;
        self.ring();
        Ok(found > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{event, queue};
    use super::*;

    #[tokio::test]
    async fn a_replay_that_is_ended_goes_on_where_it_was_when_it_is_asked_again() {
        let (queue, _directory) = queue().await;
        let events = (0..STEP + 50).map(|number| event("a", &number.to_string())).collect();
        queue.put(events).await.unwrap();
        let give_up = event::Entity::update_many().col_expr(event::Column::State, Expr::value(2));
        queue
            .database
            .write(|transaction| Box::pin(async move { give_up.exec(transaction).await.map(drop) }))
            .await
            .unwrap();
        let all = Replay::default();
        let first = queue.replay(&all, |_| ControlFlow::Break(())).await.unwrap();
        assert_eq!(first, Replayed { again: STEP, without_content: 0, more: true });
        let rest = queue.replay(&all, |_| ControlFlow::Break(())).await.unwrap();
        assert_eq!(rest, Replayed { again: 50, without_content: 0, more: false });
    }
}

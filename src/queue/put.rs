//! Arrival: what a platform told us becomes rows, or is dropped as a duplicate, in one commit.

use std::sync::Arc;

use sea_orm::{
    ActiveModelTrait, ActiveValue::NotSet, DatabaseTransaction, DbErr, EntityTrait, IntoActiveModel,
    TryInsertResult, sea_query::OnConflict,
};
use threadline_entity::event;

use super::desk::{Hand, Staff};
use super::lease::Lease;
use super::wake::{Holder, extend, tell};
use super::{Event, LaneKey, Queue};
use crate::ambient::Millis;
use crate::ids::{SiteId, TenantId};
use crate::points::{Point, reach};

/// Rows that are inserted with one statement: well below as many values as one may have.
const ROWS: usize = 500;

/// Something to be worked on, or only to be remembered.
#[derive(Debug, Clone)]
pub struct NewEvent {
    /// The lane it waits in; none if there is nothing to do.
    pub lane: Option<LaneKey>,
    /// Same key, same delivery.
    pub delivery_key: String,
    /// The site it came from or goes to.
    pub site: Option<SiteId>,
    /// The tenant it came from or goes to; that of its lane where it has one.
    pub tenant: Option<TenantId>,
    /// What happened, as a word.
    pub kind: &'static str,
    /// Ids it is about, as JSON; never content.
    pub subject: String,
    /// Sealed content that has to be carried.
    pub payload: Option<Vec<u8>>,
    /// The reason, where nothing has to be done.
    pub finished: Option<&'static str>,
}

/// A hand that would take the lane, and the lease that it would have.
struct Offer {
    hand: Hand,
    lease: Lease,
}

/// What became of an event that arrived.
struct Arrived {
    /// The same delivery was not here before.
    new: bool,
    /// Who comes to its lane.
    taker: Taker,
}

/// Who comes to the lane of an event.
enum Taker {
    /// Whoever holds it or was told before; or nobody has to.
    Somebody,
    /// Somebody who is told now.
    Told(LaneKey),
    /// This process: the lane was empty, and it is ours now.
    Ours(Offer, Box<Event>),
}

impl Queue {
    /// Stores the events in one commit; answers how many were new. A lane that was empty goes
    /// to a free hand of this process, in the same commit; else the other replicas are told.
    ///
    /// # Errors
    /// Nothing is stored then, and nothing may be acknowledged.
    pub async fn put(&self, events: Vec<NewEvent>) -> Result<usize, DbErr> {
        Ok(self.put_each(events).await?.into_iter().filter(|new| *new).count())
    }

    /// As [`Queue::put`]; answers of each event whether it was new.
    ///
    /// # Errors
    /// Nothing is stored then, and nothing may be acknowledged.
    pub async fn put_each(&self, events: Vec<NewEvent>) -> Result<Vec<bool>, DbErr> {
        let now = self.clock.now();
        let staff = self.desk.staff();
        let mut events: Vec<(usize, NewEvent)> = events.into_iter().enumerate().collect();
        // Whoever takes several lanes takes them in one order: nobody waits in a circle.
        events.sort_by(|(_, one), (_, other)| one.lane.cmp(&other.lane));
        let places: Vec<usize> = events.iter().map(|(place, _)| *place).collect();
        let offered: Vec<(NewEvent, Option<Offer>)> = events
            .into_iter()
            .map(|(_, event)| {
                let offer = event.lane.as_ref().and_then(|lane| self.offer(staff.as_ref()?, lane));
                (event, offer)
            })
            .collect();
        let teller = self.name;
        let arrived = self
            .database
            .write_together(move |transaction| {
                Box::pin(async move {
                    let mut arrived = Vec::with_capacity(offered.len());
                    for (event, offer) in offered {
                        let one = put(transaction, now, event, offer).await?;
                        if let Taker::Told(lane) = &one.taker {
                            tell(transaction, teller, lane.tenant().as_str()).await?;
                        }
                        arrived.push(one);
                    }
                    Ok(arrived)
                })
            })
            .await?;
        reach(Point::ArrivalStored);
        let mut new: Vec<(usize, bool)> =
            places.into_iter().zip(arrived.iter().map(|arrived| arrived.new)).collect();
        new.sort_unstable();
        for arrived in arrived {
            match arrived.taker {
                Taker::Ours(Offer { hand, lease }, event) => {
                    Arc::clone(hand.staff()).start(hand, lease, vec![*event]);
                }
                // Work may have begun since: its first look may have been before the commit.
                Taker::Told(lane) => {
                    self.desk.staff().inspect(|staff| staff.wait(lane.tenant()));
                }
                Taker::Somebody => {}
            }
        }
        Ok(new.into_iter().map(|(_, new)| new).collect())
    }

    /// Stores many events at the end of a lane in one commit, a few statements in all: who waits for
    /// the lane does not wait long. Those without a lane are only remembered.
    ///
    /// # Errors
    /// Nothing is stored then.
    pub async fn put_many(&self, lane: &LaneKey, events: Vec<NewEvent>) -> Result<(), DbErr> {
        if events.is_empty() {
            return Ok(());
        }
        let now = self.clock.now();
        let is_work = events.iter().any(|event| event.lane.is_some());
        let mut rows: Vec<_> = events.into_iter().map(|event| row_of(event_of(event, now))).collect();
        let (teller, key) = (self.name, lane.clone());
        let told = self
            .database
            .write(move |transaction| {
                Box::pin(async move {
                    let told = is_work && extend(transaction, &key, now, None).await? == Holder::Nobody;
                    while !rows.is_empty() {
                        event::Entity::insert_many(rows.drain(..rows.len().min(ROWS)))
                            .on_conflict(same_delivery())
                            .exec_without_returning(transaction)
                            .await?;
                    }
                    if told {
                        tell(transaction, teller, key.tenant().as_str()).await?;
                    }
                    Ok(told)
                })
            })
            .await?;
        if told {
            self.desk.staff().inspect(|staff| staff.wait(lane.tenant()));
        }
        Ok(())
    }

    fn offer(&self, staff: &Arc<Staff>, lane: &LaneKey) -> Option<Offer> {
        let hand = staff.hand(lane.tenant())?;
        Some(Offer { hand, lease: self.lease(lane.clone(), self.random.id()) })
    }
}

/// Stores one event.
async fn put(
    transaction: &DatabaseTransaction,
    now: Millis,
    new: NewEvent,
    offer: Option<Offer>,
) -> Result<Arrived, DbErr> {
    // The lane comes first: its row lock makes the order of ids the order of commits.
    let lane = new.lane.clone();
    let holder = match &lane {
        Some(lane) => extend(transaction, lane, now, offer.as_ref().map(|offer| &offer.lease)).await?,
        None => Holder::Somebody,
    };
    let mut event = event_of(new, now);
    let row = row_of(event.clone());
    let inserted =
        event::Entity::insert(row).on_conflict(same_delivery()).try_insert().exec(transaction).await?;
    let new = matches!(inserted, TryInsertResult::Inserted(_));
    let taker = match (inserted, holder, offer, lane) {
        (TryInsertResult::Inserted(inserted), Holder::Offered, Some(offer), _) => {
            event.id = inserted.last_insert_id;
            Taker::Ours(offer, Box::new(event))
        }
        (_, Holder::Offered, Some(offer), _) => {
            offer.lease.leave(transaction, 0, None, now).await?;
            Taker::Somebody
        }
        // Of a duplicate, too: its lane says now that it has work.
        (_, Holder::Nobody, _, Some(lane)) => Taker::Told(lane),
        _ => Taker::Somebody,
    };
    Ok(Arrived { new, taker })
}

/// The row of an event that the database has not given its id yet.
fn row_of(event: Event) -> event::ActiveModel {
    let mut row = event.into_active_model().reset_all();
    row.id = NotSet;
    row
}

/// The same key, the same delivery: it is stored once.
fn same_delivery() -> OnConflict {
    let mut same = OnConflict::columns([event::Column::TenantId, event::Column::DeliveryKey]);
    same.do_nothing().to_owned()
}

/// The event as it will be stored; the database gives it its id.
fn event_of(new: NewEvent, now: Millis) -> Event {
    let (tenant, lane) = match new.lane {
        Some(lane) => (lane.tenant, lane.conversation.into()),
        None => (new.tenant.unwrap_or_else(|| TenantId::new("")), String::new()),
    };
    Event {
        id: 0,
        lane,
        delivery_key: new.delivery_key,
        site_id: new.site.map(SiteId::uuid),
        tenant_id: tenant.into(),
        kind: new.kind.to_owned(),
        subject: new.subject,
        payload: new.payload,
        state: i16::from(new.finished.is_some()),
        waiting_for: None,
        attempts: 0,
        due_at: now.0,
        reason: new.finished.map(str::to_owned),
        received_at: now.0,
        finished_at: new.finished.map(|_| now.0),
    }
}

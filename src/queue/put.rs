//! Arrival: what a platform told us becomes rows, or is dropped as a duplicate, in one commit.

use std::sync::Arc;

use sea_orm::{
    ActiveModelTrait, ActiveValue::NotSet, ActiveValue::Set, DatabaseTransaction, DbErr, EntityTrait,
    IntoActiveModel, TryInsertResult, sea_query::OnConflict,
};
use threadline_entity::{event, lane};

use super::desk::{Hand, Staff};
use super::lease::Lease;
use super::{Event, LaneKey, Queue};
use crate::ambient::Millis;
use crate::ids::{SiteId, TenantId};

/// Something to be worked on, or only to be remembered.
#[derive(Debug, Clone)]
pub struct NewEvent {
    /// The lane it waits in; none if there is nothing to do.
    pub lane: Option<LaneKey>,
    /// Same key, same delivery.
    pub delivery_key: String,
    /// The site it came from or goes to.
    pub site: Option<SiteId>,
    /// The tenant it came from or goes to.
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
enum Arrived {
    /// The same delivery was here before.
    Known,
    /// It is stored, and whoever holds its lane will come to it.
    Stored,
    /// It is stored, and nobody holds its lane.
    Waiting,
    /// Its lane was empty and is ours now.
    Ours(Offer, Box<Event>),
}

impl Queue {
    /// Stores the events in one commit; answers how many were new. A lane that was empty goes
    /// to a free hand of this process, in the same commit.
    ///
    /// # Errors
    /// Nothing is stored then, and nothing may be acknowledged.
    pub async fn put(&self, events: Vec<NewEvent>) -> Result<usize, DbErr> {
        let now = self.clock.now();
        let staff = self.desk.staff();
        let offered: Vec<(NewEvent, Option<Offer>)> = events
            .into_iter()
            .map(|event| {
                let offer = event.lane.as_ref().and_then(|lane| self.offer(staff.as_ref()?, lane));
                (event, offer)
            })
            .collect();
        let arrived = self
            .database
            .write(move |transaction| {
                Box::pin(async move {
                    let mut arrived = Vec::with_capacity(offered.len());
                    for (event, offer) in offered {
                        arrived.push(put(transaction, now, event, offer).await?);
                    }
                    Ok(arrived)
                })
            })
            .await?;
        let mut new = 0;
        for arrived in arrived {
            new += usize::from(!matches!(arrived, Arrived::Known));
            match (arrived, &staff) {
                (Arrived::Ours(Offer { hand, lease }, event), Some(staff)) => {
                    staff.start(hand, lease, vec![*event]);
                }
                (Arrived::Waiting, _) => self.ring(),
                _ => {}
            }
        }
        Ok(new)
    }

    fn offer(&self, staff: &Arc<Staff>, lane: &LaneKey) -> Option<Offer> {
        Some(Offer { hand: staff.hand()?, lease: self.lease(lane.clone(), self.random.id()) })
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
    let holder = match &new.lane {
        Some(lane) => wake(transaction, lane.as_str(), now, offer.as_ref().map(|offer| &offer.lease)).await?,
        None => Holder::Somebody,
    };
    let mut event = event_of(new, now);
    let mut row = event.clone().into_active_model().reset_all();
    row.id = NotSet;
    let inserted = event::Entity::insert(row)
        .on_conflict(OnConflict::column(event::Column::DeliveryKey).do_nothing().to_owned())
        .try_insert()
        .exec(transaction)
        .await?;
    Ok(match (inserted, holder, offer) {
        (TryInsertResult::Inserted(inserted), Holder::Offered, Some(offer)) => {
            event.id = inserted.last_insert_id;
            Arrived::Ours(offer, Box::new(event))
        }
        (TryInsertResult::Inserted(_), Holder::Nobody, _) => Arrived::Waiting,
        (TryInsertResult::Inserted(_), ..) => Arrived::Stored,
        (_, Holder::Offered, Some(offer)) => {
            offer.lease.leave(transaction).await?;
            Arrived::Known
        }
        _ => Arrived::Known,
    })
}

/// The event as it will be stored; the database gives it its id.
fn event_of(new: NewEvent, now: Millis) -> Event {
    Event {
        id: 0,
        lane: new.lane.map(|lane| lane.as_str().to_owned()).unwrap_or_default(),
        delivery_key: new.delivery_key,
        site_id: new.site.map(SiteId::uuid),
        tenant_id: new.tenant.map(String::from),
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

/// Who holds a lane that was woken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holder {
    /// Nobody: somebody must come and lease it.
    Nobody,
    /// A worker, who looks for further events before it leaves.
    Somebody,
    /// The one that was offered it: it was empty.
    Offered,
}

/// Makes a lane ready at `at`, or earlier if it is already. Where it has no event and no holder,
/// the one that is `offered` it holds it from now on.
pub(super) async fn wake(
    transaction: &DatabaseTransaction,
    lane: &str,
    at: Millis,
    offered: Option<&Lease>,
) -> Result<Holder, DbErr> {
    use lane::Column::{Key, LeaseUntil, ReadyAt, Token};
    use sea_orm::sea_query::{Expr, ExprTrait};
    let (token, until) = offered.map_or((None, 0), |lease| (Some(lease.token()), lease.until().0));
    let row = lane::ActiveModel {
        key: Set(lane.to_owned()),
        ready_at: Set(Some(at.0)),
        lease_until: Set(until),
        token: Set(token),
    };
    let old = |column| Expr::col((lane::Entity, column));
    let empty = || old(ReadyAt).is_null().and(old(LeaseUntil).lt(at.0));
    let earlier = Expr::case(old(ReadyAt).is_null().or(old(ReadyAt).gt(at.0)), at.0).finally(old(ReadyAt));
    let mut known = OnConflict::column(Key);
    known
        .value(ReadyAt, earlier)
        .value(Token, Expr::case(empty(), token).finally(old(Token)))
        .value(LeaseUntil, Expr::case(empty(), until).finally(old(LeaseUntil)));
    let now = lane::Entity::insert(row).on_conflict(known).exec_with_returning(transaction).await?;
    Ok(match now.token {
        Some(held) if Some(held) == token => Holder::Offered,
        Some(_) if now.lease_until >= at.0 => Holder::Somebody,
        _ => Holder::Nobody,
    })
}

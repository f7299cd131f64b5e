//! Arrival: what a platform told us becomes rows, or is dropped as a duplicate, in one commit.

use sea_orm::{
    ActiveValue::NotSet, ActiveValue::Set, DatabaseTransaction, DbErr, EntityTrait, sea_query::OnConflict,
};
use threadline_entity::{event, lane};

use super::{LaneKey, Queue};
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

impl Queue {
    /// Stores the events in one commit; answers how many were new.
    ///
    /// # Errors
    /// Nothing is stored then, and nothing may be acknowledged.
    pub async fn put(&self, events: Vec<NewEvent>) -> Result<usize, DbErr> {
        let now = self.clock.now();
        let new = self
            .database
            .write(move |transaction| {
                Box::pin(async move {
                    let mut new = 0;
                    for event in events {
                        new += usize::from(put(transaction, now, event).await?);
                    }
                    Ok(new)
                })
            })
            .await?;
        self.ring();
        Ok(new)
    }
}

/// Stores one event; answers whether it was new.
async fn put(transaction: &DatabaseTransaction, now: Millis, new: NewEvent) -> Result<bool, DbErr> {
    if let Some(lane) = &new.lane {
        // The lane comes first: its row lock makes the order of ids the order of commits.
        wake(transaction, lane.as_str(), now).await?;
    }
    let done = new.finished.is_some();
    let row = event::ActiveModel {
        id: NotSet,
        lane: Set(new.lane.map(|lane| lane.as_str().to_owned()).unwrap_or_default()),
        delivery_key: Set(new.delivery_key),
        site_id: Set(new.site.map(SiteId::uuid)),
        tenant_id: Set(new.tenant.map(String::from)),
        kind: Set(new.kind.to_owned()),
        subject: Set(new.subject),
        payload: Set(new.payload),
        state: Set(i16::from(done)),
        waiting_for: Set(None),
        attempts: Set(0),
        due_at: Set(now.0),
        reason: Set(new.finished.map(str::to_owned)),
        received_at: Set(now.0),
        finished_at: Set(done.then_some(now.0)),
    };
    let inserted = event::Entity::insert(row)
        .on_conflict(OnConflict::column(event::Column::DeliveryKey).do_nothing().to_owned())
        .exec_without_returning(transaction)
        .await?;
    Ok(inserted > 0)
}

/// Makes a lane ready at `at`, or earlier if it is already.
pub(super) async fn wake(transaction: &DatabaseTransaction, lane: &str, at: Millis) -> Result<(), DbErr> {
    use sea_orm::sea_query::{Expr, ExprTrait};
    let row = lane::ActiveModel {
        key: Set(lane.to_owned()),
        ready_at: Set(Some(at.0)),
        lease_until: Set(0),
        token: Set(None),
    };
    let current = || Expr::col((lane::Entity, lane::Column::ReadyAt));
    let earlier = Expr::case(current().is_null().or(current().gt(at.0)), at.0).finally(current());
    lane::Entity::insert(row)
        .on_conflict(OnConflict::column(lane::Column::Key).value(lane::Column::ReadyAt, earlier).to_owned())
        .exec_without_returning(transaction)
        .await?;
    Ok(())
}

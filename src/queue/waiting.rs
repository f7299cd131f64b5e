//! What waits for somebody's login: how much it is, and letting it go on. What goes on keeps the
//! order of its arrival.

use sea_orm::sea_query::{Condition, Expr};
use sea_orm::{
    ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, UpdateMany,
};
use threadline_entity::event;

use super::wake::rouse;
use super::{LaneKey, Lease, LeaseLost, Queue};
use crate::ambient::Millis;

/// The most that is looked at in one conversation: beyond that, nobody counts.
const MOST: u64 = 1000;

/// An event that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Ids it is about, as JSON.
    pub subject: String,
    /// The account whose login it waits for.
    pub account: String,
}

impl Queue {
    /// What waits in one conversation, the oldest first: up to 1,000 events.
    pub async fn waiting_in(&self, lane: &LaneKey) -> Result<Vec<Waiting>, DbErr> {
        let rows: Vec<(String, Option<String>)> = event::Entity::find()
            .select_only()
            .columns([event::Column::Subject, event::Column::WaitingFor])
            .filter(event::Column::State.eq(3))
            .filter(in_lane(lane))
            .order_by_asc(event::Column::Id)
            .limit(MOST)
            .into_tuple()
            .all(self.database.reader())
            .await?;
        let waiting = |(subject, account): (String, Option<String>)| Waiting {
            subject,
            account: account.unwrap_or_default(),
        };
        Ok(rows.into_iter().map(waiting).collect())
    }

    /// The next name, in order, under which something waits.
    pub async fn waits_behind(&self, name: &str) -> Result<Option<String>, DbErr> {
        let next: Option<Option<String>> = event::Entity::find()
            .select_only()
            .column_as(event::Column::WaitingFor.min(), "next")
            .filter(event::Column::State.eq(3))
            .filter(event::Column::WaitingFor.gt(name))
            .into_tuple()
            .one(self.database.reader())
            .await?;
        Ok(next.flatten())
    }

    /// Lets what waits under these names for this reason be looked at again, in the order in which
    /// it arrived.
    pub async fn look_again_at(&self, names: &[String], reason: &'static str) -> Result<u64, DbErr> {
        let now = self.clock.now();
        let which = waits_for(names.iter().map(String::as_str)).add(event::Column::Reason.eq(reason));
        let released = self
            .database
            .write(move |transaction| Box::pin(async move { release(transaction, which, now).await }))
            .await?;
        self.ring();
        Ok(released)
    }
}

impl Lease {
    /// Puts an event aside until this account has logged in, before it is looked at once more.
    pub(super) async fn put_aside(
        &self,
        id: i64,
        account: String,
        until: Millis,
        reason: &'static str,
    ) -> Result<(), LeaseLost> {
        let update = aside(self.only(id), account, until, reason);
        self.write(move |transaction| Box::pin(async move { update.exec(transaction).await.map(drop) })).await
    }
}

/// The change that lets an event wait.
pub(super) fn aside(
    update: UpdateMany<event::Entity>,
    account: String,
    until: Millis,
    reason: &'static str,
) -> UpdateMany<event::Entity> {
    update
        .col_expr(event::Column::State, Expr::value(3))
        .col_expr(event::Column::WaitingFor, Expr::value(account))
        .col_expr(event::Column::DueAt, Expr::value(until.0))
        .col_expr(event::Column::Reason, Expr::value(reason))
}

/// The conversations in which something waits, in the order in which they are locked.
pub async fn waiting_lanes(transaction: &DatabaseTransaction) -> Result<Vec<LaneKey>, DbErr> {
    lanes_with(transaction, Condition::all()).await
}

/// The conversations in which something waits under this name, in the order in which they are locked.
pub async fn lanes_waiting_for(
    transaction: &DatabaseTransaction,
    account: &str,
) -> Result<Vec<LaneKey>, DbErr> {
    lanes_with(transaction, waits_for([account])).await
}

/// Lets what waited for these accounts' logins go on, inside the caller's transaction; the commit
/// tells the other replicas. Ring the queue of this one afterwards.
pub async fn release_waiting(
    transaction: &DatabaseTransaction,
    accounts: impl IntoIterator<Item = &str>,
    now: Millis,
) -> Result<u64, DbErr> {
    release(transaction, waits_for(accounts), now).await
}

/// Lets what waits under this name in one conversation go on, inside the caller's transaction; the
/// commit tells the other replicas. Where the caller has locked the lane, what is put aside at the
/// same time is either found here, or is looked at once more when the caller's changes are there to
/// be seen. Ring the queue of this process afterwards.
pub async fn release_waiting_for_in(
    transaction: &DatabaseTransaction,
    account: &str,
    lane: &LaneKey,
    now: Millis,
) -> Result<u64, DbErr> {
    release(transaction, waits_for([account]).add(in_lane(lane)), now).await
}

/// Lets everything that waits in one conversation be looked at again, inside the caller's
/// transaction; the commit tells the other replicas. Ring the queue of this one afterwards.
pub async fn release_waiting_in(
    transaction: &DatabaseTransaction,
    lane: &LaneKey,
    now: Millis,
) -> Result<u64, DbErr> {
    release(transaction, in_lane(lane), now).await
}

fn waits_for<'a>(accounts: impl IntoIterator<Item = &'a str>) -> Condition {
    Condition::all().add(event::Column::WaitingFor.is_in(accounts))
}

/// The events of a lane.
pub(super) fn in_lane(lane: &LaneKey) -> Condition {
    Condition::all()
        .add(event::Column::TenantId.eq(lane.tenant().as_str()))
        .add(event::Column::Lane.eq(lane.conversation().as_str()))
}

async fn lanes_with(transaction: &DatabaseTransaction, which: Condition) -> Result<Vec<LaneKey>, DbErr> {
    let lanes: Vec<(String, String)> = event::Entity::find()
        .select_only()
        .columns([event::Column::TenantId, event::Column::Lane])
        .distinct()
        .filter(which.add(event::Column::State.eq(3)))
        .into_tuple()
        .all(transaction)
        .await?;
    let mut lanes: Vec<_> = lanes.into_iter().map(|(tenant, lane)| LaneKey::stored(tenant, lane)).collect();
    // Whoever takes several lanes takes them in one order.
    lanes.sort_unstable();
    Ok(lanes)
}

async fn release(transaction: &DatabaseTransaction, which: Condition, now: Millis) -> Result<u64, DbErr> {
    for lane in &lanes_with(transaction, which.clone()).await? {
        rouse(transaction, lane, now).await?;
    }
    let released = event::Entity::update_many()
        .col_expr(event::Column::State, Expr::value(0))
        .col_expr(event::Column::WaitingFor, Expr::value(Option::<String>::None))
        .col_expr(event::Column::DueAt, Expr::value(now.0))
        .filter(which.add(event::Column::State.eq(3)))
        .exec(transaction)
        .await?;
    Ok(released.rows_affected)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use tokio_util::sync::CancellationToken;

    use super::super::tests::{event, queue};
    use super::super::{Event, Handler, Verdict};
    use super::*;
    use crate::ids::TenantId;

    const ACCOUNT: &str = "jira/ann";

    /// Looks whether somebody has logged in; they do so while it looks for the nth time.
    struct Looks {
        queue: Queue,
        login_during: usize,
        so_far: AtomicUsize,
    }

    impl Handler for Looks {
        async fn handle(&self, _: &Lease, _: &Event) -> Result<Verdict, LeaseLost> {
            let look = self.so_far.fetch_add(1, Ordering::SeqCst) + 1;
            if look == self.login_during {
                let now = self.queue.clock.now();
                let database = &self.queue.database;
                database.write(move |login| Box::pin(release_waiting(login, [ACCOUNT], now))).await?;
                self.queue.ring();
            }
            if look > self.login_during {
                return Ok(Verdict::done("done"));
            }
            let until = self.queue.clock.now().plus(Duration::from_hours(1));
            Ok(Verdict::WaitForLogin { account: ACCOUNT.to_owned(), until, reason: "login needed" })
        }
    }

    #[tokio::test]
    async fn a_login_that_comes_while_an_event_is_looked_at_is_not_missed() {
        for login_during in [1, 2] {
            let (queue, _directory) = queue().await;
            let looks = Looks { queue: queue.clone(), login_during, so_far: AtomicUsize::new(0) };
            let stop = CancellationToken::new();
            let working = tokio::spawn({
                let (queue, stop) = (queue.clone(), stop.clone());
                async move { queue.work(Arc::new(looks), stop).await }
            });
            queue.put(vec![event("a", "1")]).await.unwrap();
            let deadline = tokio::time::Instant::now() + Duration::from_secs(10);
            while queue.event_by_key(&TenantId::new("t"), "1").await.unwrap().unwrap().state != 1 {
                assert!(tokio::time::Instant::now() < deadline, "it waits for ever: look {login_during}");
                tokio::task::yield_now().await;
            }
            stop.cancel();
            working.await.unwrap();
        }
    }
}

//! What is to be watched by Graph's change notifications: each linked chat, and the channel of
//! each linked thread. Whoever changes links or installations says so here, in the same commit;
//! one process at a time then looks after the row.

use std::time::Duration;

use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect, Statement, Value,
};
use threadline_entity::graph_subscription::{Column, Entity, Model};
use uuid::Uuid;

use super::Store;
use crate::ambient::Millis;
use crate::ids::{ConversationId, SubscriptionId, TeamId, TenantId};

/// What stands between a channel's id and the root message in the conversation id of a thread.
pub(super) const ROOT: &str = ";messageid=";
/// In the place of the end of a subscription of which Graph has said that it is no more.
const GONE: Millis = Millis(0);
/// The same of one that we are about to end.
const ENDING: Millis = Millis(1);
/// How many rows are taken into one hand at a time.
const HANDFUL: u64 = 8;

/// How far a watched place is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WatchState {
    /// There is no subscription yet.
    Wanted,
    /// There is one.
    Live,
    /// Graph does not allow it; it is tried again now and then.
    Refused,
    /// Nobody needs it just now: the bot is not there.
    Resting,
}

impl WatchState {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Wanted, Self::Live, Self::Refused, Self::Resting];

    /// The word in the row and in the metric.
    pub fn word(self) -> &'static str {
        match self {
            Self::Wanted => "wanted",
            Self::Live => "live",
            Self::Refused => "refused",
            Self::Resting => "resting",
        }
    }
}

/// A place that is watched, or should be.
#[derive(Debug, Clone)]
pub struct Watch {
    /// The tenant.
    pub tenant: TenantId,
    /// The chat, or the channel.
    pub place: ConversationId,
    /// The team, if it is a channel and Teams has said whose.
    pub team: Option<TeamId>,
    /// The subscription, if there is one.
    pub subscription: Option<SubscriptionId>,
    /// Counts the subscriptions of this place.
    pub generation: i64,
    /// The number of the key that its contents are encrypted for.
    pub key: Option<i64>,
    /// When the subscription ends.
    pub expires: Option<Millis>,
    /// Whether Graph wants it to be authorised anew.
    pub reauthorize: bool,
    /// Failures since the last success.
    pub attempts: u32,
    /// Why the last one failed.
    pub failure: Option<String>,
}

impl From<Model> for Watch {
    fn from(row: Model) -> Self {
        Self {
            tenant: TenantId::new(row.tenant_id),
            place: ConversationId::new(row.place_id),
            team: row.team_id.map(TeamId::new),
            subscription: row.subscription_id.map(SubscriptionId::new),
            generation: row.generation,
            key: row.key_number,
            expires: row.expires_at.map(Millis),
            reauthorize: row.reauthorize,
            attempts: u32::try_from(row.attempts).unwrap_or(0),
            failure: row.failure,
        }
    }
}

/// A watch in the hand of one process, for a while.
#[derive(Debug, Clone)]
pub struct WatchLease {
    /// The row as it was taken.
    pub watch: Watch,
    lease: Uuid,
    until: Millis,
}

/// The place that a conversation is watched by: a thread by its channel. The bot's chats with one
/// person (`a:…`) are none of Graph's.
fn place_of(conversation: &str) -> Option<&str> {
    let place = conversation.split_once(ROOT).map_or(conversation, |(channel, _)| channel);
    place.starts_with("19:").then_some(place)
}

pub(super) fn statement<const N: usize>(
    to: &impl ConnectionTrait,
    sql: &str,
    values: [Value; N],
) -> Statement {
    Statement::from_sql_and_values(to.get_database_backend(), sql, values)
}

/// The team of a conversation, as far as it was told.
const TEAM: &str = "(SELECT c.team_id FROM conversation c WHERE c.tenant_id = $1 AND c.conversation_id = $3)";

/// Lets a conversation be watched that was just linked, inside the caller's transaction.
pub(super) async fn want_watch(
    transaction: &DatabaseTransaction,
    tenant: &TenantId,
    conversation: &ConversationId,
    now: Millis,
) -> Result<(), DbErr> {
    let Some(place) = place_of(conversation.as_str()) else { return Ok(()) };
    let sql = format!(
        "INSERT INTO graph_subscription (tenant_id, place_id, team_id, state, generation, reauthorize, \
         due_at, lease_until, attempts, updated_at) VALUES ($1, $2, {TEAM}, 'wanted', 0, FALSE, $4, 0, 0, $4) \
         ON CONFLICT (tenant_id, place_id) DO UPDATE SET due_at = excluded.due_at, \
         team_id = COALESCE(excluded.team_id, graph_subscription.team_id)"
    );
    let values = [tenant.as_str().into(), place.into(), conversation.as_str().into(), now.0.into()];
    transaction.execute_raw(statement(transaction, &sql, values)).await.map(drop)
}

/// Lets somebody look whether a conversation still has to be watched, inside the caller's
/// transaction: its link is gone, or the bot has come or left.
pub(super) async fn review_watch(
    transaction: &DatabaseTransaction,
    tenant: &TenantId,
    conversation: &ConversationId,
    now: Millis,
) -> Result<(), DbErr> {
    let Some(place) = place_of(conversation.as_str()) else { return Ok(()) };
    let sql = format!(
        "UPDATE graph_subscription SET due_at = $4, attempts = 0, team_id = COALESCE({TEAM}, team_id) \
         WHERE tenant_id = $1 AND place_id = $2"
    );
    let values = [tenant.as_str().into(), place.into(), conversation.as_str().into(), now.0.into()];
    transaction.execute_raw(statement(transaction, &sql, values)).await.map(drop)
}

/// As [`review_watch`], for all channels of a team.
pub(super) async fn review_team(
    transaction: &DatabaseTransaction,
    tenant: &str,
    team: &str,
    now: Millis,
) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::DueAt, Expr::value(now.0))
        .col_expr(Column::Attempts, Expr::value(0))
        .filter(Column::TenantId.eq(tenant))
        .filter(Column::TeamId.eq(team))
        .exec(transaction)
        .await
        .map(drop)
}

impl Store {
    /// Takes some of the rows that are to be looked at, for `time`; the ones that wait longest.
    pub async fn take_watches(&self, time: Duration) -> Result<Vec<WatchLease>, DbErr> {
        let now = self.clock.now();
        let due: Vec<Model> = Entity::find()
            .filter(Column::DueAt.lte(now.0))
            .filter(Column::LeaseUntil.lte(now.0))
            .order_by_asc(Column::DueAt)
            .limit(HANDFUL)
            .all(self.database.reader())
            .await?;
        let mut taken = Vec::with_capacity(due.len());
        for row in due {
            if let Some(lease) = self.take_watch(row, now, now.plus(time)).await? {
                taken.push(lease);
            }
        }
        Ok(taken)
    }

    /// Another process may be faster.
    async fn take_watch(&self, row: Model, now: Millis, until: Millis) -> Result<Option<WatchLease>, DbErr> {
        let lease = self.random.id();
        let (tenant, place) = (row.tenant_id.clone(), row.place_id.clone());
        let row = self
            .database
            .write(move |transaction| {
                Box::pin(async move {
                    let taken = Entity::update_many()
                        .col_expr(Column::Lease, Expr::value(lease))
                        .col_expr(Column::LeaseUntil, Expr::value(until.0))
                        // Whoever wants it looked at meanwhile writes another moment over this.
                        .col_expr(Column::DueAt, Expr::value(until.0))
                        .filter(Column::TenantId.eq(&tenant))
                        .filter(Column::PlaceId.eq(&place))
                        .filter(Column::DueAt.lte(now.0))
                        .filter(Column::LeaseUntil.lte(now.0))
                        .exec(transaction)
                        .await?;
                    if taken.rows_affected == 0 {
                        return Ok(None);
                    }
                    Entity::find_by_id((tenant, place)).one(transaction).await
                })
            })
            .await?;
        Ok(row.map(|row| WatchLease { watch: row.into(), lease, until }))
    }

    /// Stores how a watch stands now, and when to look at it again, and lets go of it; answers
    /// whether it was still in this hand.
    pub async fn leave_watch(
        &self,
        held: &WatchLease,
        watch: Watch,
        state: WatchState,
        due: Option<Millis>,
    ) -> Result<bool, DbErr> {
        let now = self.clock.now();
        let (lease, until) = (held.lease, held.until.0);
        self.database
            .write(move |transaction| {
                Box::pin(async move {
                    // A wish that came meanwhile stays.
                    let due = Expr::case(Expr::col(Column::DueAt).eq(until), due.map(|due| due.0))
                        .finally(Expr::col(Column::DueAt));
                    // So does what Graph has said of this very subscription meanwhile.
                    let told = || {
                        Expr::col(Column::DueAt).ne(until).and(
                            Expr::col(Column::SubscriptionId)
                                .eq(watch.subscription.clone().map(String::from)),
                        )
                    };
                    let gone = told().and(Expr::col(Column::ExpiresAt).eq(GONE.0));
                    let expires = Expr::case(gone, GONE.0).finally(watch.expires.map(|at| at.0));
                    let reauthorize = Expr::case(told().and(Expr::col(Column::Reauthorize)), true)
                        .finally(watch.reauthorize);
                    let attempts = i32::try_from(watch.attempts).unwrap_or(i32::MAX);
                    let left = Entity::update_many()
                        .col_expr(Column::DueAt, due.into())
                        .col_expr(Column::State, Expr::value(state.word()))
                        .col_expr(Column::SubscriptionId, Expr::value(watch.subscription.map(String::from)))
                        .col_expr(Column::Generation, Expr::value(watch.generation))
                        .col_expr(Column::KeyNumber, Expr::value(watch.key))
                        .col_expr(Column::ExpiresAt, expires.into())
                        .col_expr(Column::Reauthorize, reauthorize.into())
                        .col_expr(Column::Attempts, Expr::value(attempts))
                        .col_expr(Column::Failure, Expr::value(watch.failure))
                        .col_expr(Column::Lease, Expr::value(Option::<Uuid>::None))
                        .col_expr(Column::LeaseUntil, Expr::value(0_i64))
                        .col_expr(Column::UpdatedAt, Expr::value(now.0))
                        .filter(Column::TenantId.eq(watch.tenant.as_str()))
                        .filter(Column::PlaceId.eq(watch.place.as_str()))
                        .filter(Column::Lease.eq(lease))
                        .exec(transaction)
                        .await?;
                    Ok(left.rows_affected > 0)
                })
            })
            .await
    }

    /// Writes down that the subscription is about to be ended, so that nobody counts on it if this
    /// process does not live to say more; answers whether it was still in this hand. If it was not,
    /// it may not be ended.
    pub async fn begin_end_of_watch(&self, held: &WatchLease) -> Result<bool, DbErr> {
        let (lease, watch) = (held.lease, held.watch.clone());
        self.database
            .write(move |transaction| {
                Box::pin(async move {
                    let begun = Entity::update_many()
                        .col_expr(Column::ExpiresAt, Expr::value(ENDING.0))
                        .filter(Column::TenantId.eq(watch.tenant.as_str()))
                        .filter(Column::PlaceId.eq(watch.place.as_str()))
                        .filter(Column::Lease.eq(lease))
                        .exec(transaction)
                        .await?;
                    Ok(begun.rows_affected > 0)
                })
            })
            .await
    }

    /// Forgets a place that is not linked any more; answers false if it was linked again meanwhile.
    pub async fn forget_watch(&self, held: &WatchLease) -> Result<bool, DbErr> {
        let (lease, until, watch) = (held.lease, held.until.0, held.watch.clone());
        self.database
            .write(move |transaction| {
                Box::pin(async move {
                    let gone = Entity::delete_many()
                        .filter(Column::TenantId.eq(watch.tenant.as_str()))
                        .filter(Column::PlaceId.eq(watch.place.as_str()))
                        .filter(Column::Lease.eq(lease))
                        .filter(Column::DueAt.eq(until))
                        .exec(transaction)
                        .await?;
                    Ok(gone.rows_affected > 0)
                })
            })
            .await
    }

    /// Whose subscription it is.
    pub async fn watch_of(&self, tenant: &TenantId, id: &SubscriptionId) -> Result<Option<Watch>, DbErr> {
        let row = Entity::find()
            .filter(Column::TenantId.eq(tenant.as_str()))
            .filter(Column::SubscriptionId.eq(id.as_str()))
            .one(self.database.reader())
            .await?;
        Ok(row.map(Watch::from))
    }

    /// Notes what Graph has said of a subscription itself, durably: that it wants to be authorised
    /// anew, or (`gone`) that it is no more.
    pub async fn note_subscription_news(
        &self,
        tenant: &TenantId,
        id: &SubscriptionId,
        gone: bool,
    ) -> Result<(), DbErr> {
        let (now, tenant, id) = (self.clock.now(), tenant.to_string(), id.to_string());
        self.database
            .write(move |transaction| {
                Box::pin(async move {
                    let row = Entity::update_many()
                        .col_expr(Column::DueAt, Expr::value(now.0))
                        .filter(Column::TenantId.eq(tenant))
                        .filter(Column::SubscriptionId.eq(id));
                    let row = if gone {
                        row.col_expr(Column::ExpiresAt, Expr::value(GONE.0))
                    } else {
                        row.col_expr(Column::Reauthorize, Expr::value(true))
                    };
                    row.exec(transaction).await.map(drop)
                })
            })
            .await?;
        self.watch_bell.notify_one();
        Ok(())
    }

    /// How many places are in which state.
    pub async fn count_watches(&self) -> Result<Vec<(String, i64)>, DbErr> {
        Entity::find()
            .select_only()
            .column(Column::State)
            .column_as(Column::PlaceId.count(), "count")
            .group_by(Column::State)
            .into_tuple()
            .all(self.database.reader())
            .await
    }

    /// Waits until a place is to be looked at, for all this process knows.
    pub async fn watch_wanted(&self) {
        self.watch_bell.notified().await;
    }
}

#[cfg(test)]
mod tests {
    use super::place_of;

    #[test]
    fn a_thread_is_watched_with_its_channel_and_the_bots_own_chat_not_at_all() {
        assert_eq!(place_of("19:abc@thread.v2"), Some("19:abc@thread.v2"));
        assert_eq!(place_of("19:abc@thread.tacv2;messageid=17"), Some("19:abc@thread.tacv2"));
        assert_eq!(place_of("a:1xyz"), None);
        assert_eq!(place_of(""), None);
    }
}

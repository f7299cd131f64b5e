//! Teams, whose channels the bot enters and leaves all at once.

use std::collections::HashSet;

use sea_orm::sea_query::{Expr, ExprTrait, IntoCondition, Query};
use sea_orm::{ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QuerySelect};
use threadline_entity::{chat_cursor, chat_link, conversation};

use super::Store;
use super::conversations::link_states;
use super::cursors::pass_over;
use super::links::{paused_in, wake_changes};
use super::watches::review_team;
use crate::ids::{TeamId, TenantId};
use crate::queue::{self, LaneKey};

impl Store {
    /// Remembers that the bot has entered or left a team: the threads that it knows there pause,
    /// or relay again.
    pub async fn see_team(&self, tenant: &TenantId, team: &TeamId, installed: bool) -> Result<(), DbErr> {
        let (tenant, team, now) = (tenant.to_string(), team.to_string(), self.clock.now());
        self.database
            .write(move |transaction| {
                Box::pin(async move {
                    use conversation::Column;
                    let threads = Query::select()
                        .column(Column::ConversationId)
                        .from(conversation::Entity)
                        .and_where(Column::TenantId.eq(&tenant))
                        .and_where(Column::TeamId.eq(&team))
                        .take();
                    let there = chat_link::Column::TenantId
                        .eq(&tenant)
                        .and(chat_link::Column::ConversationId.in_subquery(threads.clone()));
                    let wakes = if installed {
                        waiting_lanes(transaction, &tenant, &there).await?
                    } else {
                        Vec::new()
                    };
                    for lane in &wakes {
                        queue::lock_lane(transaction, lane).await?;
                    }
                    let changed = link_states(installed).filter(there).exec(transaction).await?;
                    conversation::Entity::update_many()
                        .col_expr(Column::Installed, Expr::value(installed))
                        .col_expr(Column::UpdatedAt, Expr::value(now.0))
                        .filter(Column::TenantId.eq(&tenant))
                        .filter(Column::TeamId.eq(&team))
                        .exec(transaction)
                        .await?;
                    if installed && changed.rows_affected > 0 {
                        for lane in &wakes {
                            wake_changes(transaction, lane, now).await?;
                        }
                        let there = chat_cursor::Column::ConversationId.in_subquery(threads);
                        pass_over(transaction, &tenant, there.into_condition(), now).await?;
                    }
                    review_team(transaction, &tenant, &team, now).await?;
                    Ok(())
                })
            })
            .await?;
        self.watch_bell.notify_one();
        self.recent.places.invalidate_all();
        Ok(())
    }
}

/// The chats of these links in which a change waits for its link to relay again, in the order in which
/// lanes are locked.
async fn waiting_lanes(
    transaction: &DatabaseTransaction,
    tenant: &str,
    links: &Expr,
) -> Result<Vec<LaneKey>, DbErr> {
    let mut lanes = queue::lanes_waiting_for(transaction, &paused_in(&TenantId::new(tenant))).await?;
    if lanes.is_empty() {
        return Ok(lanes);
    }
    let linked: HashSet<String> = chat_link::Entity::find()
        .select_only()
        .column(chat_link::Column::ConversationId)
        .filter(links.clone())
        .filter(chat_link::Column::State.eq("paused"))
        .into_tuple()
        .all(transaction)
        .await?
        .into_iter()
        .collect();
    lanes.retain(|lane| linked.contains(lane.conversation().as_str()));
    Ok(lanes)
}

//! Teams, whose channels the bot enters and leaves all at once.

use sea_orm::sea_query::{Expr, IntoCondition, Query};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter};
use threadline_entity::{chat_cursor, chat_link, conversation};

use super::Store;
use super::conversations::link_states;
use super::cursors::pass_over;
use super::links::wake_changes;
use super::watches::review_team;
use crate::ids::{TeamId, TenantId};

impl Store {
    /// Remembers that the bot has entered or left a team: the threads that it knows there pause,
    /// or relay again.
    pub async fn see_team(&self, tenant: &TenantId, team: &TeamId, installed: bool) -> Result<(), DbErr> {
        let (tenant, team, now) = (tenant.to_string(), team.to_string(), self.clock.now());
        self.database
            .write(move |transaction| {
                Box::pin(async move {
                    use conversation::Column;
                    conversation::Entity::update_many()
                        .col_expr(Column::Installed, Expr::value(installed))
                        .col_expr(Column::UpdatedAt, Expr::value(now.0))
                        .filter(Column::TenantId.eq(&tenant))
                        .filter(Column::TeamId.eq(&team))
                        .exec(transaction)
                        .await?;
                    let threads = Query::select()
                        .column(Column::ConversationId)
                        .from(conversation::Entity)
                        .and_where(Column::TenantId.eq(&tenant))
                        .and_where(Column::TeamId.eq(&team))
                        .take();
                    let changed = link_states(installed)
                        .filter(chat_link::Column::TenantId.eq(&tenant))
                        .filter(chat_link::Column::ConversationId.in_subquery(threads.clone()))
                        .exec(transaction)
                        .await?;
                    review_team(transaction, &tenant, &team, now).await?;
                    if installed && changed.rows_affected > 0 {
                        let there = chat_cursor::Column::ConversationId.in_subquery(threads);
                        pass_over(transaction, &tenant, there.into_condition(), now).await?;
                        wake_changes(transaction, &TenantId::new(tenant), now).await?;
                    }
                    Ok(())
                })
            })
            .await?;
        self.watch_bell.notify_one();
        self.recent.places.invalidate_all();
        Ok(())
    }
}

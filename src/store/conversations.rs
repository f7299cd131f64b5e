//! Conversations the bot knows: where it is installed and how it is reached there.

use sea_orm::sea_query::{Expr, IntoCondition, OnConflict};
use sea_orm::{ActiveValue::Set, ColumnTrait, DbErr, EntityTrait, QueryFilter, UpdateMany};
use threadline_entity::{chat_cursor, chat_link, conversation};

use super::Store;
use super::cursors::pass_over;
use super::links::wake_changes;
use super::watches::review_watch;
use crate::ids::{ConversationId, LinkId, TeamId, TenantId};
use crate::queue::{self, LaneKey};

/// What kind of conversation it is, in Teams' words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConversationKind {
    /// One person and the bot.
    Personal,
    /// A group chat or a meeting's chat.
    GroupChat,
    /// A thread of a channel.
    Channel,
}

impl ConversationKind {
    /// Teams' word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Personal => "personal",
            Self::GroupChat => "groupChat",
            Self::Channel => "channel",
        }
    }

    /// Reads Teams' word; an unknown one is a group chat.
    pub fn from_word(word: &str) -> Self {
        match word {
            "personal" => Self::Personal,
            "channel" => Self::Channel,
            _ => Self::GroupChat,
        }
    }
}

/// A conversation the bot knows.
#[derive(Debug, Clone)]
pub struct Conversation {
    /// The tenant.
    pub tenant: TenantId,
    /// Its id.
    pub id: ConversationId,
    /// Where the Bot Connector is reached for it.
    pub service_url: String,
    /// What kind it is.
    pub kind: ConversationKind,
    /// Whether the bot is there.
    pub installed: bool,
    /// The link that plain messages go to.
    pub current_link: Option<LinkId>,
    /// The team, if it is a thread of a channel and Teams has said whose.
    pub team: Option<TeamId>,
}

impl From<conversation::Model> for Conversation {
    fn from(row: conversation::Model) -> Self {
        Self {
            tenant: TenantId::new(row.tenant_id),
            id: ConversationId::new(row.conversation_id),
            service_url: row.service_url,
            kind: ConversationKind::from_word(&row.kind),
            installed: row.installed,
            current_link: row.current_link.map(LinkId::from_uuid),
            team: row.team_id.map(TeamId::new),
        }
    }
}

impl Conversation {
    /// Whether an activity that says `seen` brings no news.
    fn says_the_same(&self, seen: &Self) -> bool {
        self.service_url == seen.service_url
            && self.installed == seen.installed
            && self.kind == seen.kind
            && (seen.team.is_none() || self.team == seen.team)
    }
}

impl Store {
    /// One conversation.
    pub async fn conversation(
        &self,
        tenant: &TenantId,
        id: &ConversationId,
    ) -> Result<Option<Conversation>, DbErr> {
        let row = conversation::Entity::find_by_id((tenant.to_string(), id.to_string()))
            .one(self.database.reader())
            .await?;
        Ok(row.map(Conversation::from))
    }

    /// Whether the same was seen within the last second: enough for a message, whose next one
    /// will say it again; not for news about the bot itself.
    pub async fn saw_just_now(&self, seen: &Conversation) -> bool {
        let key = (seen.tenant.clone(), seen.id.clone());
        self.recent.places.get(&key).await.is_some_and(|known| known.says_the_same(seen))
    }

    /// Remembers a conversation, or what has changed about it. Where the bot comes back,
    /// links that were paused because it had gone relay again.
    pub async fn see_conversation(&self, seen: Conversation) -> Result<(), DbErr> {
        let key = (seen.tenant.clone(), seen.id.clone());
        let known = self.conversation(&seen.tenant, &seen.id).await?;
        if known.is_some_and(|known| known.says_the_same(&seen)) {
            self.recent.places.insert(key, seen).await;
            return Ok(());
        }
        self.recent.places.invalidate(&key).await;
        let now = self.clock.now();
        self.database
            .write(move |transaction| {
                Box::pin(async move {
                    use conversation::Column;
                    let lane = LaneKey::new(&seen.tenant, &seen.id);
                    queue::lock_lane(transaction, &lane).await?;
                    let changed = link_states(seen.installed)
                        .filter(chat_link::Column::TenantId.eq(seen.tenant.as_str()))
                        .filter(chat_link::Column::ConversationId.eq(seen.id.as_str()))
                        .exec(transaction)
                        .await?;
                    let back = seen.installed && changed.rows_affected > 0;
                    let (tenant, id) = (seen.tenant.clone(), seen.id.clone());
                    let told_team = seen.team.is_some();
                    let row = conversation::ActiveModel {
                        tenant_id: Set(seen.tenant.into()),
                        conversation_id: Set(seen.id.into()),
                        service_url: Set(seen.service_url),
                        kind: Set(seen.kind.word().to_owned()),
                        installed: Set(seen.installed),
                        current_link: Set(seen.current_link.map(LinkId::uuid)),
                        team_id: Set(seen.team.map(String::from)),
                        updated_at: Set(now.0),
                    };
                    let mut update = OnConflict::columns([Column::TenantId, Column::ConversationId]);
                    update.update_columns([
                        Column::ServiceUrl,
                        Column::Kind,
                        Column::Installed,
                        Column::UpdatedAt,
                    ]);
                    if told_team {
                        update.update_column(Column::TeamId);
                    }
                    conversation::Entity::insert(row)
                        .on_conflict(update)
                        .exec_without_returning(transaction)
                        .await?;
                    if back {
                        wake_changes(transaction, &lane, now).await?;
                        let here = chat_cursor::Column::ConversationId.eq(id.as_str());
                        pass_over(transaction, tenant.as_str(), here.into_condition(), now).await?;
                    }
                    review_watch(transaction, &tenant, &id, now).await
                })
            })
            .await?;
        self.watch_bell.notify_one();
        Ok(())
    }
}

/// Pauses the links of the conversations that are still to be named, because the bot has left,
/// or wakes those that were paused by that.
pub(super) fn link_states(installed: bool) -> UpdateMany<chat_link::Entity> {
    use chat_link::Column;
    const LEFT: &str = "bot removed";
    let (from, to, reason) =
        if installed { ("paused", "active", None) } else { ("active", "paused", Some(LEFT)) };
    let links = chat_link::Entity::update_many()
        .col_expr(Column::State, Expr::value(to))
        .col_expr(Column::PausedReason, Expr::value(reason))
        .filter(Column::State.eq(from));
    if installed { links.filter(Column::PausedReason.eq(LEFT)) } else { links }
}

//! The issue/chat mapping.

use sea_orm::sea_query::{Expr, OnConflict, Query};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, DatabaseTransaction, DbErr, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect,
};
use threadline_entity::{chat_link, conversation, microsoft_tenant};

use super::watches::{review_watch, want_watch};
use super::{ProjectOfSite, Store, cursors, project_key, webhooks};
use crate::ambient::Millis;
use crate::ids::{AccountId, ConversationId, IssueId, IssueKey, LinkId, ProjectId, SiteId, TenantId};
use crate::queue::LaneKey;
use crate::{audit, queue};

/// Who may see a chat, as its creator chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Access {
    /// Only its members.
    #[default]
    Private,
    /// People who see the issue may read it in Jira.
    Shared,
    /// People who see the issue may join.
    Open,
}

impl Access {
    /// The word in the row and in the API.
    pub fn word(self) -> &'static str {
        match self {
            Self::Private => "private",
            Self::Shared => "shared",
            Self::Open => "open",
        }
    }

    /// Reads the word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Private, Self::Shared, Self::Open].into_iter().find(|access| access.word() == word)
    }
}

/// Whether a link relays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkState {
    /// It relays.
    Active,
    /// It does not: the bot was removed, or somebody said so.
    Paused,
}

/// A link between an issue and a conversation.
#[derive(Debug, Clone)]
pub struct Link {
    /// Our id.
    pub id: LinkId,
    /// The issue's site.
    pub site: SiteId,
    /// The issue.
    pub issue: IssueId,
    /// Its key when last seen.
    pub issue_key: IssueKey,
    /// Its project when last seen; nothing before the first look.
    pub project: Option<ProjectId>,
    /// The chat's tenant.
    pub tenant: TenantId,
    /// The chat.
    pub conversation: ConversationId,
    /// Who may see the chat.
    pub access: Access,
    /// Whether it relays.
    pub state: LinkState,
    /// Why it does not.
    pub paused_reason: Option<String>,
    /// Whether something may have been missed, and no comparison was asked for since.
    pub comparison_wanted: bool,
    /// Who made it; the operator if nobody.
    pub created_by: Option<AccountId>,
    /// Since when.
    pub created_at: Millis,
}

#[cfg(test)]
impl Link {
    /// A link of a private chat that relays, for tests that look at its ids alone.
    pub(crate) fn example(number: u128) -> Self {
        Self {
            id: LinkId::from_uuid(uuid::Uuid::from_u128(number)),
            site: SiteId::from_uuid(uuid::Uuid::from_u128(0)),
            issue: IssueId::new(number.to_string()),
            issue_key: IssueKey::new(format!("ABC-{number}")),
            project: None,
            tenant: TenantId::new("t"),
            conversation: ConversationId::new("19:x@thread.v2"),
            access: Access::Private,
            state: LinkState::Active,
            paused_reason: None,
            comparison_wanted: false,
            created_by: None,
            created_at: Millis(0),
        }
    }
}

impl From<chat_link::Model> for Link {
    fn from(row: chat_link::Model) -> Self {
        Self {
            id: LinkId::from_uuid(row.id),
            site: SiteId::from_uuid(row.site_id),
            issue: IssueId::new(row.issue_id),
            issue_key: IssueKey::new(row.issue_key),
            project: row.project_id.map(ProjectId::new),
            tenant: TenantId::new(row.tenant_id),
            conversation: ConversationId::new(row.conversation_id),
            access: Access::from_word(&row.access).unwrap_or_default(),
            state: if row.state == "active" { LinkState::Active } else { LinkState::Paused },
            paused_reason: row.paused_reason,
            comparison_wanted: row.reconcile_wanted.is_some(),
            created_by: row.created_by.map(AccountId::new),
            created_at: Millis(row.created_at),
        }
    }
}

impl Link {
    /// The project that its issue was in when last seen.
    pub fn project(&self) -> Option<ProjectOfSite> {
        let key = project_key(&self.issue_key).to_owned();
        Some(ProjectOfSite { site: self.site, id: self.project.clone()?, key })
    }
}

/// A link that is being made.
#[derive(Debug, Clone)]
pub struct NewLink {
    /// The issue's site.
    pub site: SiteId,
    /// The issue.
    pub issue: IssueId,
    /// Its key.
    pub issue_key: IssueKey,
    /// The chat's tenant.
    pub tenant: TenantId,
    /// The chat.
    pub conversation: ConversationId,
    /// Who makes it; the operator if nobody.
    pub created_by: Option<AccountId>,
    /// Who may see the chat.
    pub access: Access,
}

impl Store {
    /// Makes a link, or wakes the one that is there, and makes its issue the chat's current one.
    pub async fn add_link(&self, new: NewLink) -> Result<Link, DbErr> {
        let (id, now) = (LinkId::from_uuid(self.random.id()), self.clock.now());
        let link =
            self.database.write(move |transaction| Box::pin(add_link(transaction, id, now, new))).await?;
        self.watch_bell.notify_one();
        Ok(link)
    }

    /// One link.
    pub async fn link(&self, tenant: &TenantId, id: LinkId) -> Result<Option<Link>, DbErr> {
        let row = chat_link::Entity::find_by_id((tenant.to_string(), id.uuid()));
        Ok(row.one(self.database.reader()).await?.map(Link::from))
    }

    /// The link of that id, for who names nothing else: looks with each tenant in turn.
    pub async fn find_link(&self, id: LinkId) -> Result<Option<Link>, DbErr> {
        let tenants =
            Query::select().column(microsoft_tenant::Column::TenantId).from(microsoft_tenant::Entity).take();
        let row = chat_link::Entity::find()
            .filter(chat_link::Column::TenantId.in_subquery(tenants))
            .filter(chat_link::Column::Id.eq(id.uuid()))
            .one(self.database.reader())
            .await?;
        Ok(row.map(Link::from))
    }

    /// Remembers where the issue of a link was seen, if that is news.
    pub async fn note_issue(&self, link: &Link, key: &IssueKey, project: &ProjectId) -> Result<(), DbErr> {
        use chat_link::Column;
        if link.issue_key == *key && link.project.as_ref() == Some(project) {
            return Ok(());
        }
        let (row, key, project) = (is(link), key.to_string(), project.to_string());
        self.database
            .write(move |transaction| {
                Box::pin(async move {
                    chat_link::Entity::update_many()
                        .col_expr(Column::IssueKey, Expr::value(key))
                        .col_expr(Column::ProjectId, Expr::value(project))
                        .filter(row)
                        .exec(transaction)
                        .await
                        .map(drop)
                })
            })
            .await
    }

    /// The chats of an issue.
    pub async fn links_of_issue(&self, site: SiteId, issue: &IssueId) -> Result<Vec<Link>, DbErr> {
        let tenants = self.tenants_served(site).await?;
        let rows = chat_link::Entity::find()
            .filter(chat_link::Column::TenantId.is_in(tenants.iter().map(TenantId::as_str)))
            .filter(chat_link::Column::SiteId.eq(site.uuid()))
            .filter(chat_link::Column::IssueId.eq(issue.as_str()))
            .order_by_asc(chat_link::Column::CreatedAt)
            .all(self.database.reader())
            .await?;
        Ok(rows.into_iter().map(Link::from).collect())
    }

    /// The issues of a chat.
    pub async fn links_of_chat(
        &self,
        tenant: &TenantId,
        conversation: &ConversationId,
    ) -> Result<Vec<Link>, DbErr> {
        let rows = chat_link::Entity::find()
            .filter(chat_link::Column::TenantId.eq(tenant.as_str()))
            .filter(chat_link::Column::ConversationId.eq(conversation.as_str()))
            .order_by_asc(chat_link::Column::CreatedAt)
            .all(self.database.reader())
            .await?;
        Ok(rows.into_iter().map(Link::from).collect())
    }

    /// Links of all sites, the newest first; for the operator.
    pub async fn links(&self, limit: u64) -> Result<Vec<Link>, DbErr> {
        let rows = chat_link::Entity::find()
            .order_by_desc(chat_link::Column::CreatedAt)
            .limit(limit)
            .all(self.database.reader())
            .await?;
        Ok(rows.into_iter().map(Link::from).collect())
    }

    /// Remembers that the links of a chat may have missed something, since when it was first
    /// noticed.
    pub async fn want_reconciliation(
        &self,
        tenant: &TenantId,
        conversation: &ConversationId,
    ) -> Result<(), DbErr> {
        let (now, tenant, conversation) = (self.clock.now(), tenant.clone(), conversation.clone());
        self.database
            .write(move |transaction| {
                Box::pin(async move { cursors::want(transaction, &tenant, &conversation, now).await })
            })
            .await
    }

    /// Removes a link with its pairs; answers whether there was one.
    pub async fn remove_link(&self, link: &Link, actor: String) -> Result<bool, DbErr> {
        self.forget_most_pairs(&link.tenant, link.id).await?;
        let (now, link) = (self.clock.now(), link.clone());
        let removed = self
            .database
            .write(move |transaction| {
                Box::pin(async move {
                    let id = link.id;
                    let gone = chat_link::Entity::delete_many().filter(is(&link)).exec(transaction).await?;
                    if gone.rows_affected == 0 {
                        return Ok(false);
                    }
                    conversation::Entity::update_many()
                        .col_expr(conversation::Column::CurrentLink, Expr::value(Option::<uuid::Uuid>::None))
                        .filter(conversation::Column::TenantId.eq(link.tenant.as_str()))
                        .filter(conversation::Column::ConversationId.eq(link.conversation.as_str()))
                        .filter(conversation::Column::CurrentLink.eq(id.uuid()))
                        .exec(transaction)
                        .await?;
                    review_watch(transaction, &link.tenant, &link.conversation, now).await?;
                    super::settings::forget_link(transaction, id).await?;
                    let entry = audit::Entry { actor, action: "link removed", subject: id.to_string() };
                    audit::append(transaction, now, entry).await?;
                    Ok(true)
                })
            })
            .await?;
        self.watch_bell.notify_one();
        Ok(removed)
    }
}

/// Stops a link whose chat the bot has left, inside the caller's transaction, with the reason
/// that people will read. The chat counts as left, so that the bot's return is noticed.
pub(crate) async fn pause_link(
    transaction: &DatabaseTransaction,
    tenant: &TenantId,
    id: LinkId,
    reason: &str,
) -> Result<(), DbErr> {
    let row = chat_link::Entity::find_by_id((tenant.to_string(), id.uuid())).one(transaction).await?;
    let Some(link) = row.map(Link::from) else { return Ok(()) };
    // The link first, as everybody locks them.
    chat_link::Entity::update_many()
        .col_expr(chat_link::Column::State, Expr::value("paused"))
        .col_expr(chat_link::Column::PausedReason, Expr::value(reason))
        .filter(is(&link))
        .exec(transaction)
        .await?;
    conversation::Entity::update_many()
        .col_expr(conversation::Column::Installed, Expr::value(false))
        .filter(conversation::Column::TenantId.eq(link.tenant.as_str()))
        .filter(conversation::Column::ConversationId.eq(link.conversation.as_str()))
        .exec(transaction)
        .await?;
    review_watch(transaction, &link.tenant, &link.conversation, Millis(0)).await
}

/// The row of a link, tenant first.
fn is(link: &Link) -> Condition {
    use chat_link::Column;
    Condition::all().add(Column::TenantId.eq(link.tenant.as_str())).add(Column::Id.eq(link.id.uuid()))
}

/// Makes a link inside the caller's transaction.
pub(crate) async fn add_link(
    transaction: &DatabaseTransaction,
    id: LinkId,
    now: Millis,
    new: NewLink,
) -> Result<Link, DbErr> {
    use chat_link::Column;
    let lane = LaneKey::new(&new.tenant, &new.conversation);
    queue::lock_lane(transaction, &lane).await?;
    let actor =
        new.created_by.as_ref().map_or_else(|| "operator".to_owned(), |account| format!("jira/{account}"));
    let row = chat_link::ActiveModel {
        id: Set(id.uuid()),
        site_id: Set(new.site.uuid()),
        issue_id: Set(new.issue.to_string()),
        issue_key: Set(new.issue_key.to_string()),
        project_id: Set(None),
        tenant_id: Set(new.tenant.to_string()),
        conversation_id: Set(new.conversation.to_string()),
        created_by: Set(new.created_by.map(String::from)),
        access: Set(new.access.word().to_owned()),
        state: Set("active".to_owned()),
        paused_reason: Set(None),
        reconcile_wanted: Set(None),
        created_at: Set(now.0),
    };
    let mut again =
        OnConflict::columns([Column::TenantId, Column::SiteId, Column::IssueId, Column::ConversationId]);
    again.update_columns([Column::IssueKey, Column::State, Column::PausedReason]);
    chat_link::Entity::insert(row).on_conflict(again).exec_without_returning(transaction).await?;
    let link = chat_link::Entity::find()
        .filter(Column::SiteId.eq(new.site.uuid()))
        .filter(Column::IssueId.eq(new.issue.as_str()))
        .filter(Column::TenantId.eq(new.tenant.as_str()))
        .filter(Column::ConversationId.eq(new.conversation.as_str()))
        .one(transaction)
        .await?
        .map(Link::from)
        .ok_or(DbErr::RecordNotInserted)?;
    conversation::Entity::update_many()
        .col_expr(conversation::Column::CurrentLink, Expr::value(link.id.uuid()))
        .filter(conversation::Column::TenantId.eq(new.tenant.as_str()))
        .filter(conversation::Column::ConversationId.eq(new.conversation.as_str()))
        .exec(transaction)
        .await?;
    webhooks::want(transaction, Some(link.site), now).await?;
    cursors::begin(transaction, &link.tenant, &link.conversation, now).await?;
    wake_changes(transaction, &lane, now).await?;
    want_watch(transaction, &link.tenant, &link.conversation, now).await?;
    let entry = audit::Entry { actor, action: "link added", subject: link.id.to_string() };
    audit::append(transaction, now, entry).await?;
    Ok(link)
}

/// Under which name a change waits that was heard of while its link was paused.
pub fn paused_in(tenant: &TenantId) -> String {
    format!("paused/{tenant}")
}

/// Lets the changes of a chat go on, inside the caller's transaction, that wait for its link to
/// relay again. The caller has locked the lane.
pub(super) async fn wake_changes(
    transaction: &DatabaseTransaction,
    lane: &LaneKey,
    now: Millis,
) -> Result<(), DbErr> {
    queue::release_waiting_for_in(transaction, &paused_in(lane.tenant()), lane, now).await.map(drop)
}

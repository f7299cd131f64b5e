//! The dynamic webhook of each site, and which projects it has to cover.

use std::collections::BTreeSet;
use std::time::Duration;

use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect, TryGetable,
};
use threadline_entity::{chat_link, jira_webhook};
use uuid::Uuid;

use super::{Store, project_key};
use crate::ambient::Millis;
use crate::audit;
use crate::ids::{AccountId, IssueKey, SiteId};

/// How many links are looked at whose project has not been seen yet.
const UNSEEN: i64 = 1000;
/// How many links are looked at for those who made them, and how many of those are wanted.
const MAKERS_OF: u64 = 500;
const MAKERS: usize = 5;

/// A site's dynamic webhook, as far as is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SiteWebhook {
    /// Who is to register it, as the operator chose; whoever can, if nobody.
    pub chosen: Option<AccountId>,
    /// Who has.
    pub account: Option<AccountId>,
    /// Jira's id of it; none while there is none.
    pub webhook: Option<i64>,
    /// Its filter, as it was registered.
    pub filter: Option<String>,
    /// When it dies.
    pub expires: Option<Millis>,
    /// Why there is none, or why it could not be looked after.
    pub problem: Option<String>,
}

/// The right to look after a site's webhook, for a short while.
pub struct WebhookLease {
    site: SiteId,
    token: Uuid,
    due_at: i64,
    /// What is known of it.
    pub known: SiteWebhook,
}

impl From<jira_webhook::Model> for SiteWebhook {
    fn from(row: jira_webhook::Model) -> Self {
        Self {
            chosen: row.chosen_account.map(AccountId::new),
            account: row.account_id.map(AccountId::new),
            webhook: row.webhook_id,
            filter: row.filter,
            expires: row.expires_at.map(Millis),
            problem: row.problem,
        }
    }
}

impl Store {
    /// What is known of a site's webhook.
    pub async fn site_webhook(&self, site: SiteId) -> Result<SiteWebhook, DbErr> {
        let row = jira_webhook::Entity::find_by_id(site.uuid()).one(self.database.reader()).await?;
        Ok(row.map(SiteWebhook::from).unwrap_or_default())
    }

    /// Takes the webhook of a site over for `time`, if it is due and nobody else has it.
    pub async fn lease_webhook(&self, site: SiteId, time: Duration) -> Result<Option<WebhookLease>, DbErr> {
        use jira_webhook::Column;
        let now = self.clock.now();
        let known = jira_webhook::Entity::find_by_id(site.uuid()).one(self.database.reader()).await?;
        // A look without writing, most times.
        if known.as_ref().is_some_and(|row| row.due_at > now.0 || row.lease_until >= now.0) {
            return Ok(None);
        }
        let (token, until) = (self.random.id(), now.plus(time));
        let row = self
            .database
            .write(move |transaction| {
                Box::pin(async move {
                    if known.is_none() {
                        add(transaction, site, now).await?;
                    }
                    let leased = jira_webhook::Entity::update_many()
                        .col_expr(Column::LeaseUntil, Expr::value(until.0))
                        // Whoever wishes for a look meanwhile moves it back.
                        .col_expr(Column::DueAt, Expr::value(until.0))
                        .col_expr(Column::Token, Expr::value(token))
                        .filter(Column::SiteId.eq(site.uuid()))
                        .filter(Column::DueAt.lte(now.0))
                        .filter(Column::LeaseUntil.lt(now.0))
                        .exec(transaction)
                        .await?;
                    if leased.rows_affected == 0 {
                        return Ok(None);
                    }
                    jira_webhook::Entity::find_by_id(site.uuid()).one(transaction).await
                })
            })
            .await?;
        Ok(row.map(|row| WebhookLease { site, token, due_at: until.0, known: row.into() }))
    }

    /// Gives the webhook back, with what is known of it now. It is looked after again at `due`, or
    /// at once if that was wished for meanwhile.
    pub async fn release_webhook(
        &self,
        lease: WebhookLease,
        now: SiteWebhook,
        due: Millis,
    ) -> Result<(), DbErr> {
        use jira_webhook::Column;
        self.database
            .write(move |transaction| {
                Box::pin(async move {
                    let due = Expr::case(Expr::col(Column::DueAt).eq(lease.due_at), due.0)
                        .finally(Expr::col(Column::DueAt));
                    jira_webhook::Entity::update_many()
                        .col_expr(Column::AccountId, Expr::value(now.account.map(String::from)))
                        .col_expr(Column::WebhookId, Expr::value(now.webhook))
                        .col_expr(Column::Filter, Expr::value(now.filter))
                        .col_expr(Column::ExpiresAt, Expr::value(now.expires.map(|at| at.0)))
                        .col_expr(Column::Problem, Expr::value(now.problem))
                        .col_expr(Column::DueAt, due.into())
                        .col_expr(Column::LeaseUntil, Expr::value(0_i64))
                        .filter(Column::SiteId.eq(lease.site.uuid()))
                        .filter(Column::Token.eq(lease.token))
                        .exec(transaction)
                        .await
                        .map(drop)
                })
            })
            .await
    }

    /// Lets the webhooks of all sites be looked after at once.
    pub async fn want_webhooks(&self) -> Result<(), DbErr> {
        let now = self.clock.now();
        self.database.write(move |transaction| Box::pin(want(transaction, None, now))).await
    }

    /// Chooses who registers a site's webhook; whoever can, if nobody.
    pub async fn choose_webhook_account(
        &self,
        site: SiteId,
        account: Option<AccountId>,
    ) -> Result<(), DbErr> {
        use jira_webhook::Column;
        let now = self.clock.now();
        self.database
            .write(move |transaction| {
                Box::pin(async move {
                    add(transaction, site, now).await?;
                    jira_webhook::Entity::update_many()
                        .col_expr(Column::ChosenAccount, Expr::value(account.map(String::from)))
                        .col_expr(Column::DueAt, Expr::value(now.0))
                        .filter(Column::SiteId.eq(site.uuid()))
                        .exec(transaction)
                        .await?;
                    let entry = audit::Entry {
                        actor: "operator".to_owned(),
                        action: "webhook account chosen",
                        subject: site.to_string(),
                    };
                    audit::append(transaction, now, entry).await
                })
            })
            .await
    }

    /// The projects of a site that have linked issues: by their ids, and by their keys where no
    /// issue of a link has been read yet.
    pub async fn linked_projects(&self, site: SiteId) -> Result<BTreeSet<String>, DbErr> {
        // One statement sees one moment: a link whose project becomes known is found by the one or
        // by the other. From each project to the next one it is a look into the index, however many
        // links there are.
        const PROJECTS: &str = "WITH RECURSIVE found(project_id) AS (\
             SELECT min(project_id) FROM chat_link WHERE site_id = $1 UNION ALL \
             SELECT (SELECT min(l.project_id) FROM chat_link l WHERE l.site_id = $1 AND l.project_id > found.project_id) \
             FROM found WHERE found.project_id IS NOT NULL), \
             unseen(issue_key) AS (SELECT issue_key FROM chat_link WHERE site_id = $1 AND project_id IS NULL LIMIT $2) \
             SELECT project_id AS project, TRUE AS is_seen FROM found WHERE project_id IS NOT NULL \
             UNION ALL SELECT issue_key, FALSE FROM unseen";
        let statement = self.database.statement(PROJECTS, [site.uuid().into(), UNSEEN.into()]);
        let mut projects = BTreeSet::new();
        for row in self.database.reader().query_all_raw(statement).await? {
            let project = String::try_get_by(&row, "project")?;
            if bool::try_get_by(&row, "is_seen")? {
                projects.insert(project);
            } else {
                projects.insert(project_key(&IssueKey::new(project)).to_owned());
            }
        }
        Ok(projects)
    }

    /// Some of those who have made links of a site: of as many links as are read, however many there are.
    pub async fn makers_of_links(&self, site: SiteId) -> Result<BTreeSet<AccountId>, DbErr> {
        let makers: Vec<String> = chat_link::Entity::find()
            .select_only()
            .column(chat_link::Column::CreatedBy)
            .filter(chat_link::Column::SiteId.eq(site.uuid()))
            .filter(chat_link::Column::CreatedBy.is_not_null())
            // As the index has them: nobody reads on from the beginning of the table.
            .order_by_asc(chat_link::Column::SiteId)
            .order_by_asc(chat_link::Column::ProjectId)
            .limit(MAKERS_OF)
            .into_tuple()
            .all(self.database.reader())
            .await?;
        let makers: BTreeSet<AccountId> = makers.into_iter().map(AccountId::new).collect();
        Ok(makers.into_iter().take(MAKERS).collect())
    }
}

/// Lets the webhook of a site, or of all sites, be looked after at once, inside the caller's
/// transaction.
pub(super) async fn want(
    transaction: &DatabaseTransaction,
    site: Option<SiteId>,
    now: Millis,
) -> Result<(), DbErr> {
    let mut due =
        jira_webhook::Entity::update_many().col_expr(jira_webhook::Column::DueAt, Expr::value(now.0));
    if let Some(site) = site {
        due = due.filter(jira_webhook::Column::SiteId.eq(site.uuid()));
    }
    due.exec(transaction).await.map(drop)
}

async fn add(connection: &impl ConnectionTrait, site: SiteId, now: Millis) -> Result<(), DbErr> {
    let row = jira_webhook::ActiveModel {
        site_id: Set(site.uuid()),
        chosen_account: Set(None),
        account_id: Set(None),
        webhook_id: Set(None),
        filter: Set(None),
        expires_at: Set(None),
        due_at: Set(now.0),
        lease_until: Set(0),
        token: Set(None),
        problem: Set(None),
    };
    let known = OnConflict::column(jira_webhook::Column::SiteId).do_nothing().to_owned();
    jira_webhook::Entity::insert(row).on_conflict(known).exec_without_returning(connection).await.map(drop)
}

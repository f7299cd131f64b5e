//! Forgetting by age, in small steps: a few rows of one tenant at a time, found by an index, so
//! that whoever writes meanwhile hardly waits. Steps of two replicas do each other no harm.

use sea_orm::{ConnectionTrait, DbErr};

use super::Store;
use crate::ambient::Millis;
use crate::ids::{LinkId, TenantId};

/// Rows a step: on `SQLite`, some milliseconds of the only writer.
const STEP: u64 = 100;
/// Of the conversations the threads that nobody needs to know: what is heard there makes the row
/// anew. The index `conversation_unlinked` has those without a current link.
const UNLINKED_THREADS: &str = " AND kind = 'channel' AND current_link IS NULL \
     AND conversation_id LIKE '%;messageid=%' \
     AND NOT EXISTS (SELECT 1 FROM chat_link WHERE chat_link.tenant_id = conversation.tenant_id \
     AND chat_link.conversation_id = conversation.conversation_id)";

/// Rows that are kept for a while only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aged {
    /// Pairs of comments and messages: an edit or a deletion of an old one is not carried over.
    Pairs,
    /// Pairs whose both sides are gone, and marks of messages that were deleted before they were
    /// relayed: they tell what comes late from what is new.
    GonePairs,
    /// Pairs of files: a copy of an old one is not known again.
    FilePairs,
    /// Intents: what was begun and never ended, and what the bot has said once and for all.
    Intents,
    /// Threads of channels that are not linked: the bot hears every thread of its teams.
    Threads,
    /// Sessions of browsers.
    Sessions,
    /// Logins that were begun.
    Logins,
}

impl Aged {
    /// The table and the moment that counts; where only some rows count, which.
    fn rows(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Pairs => ("message_pair", "created_at", ""),
            Self::GonePairs => {
                ("message_pair", "created_at", " AND comment_state = 'gone' AND message_state = 'gone'")
            }
            Self::FilePairs => ("attachment_pair", "created_at", ""),
            Self::Intents => ("intent", "created_at", ""),
            Self::Threads => ("conversation", "updated_at", UNLINKED_THREADS),
            Self::Sessions => ("session", "expires_at", ""),
            Self::Logins => ("login_attempt", "expires_at", ""),
        }
    }

    /// Whether the rows belong to a tenant: those of browsers belong to nobody yet.
    fn is_of_tenants(self) -> bool {
        !matches!(self, Self::Sessions | Self::Logins)
    }

    /// What is asked, and whether the tenant comes first.
    fn condition(self) -> String {
        let (table, moment, further) = self.rows();
        let tenant = if self.is_of_tenants() { "tenant_id = $2 AND " } else { "" };
        format!("FROM {table} WHERE {tenant}{moment} < $1{further}")
    }
}

impl Store {
    /// Forgets some rows that are older than this; answers how many. Call again while that is
    /// not zero. Rows of the same millisecond go together.
    pub async fn forget_some(&self, what: Aged, older_than: Millis) -> Result<u64, DbErr> {
        let (_, moment, _) = what.rows();
        let condition = what.condition();
        for tenant in self.tenants_of(what).await? {
            let values = |until: Millis| {
                let tenant = tenant.as_ref().map(|tenant| tenant.as_str().into());
                std::iter::once(until.0.into()).chain(tenant)
            };
            let last = format!("SELECT {moment} {condition} ORDER BY {moment} LIMIT 1 OFFSET {}", STEP - 1);
            let last = self.database.statement(&last, values(older_than));
            let last = self.database.reader().query_one_raw(last).await?;
            let until = match last {
                Some(row) => Millis(row.try_get::<i64>("", moment)? + 1),
                None => older_than,
            };
            let delete = self.database.statement(&format!("DELETE {condition}"), values(until));
            let gone = self
                .database
                .write(move |transaction| Box::pin(async move { transaction.execute_raw(delete).await }))
                .await?;
            if gone.rows_affected() > 0 {
                return Ok(gone.rows_affected());
            }
        }
        Ok(0)
    }

    /// How many rows are older than this.
    pub async fn count_older(&self, what: Aged, older_than: Millis) -> Result<u64, DbErr> {
        let question = format!("SELECT CAST(count(*) AS BIGINT) AS rows {}", what.condition());
        let mut count = 0;
        for tenant in self.tenants_of(what).await? {
            let tenant = tenant.as_ref().map(|tenant| tenant.as_str().into());
            let values = std::iter::once(older_than.0.into()).chain(tenant);
            let row =
                self.database.reader().query_one_raw(self.database.statement(&question, values)).await?;
            let rows = row.ok_or(DbErr::RecordNotFound("a count".to_owned()))?.try_get::<i64>("", "rows")?;
            count += u64::try_from(rows).unwrap_or(0);
        }
        Ok(count)
    }

    /// Forgets the pairs of a link that is to go, but for the last few, which go with it: a link
    /// with many would hold the writer for long.
    pub(super) async fn forget_most_pairs(&self, tenant: &TenantId, link: LinkId) -> Result<(), DbErr> {
        const OF_LINK: &str = "FROM message_pair WHERE tenant_id = $1 AND link_id = $2";
        loop {
            let values = [tenant.as_str().into(), link.uuid().into()];
            let last = format!("SELECT comment_id {OF_LINK} ORDER BY comment_id LIMIT 1 OFFSET {STEP}");
            let last = self.database.statement(&last, values.clone());
            let Some(row) = self.database.reader().query_one_raw(last).await? else { return Ok(()) };
            let last: String = row.try_get("", "comment_id")?;
            let values = values.into_iter().chain([last.into()]);
            let delete = self.database.statement(&format!("DELETE {OF_LINK} AND comment_id < $3"), values);
            self.database
                .write(move |transaction| Box::pin(async move { transaction.execute_raw(delete).await }))
                .await?;
        }
    }

    /// One tenant after the other, or nobody's rows all together.
    async fn tenants_of(&self, what: Aged) -> Result<Vec<Option<TenantId>>, DbErr> {
        if !what.is_of_tenants() {
            return Ok(vec![None]);
        }
        Ok(self.tenants().await?.into_iter().map(Some).collect())
    }
}

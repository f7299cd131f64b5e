//! Looking who has work, and leasing lanes. Tenants that have work are found one by one through
//! the index, however many lanes each has; a claim asks for the lanes of one tenant.

use sea_orm::{ColumnTrait, QueryFilter};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, EntityTrait, QueryOrder, QuerySelect, TryGetable};
use threadline_entity::lane;

use super::{LaneKey, Lease, Queue};
use crate::ambient::Millis;
use crate::ids::TenantId;

/// Tenants that one look finds at most.
const TENANTS: usize = 256;
/// Lanes that one look wakes at most because their time has come.
const DUE: u64 = 500;

/// Tenants with work after `$1`, in order, `$2` of them at most, each with whether a lane of it is
/// free at `$3`. Each step is one probe of the index `lane_ready`.
pub(super) const BUSY: &str = "\
WITH RECURSIVE busy(tenant_id, place) AS ( \
  SELECT (SELECT min(tenant_id) FROM lane WHERE ready_at IS NOT NULL AND tenant_id > $1), 1 \
  UNION ALL \
  SELECT (SELECT min(lane.tenant_id) FROM lane \
          WHERE lane.ready_at IS NOT NULL AND lane.tenant_id > busy.tenant_id), busy.place + 1 \
  FROM busy WHERE busy.tenant_id IS NOT NULL AND busy.place < $2) \
SELECT tenant_id, CAST(CASE WHEN EXISTS (SELECT 1 FROM lane WHERE lane.tenant_id = busy.tenant_id \
  AND lane.ready_at IS NOT NULL AND lane.lease_until < $3) THEN 1 ELSE 0 END AS integer) AS free \
FROM busy WHERE tenant_id IS NOT NULL";

/// What a look at the lanes whose time has come has found.
#[derive(Debug, Default)]
pub(super) struct Due {
    /// Whose they are.
    pub(super) tenants: Vec<TenantId>,
    /// When the next one comes.
    pub(super) next: Option<Millis>,
    /// Somebody else has one of them in hand: whoever that is wakes it, or it is due still.
    pub(super) passed_over: bool,
}

/// What a look has found.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Tenants with a lane that nobody works on.
    pub(super) tenants: Vec<TenantId>,
    /// Somebody has work, or works.
    pub(super) busy: bool,
    /// There may be more tenants behind this one.
    pub(super) last: Option<TenantId>,
}

impl Queue {
    /// Looks which tenants behind this one have work. Writes nothing.
    pub(super) async fn look(&self, behind: Option<&TenantId>) -> Result<Found, DbErr> {
        let now = self.clock.now();
        let most = i64::try_from(TENANTS).unwrap_or(i64::MAX);
        let behind = behind.map_or("", TenantId::as_str);
        let values: [sea_orm::Value; 3] = [behind.into(), most.into(), now.0.into()];
        let rows = self.database.reader().query_all_raw(self.database.statement(BUSY, values)).await?;
        let mut found = Found { busy: !rows.is_empty(), ..Found::default() };
        for row in &rows {
            let tenant = TenantId::new(String::try_get_by(row, "tenant_id")?);
            if i32::try_get_by(row, "free")? == 1 {
                found.tenants.push(tenant.clone());
            }
            found.last = (rows.len() >= TENANTS).then_some(tenant);
        }
        Ok(found)
    }

    /// Wakes the lanes whose time has come, but for those that somebody else has in hand.
    pub(super) async fn wake_due(&self) -> Result<Due, DbErr> {
        let now = self.clock.now();
        let next: Vec<(String, i64)> = lane::Entity::find()
            .select_only()
            .columns([lane::Column::TenantId, lane::Column::DueAt])
            .filter(lane::Column::DueAt.is_not_null())
            .order_by_asc(lane::Column::DueAt)
            .limit(DUE)
            .into_tuple()
            .all(self.database.reader())
            .await?;
        let coming = next.iter().find(|(_, at)| *at > now.0).map(|(_, at)| Millis(*at));
        // More are due than were read: the rest comes at once.
        let coming = coming.or((next.len() as u64 >= DUE).then_some(now));
        let mut tenants: Vec<String> =
            next.into_iter().filter(|(_, at)| *at <= now.0).map(|(tenant, _)| tenant).collect();
        let due = tenants.len() as u64;
        tenants.sort_unstable();
        tenants.dedup();
        let woken = if tenants.is_empty() { 0 } else { self.wake_due_of(tenants.clone(), now).await? };
        let tenants = tenants.into_iter().map(TenantId::new).collect();
        Ok(Due { tenants, next: coming, passed_over: woken < due })
    }

    /// Answers how many were woken.
    async fn wake_due_of(&self, tenants: Vec<String>, now: Millis) -> Result<u64, DbErr> {
        let sql = format!(
            "UPDATE lane SET ready_at = due_at, due_at = NULL WHERE tenant_id = $1 AND conversation_id IN \
             (SELECT conversation_id FROM lane WHERE tenant_id = $1 AND due_at <= $2{})",
            self.skip_locked()
        );
        let wake = |tenant: String| self.database.statement(&sql, [tenant.into(), now.0.into()]);
        let statements: Vec<_> = tenants.into_iter().map(wake).collect();
        self.database
            .write_together(move |transaction| {
                Box::pin(async move {
                    let mut woken = 0;
                    for statement in statements {
                        woken += transaction.execute_raw(statement).await?.rows_affected();
                    }
                    Ok(woken)
                })
            })
            .await
    }

    /// Leases up to `most` lanes of a tenant: those that have waited longest.
    pub(super) async fn claim(&self, tenant: &TenantId, most: usize) -> Result<Vec<Lease>, DbErr> {
        let (now, token) = (self.clock.now(), self.random.id());
        let sql = self.claim_sql();
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let until = now.plus(self.settings.lease());
        let values: [sea_orm::Value; 5] =
            [tenant.as_str().into(), now.0.into(), most.into(), until.0.into(), token.into()];
        let statement = self.database.statement(&sql, values);
        let rows = self
            .database
            .write_together(move |transaction| {
                Box::pin(async move { transaction.query_all_raw(statement).await })
            })
            .await?;
        rows.iter()
            .map(|row| {
                let conversation = String::try_get_by(row, "conversation_id")?;
                Ok(self.lease(LaneKey::stored(tenant.to_string(), conversation), token).since(now))
            })
            .collect()
    }

    /// Whether a lane of a tenant is ready that nobody holds, where a claim may pass one over.
    pub(super) async fn has_ready_lane(&self, tenant: &TenantId) -> Result<bool, DbErr> {
        if self.skip_locked().is_empty() {
            return Ok(false);
        }
        let ready = lane::Entity::find()
            .select_only()
            .column(lane::Column::ConversationId)
            .filter(lane::Column::TenantId.eq(tenant.as_str()))
            .filter(lane::Column::ReadyAt.is_not_null())
            .filter(lane::Column::LeaseUntil.lt(self.clock.now().0))
            .limit(1)
            .into_tuple::<String>()
            .one(self.database.reader())
            .await?;
        Ok(ready.is_some())
    }

    /// Leases lanes of the tenant `$1` that have work and nobody holds at `$2`, `$3` of them, until
    /// `$4` for `$5`. Since when they have work is not compared with the time: it may be another
    /// machine's time, a little ahead.
    pub(super) fn claim_sql(&self) -> String {
        // By itself and once: a plan that looked again for each lane would lease too many.
        format!(
            "WITH next AS MATERIALIZED (SELECT conversation_id FROM lane WHERE tenant_id = $1 \
             AND ready_at IS NOT NULL AND lease_until < $2 ORDER BY ready_at LIMIT $3{}) \
             UPDATE lane SET lease_until = $4, token = $5 WHERE tenant_id = $1 \
             AND conversation_id IN (SELECT conversation_id FROM next) RETURNING conversation_id",
            self.skip_locked()
        )
    }

    /// Nobody waits for a lane that another replica has in its hands: that may be frozen. And who
    /// waits for none needs no order in which to lock several.
    fn skip_locked(&self) -> &'static str {
        match self.database.backend() {
            DbBackend::Postgres => " FOR UPDATE SKIP LOCKED",
            _ => "",
        }
    }
}

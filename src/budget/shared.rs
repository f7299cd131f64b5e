//! Buckets that replicas share, in one table of PostgreSQL.
//!
//! While a bucket is known to be less than half used, a call goes out on trust and is told to the
//! others behind its back: an ordinary relay waits for nothing. From there on every call asks, in
//! one statement that counts under the row's lock by the server's clock.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use sea_orm::{ConnectionTrait, DbErr};

use super::{Bucket, MOMENT, Window, lock};
use crate::ambient::{Clock, Millis};
use crate::database::Database;

/// Rows that nobody has touched for so long are forgotten: longer than any window.
const KEPT: Duration = Duration::from_hours(48);
/// The part of a bucket that may be used on trust before the others have heard of it.
const ON_TRUST: usize = 8;

/// How long it may take until a replica hears that another was told to wait.
const HEARD: Duration = Duration::from_secs(1);

/// The server's clock, in milliseconds since 1970-01-01 UTC.
const NOW: &str = "(extract(epoch FROM clock_timestamp()) * 1000)::bigint";

/// The shared buckets, and what is known of them here.
pub(super) struct Shared {
    database: Database,
    clock: Clock,
    views: Mutex<HashMap<String, View>>,
}

/// What is known of a bucket, by our own clock.
#[derive(Default)]
struct View {
    /// No room before.
    full_until: i64,
    /// At least half used until then.
    busy_until: i64,
    /// Calls that went out on trust and were not told yet.
    untold: usize,
    /// Somebody is telling them.
    telling: bool,
}

/// What the table says after a call was counted.
struct Counted {
    /// How long until this call may go out; nothing if it may not.
    granted_in: Option<Duration>,
    /// How long until there is room for one more.
    full_for: Duration,
    /// How long at least half of it is used.
    busy_for: Duration,
}

impl Shared {
    pub(super) fn new(database: Database, clock: Clock) -> Self {
        Self { database, clock, views: Mutex::default() }
    }

    /// As [`Ledger::take`](super::ledger::Ledger::take). Buckets are asked one by one, the
    /// narrowest first: what was granted by one before another had no room is lost.
    pub(super) async fn take(self: &Arc<Self>, buckets: &[Bucket]) -> Result<Duration, Duration> {
        let known = self.wait(buckets);
        if known > MOMENT {
            return Err(known);
        }
        let mut longest = Duration::ZERO;
        for bucket in buckets {
            if bucket.windows.is_empty() {
                self.hear_of(bucket);
                continue;
            }
            if self.goes_on_trust(bucket) {
                continue;
            }
            match self.count(bucket, 1, false).await {
                Ok(Counted { granted_in: Some(wait), .. }) => longest = longest.max(wait),
                Ok(Counted { full_for, .. }) => return Err(full_for.max(MOMENT)),
                // The platform will say what the table can't.
                Err(error) => tracing::warn!(%error, "a budget can't be read; calling without"),
            }
        }
        Ok(longest)
    }

    /// How long until there is room, as far as is known here.
    pub(super) fn wait(&self, buckets: &[Bucket]) -> Duration {
        let now = self.clock.now();
        let views = lock(&self.views);
        let until = |bucket: &Bucket| views.get(&bucket.key).map(|view| Millis(view.full_until));
        buckets.iter().filter_map(until).fold(now, Millis::max).since(now)
    }

    /// Whether a call may go out before the others know; then they are told.
    fn goes_on_trust(self: &Arc<Self>, bucket: &Bucket) -> bool {
        let now = self.clock.now().0;
        let smallest = bucket.windows.iter().map(|window| window.calls()).min().unwrap_or(0);
        let mut views = lock(&self.views);
        let view = views.entry(bucket.key.clone()).or_default();
        if now < view.busy_until || now < view.full_until || view.untold >= (smallest / ON_TRUST).max(1) {
            return false;
        }
        view.untold += 1;
        if !std::mem::replace(&mut view.telling, true) {
            let (shared, bucket) = (Arc::clone(self), bucket.clone());
            tokio::spawn(async move { shared.tell(&bucket).await });
        }
        true
    }

    /// Hears now and then, behind the call's back, whether another replica was told to wait: what
    /// has no windows is never counted.
    fn hear_of(self: &Arc<Self>, bucket: &Bucket) {
        let now = self.clock.now();
        {
            let mut views = lock(&self.views);
            let view = views.entry(bucket.key.clone()).or_default();
            if now.0 < view.busy_until {
                return;
            }
            view.busy_until = now.plus(HEARD).0;
        }
        let (shared, bucket) = (Arc::clone(self), bucket.clone());
        tokio::spawn(async move {
            if let Err(error) = shared.read_closed(&bucket).await {
                tracing::warn!(%error, "a budget can't be read; calling without");
            }
        });
    }

    async fn read_closed(&self, bucket: &Bucket) -> Result<(), DbErr> {
        let sql = format!("SELECT closed_until - {NOW} AS full_for FROM call_budget WHERE bucket = $1");
        let asked = self.database.statement(&sql, [bucket.key.as_str().into()]);
        let Some(row) = self.database.reader().query_one_raw(asked).await? else { return Ok(()) };
        let full_for = Duration::from_millis(u64::try_from(row.try_get::<i64>("", "full_for")?).unwrap_or(0));
        let until = self.clock.now().plus(full_for).0;
        let mut views = lock(&self.views);
        let view = views.entry(bucket.key.clone()).or_default();
        view.full_until = view.full_until.max(until);
        Ok(())
    }

    /// Tells the others of calls that have gone out, until there are none left to tell.
    async fn tell(&self, bucket: &Bucket) {
        loop {
            let untold = {
                let mut views = lock(&self.views);
                let Some(view) = views.get_mut(&bucket.key) else { return };
                if view.untold == 0 {
                    view.telling = false;
                    return;
                }
                view.untold
            };
            if let Err(error) = self.count(bucket, untold, true).await {
                tracing::warn!(%error, "the other replicas could not be told of a call");
            }
            if let Some(view) = lock(&self.views).get_mut(&bucket.key) {
                view.untold = view.untold.saturating_sub(untold);
            }
        }
    }

    /// Counts calls in the table, and remembers what it says: `made`, whether there is room or
    /// not, else one that waits for a moment at most.
    async fn count(&self, bucket: &Bucket, calls: usize, made: bool) -> Result<Counted, DbErr> {
        let sql = statement(bucket.windows, calls, made);
        let asked = self.database.statement(&sql, [bucket.key.as_str().into()]);
        let row = self.database.reader().query_one_raw(asked).await?;
        let row = row.ok_or_else(|| DbErr::Custom("a budget has no row".to_owned()))?;
        let millis = |column: &str| row.try_get::<Option<i64>>("", column);
        let positive = |millis: i64| Duration::from_millis(u64::try_from(millis).unwrap_or(0));
        let counted = Counted {
            granted_in: millis("granted_in")?.map(positive),
            full_for: millis("full_for")?.map(positive).unwrap_or_default(),
            busy_for: millis("busy_for")?.map(positive).unwrap_or_default(),
        };
        let now = self.clock.now();
        let mut views = lock(&self.views);
        let view = views.entry(bucket.key.clone()).or_default();
        view.full_until = now.plus(counted.full_for).0;
        view.busy_until = now.plus(counted.busy_for).0;
        Ok(counted)
    }

    /// Tells everybody that the platform has closed a bucket. Others hear of it when they ask or
    /// tell next.
    pub(super) async fn close(&self, bucket: &Bucket, wait: Duration) {
        let until = self.clock.now().plus(wait).0;
        {
            let mut views = lock(&self.views);
            let view = views.entry(bucket.key.clone()).or_default();
            view.full_until = view.full_until.max(until);
        }
        let sql = format!(
            "INSERT INTO call_budget AS b (bucket, stamps, closed_until, granted_at, touched_at) \
             VALUES ($1, '{{}}', {NOW} + $2, NULL, {NOW}) \
             ON CONFLICT (bucket) DO UPDATE SET closed_until = greatest(b.closed_until, excluded.closed_until), \
             touched_at = excluded.touched_at"
        );
        let wait = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX / 4);
        let told = self.database.statement(&sql, [bucket.key.as_str().into(), wait.into()]);
        if let Err(error) = self.database.reader().execute_raw(told).await {
            tracing::warn!(%error, "the other replicas could not be told of a closed budget");
        }
    }

    pub(super) async fn tidy(&self) -> Result<u64, DbErr> {
        let now = self.clock.now().0;
        lock(&self.views).retain(|_, view| view.telling || view.full_until.max(view.busy_until) > now);
        let sql = format!("DELETE FROM call_budget WHERE touched_at < {NOW} - $1");
        let kept = i64::try_from(KEPT.as_millis()).unwrap_or(i64::MAX);
        let gone = self.database.statement(&sql, [kept.into()]);
        Ok(self.database.reader().execute_raw(gone).await?.rows_affected())
    }
}

/// The statement that counts: the windows are constants of the platforms' rooms and stand in it
/// as they are. A call in the future has its place in the line.
fn statement(windows: &[Window], calls: usize, made: bool) -> String {
    let mut rows = String::new();
    for window in windows {
        let comma = if rows.is_empty() { "" } else { ", " };
        let _ = write!(rows, "{comma}({}, {}::bigint)", window.calls(), window.kept().as_millis());
    }
    let most = windows.iter().map(|window| window.calls()).max().unwrap_or(1);
    let moment = MOMENT.as_millis();
    let granted = if made { "true".to_owned() } else { format!("next.at - next.now <= {moment}") };
    // The moment at which the window lets one more out, where `used` of it count.
    let free = |used: &str| {
        format!(
            "(SELECT max(b.stamps[cardinality(b.stamps) - {used} + 1] + w.per) \
             FROM (VALUES {rows}) AS w (calls, per))"
        )
    };
    let (full, busy) = (free("w.calls"), free("greatest(1, w.calls / 2)"));
    format!(
        "INSERT INTO call_budget AS b (bucket, stamps, closed_until, granted_at, touched_at) \
         VALUES ($1, array_fill({NOW}, ARRAY[{calls}]), 0, {NOW}, {NOW}) \
         ON CONFLICT (bucket) DO UPDATE SET (stamps, granted_at, touched_at) = ( \
           SELECT CASE WHEN {granted} THEN \
               (b.stamps || array_fill(next.at, ARRAY[{calls}])) \
               [greatest(1, cardinality(b.stamps) + {calls} - {most} + 1):] ELSE b.stamps END, \
             CASE WHEN {granted} THEN next.at END, next.now \
           FROM (SELECT clock.now, greatest(clock.now, b.closed_until, \
               b.stamps[cardinality(b.stamps)], {full}) AS at \
             FROM (SELECT {NOW} AS now) AS clock) AS next) \
         RETURNING b.granted_at - b.touched_at AS granted_in, \
           greatest(b.closed_until, {full}, b.touched_at) - b.touched_at AS full_for, \
           greatest({busy}, b.touched_at) - b.touched_at AS busy_for"
    )
}

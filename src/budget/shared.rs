//! Buckets that replicas share, in one table of PostgreSQL.
//!
//! While all buckets of a call are known to be less than half used, it goes out on trust and is told
//! to the others behind its back: an ordinary relay waits for nothing. From there on every call
//! asks, in one statement that locks the rows of all its buckets, reads the server's clock, and
//! counts in all of them or in none.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use sea_orm::{ConnectionTrait, DbErr, Value};

use super::{Bucket, MOMENT, lock};
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
    /// The platform takes nothing before, whatever a count says that was asked for earlier.
    closed_until: i64,
    /// At least half used until then.
    busy_until: i64,
    /// Calls that went out on trust and were not told yet.
    untold: usize,
    /// Somebody is telling them.
    telling: bool,
}

/// What the table says when it was asked for one more call.
enum Counted {
    /// It goes out in so long, and counts in every bucket.
    Granted(Duration),
    /// There is no room before that; nothing has changed.
    Full(Duration),
}

impl View {
    fn shut_until(&self) -> i64 {
        self.full_until.max(self.closed_until)
    }

    /// Whether one more call may go out before the others hear of it.
    fn trusts(&self, bucket: &Bucket, now: i64) -> bool {
        let smallest = bucket.windows.iter().map(|window| window.calls()).min().unwrap_or(0);
        now >= self.busy_until.max(self.shut_until()) && self.untold < (smallest / ON_TRUST).max(1)
    }
}

impl Shared {
    pub(super) fn new(database: Database, clock: Clock) -> Self {
        Self { database, clock, views: Mutex::default() }
    }

    /// As [`Ledger::take`](super::ledger::Ledger::take).
    pub(super) async fn take(self: &Arc<Self>, buckets: &[Bucket]) -> Result<Duration, Duration> {
        let known = self.wait(buckets);
        if known > MOMENT {
            return Err(known);
        }
        let (counted, closed_only): (Vec<_>, Vec<_>) =
            buckets.iter().partition(|bucket| !bucket.windows.is_empty());
        for bucket in closed_only {
            self.hear_of(bucket);
        }
        if counted.is_empty() || self.goes_on_trust(&counted) {
            return Ok(Duration::ZERO);
        }
        match self.count(&counted, 1, false).await {
            Ok(Counted::Granted(wait)) => Ok(wait),
            Ok(Counted::Full(wait)) => Err(wait.max(MOMENT)),
            // The platform will say what the table can't.
            Err(error) => {
                tracing::warn!(%error, "a budget can't be read; calling without");
                Ok(Duration::ZERO)
            }
        }
    }

    /// How long until there is room, as far as is known here.
    pub(super) fn wait(&self, buckets: &[Bucket]) -> Duration {
        let now = self.clock.now();
        let views = lock(&self.views);
        let until = |bucket: &Bucket| views.get(&bucket.key).map(|view| Millis(view.shut_until()));
        buckets.iter().filter_map(until).fold(now, Millis::max).since(now)
    }

    /// Whether a call may go out before the others know: if every bucket trusts it. Then they are
    /// told.
    fn goes_on_trust(self: &Arc<Self>, buckets: &[&Bucket]) -> bool {
        let now = self.clock.now().0;
        let mut views = lock(&self.views);
        let trusts = |bucket: &&Bucket| views.get(&bucket.key).is_none_or(|view| view.trusts(bucket, now));
        if !buckets.iter().all(trusts) {
            return false;
        }
        for bucket in buckets {
            let view = views.entry(bucket.key.clone()).or_default();
            view.untold += 1;
            if !std::mem::replace(&mut view.telling, true) {
                let (shared, bucket) = (Arc::clone(self), (*bucket).clone());
                tokio::spawn(async move { shared.tell(&bucket).await });
            }
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
        view.closed_until = view.closed_until.max(until);
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
            if let Err(error) = self.count(&[bucket], untold, true).await {
                tracing::warn!(%error, "the other replicas could not be told of a call");
            }
            if let Some(view) = lock(&self.views).get_mut(&bucket.key) {
                view.untold = view.untold.saturating_sub(untold);
            }
        }
    }

    /// Counts calls in the table, and remembers what it says: `made`, whether there is room or
    /// not, else one that waits for a moment at most.
    async fn count(&self, buckets: &[&Bucket], calls: usize, made: bool) -> Result<Counted, DbErr> {
        if let Some(counted) = self.ask(buckets, calls, made).await? {
            return Ok(counted);
        }
        self.add_rows(buckets).await?;
        let counted = self.ask(buckets, calls, made).await?;
        counted.ok_or_else(|| DbErr::Custom("a budget has no row".to_owned()))
    }

    /// Gives a row to every bucket that has none: what can't be locked can't be counted.
    async fn add_rows(&self, buckets: &[&Bucket]) -> Result<(), DbErr> {
        // Whoever adds the same ones does it in the same order, and so waits in no circle.
        let mut keys: Vec<&str> = buckets.iter().map(|bucket| bucket.key.as_str()).collect();
        keys.sort_unstable();
        let rows: Vec<_> = (1..=keys.len()).map(|number| format!("(${number}, '{{}}', 0, {NOW})")).collect();
        let sql = format!(
            "INSERT INTO call_budget (bucket, stamps, closed_until, touched_at) VALUES {} \
             ON CONFLICT (bucket) DO NOTHING",
            rows.join(", ")
        );
        let added = self.database.statement(&sql, keys.into_iter().map(Value::from));
        self.database.reader().execute_raw(added).await.map(drop)
    }

    /// One question about all these buckets; nothing if one of them has no row.
    async fn ask(&self, buckets: &[&Bucket], calls: usize, made: bool) -> Result<Option<Counted>, DbErr> {
        let keys = buckets.iter().map(|bucket| Value::from(bucket.key.as_str()));
        let calls = Value::from(i32::try_from(calls).unwrap_or(i32::MAX));
        let asked = self.database.statement(&statement(buckets, made), keys.chain([calls]));
        let rows = self.database.reader().query_all_raw(asked).await?;
        if rows.len() < buckets.len() {
            return Ok(None);
        }
        let now = self.clock.now();
        let mut counted = None;
        let mut views = lock(&self.views);
        for row in &rows {
            let time = |column: &str| {
                let millis = row.try_get::<i64>("", column)?;
                Ok::<_, DbErr>(Duration::from_millis(u64::try_from(millis).unwrap_or(0)))
            };
            let number = usize::try_from(row.try_get::<i32>("", "number")?).unwrap_or(usize::MAX);
            let Some(bucket) = buckets.get(number) else { continue };
            let view = views.entry(bucket.key.clone()).or_default();
            view.full_until = now.plus(time("full_for")?).0;
            view.busy_until = now.plus(time("busy_for")?).0;
            let wait = time("wait")?;
            counted =
                Some(if row.try_get("", "granted")? { Counted::Granted(wait) } else { Counted::Full(wait) });
        }
        Ok(counted)
    }

    /// Tells everybody that the platform has closed a bucket. Others hear of it when they ask or
    /// tell next.
    pub(super) async fn close(&self, bucket: &Bucket, wait: Duration) {
        let until = self.clock.now().plus(wait).0;
        {
            let mut views = lock(&self.views);
            let view = views.entry(bucket.key.clone()).or_default();
            view.closed_until = view.closed_until.max(until);
        }
        let sql = format!(
            "INSERT INTO call_budget AS b (bucket, stamps, closed_until, touched_at) \
             VALUES ($1, '{{}}', {NOW} + $2, {NOW}) \
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
        lock(&self.views).retain(|_, view| view.telling || view.shut_until().max(view.busy_until) > now);
        // Without the rows that a call has locked, so that nobody waits in a circle.
        let sql = format!(
            "DELETE FROM call_budget WHERE bucket IN \
             (SELECT bucket FROM call_budget WHERE touched_at < {NOW} - $1 FOR UPDATE SKIP LOCKED)"
        );
        let kept = i64::try_from(KEPT.as_millis()).unwrap_or(i64::MAX);
        let gone = self.database.statement(&sql, [kept.into()]);
        Ok(self.database.reader().execute_raw(gone).await?.rows_affected())
    }
}

/// The statement that counts: the windows are constants of the platforms' rooms and stand in it
/// as they are. All rows are locked in one order, so that nobody waits in a circle. A call in the
/// future has its place in the line.
fn statement(buckets: &[&Bucket], made: bool) -> String {
    let (mut keys, mut windows) = (Vec::new(), Vec::new());
    for (number, bucket) in buckets.iter().enumerate() {
        let most = bucket.windows.iter().map(|window| window.calls()).max().unwrap_or(1);
        keys.push(format!("({number}, ${}, {most})", number + 1));
        let rows = bucket.windows.iter();
        windows.extend(
            rows.map(|window| format!("({number}, {}, {})", window.calls(), window.kept().as_millis())),
        );
    }
    let (keys, windows) = (keys.join(", "), windows.join(", "));
    let (all, calls, moment) = (buckets.len(), buckets.len() + 1, MOMENT.as_millis());
    let granted = if made { "true".to_owned() } else { format!("next.at - next.now <= {moment}") };
    // The moment at which a bucket lets one more out, where `used` of its calls count.
    let free = |used: &str| {
        format!(
            "(SELECT max(stamps[cardinality(stamps) - {used} + 1] + per) \
             FROM windows WHERE windows.number = counted.number)"
        )
    };
    let (full, busy) = (free("calls"), free("greatest(1, calls / 2)"));
    format!(
        "WITH keys (number, bucket, most) AS (VALUES {keys}), \
         windows (number, calls, per) AS (VALUES {windows}), \
         locked AS MATERIALIZED (SELECT b.bucket, b.stamps, b.closed_until FROM call_budget AS b \
           WHERE b.bucket IN (SELECT keys.bucket FROM keys) ORDER BY b.bucket FOR UPDATE), \
         clock AS MATERIALIZED (SELECT count(*) AS found, {NOW} AS now FROM locked), \
         found AS (SELECT number, most, locked.* FROM keys JOIN locked USING (bucket)), \
         next AS (SELECT now, greatest(now, max(closed_until), max(stamps[cardinality(stamps)]), \
             (SELECT max(stamps[cardinality(stamps) - calls + 1] + per) \
              FROM found JOIN windows USING (number))) AS at \
           FROM found, clock WHERE clock.found = {all} GROUP BY now), \
         counted AS (SELECT number, bucket, closed_until, now, at - now AS wait, {granted} AS granted, \
             CASE WHEN {granted} THEN (stamps || array_fill(at, ARRAY[${calls}::int])) \
               [greatest(1, cardinality(stamps) + ${calls}::int - most + 1):] ELSE stamps END AS stamps \
           FROM found, next), \
         written AS (UPDATE call_budget AS b SET stamps = counted.stamps, touched_at = counted.now \
           FROM counted WHERE b.bucket = counted.bucket AND counted.granted) \
         SELECT number, granted, wait, \
           greatest(closed_until, {full}, now) - now AS full_for, greatest({busy}, now) - now AS busy_for \
         FROM counted"
    )
}

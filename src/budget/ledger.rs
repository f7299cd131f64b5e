//! The buckets of one process: a call goes out when all its buckets have room, and counts in all
//! of them or in none.

use std::collections::HashMap;
use std::time::Duration;

use super::{Bucket, MOMENT, Window};
use crate::ambient::Millis;

use super::window::Log;

/// Buckets that nobody has used for a while are looked for after so many calls.
const SWEEP: u32 = 4096;

/// Every bucket that was used lately.
#[derive(Default)]
pub(super) struct Ledger {
    logs: HashMap<String, (Log, &'static [Window])>,
    calls: u32,
}

impl Ledger {
    /// Takes one call from each bucket; answers how long to wait for it.
    ///
    /// # Errors
    /// The wait, if it is longer than a moment; then nothing is taken.
    pub(super) fn take(&mut self, buckets: &[Bucket], now: Millis) -> Result<Duration, Duration> {
        let at = self.earliest(buckets, now);
        let wait = at.since(now);
        if wait > MOMENT {
            return Err(wait);
        }
        for bucket in buckets {
            self.log(bucket).take(at, bucket.windows);
        }
        self.sweep(now);
        Ok(wait)
    }

    /// When the next call may go out.
    pub(super) fn earliest(&self, buckets: &[Bucket], now: Millis) -> Millis {
        let of = |bucket: &Bucket| Some(self.logs.get(&bucket.key)?.0.earliest(now, bucket.windows));
        buckets.iter().filter_map(of).fold(now, Millis::max)
    }

    /// Lets nothing out of a bucket before `until`.
    pub(super) fn close(&mut self, bucket: &Bucket, until: Millis) {
        self.log(bucket).close(until);
    }

    fn log(&mut self, bucket: &Bucket) -> &mut Log {
        &mut self.logs.entry(bucket.key.clone()).or_insert_with(|| (Log::default(), bucket.windows)).0
    }

    fn sweep(&mut self, now: Millis) {
        self.calls += 1;
        if self.calls >= SWEEP {
            self.calls = 0;
            self.logs.retain(|_, (log, windows)| !log.is_over(now, windows));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: [Window; 1] = [Window::new(1, Duration::from_secs(1))];
    const TWO: [Window; 1] = [Window::new(2, Duration::from_secs(1))];
    const NOW: Millis = Millis(1_000);

    fn bucket(key: &str, windows: &'static [Window]) -> Bucket {
        Bucket::new(key.to_owned(), windows)
    }

    #[test]
    fn a_call_counts_in_all_its_buckets_or_in_none() {
        let mut ledger = Ledger::default();
        let (a, b, tenant) = (bucket("a", &ONE), bucket("b", &ONE), bucket("t", &TWO));
        assert_eq!(ledger.take(&[a.clone(), tenant.clone()], NOW), Ok(Duration::ZERO));
        let full = Err(Duration::from_millis(1_040));
        assert_eq!(ledger.take(&[a, tenant.clone()], NOW), full, "its thread is full");
        assert_eq!(ledger.take(&[b.clone(), tenant.clone()], NOW), Ok(Duration::ZERO), "nothing was lost");
        let c = bucket("c", &ONE);
        assert_eq!(ledger.take(&[c, tenant], NOW), full, "the tenant is full");
    }

    #[test]
    fn who_has_to_wait_for_a_moment_only_has_a_place_in_the_line() {
        let mut ledger = Ledger::default();
        let bucket = [bucket("a", &TWO)];
        let later = |by| NOW.plus(Duration::from_millis(by));
        ledger.take(&bucket, NOW).unwrap();
        ledger.take(&bucket, later(100)).unwrap();
        assert_eq!(ledger.take(&bucket, later(940)), Ok(Duration::from_millis(100)));
        assert_eq!(ledger.take(&bucket, later(940)), Ok(Duration::from_millis(200)), "behind the other");
        assert!(ledger.take(&bucket, later(940)).is_err());
    }

    #[test]
    fn what_nobody_uses_is_forgotten() {
        let mut ledger = Ledger::default();
        for number in 0..=i64::from(SWEEP) {
            let now = Millis(number * 1_000);
            ledger.take(&[bucket(&number.to_string(), &ONE)], now).unwrap();
        }
        assert!(ledger.logs.len() < 10, "{}", ledger.logs.len());
    }
}

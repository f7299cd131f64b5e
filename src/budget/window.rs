//! One limit of a platform: so many calls in any stretch of so much time. Pure: whoever asks says
//! what time it is.

use std::collections::VecDeque;
use std::time::Duration;

use crate::ambient::Millis;

/// So many calls at most in any `per`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    calls: usize,
    per: Duration,
}

impl Window {
    /// At most `calls` in any `per`. None at all would be no limit but a closed door: it counts as one.
    pub const fn new(calls: usize, per: Duration) -> Self {
        Self { calls: if calls == 0 { 1 } else { calls }, per }
    }

    /// How many.
    pub fn calls(self) -> usize {
        self.calls
    }

    /// The stretch as it is kept here: a little longer than the platform's, because calls do not
    /// arrive there in the same distance in which they leave.
    pub fn kept(self) -> Duration {
        self.per + (self.per / 25).clamp(Duration::from_millis(40), Duration::from_millis(200))
    }
}

/// The calls of one bucket, as far back as its windows reach.
#[derive(Debug, Default)]
pub struct Log {
    /// When they were allowed, in order; the last may lie ahead.
    stamps: VecDeque<i64>,
    closed_until: i64,
}

impl Log {
    /// The earliest moment from `now` on at which one more call keeps every window.
    pub fn earliest(&self, now: Millis, windows: &[Window]) -> Millis {
        let begun = now.0.max(self.closed_until).max(self.stamps.back().copied().unwrap_or(now.0));
        let free = windows.iter().filter_map(|window| {
            let oldest = self.stamps.len().checked_sub(window.calls)?;
            Some(Millis(*self.stamps.get(oldest)?).plus(window.kept()).0)
        });
        Millis(free.fold(begun, i64::max))
    }

    /// Notes a call at the moment that [`Log::earliest`] has named.
    pub fn take(&mut self, at: Millis, windows: &[Window]) {
        self.stamps.push_back(at.0);
        let most = windows.iter().map(|window| window.calls).max().unwrap_or(0);
        while self.stamps.len() > most {
            self.stamps.pop_front();
        }
    }

    /// The platform takes no call before this moment.
    pub fn close(&mut self, until: Millis) {
        self.closed_until = self.closed_until.max(until.0);
    }

    /// Whether nothing in it matters any more.
    pub fn is_over(&self, now: Millis, windows: &[Window]) -> bool {
        let longest = windows.iter().map(|window| window.kept()).max().unwrap_or_default();
        let last = self.stamps.back().map_or(i64::MIN, |last| Millis(*last).plus(longest).0);
        last <= now.0 && self.closed_until <= now.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const THREAD: [Window; 3] = [
        Window::new(7, Duration::from_secs(1)),
        Window::new(8, Duration::from_secs(2)),
        Window::new(60, Duration::from_secs(30)),
    ];

    /// Everybody calls as soon as they may, from `start` for so long.
    fn flood(log: &mut Log, windows: &[Window], start: i64, millis: i64) -> Vec<i64> {
        let mut sent = Vec::new();
        let mut now = Millis(start);
        while now.0 < start + millis {
            let at = log.earliest(now, windows);
            log.take(at, windows);
            sent.push(at.0);
            now = at;
        }
        sent.retain(|at| *at < start + millis);
        sent
    }

    /// The most calls in any stretch of so many milliseconds, both ends included.
    fn most_in(sent: &[i64], millis: i64) -> usize {
        let inside = |first: &i64| sent.iter().filter(|at| (*first..=*first + millis).contains(*at)).count();
        sent.iter().map(inside).max().unwrap_or(0)
    }

    #[test]
    fn a_burst_goes_out_at_once_and_the_rest_in_its_time() {
        let mut log = Log::default();
        let now = Millis(1_000_000);
        for _ in 0..7 {
            assert_eq!(log.earliest(now, &THREAD), now);
            log.take(now, &THREAD);
        }
        assert_eq!(log.earliest(now, &THREAD), now.plus(Duration::from_millis(1_040)));
    }

    #[test]
    fn a_flood_uses_what_is_permitted_and_no_more() {
        let mut log = Log::default();
        let sent = flood(&mut log, &THREAD, 0, 300_000);
        for (window, millis) in THREAD.iter().zip([1_000, 2_000, 30_000]) {
            assert!(most_in(&sent, millis) <= window.calls());
        }
        assert!(sent.len() >= 594, "of 600 in five minutes: {}", sent.len());
    }

    #[test]
    fn a_closed_door_stays_closed_for_its_time() {
        let mut log = Log::default();
        log.close(Millis(5_000));
        log.close(Millis(2_000));
        assert_eq!(log.earliest(Millis(0), &[]), Millis(5_000));
        assert!(!log.is_over(Millis(4_999), &[]) && log.is_over(Millis(5_000), &[]));
    }

    proptest! {
        #[test]
        fn no_window_is_ever_overrun(
            limits in prop::collection::vec((1_usize..20, 50_u64..5_000), 1..4),
            pauses in prop::collection::vec(0_i64..400, 1..200),
        ) {
            let windows: Vec<Window> =
                limits.iter().map(|(calls, per)| Window::new(*calls, Duration::from_millis(*per))).collect();
            let mut log = Log::default();
            let mut now = Millis(0);
            let mut sent = Vec::new();
            for pause in pauses {
                now = Millis(now.0 + pause);
                let at = log.earliest(now, &windows);
                prop_assert!(at >= now);
                log.take(at, &windows);
                sent.push(at.0);
            }
            prop_assert!(sent.is_sorted());
            for (calls, per) in limits {
                prop_assert!(most_in(&sent, i64::try_from(per).unwrap()) <= calls);
            }
        }

        #[test]
        fn nobody_waits_for_more_than_the_windows_say(
            calls in 1_usize..20, per in 50_u64..5_000, before in 0_usize..20,
        ) {
            let window = Window::new(calls, Duration::from_millis(per));
            let mut log = Log::default();
            for _ in 0..before.min(calls) {
                log.take(Millis(0), &[window]);
            }
            let at = log.earliest(Millis(0), &[window]);
            prop_assert_eq!(at.0 == 0, before < calls);
            prop_assert!(at <= Millis(0).plus(window.kept()));
            prop_assert!(log.is_over(Millis(0).plus(window.kept()), &[window]));
        }
    }
}

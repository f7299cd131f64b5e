//! What a subscription needs next: a pure decision over its row.

use std::time::Duration;

use crate::ambient::Millis;
use crate::store::{Watch, WatchNeed};

/// The life that is asked for: a little less than the 4320 minutes that Graph allows, since its
/// clock may be behind ours.
pub const LIFE: Duration = Duration::from_mins(4310);
/// A subscription is renewed when it has this much of its life left: a failure has two days to be
/// mended.
pub const RENEW_BEFORE: Duration = Duration::from_hours(48);
/// How much sooner it may be renewed, so that what was made together is not renewed together.
pub const EARLIER: Duration = Duration::from_hours(1);

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Make a subscription.
    Make,
    /// Authorise it anew.
    Authorise,
    /// Let it live longer.
    Renew,
    /// Nothing yet.
    Wait,
    /// End it, and wait for the bot to come back.
    Rest,
    /// End it, and forget the place.
    Forget,
}

/// Decides what a place needs.
pub fn next(watch: &Watch, need: WatchNeed, now: Millis) -> Step {
    let ends = watch.subscription.as_ref().and(watch.expires);
    match (need, ends) {
        (WatchNeed::Unlinked, _) => Step::Forget,
        (WatchNeed::Unreachable, _) => Step::Rest,
        (WatchNeed::Needed, Some(ends)) if ends > now => {
            if watch.reauthorize {
                Step::Authorise
            } else if ends.since(now) <= RENEW_BEFORE + EARLIER {
                Step::Renew
            } else {
                Step::Wait
            }
        }
        (WatchNeed::Needed, _) => Step::Make,
    }
}

/// When a subscription is to be looked at again that ends then: when its renewal is due, or after a
/// quarter of what is left, if Graph has granted less.
pub fn look_again(ends: Millis, now: Millis) -> Millis {
    ends.minus(RENEW_BEFORE).max(now.plus(ends.since(now) / 4))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{ConversationId, SubscriptionId, TenantId};

    const NOW: Millis = Millis(1_790_000_000_000);

    fn watch(left: Option<Duration>, reauthorize: bool) -> Watch {
        Watch {
            tenant: TenantId::new("t"),
            place: ConversationId::new("19:a@thread.v2"),
            team: None,
            subscription: left.map(|_| SubscriptionId::new("s")),
            generation: 0,
            key: None,
            expires: left.map(|left| NOW.plus(left)),
            reauthorize,
            attempts: 0,
            failure: None,
        }
    }

    #[test]
    fn every_case_has_its_step() {
        use WatchNeed::{Needed, Unlinked, Unreachable};
        let (fresh, old, over) = (Some(LIFE), Some(RENEW_BEFORE), Some(Duration::ZERO));
        for (left, reauthorize, step) in [
            (None, false, Step::Make),
            (None, true, Step::Make),
            (over, false, Step::Make),
            (over, true, Step::Make),
            (fresh, false, Step::Wait),
            (fresh, true, Step::Authorise),
            (old, false, Step::Renew),
            (old, true, Step::Authorise),
        ] {
            let watch = watch(left, reauthorize);
            assert_eq!(next(&watch, Needed, NOW), step, "{left:?} {reauthorize}");
            assert_eq!(next(&watch, Unreachable, NOW), Step::Rest);
            assert_eq!(next(&watch, Unlinked, NOW), Step::Forget);
        }
    }

    #[test]
    fn it_is_looked_at_again_well_before_its_end() {
        assert_eq!(look_again(NOW.plus(LIFE), NOW), NOW.plus(LIFE).minus(RENEW_BEFORE));
        let hour = Duration::from_hours(1);
        assert_eq!(look_again(NOW.plus(hour), NOW), NOW.plus(hour / 4));
    }
}

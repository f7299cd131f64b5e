//! A turn on a lane: so many events or so much time, then it is the others' turn, if there are any.

use std::time::Duration;

use tokio::time::Instant;

use super::lease::BATCH;

/// The longest turn, but for the event that is being worked on when it ends.
const TIME: Duration = Duration::from_millis(200);

/// One turn on one lane.
pub(super) struct Slice {
    events: u64,
    since: Instant,
}

impl Slice {
    /// A turn begins.
    pub(super) fn begin() -> Self {
        Self { events: 0, since: Instant::now() }
    }

    /// An event was worked on; answers whether the turn is over. The next one begins then.
    pub(super) fn is_over(&mut self, somebody_waits: bool) -> bool {
        self.events += 1;
        if self.events < BATCH && self.since.elapsed() < TIME {
            return false;
        }
        *self = Self::begin();
        somebody_waits
    }
}

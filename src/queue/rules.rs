//! What becomes of a lane, without a database: the rules that the statements of this room follow.
//!
//! `tests/model` explores what workers may do under these rules; a test beside them plays the same
//! stories against the real tables and compares every step.

use crate::ambient::Millis;

/// What becomes of the lane when one of its events is settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// More of its events are in hand.
    Stay,
    /// It is looked into, and given back if nothing is due.
    Look,
    /// It is given back.
    Leave,
}

impl Then {
    /// What becomes of the lane after an event: `leaves` says that the worker does, `more` that it
    /// has further events in hand.
    pub fn after(leaves: bool, more: bool) -> Self {
        match (leaves, more) {
            (true, _) => Self::Leave,
            (false, true) => Self::Stay,
            (false, false) => Self::Look,
        }
    }
}

/// A lane's row. `T` proves a lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LaneRow<T> {
    /// When it has work, if it has.
    pub ready_at: Option<Millis>,
    /// Whose it is until then.
    pub lease_until: Millis,
    /// What proves the lease.
    pub token: Option<T>,
}

/// What became of a lane when one of its events was settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// Nothing: it belongs to somebody else, and nothing may be recorded.
    Lost,
    /// It is held still.
    Kept,
    /// It was given back.
    Left,
}

impl<T> Default for LaneRow<T> {
    /// A lane in which nothing has happened yet.
    fn default() -> Self {
        Self { ready_at: None, lease_until: Millis(0), token: None }
    }
}

impl<T: Copy + PartialEq> LaneRow<T> {
    /// Something arrives, and is due at `at`.
    pub fn wake(&mut self, at: Millis) {
        self.ready_at = Some(self.ready_at.map_or(at, |ready| ready.min(at)));
    }

    /// Whether a worker may lease it.
    pub fn is_free(&self, now: Millis) -> bool {
        self.ready_at.is_some_and(|ready| ready <= now) && self.lease_until < now
    }

    /// A worker leases it, if it is free.
    pub fn claim(&mut self, now: Millis, until: Millis, token: T) -> bool {
        let free = self.is_free(now);
        if free {
            (self.lease_until, self.token) = (until, Some(token));
        }
        free
    }

    /// Whether this token may record; then the lease is renewed.
    pub fn fence(&mut self, token: T, until: Millis) -> bool {
        let ours = self.token == Some(token);
        if ours {
            self.lease_until = until;
        }
        ours
    }

    /// An event is settled: `first` says when the first of the others is due, `again` when this one
    /// is tried again.
    pub fn settle(
        &mut self,
        token: T,
        then: Then,
        now: Millis,
        until: Millis,
        first: Option<Millis>,
        again: Option<Millis>,
    ) -> Settled {
        if self.token != Some(token) {
            return Settled::Lost;
        }
        let stays = match then {
            Then::Stay => true,
            Then::Look => first.is_some_and(|due| due <= now),
            Then::Leave => false,
        };
        if stays {
            self.lease_until = until;
            return Settled::Kept;
        }
        *self = Self { ready_at: again.or(first), lease_until: Millis(0), token: None };
        Settled::Left
    }
}

#[cfg(test)]
mod tests;

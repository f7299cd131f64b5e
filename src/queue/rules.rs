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
    /// Since when it has work, if it has.
    pub ready_at: Option<Millis>,
    /// When it has work again: its first event is to be tried then, and nobody looks before.
    pub due_at: Option<Millis>,
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
        Self { ready_at: None, due_at: None, lease_until: Millis(0), token: None }
    }
}

impl<T: Copy + PartialEq> LaneRow<T> {
    /// Something arrives, at its end: behind what is to be tried later, if anything is.
    pub fn extend(&mut self, now: Millis) {
        if self.ready_at.is_none() && self.due_at.is_none() {
            self.ready_at = Some(now);
        }
    }

    /// It is looked at now, whatever it waited for.
    pub fn rouse(&mut self, now: Millis) {
        self.ready_at = self.ready_at.or(Some(now));
        self.due_at = None;
    }

    /// Its time may have come.
    pub fn wake_due(&mut self, now: Millis) {
        if self.due_at.is_some_and(|due| due <= now) {
            (self.ready_at, self.due_at) = (self.due_at, None);
        }
    }

    /// Whether a worker may lease it.
    pub fn is_free(&self, now: Millis) -> bool {
        self.ready_at.is_some() && self.lease_until < now
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
        if then == Then::Stay {
            self.lease_until = until;
            return Settled::Kept;
        }
        let (has_work, coming) = match again.or(first) {
            Some(due) if due <= now => (true, None),
            coming => (false, coming),
        };
        self.due_at = coming;
        if then == Then::Look && has_work {
            self.lease_until = until;
            return Settled::Kept;
        }
        // Behind the others.
        self.ready_at = has_work.then_some(now);
        (self.lease_until, self.token) = (Millis(0), None);
        Settled::Left
    }
}

#[cfg(test)]
mod tests;

//! Where arrivals meet the workers of this process: a lane that was empty goes straight from
//! its arrival to a free hand, without a further look at the database.

use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{Event, Lease};

/// One of the hands that work on lanes; free again when it is dropped.
pub(super) type Hand = OwnedSemaphorePermit;

type Start = Box<dyn Fn(Hand, Lease, Vec<Event>) + Send + Sync>;

/// The hands of this process, while they work.
#[derive(Default)]
pub(super) struct Desk(RwLock<Option<Arc<Staff>>>);

/// Hands, and how they are set to work.
pub(super) struct Staff {
    /// Those that are free.
    pub(super) free: Arc<Semaphore>,
    start: Start,
}

impl Staff {
    /// As many hands as lanes may be worked on at the same time; `start` sets one to work.
    pub(super) fn new(hands: usize, start: impl Fn(Hand, Lease, Vec<Event>) + Send + Sync + 'static) -> Self {
        Self { free: Arc::new(Semaphore::new(hands)), start: Box::new(start) }
    }

    /// A hand, if one is free.
    pub(super) fn hand(&self) -> Option<Hand> {
        Arc::clone(&self.free).try_acquire_owned().ok()
    }

    /// Sets a hand to work on a lane, whose first events may be known already.
    pub(super) fn start(&self, hand: Hand, lease: Lease, first: Vec<Event>) {
        (self.start)(hand, lease, first);
    }
}

impl Desk {
    /// Who works in this process; nobody does in one that only puts.
    pub(super) fn staff(&self) -> Option<Arc<Staff>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Work begins, or ends.
    pub(super) fn set(&self, staff: Option<Arc<Staff>>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = staff;
    }
}

//! Where arrivals meet the workers of this process: a lane that was empty goes straight from
//! its arrival to a free hand, without a further look at the database. Everybody who leaves work
//! behind says here whose it is, or when it is due.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use tokio::sync::Notify;

use super::share::Shares;
use super::{Event, Lease};
use crate::ambient::Millis;
use crate::ids::TenantId;

type Start = Box<dyn Fn(Hand, Lease, Vec<Event>) + Send + Sync>;

/// The hands of this process, while they work.
#[derive(Default)]
pub(super) struct Desk(RwLock<Option<Arc<Staff>>>);

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

/// Hands, and how they are set to work.
pub(super) struct Staff {
    board: Mutex<Board>,
    bell: Notify,
    start: Start,
}

/// What is known without a look at the database.
struct Board {
    shares: Shares,
    /// Somebody said that there may be work, not whose.
    look: bool,
    /// The next moment at which a lane has work by itself, if one is known.
    due: Option<Millis>,
    /// Whether other replicas that leave work behind are heard.
    hears: bool,
}

/// One of the hands that work on lanes; free again when it is dropped.
pub(super) struct Hand {
    staff: Arc<Staff>,
    tenant: TenantId,
}

impl Hand {
    /// Who has set it to work.
    pub(super) fn staff(&self) -> &Arc<Staff> {
        &self.staff
    }
}

impl Drop for Hand {
    fn drop(&mut self) {
        let mut board = self.staff.board();
        board.shares.give_back(&self.tenant);
        if board.shares.somebody_waits() {
            self.staff.bell.notify_one();
        }
    }
}

impl Staff {
    /// As many hands as lanes may be worked on at the same time; `start` sets one to work.
    pub(super) fn new(hands: usize, start: impl Fn(Hand, Lease, Vec<Event>) + Send + Sync + 'static) -> Self {
        let board = Board { shares: Shares::new(hands), look: true, due: None, hears: false };
        Self { board: Mutex::new(board), bell: Notify::new(), start: Box::new(start) }
    }

    /// A hand for an event of this tenant that arrives, if it may have one.
    pub(super) fn hand(self: &Arc<Self>, tenant: &TenantId) -> Option<Hand> {
        let taken = self.board().shares.take(tenant);
        taken.then(|| self.hand_of(tenant))
    }

    /// Hands for those who wait.
    pub(super) fn allot(self: &Arc<Self>) -> Vec<(TenantId, Vec<Hand>)> {
        let given = self.board().shares.allot();
        let hands = |(tenant, count)| ((0..count).map(|_| self.hand_of(&tenant)).collect(), tenant);
        given.into_iter().map(hands).map(|(hands, tenant)| (tenant, hands)).collect()
    }

    fn hand_of(self: &Arc<Self>, tenant: &TenantId) -> Hand {
        Hand { staff: Arc::clone(self), tenant: tenant.clone() }
    }

    /// Sets a hand to work on a lane, whose first events may be known already.
    pub(super) fn start(&self, hand: Hand, lease: Lease, first: Vec<Event>) {
        (self.start)(hand, lease, first);
    }

    /// This tenant has work that nobody does.
    pub(super) fn wait(&self, tenant: &TenantId) {
        self.board().shares.wait(tenant);
        self.bell.notify_one();
    }

    /// Somebody waits for a hand.
    pub(super) fn somebody_waits(&self) -> bool {
        self.board().shares.somebody_waits()
    }

    /// There may be work, of whomever.
    pub(super) fn look_again(&self) {
        self.board().look = true;
        self.bell.notify_one();
    }

    /// Whether a look was asked for; the next one is another question.
    pub(super) fn take_look(&self) -> bool {
        std::mem::take(&mut self.board().look)
    }

    /// A lane has work by itself at this moment.
    pub(super) fn due(&self, at: Millis) {
        let mut board = self.board();
        if board.due.is_none_or(|due| at < due) {
            board.due = Some(at);
            self.bell.notify_one();
        }
    }

    /// When a lane next has work by itself.
    pub(super) fn next_due(&self) -> Option<Millis> {
        self.board().due
    }

    /// A look begins: what it finds is all that is due.
    pub(super) fn forget_due(&self) {
        self.board().due = None;
    }

    /// From now on other replicas are heard, or not any more.
    pub(super) fn set_hears(&self, hears: bool) {
        self.board().hears = hears;
        self.bell.notify_one();
    }

    /// Whether other replicas that leave work behind are heard.
    pub(super) fn hears(&self) -> bool {
        self.board().hears
    }

    /// Waits until somebody says something.
    pub(super) async fn called(&self) {
        self.bell.notified().await;
    }

    fn board(&self) -> MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

//! A worker: it leases the lane, reads what is due, takes each event's turn and settles it. Each
//! step is one statement or one call; between any two of them it may die.

use crate::bridge::machine::turn::Record;
use crate::copies::Made;
use crate::guard::Guard;
use crate::platforms::Event;
use crate::queue::rules::{Settled, Then};
use crate::setting::Setting;
use crate::store::{CommentSide, MessageSide, Origin, Sides};
use crate::turn::Turn;
use crate::world::{About, BEFORE, LATER, NOW, PairRow, Row, World};

/// A worker.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Worker {
    /// What it does.
    pub doing: Doing,
    /// The events that it has read and not settled yet.
    pub hand: Vec<Row>,
    /// Whether it stood still for so long that its lease may have run out.
    pub doubts: bool,
    /// Whether it has changed anything in this turn: before that, its death leaves no trace.
    pub touched: bool,
}

/// What a worker does next.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Doing {
    /// Nothing.
    #[default]
    Idle,
    /// It takes the turn of an event.
    Turn(Box<Turn>),
    /// Its try has failed: it settles that.
    GivesBack(Row),
    /// It puts the event aside, until somebody has logged in.
    PutsAside(Row),
    /// It has nothing more in hand, and looks what has arrived: a part of the commit that ended its
    /// last event. Apart from it only where that makes fewer states.
    Looks,
    /// It records what belonged into the commit that has ended the event.
    Records(About, Record<Made>, Option<PairRow>),
}

/// How a step turns out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Well.
    Well,
    /// It did not happen, and the worker does not know.
    Lost,
    /// It happened, and the worker does not know.
    Unknown,
    /// It can't be done before somebody has logged in.
    Aside,
    /// Its event has come long ago: what it carries is not believed any more.
    Late,
    /// It has failed for the last time: its event is given up.
    GivenUp,
}

impl World {
    fn worker(&mut self, who: u8) -> Option<&mut Worker> {
        self.workers.get_mut(usize::from(who))
    }

    /// Whether a worker may record; its lease is renewed then.
    pub fn fence(&mut self, setting: &Setting, who: u8) -> bool {
        if !setting.has(Guard::Fence) {
            return true;
        }
        let ours = self.lane.fence(who, LATER);
        if let Some(worker) = self.worker(who) {
            worker.doubts &= !ours;
        }
        ours
    }

    /// Whether a worker may call a platform: where it may have lost the lane, it asks.
    pub fn may_call(&mut self, setting: &Setting, who: u8) -> bool {
        let doubts = self.workers.get(usize::from(who)).is_some_and(|worker| worker.doubts);
        !doubts || !setting.has(Guard::HoldForCall) || self.fence(setting, who)
    }

    /// A worker leaves everything as it is.
    pub fn drops_all(&mut self, who: u8) {
        if let Some(worker) = self.worker(who) {
            *worker = Worker::default();
        }
    }

    /// A worker dies; its lease runs out.
    pub fn dies(&mut self, who: u8) {
        self.drops_all(who);
        self.lease_ends(who);
    }

    /// A worker stands still for longer than its lease lasts.
    pub fn stands_still(&mut self, who: u8) {
        self.lease_ends(who);
        if let Some(worker) = self.worker(who) {
            worker.doubts = true;
        }
    }

    fn lease_ends(&mut self, who: u8) {
        if self.lane.token == Some(who) {
            self.lane.lease_until = BEFORE;
        }
        self.time_passes();
    }

    /// Whether a worker could lease the lane.
    pub fn may_claim(&self, setting: &Setting) -> bool {
        let mut lane = self.lane;
        if !setting.has(Guard::Lease) {
            lane.lease_until = BEFORE;
        }
        lane.is_free(NOW)
    }

    /// A worker leases the lane.
    pub fn claims(&mut self, setting: &Setting, who: u8) {
        if !setting.has(Guard::Lease) {
            self.lane.lease_until = BEFORE;
        }
        if self.lane.claim(NOW, LATER, who) {
            // What arrives between the two could have arrived before.
            self.reads(setting, who);
            self.begins_next(setting, who);
        }
    }

    /// A worker takes its next step.
    pub fn steps(&mut self, setting: &Setting, who: u8, outcome: Outcome) {
        let Some(worker) = self.worker(who) else { return };
        match std::mem::take(&mut worker.doing) {
            Doing::Idle => {}
            Doing::Looks => self.goes_on(setting, who, None),
            Doing::Turn(turn) => self.takes_turn(setting, who, *turn, outcome),
            Doing::GivesBack(row) if outcome == Outcome::GivenUp => {
                self.left.given_up -= 1;
                if self.fence(setting, who) {
                    self.rows.retain(|one| (one.event, one.again) != (row.event, row.again));
                    self.goes_on(setting, who, None);
                } else {
                    self.drops_all(who);
                }
            }
            Doing::GivesBack(row) => {
                if self.lane.token == Some(who) || !setting.has(Guard::Fence) {
                    if let Some(row) = self.row(row) {
                        row.old = matches!(row.event, Event::MessageWritten(_));
                    }
                    self.leaves(who, Then::Leave, Some(row));
                } else {
                    self.drops_all(who);
                }
            }
            Doing::PutsAside(row) => {
                if self.fence(setting, who) {
                    if let Some(row) = self.row(row) {
                        row.aside = true;
                    }
                    self.goes_on(setting, who, Some(row));
                } else {
                    self.drops_all(who);
                }
            }
            Doing::Records(about, record, old) => {
                if self.fence(setting, who) {
                    self.record(setting, about, &record, old);
                    self.goes_on(setting, who, None);
                } else {
                    self.drops_all(who);
                }
            }
        }
    }

    fn row(&mut self, wanted: Row) -> Option<&mut Row> {
        self.rows.iter_mut().find(|row| row.event == wanted.event && row.again == wanted.again)
    }

    fn reads(&mut self, setting: &Setting, who: u8) {
        let mut hand: Vec<Row> = self.due().take(setting.batch).collect();
        if !setting.has(Guard::LaneOrder) {
            hand.reverse();
        }
        if let Some(worker) = self.worker(who) {
            worker.hand = hand;
        }
    }

    /// The next turn begins: its pair is read, which nobody but the holder of the lane changes.
    fn begins_next(&mut self, setting: &Setting, who: u8) {
        let Some(worker) = self.worker(who) else { return };
        worker.touched = false;
        if worker.hand.is_empty() {
            return self.leaves(who, Then::Leave, None);
        }
        let turn = Turn::new(worker.hand.remove(0));
        self.takes_turn(setting, who, turn, Outcome::Well);
    }

    /// The lane is given back.
    fn leaves(&mut self, who: u8, then: Then, again: Option<Row>) {
        let first = self.due().next().map(|_| NOW);
        self.lane.settle(who, then, NOW, LATER, first, again.map(|_| NOW));
        self.drops_all(who);
    }

    /// An event is over, or put aside: what becomes of the lane.
    fn goes_on(&mut self, setting: &Setting, who: u8, settled: Option<Row>) {
        let more = self.workers.get(usize::from(who)).is_some_and(|worker| !worker.hand.is_empty());
        let then = Then::after(false, more);
        let others = |row: &Row| settled.is_none_or(|one| row.event != one.event || row.again != one.again);
        let first = self.due().find(others).map(|_| NOW);
        let first = first.filter(|_| setting.has(Guard::LookBeforeLeaving));
        match self.lane.settle(who, then, NOW, LATER, first, None) {
            Settled::Kept if more => self.begins_next(setting, who),
            Settled::Kept => {
                self.reads(setting, who);
                self.begins_next(setting, who);
            }
            Settled::Left | Settled::Lost => self.drops_all(who),
        }
    }

    /// An event ends, and what it records is recorded in the same commit.
    pub fn ends(&mut self, setting: &Setting, who: u8, turn: &Turn, record: Record<Made>) {
        if !self.fence(setting, who) {
            return self.drops_all(who);
        }
        let row = turn.row;
        match self.rows.iter().position(|one| one.event == row.event && one.again == row.again) {
            None => self.is_wrong("an event ends twice"),
            Some(place) => {
                if self.rows.iter().take(place).any(|earlier| !earlier.aside && !earlier.late) {
                    self.is_wrong("an event overtakes another of its lane");
                }
                self.rows.remove(place);
            }
        }
        self.bury(row.event);
        if !setting.has(Guard::PairWithEnd) && record != Record::Nothing {
            if let Some(worker) = self.worker(who) {
                worker.doing = Doing::Records(turn.about(), record, turn.pair);
            }
            return;
        }
        self.record(setting, turn.about(), &record, turn.pair);
        let last = self.workers.get(usize::from(who)).is_some_and(|worker| worker.hand.is_empty());
        match self.worker(who).filter(|_| last && setting.reduced) {
            Some(worker) => (worker.doing, worker.touched) = (Doing::Looks, false),
            None => self.goes_on(setting, who, None),
        }
    }

    /// A deletion has been worked on.
    fn bury(&mut self, event: Event) {
        match event {
            Event::CommentDeleted(id) => {
                if let Some(comment) = self.platforms.comments.get_mut(id) {
                    comment.buried = comment.deleted;
                }
            }
            Event::MessageDeleted(id, _) => {
                if let Some(message) = self.platforms.messages.get_mut(id) {
                    message.buried = message.deleted;
                }
            }
            _ => {}
        }
    }

    fn record(&mut self, setting: &Setting, about: About, record: &Record<Made>, old: Option<PairRow>) {
        match record {
            Record::Nothing => {}
            Record::Pair { copy, sides, replaces } => {
                self.add_pair(copy.pair(*sides), old.filter(|_| *replaces), copy.about);
            }
            Record::Sides { sides, .. } => self.set_sides(old, *sides),
            Record::NeverRelayed => {
                if let (About::Message(id), true) = (about, setting.has(Guard::NeverRelayed)) {
                    self.add_mark(id);
                }
            }
        }
    }

    /// Remembers a message that was deleted before it was relayed.
    pub fn add_mark(&mut self, message: u8) {
        let mark = PairRow {
            comment: None,
            message,
            origin: Origin::Teams,
            by_bot: false,
            sides: Sides { comment: CommentSide::Gone, message: MessageSide::Gone },
        };
        if !self.pairs.contains(&mark) {
            self.pairs.push(mark);
        }
    }

    /// A pair takes the place of an intent, and of the pair that it replaces.
    pub fn add_pair(&mut self, pair: PairRow, old: Option<PairRow>, about: About) {
        if let Some(old) = old {
            self.pairs.retain(|row| (row.comment, row.message) != (old.comment, old.message));
        }
        if !self.pairs.iter().any(|row| row.comment == pair.comment) {
            self.pairs.push(pair);
        }
        self.intents.retain(|intent| intent.about != about);
    }

    /// What a pair remembers.
    pub fn set_sides(&mut self, of: Option<PairRow>, sides: Sides) {
        for row in &mut self.pairs {
            if row.comment.is_some() && of.is_some_and(|of| of.comment == row.comment) {
                row.sides = sides;
            }
        }
    }
}

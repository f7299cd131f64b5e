//! Fewer states with the same verdicts: of steps that commute one order is explored, and what
//! nobody will read again is forgotten. `tests/reduction.rs` explores small worlds with and
//! without this and compares.
//!
//! **One order.** In some states only a part of what may happen is explored, such that nothing
//! outside of that part can disturb it, however long it goes on by itself: then whatever comes first
//! outside can as well come after. A state in which the properties are looked at is not lost by
//! that: "in the end" and "stuck" are said of states in which nobody works, so every schedule that
//! leads there takes the step that was taken first here; and how many copies there are is changed
//! by no step but the one of a worker, or a person, on that very thing.
//!
//! - *Who has lost the lane goes first.* None of its steps changes anything but itself, for the fence
//!   refuses it: that is checked at every one ([`World::has_same_shared`]).
//! - *Who holds the lane goes first where its step touches nothing but the database* (stores or reads
//!   an intent, says that something is going, ends an event): people and
//!   arrivals neither read nor change that. While its lease lasts no other worker may. Its death and
//!   its standstill are explored at the same moment. Where such a step decides what a person may do
//!   (a copy that is not paired yet can't be edited), that person is not put off.
//! - *Where its step reads or changes one thing on a platform*, only people who have still something
//!   to do about that thing are explored beside it.
//! - *Events arrive when somebody is about to read the lane*, or nobody works, and only as many as
//!   would be read then: what arrives sooner is read no sooner, and in the same order. A worker
//!   that has nothing more in hand looks apart from the end of its last event
//!   ([`Doing::Looks`]); nothing can go wrong between the two, for they are one commit. The one thing
//!   that hangs on the moment of an arrival, whether an event is still believed as it says it, is left
//!   open at each reading ([`Outcome::Late`](crate::worker::Outcome::Late)).
//! - *People do things where that makes a difference*, if everybody sees to things of their own: beside
//!   a step on that very thing, or right before its event arrives. A worker that stood still takes
//!   one step that touches a platform before it has the lane again or has lost it, and what people
//!   do before that step they can as well do before the standstill.
//!
//! **Forgotten.** What no later step reads, told at each place below; each thing that is over, after it
//! was seen to be right; and which event comes a second time, for the door knows it by its key: it
//! can do nothing but wake the lane.

use crate::guard::Guard;
use crate::platforms::Event;
use crate::setting::{Deed, Setting, Side};
use crate::turn::Reach;
use crate::worker::{Doing, Worker};
use crate::world::{About, LATER, World};

/// What a worker's next step touches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Touches {
    /// The database alone, but not which events wait in the lane.
    Rows,
    /// Both sides of one thing.
    Thing(u8),
    /// Anything.
    Anything,
}

/// Which of all that may happen is explored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Explored {
    /// All of it.
    All,
    /// What this worker does.
    Worker(u8),
    /// What this worker does, and people who have still something to do about this thing.
    WorkerAnd(u8, u8),
    /// The next step of this worker, who has lost the lane.
    Loser(u8),
}

impl Explored {
    /// Whether that includes what this worker does.
    pub fn has_worker(self, who: u8) -> bool {
        match self {
            Self::All => true,
            Self::Worker(one) | Self::WorkerAnd(one, _) | Self::Loser(one) => one == who,
        }
    }
}

impl World {
    /// Which of all that may happen is explored.
    pub fn explored(&self, setting: &Setting) -> Explored {
        if !setting.reduced {
            return Explored::All;
        }
        let busy = || (0..).zip(&self.workers).filter(|(_, worker)| worker.doing != Doing::Idle);
        if let Some((who, _)) = busy().find(|(who, _)| self.lane.token != Some(*who)) {
            return Explored::Loser(who);
        }
        // Without that guard another worker may come at any time.
        let leased = self.lane.lease_until == LATER && setting.has(Guard::Lease);
        match busy().next() {
            Some((who, worker)) if leased => match self.touches(setting, worker) {
                Touches::Rows => Explored::Worker(who),
                Touches::Thing(thing) => Explored::WorkerAnd(who, thing),
                Touches::Anything => Explored::All,
            },
            _ => Explored::All,
        }
    }

    fn touches(&self, setting: &Setting, worker: &Worker) -> Touches {
        let turn = match &worker.doing {
            Doing::Turn(turn) => turn,
            // Its own event is due, whatever else arrives.
            Doing::GivesBack(_) if self.left.given_up == 0 => return Touches::Rows,
            Doing::Idle | Doing::Looks | Doing::GivesBack(_) | Doing::PutsAside(_) | Doing::Records(..) => {
                return Touches::Anything;
            }
        };
        // Two things that say the same are looked for alike.
        let Some(thing) = self.thing_of(turn.about()).filter(|_| !setting.same_words) else {
            return Touches::Anything;
        };
        match turn.touches() {
            Reach::Rows if !self.is_changed_elsewhere(setting, thing) => Touches::Rows,
            _ => Touches::Thing(thing),
        }
    }

    /// Whether somebody is still to do something about the thing that hangs on its pair: whoever
    /// wrote it may change it there whatever is stored.
    fn is_changed_elsewhere(&self, setting: &Setting, thing: u8) -> bool {
        let written = match self.things.get(usize::from(thing)) {
            Some(Some(About::Comment(_))) => Side::Issue,
            Some(Some(About::Message(_))) => Side::Chat,
            _ => return true,
        };
        self.to_come(setting).any(|deed| match deed {
            Deed::Write(..) => false,
            Deed::Edit(side, of) | Deed::Delete(side, of) => of == thing && side != written,
            Deed::Undelete(of) | Deed::Restrict(of) | Deed::Open(of) => of == thing,
        })
    }

    /// What people have still to do.
    fn to_come<'a>(&'a self, setting: &'a Setting) -> impl Iterator<Item = Deed> + 'a {
        (0..setting.scripts.len()).flat_map(|who| self.to_come_of(setting, who))
    }

    /// What a person has still to do.
    pub fn to_come_of<'a>(&'a self, setting: &'a Setting, who: usize) -> impl Iterator<Item = Deed> + 'a {
        let so_far = self.scripts.get(who).copied().unwrap_or(0);
        setting.scripts.get(who).into_iter().flatten().skip(usize::from(so_far)).copied()
    }

    /// Whether a person has still something to do about a thing.
    pub fn concerns(&self, setting: &Setting, who: usize, thing: u8) -> bool {
        self.to_come_of(setting, who).any(|deed| deed.about() == thing)
    }

    /// Whether whoever reads the lane next would take one more event.
    pub fn would_be_taken(&self, setting: &Setting) -> bool {
        if !setting.reduced {
            return true;
        }
        let holder = self.lane.token.and_then(|who| self.workers.get(usize::from(who)));
        let in_hand = holder.map_or(0, |worker| {
            worker.hand.len() + usize::from(!matches!(worker.doing, Doing::Idle | Doing::Looks))
        });
        self.due().count() < setting.batch + in_hand
    }

    /// Whether nothing that others read has changed.
    pub fn has_same_shared(&self, before: &Self) -> bool {
        self.platforms == before.platforms
            && self.rows == before.rows
            && (self.lane.ready_at, self.lane.due_at) == (before.lane.ready_at, before.lane.due_at)
            && self.intents == before.intents
            && self.pairs == before.pairs
    }

    /// Forgets what no later step reads.
    pub fn forget(&mut self, setting: &Setting) {
        self.forget_what_is_over(setting);
        // A message carries what it said first until that was read.
        let fresh: Vec<u8> = self
            .events()
            .filter_map(|event| if let Event::MessageWritten(id) = event { Some(id) } else { None })
            .collect();
        let is_back = self.to_come(setting).any(|deed| matches!(deed, Deed::Undelete(_)));
        for (id, message) in self.platforms.messages.all_mut() {
            if !fresh.contains(&id) {
                message.first = 0;
            }
            // Who brings it back gives it its text; only a person brings back what it said.
            if message.deleted && !is_back {
                message.text = 0;
            }
        }
        // Nobody changes it any more, nor reads more of it than that it is gone.
        for (_, comment) in self.platforms.comments.all_mut() {
            if comment.deleted {
                (comment.text, comment.updated, comment.shown) = (0, 0, true);
            }
        }
        for worker in &mut self.workers {
            // It says only who may die.
            worker.touched &= self.left.crashes > 0;
            if let Doing::Turn(turn) = &mut worker.doing {
                turn.forget();
            }
        }
        // Who is idle holds nothing.
        let idle = |who: u8| self.workers.get(usize::from(who)).is_none_or(|one| one.doing == Doing::Idle);
        if self.lane.token.is_some_and(idle) {
            self.lane.token = None;
        }
        if self.lane.token.is_none() {
            self.lane.lease_until = crate::ambient::Millis(0);
        }
    }

    /// All events that are under way, wait, or are worked on.
    fn events(&self) -> impl Iterator<Item = Event> + '_ {
        let wire = self.platforms.wire.iter().map(|(event, _)| *event);
        let rows = self.rows.iter().map(|row| row.event);
        let hands = self.workers.iter().flat_map(|worker| worker.hand.iter().map(|row| row.event));
        let doing = self.workers.iter().filter_map(|worker| match &worker.doing {
            Doing::Idle | Doing::Looks => None,
            Doing::Turn(turn) => Some(turn.row.event),
            Doing::GivesBack(row) | Doing::PutsAside(row) => Some(row.event),
            Doing::Records(about, ..) => Some(match about {
                About::Comment(id) => Event::CommentWritten(*id),
                About::Message(id) => Event::MessageWritten(*id),
            }),
        });
        wire.chain(rows).chain(hands).chain(doing)
    }

    /// A thing that nobody will change and no event tells of stays as it is for ever. If it is as
    /// it must be in the end, nothing more can be learned from it.
    fn forget_what_is_over(&mut self, setting: &Setting) {
        if setting.same_words || setting.ends_unlike() || !self.copies_are_single() {
            return;
        }
        for thing in 0..u8::try_from(self.things.len()).unwrap_or(0) {
            let there = self.things.get(usize::from(thing)).copied().flatten().is_some();
            let over = there
                && !self.to_come(setting).any(|deed| deed.about() == thing)
                && !self.events().any(|event| self.thing_of(event.about()) == Some(thing))
                && self.is_alike_in(setting, thing)
                && self.stays_away(setting, thing);
            if !over {
                continue;
            }
            let of = |world: &Self, about| world.thing_of(about) == Some(thing);
            let comments = self.platforms.comments.all().map(|(id, _)| id);
            let comments: Vec<u8> = comments.filter(|id| of(self, About::Comment(*id))).collect();
            let messages = self.platforms.messages.all().map(|(id, _)| id);
            let messages: Vec<u8> = messages.filter(|id| of(self, About::Message(*id))).collect();
            self.platforms.comments.retain(|id| !comments.contains(&id));
            self.platforms.messages.retain(|id| !messages.contains(&id));
            self.pairs.retain(|pair| !messages.contains(&pair.message));
            self.intents.retain(|intent| match intent.about {
                About::Comment(id) => !comments.contains(&id),
                About::Message(id) => !messages.contains(&id),
            });
            if let Some(place) = self.things.get_mut(usize::from(thing)) {
                *place = None;
            }
        }
    }

    /// Whether a second delivery can do anything but wake the lane.
    pub fn knows_deliveries(setting: &Setting) -> bool {
        setting.reduced && setting.has(Guard::DedupAtTheDoor)
    }
}

impl Event {
    /// What it tells of.
    pub fn about(self) -> About {
        match self {
            Self::CommentWritten(id) | Self::CommentEdited(id, _) | Self::CommentDeleted(id) => {
                About::Comment(id)
            }
            Self::MessageWritten(id) | Self::MessageEdited(id, _) | Self::MessageDeleted(id, _) => {
                About::Message(id)
            }
        }
    }
}

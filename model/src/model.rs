//! What may happen next in a world, and what must hold in every one of them.

use stateright::{Model, Property};

use crate::reduction::Explored;
use crate::setting::{Deed, Setting, Side};
use crate::turn::Turn;
use crate::worker::{Doing, Outcome};
use crate::world::{About, World};

/// What happens next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Next {
    /// Somebody does what comes next for them.
    Person(usize),
    /// An event arrives; it may stay under way, to come again.
    Arrives(usize, bool),
    /// A worker leases the lane.
    Claims(u8),
    /// A worker takes its next step.
    Steps(u8, Outcome),
    /// A worker dies.
    Dies(u8),
    /// A worker stands still for longer than its lease lasts.
    StandsStill(u8),
    /// Everybody logs in.
    LogsIn,
    /// An event comes again that the door knows.
    ComesAgain,
    /// Somebody does the next so many things, and the event of the last arrives at once.
    Tells(usize, u8),
}

/// The one thing that must happen in some schedule; all others must hold in each.
pub const COMES_TO_REST: &str = "it comes to rest";
/// More changes than people and their echoes can make.
const MOST: u8 = 12;

impl Model for Setting {
    type State = World;
    type Action = Next;

    fn init_states(&self) -> Vec<World> {
        vec![World::new(self)]
    }

    fn actions(&self, world: &World, actions: &mut Vec<Next>) {
        if world.wrong.is_some() {
            return;
        }
        let explored = world.explored(self);
        for (who, worker) in (0..).zip(&world.workers).filter(|(who, _)| explored.has_worker(*who)) {
            match &worker.doing {
                Doing::Idle => continue,
                Doing::GivesBack(_) if world.left.given_up > 0 && !matches!(explored, Explored::Loser(_)) => {
                    actions.push(Next::Steps(who, Outcome::GivenUp));
                }
                Doing::Looks => {
                    actions.push(Next::Steps(who, Outcome::Well));
                    continue;
                }
                // With fewer faults left it can do no more than with these.
                Doing::Turn(turn) if !matches!(explored, Explored::Loser(_)) => {
                    let may = turn.may_fail().iter().filter(|outcome| world.may_turn_out(turn, **outcome));
                    actions.extend(may.map(|outcome| Next::Steps(who, *outcome)));
                }
                _ => {}
            }
            actions.push(Next::Steps(who, Outcome::Well));
            if matches!(explored, Explored::Loser(_)) {
                return;
            }
            // Whoever dies before anything was changed might as well not have begun; and who only
            // reads after a standstill learns more than who has read before.
            let turn = if let Doing::Turn(turn) = &worker.doing { Some(turn) } else { None };
            if world.left.crashes > 0 && (worker.touched || turn.is_some_and(|turn| turn.has_just_begun())) {
                actions.push(Next::Dies(who));
            }
            let changes = turn.is_none_or(|turn| turn.is_about_to_change_something());
            if world.left.stalls > 0 && world.lane.token == Some(who) && !worker.doubts && changes {
                actions.push(Next::StandsStill(who));
            }
        }
        for who in 0..self.scripts.len() {
            let beside = match explored {
                Explored::All => !self.tells(),
                Explored::WorkerAnd(_, thing) => world.concerns(self, who, thing),
                Explored::Worker(_) | Explored::Loser(_) => false,
            };
            if beside && world.next_deed(self, who).is_some_and(|(deed, _)| world.can(deed)) {
                actions.push(Next::Person(who));
            }
        }
        if explored != Explored::All {
            return;
        }
        let idle = (0..).zip(&world.workers).find(|(_, worker)| worker.doing == Doing::Idle);
        if let Some((who, _)) = idle
            && world.may_claim(self)
        {
            actions.push(Next::Claims(who));
        }
        if world.would_be_taken(self) {
            world.arrivals(self, actions);
        }
        // Where it has work already, that changes nothing.
        if World::knows_deliveries(self)
            && world.left.duplicates > 0
            && (world.lane.ready_at, world.lane.due_at) == (None, None)
        {
            actions.push(Next::ComesAgain);
        }
        if world.rows.iter().any(|row| row.aside) {
            actions.push(Next::LogsIn);
        }
    }

    fn next_state(&self, world: &World, next: Next) -> Option<World> {
        let before = world;
        let mut world = world.clone();
        match next {
            Next::Person(who) => world.does(self, who),
            Next::Arrives(which, again) => world.arrives(self, which, again),
            Next::Claims(who) => world.claims(self, who),
            Next::Steps(who, outcome) => {
                world.steps(self, who, outcome);
                if let Explored::Loser(_) = before.explored(self)
                    && !world.has_same_shared(before)
                {
                    world.is_wrong("who has lost the lane changes something");
                }
            }
            Next::Dies(who) => {
                world.left.crashes -= 1;
                world.dies(who);
            }
            Next::StandsStill(who) => {
                world.left.stalls -= 1;
                world.stands_still(who);
            }
            Next::LogsIn => world.logs_in(),
            Next::ComesAgain => world.comes_again(),
            Next::Tells(who, deeds) => {
                for _ in 0..deeds {
                    if !world.next_deed(self, who).is_some_and(|(deed, _)| world.can(deed)) {
                        return None;
                    }
                    world.does(self, who);
                }
                let told =
                    world.platforms.wire.iter().position(|entry| world.platforms.told == Some(entry.0));
                world.arrives(self, told?, false);
            }
        }
        Some(world.in_order(self))
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("at most one copy a side", |_: &Self, world: &World| world.copies_are_single()),
            Property::always("both sides alike in the end", |setting: &Self, world: &World| {
                !world.is_at_rest() || setting.ends_unlike() || world.is_alike(setting)
            }),
            Property::always("nothing deleted comes back", |setting: &Self, world: &World| {
                world.wrong != Some("something deleted comes back")
                    && (!world.is_at_rest() || setting.ends_unlike() || world.deleted_stay_away(setting))
            }),
            Property::always("lane order, each event once", |_: &Self, world: &World| {
                world.wrong.is_none_or(|wrong| wrong == "something deleted comes back")
            }),
            Property::always("no lane is stuck", |setting: &Self, world: &World| !world.is_stuck(setting)),
            Property::always("it comes to an end", |_: &Self, world: &World| !world.goes_on_for_ever()),
            Property::always("nothing is told twice", |setting: &Self, world: &World| {
                usize::from(world.platforms.notices) <= world.edits_so_far(setting)
            }),
            Property::sometimes(COMES_TO_REST, |setting: &Self, world: &World| {
                world.is_at_rest()
                    && (0..setting.scripts.len()).all(|who| world.next_deed(setting, who).is_none())
            }),
        ]
    }
}

impl World {
    /// Whether a step of a turn may turn out like that.
    fn may_turn_out(&self, turn: &Turn, outcome: Outcome) -> bool {
        match outcome {
            Outcome::Well | Outcome::GivenUp => true,
            Outcome::Lost | Outcome::Unknown => self.left.unknown > 0,
            Outcome::Aside => self.left.asides > 0,
            // Else it reads what its event says.
            Outcome::Late => match turn.about() {
                About::Message(id) => self
                    .platforms
                    .message(id)
                    .is_some_and(|message| message.deleted || message.edited.is_some()),
                About::Comment(_) => false,
            },
        }
    }

    /// Everything that may arrive.
    fn arrivals(&self, setting: &Setting, actions: &mut Vec<Next>) {
        let mut before = None;
        for (which, entry) in self.platforms.wire.iter().enumerate() {
            if before == Some(entry) {
                continue;
            }
            before = Some(entry);
            actions.push(Next::Arrives(which, false));
            if self.left.duplicates > 0 && !entry.1 && !Self::knows_deliveries(setting) {
                actions.push(Next::Arrives(which, true));
            }
        }
        if setting.tells() {
            for who in 0..setting.scripts.len() {
                let left = self.to_come_of(setting, who).count();
                actions
                    .extend((1..=left).filter_map(|deeds| Some(Next::Tells(who, u8::try_from(deeds).ok()?))));
            }
        }
    }

    /// Nothing is under way, and nobody works.
    pub fn is_at_rest(&self) -> bool {
        self.platforms.wire.iter().all(|(_, again)| *again)
            && self.rows.is_empty()
            && self.workers.iter().all(|worker| worker.doing == Doing::Idle)
    }

    /// No thing has two copies on a side.
    pub fn copies_are_single(&self) -> bool {
        let comments = self.platforms.comments.all().filter(|(_, comment)| !comment.deleted);
        let messages = self.platforms.messages.all().filter(|(_, message)| !message.deleted);
        let of_comments: Vec<About> = comments.map(|(id, _)| self.root(About::Comment(id))).collect();
        let of_messages: Vec<About> = messages.map(|(id, _)| self.root(About::Message(id))).collect();
        [of_comments, of_messages].into_iter().all(|mut roots| {
            let all = roots.len();
            roots.sort_unstable();
            roots.dedup();
            roots.len() == all
        })
    }

    /// What the comment says in the chat, and what the message says.
    pub fn both(&self, thing: u8) -> (Option<u8>, Option<u8>) {
        let comment = self.comment_of(thing).and_then(|id| self.platforms.comment(id));
        let message = self.message_of(thing).and_then(|id| self.platforms.message(id));
        (
            comment.filter(|comment| !comment.deleted && comment.shown).map(|comment| comment.text),
            message.filter(|message| !message.deleted).map(|message| message.text),
        )
    }

    fn is_alike(&self, setting: &Setting) -> bool {
        // Whatever else is there is a copy of something.
        let comments = self.platforms.comments.all().filter(|(_, comment)| comment.copy_of.is_none()).count();
        let messages = self.platforms.messages.all().filter(|(_, message)| message.copy_of.is_none()).count();
        comments + messages == self.things.iter().flatten().count()
            && (0..)
                .zip(&self.things)
                .filter(|(_, about)| about.is_some())
                .all(|(thing, _)| self.is_alike_in(setting, thing))
    }

    /// Whether both sides of one thing are as they must be in the end.
    pub fn is_alike_in(&self, setting: &Setting, thing: u8) -> bool {
        let (comment, message) = self.both(thing);
        comment == message && (self.may_be_gone(setting, thing) || self.stands(thing))
    }

    /// Whether somebody has deleted it, and has not thought better of it.
    fn may_be_gone(&self, setting: &Setting, thing: u8) -> bool {
        // Who has deleted the comment has the last word, whatever became of the message.
        if self.done(setting).any(|deed| deed == Deed::Delete(Side::Issue, thing)) {
            return true;
        }
        let chat = |deed: &Deed| *deed == Deed::Delete(Side::Chat, thing) || *deed == Deed::Undelete(thing);
        let mut last =
            (0..setting.scripts.len()).filter_map(|who| self.done_by(setting, who).filter(chat).last());
        !matches!((last.next(), last.next()), (None, _) | (Some(Deed::Undelete(_)), None))
    }

    /// Whether the comment is there, and the message too if the chat may see the comment.
    fn stands(&self, thing: u8) -> bool {
        let comment = self.comment_of(thing).and_then(|id| self.platforms.comment(id));
        comment.is_some_and(|comment| !comment.deleted)
    }

    fn deleted_stay_away(&self, setting: &Setting) -> bool {
        (0..).zip(&self.things).all(|(thing, _)| self.stays_away(setting, thing))
    }

    /// Whether a thing that somebody has deleted is on neither side.
    pub fn stays_away(&self, setting: &Setting, thing: u8) -> bool {
        let deleted = self.done(setting).any(|deed| matches!(deed, Deed::Delete(_, of) if of == thing));
        let back = self.done(setting).any(|deed| deed == Deed::Undelete(thing) || deed == Deed::Open(thing));
        !deleted || back || self.both(thing) == (None, None)
    }

    fn done<'a>(&'a self, setting: &'a Setting) -> impl Iterator<Item = Deed> + 'a {
        (0..setting.scripts.len()).flat_map(|who| self.done_by(setting, who))
    }

    fn done_by<'a>(&'a self, setting: &'a Setting, who: usize) -> impl Iterator<Item = Deed> + 'a {
        let so_far = self.scripts.get(who).copied().unwrap_or(0);
        setting.scripts.get(who).into_iter().flatten().take(usize::from(so_far)).copied()
    }

    fn edits_so_far(&self, setting: &Setting) -> usize {
        self.done(setting).filter(|deed| matches!(deed, Deed::Edit(..))).count()
    }

    /// Something is due, nobody works on it, and nobody can come for it.
    fn is_stuck(&self, setting: &Setting) -> bool {
        self.due().next().is_some()
            && self.workers.iter().all(|worker| worker.doing == Doing::Idle)
            && !self.may_claim(setting)
    }

    fn goes_on_for_ever(&self) -> bool {
        self.platforms.comments.len() > 6
            || self.platforms.messages.len() > 6
            || self.platforms.comments.all().any(|(_, comment)| comment.updated > MOST)
            || self.platforms.messages.all().any(|(_, message)| message.edited.unwrap_or(0) > MOST)
    }
}

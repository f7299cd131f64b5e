//! A world at one moment: both platforms, the database, the workers, and what may still happen.

use crate::ambient::Millis;
use crate::bridge::machine::turn::Known;
use crate::platforms::{Event, Platforms};
use crate::queue::rules::LaneRow;
use crate::setting::{Deed, Setting, Side};
use crate::store::{Origin, Sides};
use crate::worker::Worker;

/// What time it is: time stands still, and a lease ends when the explorer says so.
pub const NOW: Millis = Millis(5);
/// When a lease ends that is taken now.
pub const LATER: Millis = Millis(9);
/// When a lease ended that has run out.
pub const BEFORE: Millis = Millis(1);

/// What was written by a person: a comment or a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum About {
    /// A comment.
    Comment(u8),
    /// A message.
    Message(u8),
}

/// An event in the lane.
#[expect(clippy::struct_excessive_bools, reason = "a row of a table: each is a column of its own")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Row {
    /// The event.
    pub event: Event,
    /// The arrival that it is: two of one event are a duplicate.
    pub again: bool,
    /// Some time has passed since it arrived.
    pub old: bool,
    /// It waits for a login.
    pub aside: bool,
    /// It has waited for one.
    pub late: bool,
    /// The chat was told that it could not be carried over.
    pub told: bool,
}

/// A pair as it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PairRow {
    /// The comment; none where the message was deleted before it was relayed.
    pub comment: Option<u8>,
    /// The message.
    pub message: u8,
    /// Where the words were written first.
    pub origin: Origin,
    /// Whether the bot wrote the copy.
    pub by_bot: bool,
    /// What has been carried over.
    pub sides: Sides,
}

/// An intent as it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IntentRow {
    /// What is copied.
    pub about: About,
    /// What the copy says.
    pub text: u8,
}

/// How often something may still go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Left {
    /// A worker dies.
    pub crashes: u8,
    /// A worker stands still for longer than its lease lasts.
    pub stalls: u8,
    /// Nobody knows whether a call had its effect.
    pub unknown: u8,
    /// An event comes twice.
    pub duplicates: u8,
    /// A login is missing.
    pub asides: u8,
    /// What has failed is given up.
    pub given_up: u8,
}

/// A world at one moment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct World {
    /// Both platforms.
    pub platforms: Platforms,
    /// What people have written so far.
    pub things: Vec<Option<About>>,
    /// How far everybody is with what they do.
    pub scripts: Vec<u8>,
    /// The lane's events that are not over, in the order of their arrival.
    pub rows: Vec<Row>,
    /// The lane.
    pub lane: LaneRow<u8>,
    /// Intents.
    pub intents: Vec<IntentRow>,
    /// Pairs.
    pub pairs: Vec<PairRow>,
    /// Workers.
    pub workers: Vec<Worker>,
    /// What may still go wrong.
    pub left: Left,
    /// What must never happen, and has.
    pub wrong: Option<&'static str>,
}

impl World {
    /// Nothing has happened yet.
    pub fn new(setting: &Setting) -> Self {
        Self {
            platforms: Platforms::default(),
            things: vec![None; setting.things()],
            scripts: vec![0; setting.scripts.len()],
            rows: Vec::new(),
            lane: LaneRow::default(),
            intents: Vec::new(),
            pairs: Vec::new(),
            workers: vec![Worker::default(); usize::from(setting.workers)],
            left: Left {
                crashes: setting.crashes,
                stalls: setting.stalls,
                unknown: setting.unknown,
                duplicates: setting.duplicates,
                asides: setting.asides,
                given_up: setting.given_up,
            },
            wrong: None,
        }
    }

    /// Something has happened that must never happen.
    pub fn is_wrong(&mut self, what: &'static str) {
        self.wrong = self.wrong.or(Some(what));
    }

    /// What somebody has written that this is, or is a copy of, or a copy of a copy.
    pub fn root(&self, mut about: About) -> About {
        loop {
            let of = match about {
                About::Comment(id) => {
                    self.platforms.comment(id).and_then(|one| one.copy_of).map(About::Message)
                }
                About::Message(id) => {
                    self.platforms.message(id).and_then(|one| one.copy_of).map(About::Comment)
                }
            };
            match of {
                Some(of) => about = of,
                None => return about,
            }
        }
    }

    /// Which of the things that people write this belongs to.
    pub fn thing_of(&self, about: About) -> Option<u8> {
        let root = self.root(about);
        (0..).zip(&self.things).find(|(_, thing)| **thing == Some(root)).map(|(thing, _)| thing)
    }

    /// The comment of something: the one that stands, or was the last.
    pub fn comment_of(&self, thing: u8) -> Option<u8> {
        let root = (*self.things.get(usize::from(thing))?)?;
        latest(self.platforms.comments.all().filter_map(|(id, comment)| {
            (self.root(About::Comment(id)) == root).then_some((id, comment.deleted))
        }))
    }

    /// The message of something: the one that stands, or was the last.
    pub fn message_of(&self, thing: u8) -> Option<u8> {
        let root = (*self.things.get(usize::from(thing))?)?;
        latest(self.platforms.messages.all().filter_map(|(id, message)| {
            (self.root(About::Message(id)) == root).then_some((id, message.deleted))
        }))
    }

    /// Whether somebody can do this now.
    pub fn can(&self, deed: Deed) -> bool {
        let comment = |thing, wanted: fn(&crate::platforms::Comment) -> bool| {
            self.comment_of(thing).and_then(|id| self.platforms.comment(id)).is_some_and(wanted)
        };
        let message = |thing, deleted: bool| {
            let Some((id, message)) =
                self.message_of(thing).and_then(|id| Some((id, self.platforms.message(id)?)))
            else {
                return false;
            };
            // A limit of the protocol: a copy is known again by its text, so what its author edits
            // or deletes before it was paired is not.
            let unpaired = message.copy_of.is_some_and(|of| {
                self.intents.iter().any(|intent| intent.about == About::Comment(of))
                    || !self.pairs.iter().any(|pair| pair.message == id)
            });
            // Nobody but the bot changes what the bot wrote.
            message.deleted == deleted && !unpaired && !message.by_bot
        };
        match deed {
            Deed::Write(..) => true,
            Deed::Edit(Side::Issue, thing) => comment(thing, |comment| !comment.deleted),
            // A limit: a copy that somebody deletes before it was paired can't be found any more.
            Deed::Delete(Side::Issue, thing) => {
                comment(thing, |comment| !comment.deleted)
                    && (comment(thing, |comment| comment.copy_of.is_none())
                        || self.pairs.iter().any(|pair| pair.comment == self.comment_of(thing)))
            }
            Deed::Edit(Side::Chat, thing) | Deed::Delete(Side::Chat, thing) => message(thing, false),
            Deed::Undelete(thing) => message(thing, true),
            Deed::Restrict(thing) => comment(thing, |comment| !comment.deleted && comment.shown),
            Deed::Open(thing) => comment(thing, |comment| !comment.deleted && !comment.shown),
        }
    }

    /// Somebody does the next thing.
    pub fn does(&mut self, setting: &Setting, who: usize) {
        let Some((deed, so_far)) = self.next_deed(setting, who) else { return };
        let text = u8::try_from(who * 8 + so_far).unwrap_or(u8::MAX) + 1;
        let (comment, message) = match deed {
            Deed::Write(..) => (None, None),
            Deed::Edit(_, thing) | Deed::Delete(_, thing) => (self.comment_of(thing), self.message_of(thing)),
            Deed::Undelete(thing) | Deed::Restrict(thing) | Deed::Open(thing) => {
                (self.comment_of(thing), self.message_of(thing))
            }
        };
        let platforms = &mut self.platforms;
        match (deed, comment, message) {
            (Deed::Write(side, thing), ..) => {
                let text = if setting.same_words { 1 } else { text };
                let row = setting.row_of(thing);
                let about = match side {
                    Side::Issue => About::Comment(platforms.write_comment(row, text, None)),
                    Side::Chat => About::Message(platforms.write_message(row, text, None, false)),
                };
                if let Some(place) = self.things.get_mut(usize::from(thing)) {
                    *place = Some(about);
                }
            }
            (Deed::Edit(Side::Issue, _), Some(id), _) => drop(platforms.change_comment(id, Some(text), None)),
            (Deed::Edit(Side::Chat, _), _, Some(id)) => drop(platforms.edit_message(id, text, false)),
            (Deed::Delete(Side::Issue, _), Some(id), _) => platforms.delete_comment(id),
            (Deed::Delete(Side::Chat, _), _, Some(id)) => platforms.delete_message(id, true, false),
            (Deed::Undelete(_), _, Some(id)) => platforms.delete_message(id, false, false),
            (Deed::Restrict(_), Some(id), _) => drop(platforms.change_comment(id, None, Some(false))),
            (Deed::Open(_), Some(id), _) => drop(platforms.change_comment(id, None, Some(true))),
            _ => {}
        }
        if let Some(place) = self.scripts.get_mut(who) {
            *place += 1;
        }
    }

    /// Who has come to something that they can't do any more.
    pub fn stuck_person(&self, setting: &Setting) -> Option<usize> {
        (0..setting.scripts.len())
            .find(|&who| self.next_deed(setting, who).is_some_and(|(deed, _)| !self.can(deed)))
    }

    /// What somebody does next, and how much they have done so far.
    pub fn next_deed(&self, setting: &Setting, who: usize) -> Option<(Deed, usize)> {
        let so_far = usize::from(*self.scripts.get(who)?);
        Some((*setting.scripts.get(who)?.get(so_far)?, so_far))
    }

    /// An event arrives; it may stay under way, to come again.
    pub fn arrives(&mut self, setting: &Setting, which: usize, again: bool) {
        let Some((event, before)) = self.platforms.wire.get(which).copied() else { return };
        if again {
            self.left.duplicates = self.left.duplicates.saturating_sub(1);
            if let Some(entry) = self.platforms.wire.get_mut(which) {
                entry.1 = true;
            }
            self.platforms.wire.sort_unstable();
        } else {
            self.platforms.wire.remove(which);
        }
        self.lane.extend(NOW);
        if before && setting.has(crate::guard::Guard::DedupAtTheDoor) {
            return;
        }
        self.rows.push(Row { event, again: before, old: false, aside: false, late: false, told: false });
    }

    /// Time passes: what has arrived is not fresh any more.
    pub fn time_passes(&mut self) {
        for row in &mut self.rows {
            row.old |= matches!(row.event, Event::MessageWritten(_));
        }
    }

    /// Everybody has logged in who was waited for.
    pub fn logs_in(&mut self) {
        for row in &mut self.rows {
            row.old |= row.aside && matches!(row.event, Event::MessageWritten(_));
            row.late |= row.aside;
            row.aside = false;
        }
        self.lane.rouse(NOW);
    }

    /// The events that may be worked on.
    pub fn due(&self) -> impl Iterator<Item = Row> + '_ {
        self.rows.iter().copied().filter(|row| !row.aside)
    }

    /// A delivery comes again that the door knows: it wakes the lane.
    pub fn comes_again(&mut self) {
        self.left.duplicates = self.left.duplicates.saturating_sub(1);
        self.lane.extend(NOW);
    }

    /// Two workers are alike: the order in which they are listed does not matter.
    #[must_use]
    pub fn in_order(mut self, setting: &Setting) -> Self {
        if setting.reduced && self.wrong.is_none() {
            self.forget(setting);
        }
        if let [one, other] = self.workers.as_mut_slice()
            && *other < *one
        {
            std::mem::swap(one, other);
            self.lane.token = self.lane.token.map(|token| 1 - token);
        }
        self.platforms.told = None;
        self.pairs.sort_unstable();
        self.intents.sort_unstable();
        self
    }
}

/// The last that is not deleted, else the last.
fn latest(all: impl Iterator<Item = (u8, bool)>) -> Option<u8> {
    all.max_by_key(|(id, deleted)| (!deleted, *id)).map(|(id, _)| id)
}

impl From<PairRow> for Known {
    fn from(row: PairRow) -> Self {
        Self { origin: row.origin, by_bot: row.by_bot, comment: row.comment.is_some(), sides: row.sides }
    }
}

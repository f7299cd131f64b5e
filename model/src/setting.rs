//! What happens in a world: what people do, and how often something goes wrong.

use crate::guard::Guard;

/// A side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// Jira.
    Issue,
    /// Teams.
    Chat,
}

/// What a person does; the number is that of what was written, with its copies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Deed {
    /// They write it first, on this side.
    Write(Side, u8),
    /// They edit it on this side.
    Edit(Side, u8),
    /// They delete it on this side.
    Delete(Side, u8),
    /// They bring the message back.
    Undelete(u8),
    /// They restrict the comment: it is not for the chat any more.
    Restrict(u8),
    /// They open the comment to everybody.
    Open(u8),
}

impl Deed {
    /// Which of the things it is about.
    pub fn about(self) -> u8 {
        match self {
            Write(_, thing)
            | Edit(_, thing)
            | Delete(_, thing)
            | Undelete(thing)
            | Restrict(thing)
            | Open(thing) => thing,
        }
    }
}

/// How a world is.
#[expect(clippy::struct_excessive_bools, reason = "each is a feature of a world, with or without any other")]
#[derive(Debug, Clone)]
pub struct Setting {
    /// What it is for.
    pub name: &'static str,
    /// What people do: each does theirs in order, between each other in any.
    pub scripts: Vec<Vec<Deed>>,
    /// Whether comments are copied by the bot; else by their author.
    pub by_bot: bool,
    /// Whether all that is written at first says the same.
    pub same_words: bool,
    /// Whether Teams refuses edits: then the chat is told.
    pub refuses: bool,
    /// How many workers there are.
    pub workers: u8,
    /// How many events a worker takes at once.
    pub batch: usize,
    /// How often a worker dies.
    pub crashes: u8,
    /// How often a worker stands still for longer than its lease lasts.
    pub stalls: u8,
    /// How often nobody knows whether a call had its effect.
    pub unknown: u8,
    /// How often an event comes twice.
    pub duplicates: u8,
    /// How often a login is missing.
    pub asides: u8,
    /// How often an event whose try has failed is given up: what is on both sides is not alike then.
    pub given_up: u8,
    /// Whether the bot writes where the author's login is missing; else the event waits for it.
    pub bot_stands_in: bool,
    /// Whether steps that commute are explored in one order ([`crate::reduction`]).
    pub reduced: bool,
    /// A guard that is taken away.
    pub without: Option<Guard>,
}

use Deed::{Delete, Edit, Open, Restrict, Undelete, Write};
use Side::{Chat, Issue};

impl Setting {
    /// Nobody does anything, and nothing goes wrong.
    pub fn calm(name: &'static str, scripts: Vec<Vec<Deed>>) -> Self {
        Self {
            name,
            scripts,
            by_bot: false,
            same_words: false,
            refuses: false,
            workers: 2,
            batch: 2,
            crashes: 0,
            stalls: 0,
            unknown: 0,
            duplicates: 0,
            asides: 0,
            given_up: 0,
            bot_stands_in: false,
            reduced: true,
            without: None,
        }
    }

    fn faults(self, (crashes, stalls, unknown, duplicates): (u8, u8, u8, u8)) -> Self {
        Self { crashes, stalls, unknown, duplicates, ..self }
    }

    /// The worlds that are explored to the last state within a minute: each puts some features
    /// together.
    pub fn short() -> Vec<Self> {
        let one = |name, side, faults| {
            Self::calm(name, vec![vec![Write(side, 0), Edit(side, 0), Delete(side, 0)]]).faults(faults)
        };
        let mut worlds = vec![
            one("a comment, two crashes", Issue, (2, 0, 0, 0)),
            one("a message, two crashes", Chat, (2, 0, 0, 0)),
            one("a comment, a standstill and a crash", Issue, (1, 1, 0, 0)),
            one("a message, a standstill and a crash", Chat, (1, 1, 0, 0)),
            one("a comment, an unknown outcome, a duplicate and a crash", Issue, (1, 0, 1, 1)),
            one("a message, an unknown outcome, a duplicate and a crash", Chat, (1, 0, 1, 1)),
            one("a comment of the bot, a standstill and a crash", Issue, (1, 1, 0, 0)).of_the_bot(),
        ];
        worlds.extend(Self::of_two_people((1, 0, 0, 0)));
        worlds.extend([
            Self::calm("two comments that say the same", vec![vec![Write(Issue, 0)], vec![Write(Issue, 1)]])
                .faults((1, 1, 0, 1))
                .saying_the_same(),
            Self {
                asides: 1,
                ..Self::calm("a login is missing", vec![vec![Write(Chat, 0)]]).faults((1, 0, 1, 1))
            },
            Self {
                given_up: 1,
                ..Self::calm("a message is given up", vec![vec![Write(Chat, 0)]]).faults((1, 0, 1, 1))
            },
            Self {
                asides: 1,
                ..one("the author's login is lost, and the comment waits", Issue, (1, 0, 1, 0))
            },
            Self {
                asides: 1,
                bot_stands_in: true,
                ..one("the author's login is lost, and the bot writes", Issue, (1, 0, 1, 0))
            },
            Self {
                refuses: true,
                ..Self::calm("edits are refused", vec![vec![Write(Issue, 0), Edit(Issue, 0)]])
            }
            .faults((1, 1, 0, 1)),
        ]);
        worlds
    }

    /// A comment and a message, each edited and deleted by who wrote it.
    fn both(name: &'static str, faults: (u8, u8, u8, u8)) -> Self {
        let all = |side, thing| vec![Write(side, thing), Edit(side, thing), Delete(side, thing)];
        Self::calm(name, vec![all(Issue, 0), all(Chat, 1)]).faults(faults)
    }

    /// The worlds that take longer. In the first two there is all that is promised at once: two
    /// writers, two things, each edited and deleted, a duplicate, two workers, two crashes.
    pub fn deep() -> Vec<Self> {
        let alone = |name, side| {
            Self::calm(name, vec![vec![Write(side, 0), Edit(side, 0), Delete(side, 0)]]).faults((2, 1, 1, 1))
        };
        let mut worlds = vec![
            Self::both("two things, two crashes, a standstill", (2, 1, 0, 1)),
            Self::both("two things, two crashes, an unknown outcome", (2, 0, 1, 1)),
            alone("a comment, edited and deleted", Issue),
            alone("a comment of the bot, edited and deleted", Issue).of_the_bot(),
            alone("a message, edited and deleted", Chat),
            Self::calm("two comments that say the same", vec![vec![Write(Issue, 0)], vec![Write(Issue, 1)]])
                .faults((2, 1, 1, 1))
                .saying_the_same(),
        ];
        worlds.extend(Self::of_two_people((2, 0, 0, 1)));
        worlds
    }

    fn of_two_people(faults: (u8, u8, u8, u8)) -> Vec<Self> {
        let world = |name, scripts| Self::calm(name, scripts).faults(faults);
        vec![
            world(
                "a comment, edited and deleted by both",
                vec![
                    vec![Write(Issue, 0), Edit(Issue, 0), Delete(Issue, 0)],
                    vec![Edit(Chat, 0), Delete(Chat, 0)],
                ],
            ),
            world(
                "a message, edited and deleted by both",
                vec![
                    vec![Write(Chat, 0), Edit(Chat, 0), Delete(Chat, 0)],
                    vec![Edit(Issue, 0), Delete(Issue, 0)],
                ],
            ),
            world(
                "a message, brought back",
                vec![vec![Write(Chat, 0), Delete(Chat, 0), Undelete(0)], vec![Edit(Issue, 0)]],
            ),
            world(
                "a comment, restricted and opened",
                vec![vec![Write(Issue, 0), Restrict(0), Open(0)], vec![Edit(Chat, 0)]],
            ),
            world(
                "a comment and a message",
                vec![vec![Write(Issue, 0), Edit(Issue, 0)], vec![Write(Chat, 1), Delete(Chat, 1)]],
            ),
        ]
    }

    fn of_the_bot(self) -> Self {
        Self { by_bot: true, ..self }
    }

    fn saying_the_same(self) -> Self {
        Self { same_words: true, ..self }
    }

    /// How many comments and messages people write.
    pub fn things(&self) -> usize {
        self.scripts.iter().flatten().filter(|deed| matches!(deed, Deed::Write(..))).count()
    }

    /// The same world, every step by itself.
    #[must_use]
    pub fn unreduced(&self) -> Self {
        Self { reduced: false, ..self.clone() }
    }

    /// Whether both sides need not be alike in the end.
    pub fn ends_unlike(&self) -> bool {
        self.refuses || self.given_up > 0
    }

    /// Whether people do things only where that makes a difference: each sees to things of their own.
    pub fn tells(&self) -> bool {
        let of = |script: &[Deed]| script.iter().map(|deed| deed.about()).collect::<Vec<u8>>();
        let mut others = self.scripts.iter().map(|script| of(script));
        let Some(first) = others.next() else { return false };
        // Two workers, or two things, that get in each other's way need every order.
        let apart = self.has(Guard::Lease) && !self.same_words;
        self.reduced && apart && others.all(|other| other.iter().all(|thing| !first.contains(thing)))
    }

    /// Whose row of numbers the copies of a thing are from. Where two things say the same, a look
    /// finds the newest, so that the order of their making counts.
    pub fn row_of(&self, thing: u8) -> Option<u8> {
        (self.reduced && !self.same_words).then_some(thing)
    }

    /// The same world without one guard.
    #[must_use]
    pub fn without(&self, guard: Guard) -> Self {
        Self { without: Some(guard), ..self.clone() }
    }

    /// Whether the guard is there.
    pub fn has(&self, guard: Guard) -> bool {
        self.without != Some(guard)
    }
}

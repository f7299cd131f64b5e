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

/// How a world is.
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
    /// How often an event has to wait for a login.
    pub asides: u8,
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
            without: None,
        }
    }

    fn faults(self, crashes: u8, stalls: u8, unknown: u8, duplicates: u8) -> Self {
        Self { crashes, stalls, unknown, duplicates, ..self }
    }

    /// The worlds that are explored to the last state.
    pub fn all() -> Vec<Self> {
        let comment = || vec![Write(Issue, 0), Edit(Issue, 0), Delete(Issue, 0)];
        let message = || vec![Write(Chat, 0), Edit(Chat, 0), Delete(Chat, 0)];
        vec![
            Self::calm("comment: edited, deleted", vec![comment()]).faults(2, 1, 1, 1),
            Self::calm("comment of the bot: edited, deleted", vec![comment()])
                .faults(2, 1, 1, 1)
                .of_the_bot(),
            Self::calm("message: edited, deleted", vec![message()]).faults(2, 1, 1, 1),
            Self::calm("comment: both edit, both delete", vec![comment(), vec![Edit(Chat, 0), Delete(Chat, 0)]])
                .faults(1, 1, 0, 0),
            Self::calm("message: both edit, both delete", vec![message(), vec![Edit(Issue, 0), Delete(Issue, 0)]])
                .faults(1, 1, 0, 0),
            Self::calm(
                "message: brought back, comment deleted",
                vec![vec![Write(Chat, 0), Delete(Chat, 0), Undelete(0)], vec![Edit(Issue, 0)]],
            )
            .faults(2, 0, 0, 0),
            Self::calm(
                "comment: restricted and opened, message edited",
                vec![vec![Write(Issue, 0), Restrict(0), Open(0)], vec![Edit(Chat, 0)]],
            )
            .faults(2, 0, 0, 0),
            Self::calm("two comments that say the same", vec![vec![Write(Issue, 0)], vec![Write(Issue, 1)]])
                .faults(2, 1, 1, 1)
                .saying_the_same(),
            Self::calm("a comment and a message", vec![
                vec![Write(Issue, 0), Edit(Issue, 0), Delete(Issue, 0)],
                vec![Write(Chat, 1), Edit(Chat, 1), Delete(Chat, 1)],
            ])
            .faults(1, 0, 0, 0),
            Self { asides: 1, ..Self::calm("a login is missing", vec![vec![Write(Chat, 0)]]).faults(1, 0, 1, 1) },
            Self { refuses: true, ..Self::calm("edits are refused", vec![vec![Write(Issue, 0), Edit(Issue, 0)]]) }
                .faults(1, 1, 0, 1),
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

//! Nothing is to be written, or nothing can be, but an earlier try may have written it: it is
//! looked for, and paired, so that it is known for a copy and can go like any other.

use super::following::{follow_comment, follow_message};
use super::seen::{CommentSeen, Heard, Known, Seen};
use super::turn::{Action, Record, State, end};
use crate::ambient::Millis;
use crate::bridge::reason;
use crate::store::{CommentSide, MessageSide, Sides};

/// What to go on with once it is known what an earlier try has written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Doubt {
    /// Nobody wants the copy any more.
    Unwanted(Unwanted),
    /// Nobody can write the copy now: its event is about to leave the lane without it.
    Hindered(Hindered),
    /// The copy is there, and may say what its original said before.
    Found(Found),
}

/// What was read, and asks for no copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Unwanted {
    pub(super) heard: Heard,
    pub(super) seen: Seen,
    /// The pair whose other half was to be replaced.
    pub(super) instead: Option<Known>,
}

/// A copy that can't be written now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hindered {
    heard: Heard,
    /// What a message that is there has carried over of its comment.
    carried: CommentSide,
    /// Whether it takes the place of one that is gone for good.
    replaces: bool,
}

/// What stands now on the changed side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Found(Seen);

impl Doubt {
    pub(super) fn found(now: Seen) -> Self {
        Self::Found(Found(now))
    }

    pub(super) fn adopt<Id>(self, found: Option<(Id, Millis)>) -> (State, Action<Id>) {
        let (copy, created) = match found {
            Some((copy, created)) => (Some(copy), created),
            None => (None, Millis(0)),
        };
        let written = CommentSide::Shown(created);
        let (comment, replaces) = match self {
            Self::Unwanted(Unwanted { seen: Seen::Comment(_), instead, .. }) => {
                (CommentSide::STALE, instead.is_some())
            }
            Self::Unwanted(Unwanted { instead, .. }) => (written, instead.is_some()),
            // Nothing was found and nobody could write: the intent stays, for the try that can.
            Self::Hindered(_) if copy.is_none() => return (State::Ended, Action::StandAside),
            Self::Hindered(Hindered {
                heard: Heard::CommentWritten | Heard::CommentChanged,
                carried,
                replaces,
            }) => (carried, replaces),
            Self::Hindered(Hindered { replaces, .. }) => (written, replaces),
            // It is known what to adopt, and nobody looks again.
            Self::Found(_) => return (State::Ended, Action::Nothing),
        };
        let sides = Sides { comment, message: MessageSide::Live(None) };
        (State::Adopting(self), Action::Adopt { copy, sides, replaces })
    }

    /// Goes on with the pair that was adopted, if any was.
    pub(super) fn resolved<Id>(self, adopted: Option<Known>) -> (State, Action<Id>) {
        match (self, adopted) {
            (Self::Unwanted(unwanted), _) => unwanted.resolved(adopted),
            // Whatever was changed since has an event of its own.
            (Self::Hindered(Hindered { heard, .. }), Some(_)) if !heard.tells_of_a_change() => {
                end(reason::RELAYED)
            }
            // What this one tells of is carried over when it comes back.
            (Self::Hindered(_), _) => (State::Ended, Action::StandAside),
            (Self::Found(Found(Seen::Comment(now))), Some(known)) => follow_comment(known, now),
            (Self::Found(Found(Seen::Message(now))), Some(known)) => follow_message(known, now),
            (Self::Found(_), None) => (State::Ended, Action::Nothing),
        }
    }
}

impl Unwanted {
    fn resolved<Id>(self, adopted: Option<Known>) -> (State, Action<Id>) {
        let Some(known) = adopted.or(self.instead) else { return self.nothing_begun() };
        match self.seen {
            // It was never in the chat, as far as anybody knows: why it is taken back is why it
            // would not have been relayed.
            Seen::Comment(seen) if self.instead.is_none() => {
                follow_comment(known, CommentSeen::Withheld(self.why(seen)))
            }
            Seen::Comment(seen) => follow_comment(known, seen),
            Seen::Message(seen) => follow_message(known, seen),
        }
    }

    fn nothing_begun<Id>(self) -> (State, Action<Id>) {
        match self.seen {
            Seen::Comment(seen) => end(self.why(seen)),
            Seen::Message(_) if self.heard == Heard::MessageWritten => end(reason::MESSAGE_GONE),
            // Its words may still be under way.
            Seen::Message(_) => (State::Ended, Action::End(reason::NOT_RELAYED, Record::NeverRelayed)),
        }
    }

    fn why(self, seen: CommentSeen) -> &'static str {
        match seen {
            CommentSeen::Withheld(reason) => reason,
            _ if self.heard == Heard::CommentWritten => reason::COMMENT_GONE,
            _ => reason::NOT_RELAYED,
        }
    }
}

/// Whether an earlier try has stored an intent is to be read: nobody wants the copy any more.
pub(super) fn unwanted<Id>(heard: Heard, seen: Seen, instead: Option<Known>) -> (State, Action<Id>) {
    read_intent(Doubt::Unwanted(Unwanted { heard, seen, instead }))
}

/// The same before an event leaves the lane without its copy.
pub(super) fn hindered<Id>(heard: Heard, carried: CommentSide, replaces: bool) -> (State, Action<Id>) {
    read_intent(Doubt::Hindered(Hindered { heard, carried, replaces }))
}

fn read_intent<Id>(doubt: Doubt) -> (State, Action<Id>) {
    (State::ReadingIntent(doubt), Action::ReadIntent)
}

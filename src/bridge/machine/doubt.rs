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
    /// What a copy that is there has carried over of its comment; none where the copy is a comment.
    pub(super) carried: Option<CommentSide>,
    /// Whether it takes the place of one that is gone for good.
    pub(super) replaces: bool,
}

impl Doubt {
    pub(super) fn adopt<Id>(self, found: Option<(Id, Millis)>) -> (State, Action<Id>) {
        let (copy, created) = match found {
            Some((copy, created)) => (Some(copy), created),
            None => (None, Millis(0)),
        };
        // Nothing was found and nobody could write: the intent stays, for the try that can.
        if let (Self::Hindered(_), None) = (self, &copy) {
            return (State::Ended, Action::StandAside);
        }
        let (comment, replaces) = match self {
            Self::Unwanted(Unwanted { seen: Seen::Comment(_), instead, .. }) => {
                (CommentSide::STALE, instead.is_some())
            }
            Self::Unwanted(Unwanted { instead, .. }) => (CommentSide::Shown(created), instead.is_some()),
            Self::Hindered(Hindered { carried, replaces }) => {
                (carried.unwrap_or(CommentSide::Shown(created)), replaces)
            }
        };
        let sides = Sides { comment, message: MessageSide::Live(None) };
        (State::Adopting(self), Action::Adopt { copy, sides, replaces })
    }

    /// Goes on with the pair that was adopted, if any was.
    pub(super) fn resolved<Id>(self, adopted: Option<Known>) -> (State, Action<Id>) {
        match (self, adopted) {
            (Self::Unwanted(unwanted), _) => unwanted.resolved(adopted),
            (Self::Hindered(_), None) => (State::Ended, Action::StandAside),
            // Whatever was changed since has an event of its own.
            (Self::Hindered(Hindered { replaces: false, .. }), Some(_)) => end(reason::RELAYED),
            (Self::Hindered(Hindered { replaces: true, .. }), Some(_)) => end(reason::RESTORED),
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
pub(super) fn hindered<Id>(carried: Option<CommentSide>, replaces: bool) -> (State, Action<Id>) {
    read_intent(Doubt::Hindered(Hindered { carried, replaces }))
}

fn read_intent<Id>(doubt: Doubt) -> (State, Action<Id>) {
    (State::ReadingIntent(doubt), Action::ReadIntent)
}

//! Nothing is to be written, but an earlier try may have written it: it is looked for, and paired,
//! so that it can go like any other copy.

use super::following::{follow_comment, follow_message};
use super::seen::{CommentSeen, Heard, Known, Seen};
use super::turn::{Action, Record, State, end};
use crate::ambient::Millis;
use crate::bridge::reason;
use crate::store::{CommentSide, MessageSide, Sides};

/// What to go on with once it is known what an earlier try has written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Doubt {
    pub(super) heard: Heard,
    pub(super) seen: Seen,
    /// The pair whose other half was to be replaced.
    pub(super) instead: Option<Known>,
}

impl Doubt {
    pub(super) fn adopt<Id>(self, found: Option<(Id, Millis)>) -> (State, Action<Id>) {
        let (copy, created) = match found {
            Some((copy, created)) => (Some(copy), created),
            None => (None, Millis(0)),
        };
        let comment = match self.seen {
            Seen::Comment(_) => CommentSide::STALE,
            Seen::Message(_) => CommentSide::Shown(created),
        };
        let sides = Sides { comment, message: MessageSide::Live(None) };
        (State::Adopting(self), Action::Adopt { copy, sides, replaces: self.instead.is_some() })
    }

    /// Goes on with the pair that was adopted, if any was.
    pub(super) fn resolved<Id>(self, adopted: Option<Known>) -> (State, Action<Id>) {
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

/// Whether an earlier try has stored an intent is to be read.
pub(super) fn doubt<Id>(doubt: Doubt) -> (State, Action<Id>) {
    (State::ReadingIntent(doubt), Action::ReadIntent)
}

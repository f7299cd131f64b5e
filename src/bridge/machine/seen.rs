//! What an event says, and what was seen of a pair and of its two sides. No ids, no content.

use crate::ambient::Millis;
use crate::store::{CommentSide, Origin, Sides};

/// What an event says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Heard {
    /// A comment was written.
    CommentWritten,
    /// A comment was changed or deleted, or is for other people now.
    CommentChanged,
    /// A message was written.
    MessageWritten,
    /// A message was changed, deleted or brought back.
    MessageChanged,
}

impl Heard {
    /// Whether something was changed, as far as the event knows: it may be new to us all the same.
    pub fn tells_of_a_change(self) -> bool {
        matches!(self, Self::CommentChanged | Self::MessageChanged)
    }
}

/// What is known of a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Known {
    /// Where the words were written first.
    pub origin: Origin,
    /// Whether the bot wrote the copy.
    pub by_bot: bool,
    /// Whether there is a comment; else the message was deleted before it was relayed.
    pub comment: bool,
    /// What has been carried over.
    pub sides: Sides,
}

/// A comment as it is now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CommentSeen {
    /// It may be shown in the chat.
    Shown {
        /// When it was written.
        created: Millis,
        /// When it was last changed.
        updated: Millis,
        /// Whether it bears the mark of this link: we wrote it.
        marked: bool,
        /// Whether it is younger than the link.
        younger: bool,
    },
    /// It may not, for this reason.
    Withheld(&'static str),
    /// Nobody who could read it for us finds it.
    Hidden,
    /// It is known to be deleted.
    Gone,
}

/// A message as it is now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MessageSeen {
    /// It stands.
    Said {
        /// When its text was last edited, if ever.
        edited: Option<Millis>,
        /// Whether it is younger than the link.
        younger: bool,
    },
    /// It is deleted.
    Gone,
}

/// Something that was looked at: the changed side of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Seen {
    Comment(CommentSeen),
    Message(MessageSeen),
}

impl Known {
    /// Whether its message was deleted before it was relayed.
    pub fn was_never_relayed(&self) -> bool {
        !self.comment && self.sides.comment == CommentSide::Gone
    }

    /// Whether its message is the bot's: nobody else changes it.
    pub fn is_of_bot(&self) -> bool {
        self.by_bot && self.origin == Origin::Jira
    }
}

//! What a pair knows of its two sides: all of it without content, and all that the relay protocol
//! decides with.

use crate::ambient::Millis;

/// Where the words were written first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// In Jira.
    Jira,
    /// In Teams.
    Teams,
}

/// Where the comment stands, as far as the chat knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CommentSide {
    /// It may be shown in the chat; last changed at this moment.
    Shown(Millis),
    /// It is there, but not for this chat.
    Withheld,
    /// We are deleting it, and may have: its message was deleted.
    Going,
    /// It is deleted.
    Gone,
}

/// Where the message stands, as far as the issue knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MessageSide {
    /// It stands; its text was last edited at this moment, if ever.
    Live(Option<Millis>),
    /// We are deleting it, and may have: its comment is deleted, or not for this chat any more.
    Going,
    /// It is deleted.
    Gone,
}

/// What is known of both sides of a pair: what has been carried over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sides {
    /// The comment.
    pub comment: CommentSide,
    /// The message.
    pub message: MessageSide,
}

impl Sides {
    /// Nothing is known to have been carried over.
    pub const UNKNOWN: Self = Self { comment: CommentSide::STALE, message: MessageSide::STALE };
}

impl CommentSide {
    /// It is shown as far as is known, and whatever it says now is news.
    pub const STALE: Self = Self::Shown(Millis(0));
}

impl MessageSide {
    /// It stands as far as is known, and whatever it says now is news.
    pub const STALE: Self = Self::Live(Some(Millis(-1)));
}

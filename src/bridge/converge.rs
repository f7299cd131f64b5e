//! What a change on one side means for the other, decided without clock, database or network:
//! `(what has been carried over, what is there now) → what to do`.
//!
//! A change is never taken from an event: an event only says where to look. What is there is
//! compared with what has been carried over, by the platforms' own stamps. So an echo, a
//! repetition and a change that a later one has overtaken all come out as nothing to do, and in
//! whatever order events arrive both sides end alike. If both sides change at once, the one
//! whose event comes first wins.

use crate::store::{CommentSide, MessageSide, Sides};

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    /// Nothing has changed: an echo, a repetition, a reaction.
    Nothing,
    /// The other side was deleted by its author; that stays.
    LeaveGone,
    /// Nothing to write; what is there now is to be remembered.
    Remember,
    /// The message gets the comment's text.
    WriteMessage,
    /// The message goes.
    RemoveMessage,
    /// The message comes back, with the comment's text.
    RestoreMessage,
    /// The comment gets the message's text.
    WriteComment,
    /// The comment goes.
    RemoveComment,
    /// The comment comes back: a new one, with the message's text.
    RestoreComment,
    /// Whether the message may stand depends on the comment: look at it.
    LookAtComment,
}

/// What a comment that is now `seen` means for its message.
pub fn after_comment(known: Sides, seen: CommentSide) -> Step {
    match (seen, known.comment, known.message) {
        (CommentSide::Withheld | CommentSide::Gone, _, MessageSide::Live(_)) => Step::RemoveMessage,
        (CommentSide::Withheld | CommentSide::Gone, known, MessageSide::Gone) if known == seen => {
            Step::Nothing
        }
        (CommentSide::Withheld | CommentSide::Gone, _, MessageSide::Gone) => Step::Remember,
        (CommentSide::Shown(_), CommentSide::Shown(_), MessageSide::Gone) => Step::LeaveGone,
        (CommentSide::Shown(_), _, MessageSide::Gone) => Step::RestoreMessage,
        (CommentSide::Shown(now), CommentSide::Shown(carried), _) if now == carried => Step::Nothing,
        (CommentSide::Shown(_), _, MessageSide::Live(_)) => Step::WriteMessage,
    }
}

/// What a message that is now `seen` means for its comment.
pub fn after_message(known: Sides, seen: MessageSide) -> Step {
    match (seen, known.message, known.comment) {
        (MessageSide::Gone, MessageSide::Gone, _) => Step::Nothing,
        (MessageSide::Gone, MessageSide::Live(_), CommentSide::Shown(_)) => Step::RemoveComment,
        (MessageSide::Gone, MessageSide::Live(_), _) => Step::Remember,
        (MessageSide::Live(now), MessageSide::Live(carried), _) if now == carried => Step::Nothing,
        (MessageSide::Live(_), _, CommentSide::Shown(_)) => Step::WriteComment,
        (MessageSide::Live(_), MessageSide::Live(_), _) => Step::LeaveGone,
        (MessageSide::Live(_), MessageSide::Gone, CommentSide::Gone) => Step::RestoreComment,
        (MessageSide::Live(_), MessageSide::Gone, CommentSide::Withheld) => Step::LookAtComment,
    }
}

#[cfg(test)]
mod tests;

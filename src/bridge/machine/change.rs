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
    /// The message is back before its comment was seen to be gone: look whether it is.
    LookForComment,
}

/// What a comment that is now `seen` (never [`CommentSide::Going`]) means for its message.
pub fn after_comment(known: Sides, seen: CommentSide) -> Step {
    use CommentSide::{Going, Gone, Shown, Withheld};
    match (seen, known.comment, known.message) {
        (Withheld | Gone | Going, _, MessageSide::Live(_) | MessageSide::Going) => Step::RemoveMessage,
        (Withheld | Gone | Going, known, MessageSide::Gone) if known == seen => Step::Nothing,
        // Whoever does not find a comment that is known to be deleted has learned nothing: it was
        // not withheld, and its message may be brought back.
        (Withheld | Going, Going | Gone, MessageSide::Gone) => Step::Nothing,
        (Withheld | Gone | Going, _, MessageSide::Gone) => Step::Remember,
        (Shown(_), Shown(_) | Going, MessageSide::Gone) => Step::LeaveGone,
        (Shown(_), _, MessageSide::Gone | MessageSide::Going) => Step::RestoreMessage,
        (Shown(now), Shown(carried), MessageSide::Live(_)) if now == carried => Step::Nothing,
        (Shown(_), _, MessageSide::Live(_)) => Step::WriteMessage,
    }
}

/// What a message that is now `seen` (never [`MessageSide::Going`]) means for its comment.
pub fn after_message(known: Sides, seen: MessageSide) -> Step {
    use MessageSide::{Going, Gone, Live};
    match (seen, known.message, known.comment) {
        (Gone | Going, Live(_), CommentSide::Shown(_)) | (Gone | Going, Gone, CommentSide::Going) => {
            Step::RemoveComment
        }
        (Gone | Going, Gone, _) => Step::Nothing,
        (Gone | Going, _, _) => Step::Remember,
        (Live(now), Live(carried), _) if now == carried => Step::Nothing,
        (Live(_), Going, _) | (Live(_), Gone, CommentSide::Withheld) => Step::LookAtComment,
        (Live(_), Live(_) | Gone, CommentSide::Shown(_)) => Step::WriteComment,
        (Live(_), Live(_), _) => Step::LeaveGone,
        (Live(_), Gone, CommentSide::Gone) => Step::RestoreComment,
        (Live(_), Gone, CommentSide::Going) => Step::LookForComment,
    }
}

#[cfg(test)]
mod tests;

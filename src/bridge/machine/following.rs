//! A pair is known, and one of its sides was looked at: the first action that makes the other
//! side follow.

use super::change::{Step, after_comment, after_message};
use super::turn::{Action, CommentSeen, Heard, Known, MessageSeen, State, copy_message, end, settle};
use crate::bridge::reason;
use crate::store::{CommentSide, MessageSide, Sides};

/// Makes the message follow its comment.
pub(super) fn follow_comment<Id>(known: Known, seen: CommentSeen) -> (State, Action<Id>) {
    if !known.comment {
        return end(reason::NOT_RELAYED);
    }
    let side = match seen {
        CommentSeen::Shown { updated, .. } => CommentSide::Shown(updated),
        // Hidden from all who could read it for us: then it is not for the chat either.
        CommentSeen::Withheld(_) | CommentSeen::Hidden => CommentSide::Withheld,
        CommentSeen::Gone => CommentSide::Gone,
    };
    let withheld = if let CommentSeen::Withheld(reason) = seen { Some(reason) } else { None };
    match (after_comment(known.sides, side), seen) {
        (step @ (Step::WriteMessage | Step::RestoreMessage), CommentSeen::Shown { created, updated, .. }) => {
            let restore = step == Step::RestoreMessage;
            let before = if let MessageSide::Live(stamp) = known.sides.message { stamp } else { None };
            let action = Action::EditMessage { restore, before };
            (State::EditingMessage { known, created, updated, restore }, action)
        }
        (Step::RemoveMessage, _) => {
            let going = Sides { comment: side, message: MessageSide::Going };
            (State::BeginningMessage(side), Action::Begin(going))
        }
        (Step::Remember, _) => {
            settle(withheld.unwrap_or(reason::COMMENT_GONE), Sides { comment: side, ..known.sides })
        }
        (Step::LeaveGone, _) => end(reason::MESSAGE_GONE),
        (Step::Nothing, _) => end(withheld.unwrap_or(reason::ECHO)),
        _ => (State::Ended, Action::Nothing),
    }
}

/// Makes the comment follow its message.
pub(super) fn follow_message<Id>(known: Known, seen: MessageSeen) -> (State, Action<Id>) {
    if known.is_of_bot() {
        // Nobody but the bot changes it.
        return end(reason::ECHO);
    }
    let (side, edited) = match seen {
        MessageSeen::Said { edited, .. } => (MessageSide::Live(edited), edited),
        MessageSeen::Gone => (MessageSide::Gone, None),
    };
    let stands = side != MessageSide::Gone;
    match after_message(known.sides, side) {
        Step::RestoreComment if stands => copy_message(Heard::MessageChanged, edited, true),
        _ if !known.comment => end(reason::UNCHANGED),
        Step::WriteComment if stands => (State::EditingComment(known, edited), Action::EditComment),
        Step::RemoveComment => {
            let going = Sides { comment: CommentSide::Going, message: MessageSide::Gone };
            (State::BeginningComment, Action::Begin(going))
        }
        Step::Remember => settle(reason::COMMENT_GONE, Sides { message: side, ..known.sides }),
        Step::LookAtComment => {
            let back = Known { sides: Sides { message: side, ..known.sides }, ..known };
            (State::Judging(back), Action::ReadComment)
        }
        Step::LookForComment if stands => (State::Finding(known, edited), Action::FindComment),
        Step::LeaveGone => end(reason::COMMENT_GONE),
        Step::Nothing if stands => (State::Ended, Action::ShowReactions),
        Step::Nothing => end(reason::UNCHANGED),
        _ => (State::Ended, Action::Nothing),
    }
}

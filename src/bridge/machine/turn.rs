//! One event's turn on one link: what is read and in which order, what is written, and what the
//! commit that ends the event records.
//!
//! An event only says where to look ([`Heard`]). Whatever the turn had done when its worker died
//! is done again from the start, by whoever takes the lane over.

use super::doubt::{Doubt, hindered, unwanted};
use super::following::{follow_comment, follow_message};
use super::seen::Seen;
pub use super::seen::{CommentSeen, Heard, Known, MessageSeen};
use crate::ambient::Millis;
use crate::bridge::reason;
use crate::store::{CommentSide, MessageSide, Origin, Sides};

/// Where a turn stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// It is asked for.
    Asked(Heard),
    /// The pair is being read.
    ReadingPair(Heard),
    /// What the event is about is being read.
    Reading(Heard, Option<Known>),
    /// Whether an earlier try has stored an intent is being read.
    ReadingIntent(Doubt),
    /// The copy that an earlier try may have made is being looked for.
    Looking(Doubt),
    /// What was found is being paired.
    Adopting(Doubt),
    /// The comment decides whether a message that is back may stand; it is being read.
    Judging(Known),
    /// Whether the comment of a message that is back is there is being read.
    Finding(Known, Option<Millis>),
    /// A comment is being copied to the chat.
    CopyingComment {
        /// What the event says.
        heard: Heard,
        /// Its stamps.
        created: Millis,
        /// Its stamps.
        updated: Millis,
        /// Whether the copy takes the place of one that is gone for good.
        replaces: bool,
    },
    /// A message is being copied to the issue.
    CopyingMessage {
        /// What the event says.
        heard: Heard,
        /// When it was last edited.
        edited: Option<Millis>,
        /// Whether the copy takes the place of one that is gone for good.
        replaces: bool,
    },
    /// The message is being given its comment's text.
    EditingMessage {
        /// The pair.
        known: Known,
        /// The comment's stamps.
        created: Millis,
        /// The comment's stamps.
        updated: Millis,
        /// Whether the message is brought back first.
        restore: bool,
    },
    /// The comment is being given its message's text, as of this edit.
    EditingComment(Known, Option<Millis>),
    /// That the message is going is being stored; the comment stands so.
    BeginningMessage(CommentSide),
    /// That the comment is going is being stored.
    BeginningComment,
    /// The message is being deleted.
    DeletingMessage(CommentSide),
    /// The comment is being deleted.
    DeletingComment,
    /// Over.
    Ended,
}

/// What was seen. `Id` names a copy.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Observation<Id> {
    /// The turn has come.
    Wanted,
    /// The pair of what the event is about.
    Pair(Option<Known>),
    /// The comment as it is now.
    Comment(CommentSeen),
    /// The message as it is now.
    Message(MessageSeen),
    /// Whether an earlier try has stored an intent.
    Intent(bool),
    /// The copy that it made, with the moment of its making, if it is there.
    Found(Option<(Id, Millis)>),
    /// What was found is paired, or the intent forgotten if nothing was.
    Adopted(Option<Known>),
    /// Whether the comment is there.
    There(bool),
    /// The copy is there.
    Copied {
        /// Which it is.
        copy: Id,
        /// Whether an earlier try had made it.
        found: bool,
        /// The stamp of a comment that is a copy; it counts for those alone.
        stamp: Millis,
    },
    /// The other side has the text now; a comment's own stamp.
    CommentEdited(Millis),
    /// The other side has the text now; a message's stamp, if it needs one.
    MessageEdited(Option<Millis>),
    /// What was to be edited is deleted.
    Missing,
    /// What there is holds only a part of what it would replace.
    Partial,
    /// The bot can't bring back what it has deleted.
    NotRestorable,
    /// It is stored what is about to be deleted.
    Begun,
    /// It is deleted, or was before.
    Deleted,
    /// The platform does not let us, or nobody can; the chat was told.
    Refused(&'static str),
    /// It can't be read or begun now, and the event is to leave the lane: it waits for a login, or
    /// is given up. This try has called nobody.
    Hindered,
}

/// What the commit that ends the event records beside its end.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Record<Id> {
    /// Nothing.
    Nothing,
    /// The pair of what was copied, in the place of its intent.
    Pair {
        /// The copy.
        copy: Id,
        /// What has been carried over.
        sides: Sides,
        /// Whether it takes the place of the pair that was there.
        replaces: bool,
    },
    /// What has been carried over by now.
    Sides {
        /// What has been carried over.
        sides: Sides,
        /// Whether the text was.
        text: bool,
    },
    /// That the message was deleted before it was relayed.
    NeverRelayed,
}

/// What to do now.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action<Id> {
    /// Read the pair.
    ReadPair,
    /// Read the comment as it is now.
    ReadComment,
    /// Read the message as it is now.
    ReadMessage,
    /// Read whether an earlier try has stored the intent to copy what the event is about.
    ReadIntent,
    /// Look on the other side for the copy that an earlier try may have made.
    LookForCopy,
    /// Record, in one commit, the pair of what was found, if anything was, and that the intent is
    /// settled.
    Adopt {
        /// The copy.
        copy: Option<Id>,
        /// What has been carried over.
        sides: Sides,
        /// Whether it takes the place of the pair that was there.
        replaces: bool,
    },
    /// Read whether the comment is there.
    FindComment,
    /// Copy the comment to the chat, once ([`super::write`]).
    CopyComment,
    /// Copy the message to the issue, once ([`super::write`]).
    CopyMessage,
    /// Give the message its comment's text.
    EditMessage {
        /// Whether it is brought back first.
        restore: bool,
        /// The stamp that it had so far: it stays, where somebody else is faster.
        before: Option<Millis>,
    },
    /// Give the comment its message's text.
    EditComment,
    /// Store what is about to be deleted.
    Begin(Sides),
    /// Delete the message.
    DeleteMessage,
    /// Delete the comment.
    DeleteComment,
    /// The text is as it was; somebody may have reacted. The turn ends with what becomes of that.
    ShowReactions,
    /// End the event, for this reason, and record this in the same commit.
    End(&'static str, Record<Id>),
    /// Let the event leave the lane, as what hinders it asks: it waits for a login, or is given up.
    StandAside,
    /// The observation does not belong here: a defect.
    Nothing,
}

impl<Id> Action<Id> {
    /// Whether it changes something on a platform, all at once and whatever was there: only who
    /// holds the lane may do that. What is copied is looked after by [`super::write`].
    pub fn changes_a_platform(&self) -> bool {
        matches!(
            self,
            Self::EditMessage { .. } | Self::EditComment | Self::DeleteMessage | Self::DeleteComment
        )
    }
}

/// The decision.
pub fn step<Id>(state: State, observation: Observation<Id>) -> (State, Action<Id>) {
    use Observation as O;
    match (state, observation) {
        (State::Asked(heard), O::Wanted) => (State::ReadingPair(heard), Action::ReadPair),
        (State::ReadingPair(heard), O::Pair(pair)) => with_pair(heard, pair),
        (State::Reading(heard, pair), O::Comment(seen)) => with_comment(heard, pair, seen),
        (State::Reading(heard, pair), O::Message(seen)) => with_message(heard, pair, seen),
        (State::ReadingIntent(doubt), O::Intent(false)) => doubt.resolved(None),
        (State::ReadingIntent(doubt), O::Intent(true)) => (State::Looking(doubt), Action::LookForCopy),
        (State::Looking(doubt), O::Found(found)) => doubt.adopt(found),
        (State::Adopting(doubt), O::Adopted(adopted)) => doubt.resolved(adopted),
        // Its words must not be taken for somebody's own when the lane comes to them.
        (State::Reading(heard, None), O::Hindered) => hindered(heard, CommentSide::STALE, false),
        (State::CopyingComment { heard, created, replaces, .. }, O::Hindered) => {
            hindered(heard, CommentSide::Shown(created), replaces)
        }
        (State::CopyingMessage { heard, replaces, .. }, O::Hindered) => {
            hindered(heard, CommentSide::STALE, replaces)
        }
        (State::Reading(_, Some(_)) | State::Judging(_), O::Hindered) => (State::Ended, Action::StandAside),
        (State::Judging(known), O::Comment(seen)) => follow_comment(known, seen),
        (State::Finding(known, edited), O::There(true)) => {
            (State::EditingComment(known, edited), Action::EditComment)
        }
        (State::Finding(_, edited), O::There(false)) => copy_message(Heard::MessageChanged, edited, true),
        (State::CopyingComment { heard, created, updated, replaces }, O::Copied { copy, found, .. }) => {
            // What was found may say what the comment said at an earlier try: whatever was changed
            // since the comment was written is still to be carried over.
            let carried = if found { created } else { updated };
            let sides = Sides { comment: CommentSide::Shown(carried), message: MessageSide::Live(None) };
            let now = CommentSeen::Shown { created, updated, marked: false, younger: true };
            copied(heard, Seen::Comment(now), copy, found, sides, replaces)
        }
        (State::CopyingMessage { heard, edited, replaces }, O::Copied { copy, found, stamp }) => {
            let carried = if found { None } else { edited };
            let sides = Sides { comment: CommentSide::Shown(stamp), message: MessageSide::Live(carried) };
            let now = MessageSeen::Said { edited, younger: true };
            copied(heard, Seen::Message(now), copy, found, sides, replaces)
        }
        (State::EditingMessage { known, created, updated, restore }, seen) => {
            message_edited(known, created, updated, restore, &seen)
        }
        (State::EditingComment(known, edited), seen) => comment_edited(known, edited, &seen),
        (State::BeginningMessage(side), O::Begun) => (State::DeletingMessage(side), Action::DeleteMessage),
        (State::BeginningComment, O::Begun) => (State::DeletingComment, Action::DeleteComment),
        (State::DeletingMessage(comment), O::Deleted) => {
            let reason = if comment == CommentSide::Gone { reason::REMOVED } else { reason::TAKEN_OUT };
            settle(reason, Sides { comment, message: MessageSide::Gone })
        }
        (State::DeletingComment, O::Deleted) => {
            settle(reason::REMOVED, Sides { comment: CommentSide::Gone, message: MessageSide::Gone })
        }
        // It stays, without its message.
        (State::DeletingComment, O::Refused(why)) => {
            settle(why, Sides { comment: CommentSide::STALE, message: MessageSide::Gone })
        }
        (
            State::BeginningMessage(_) | State::BeginningComment | State::DeletingMessage(_),
            O::Refused(why),
        ) => end(why),
        _ => (State::Ended, Action::Nothing),
    }
}

fn with_pair<Id>(heard: Heard, pair: Option<Known>) -> (State, Action<Id>) {
    let reading = State::Reading(heard, pair);
    match (heard, pair) {
        (Heard::CommentWritten, Some(pair)) => end(match pair.origin {
            Origin::Jira => reason::DUPLICATE,
            Origin::Teams => reason::ECHO,
        }),
        (Heard::MessageWritten, Some(pair)) => end(match pair.origin {
            _ if pair.was_never_relayed() => reason::MESSAGE_GONE,
            Origin::Jira => reason::ECHO,
            Origin::Teams => reason::DUPLICATE,
        }),
        (Heard::CommentWritten | Heard::CommentChanged, _) => (reading, Action::ReadComment),
        (Heard::MessageWritten | Heard::MessageChanged, _) => (reading, Action::ReadMessage),
    }
}

fn with_comment<Id>(heard: Heard, pair: Option<Known>, seen: CommentSeen) -> (State, Action<Id>) {
    match (pair, seen) {
        (None, CommentSeen::Shown { younger: false, .. }) if heard == Heard::CommentChanged => {
            end(reason::NOT_RELAYED)
        }
        (None, CommentSeen::Shown { marked: true, .. }) => end(reason::ECHO),
        (None, CommentSeen::Shown { created, updated, .. }) => copy_comment(heard, created, updated, false),
        (Some(known), CommentSeen::Shown { .. }) => follow_comment(known, seen),
        // It may have been brought back by a try that did not live to say so.
        (Some(known), _) if known.sides.message != MessageSide::Gone => follow_comment(known, seen),
        (instead, _) => unwanted(heard, Seen::Comment(seen), instead),
    }
}

fn with_message<Id>(heard: Heard, pair: Option<Known>, seen: MessageSeen) -> (State, Action<Id>) {
    match (pair, seen) {
        (None, MessageSeen::Said { younger: false, .. }) if heard == Heard::MessageChanged => {
            end(reason::NOT_RELAYED)
        }
        (None, MessageSeen::Said { edited, .. }) => copy_message(heard, edited, false),
        (Some(known), MessageSeen::Said { .. }) => follow_message(known, seen),
        // It may have been written anew by a try that did not live to say so.
        (Some(known), _) if known.sides.comment != CommentSide::Gone || known.is_of_bot() => {
            follow_message(known, seen)
        }
        (instead, _) => unwanted(heard, Seen::Message(seen), instead),
    }
}

fn message_edited<Id>(
    known: Known,
    created: Millis,
    updated: Millis,
    restore: bool,
    seen: &Observation<Id>,
) -> (State, Action<Id>) {
    let now = |reason, message| {
        let sides = Sides { comment: CommentSide::Shown(updated), message };
        (State::Ended, Action::End(reason, Record::Sides { sides, text: true }))
    };
    match seen {
        Observation::MessageEdited(edited) => {
            now(if restore { reason::RESTORED } else { reason::UPDATED }, MessageSide::Live(*edited))
        }
        Observation::Missing if known.by_bot => now(reason::MESSAGE_GONE, MessageSide::Gone),
        // Its own event will say so, unless it is brought back before that is read: then what it
        // says is carried over, whatever it is.
        Observation::Missing => now(reason::MESSAGE_GONE, MessageSide::STALE),
        Observation::Partial => now(reason::CHANGE_REFUSED, known.sides.message),
        Observation::NotRestorable => copy_comment(Heard::CommentChanged, created, updated, true),
        Observation::Refused(why) => end(why),
        _ => (State::Ended, Action::Nothing),
    }
}

fn comment_edited<Id>(known: Known, edited: Option<Millis>, seen: &Observation<Id>) -> (State, Action<Id>) {
    let message = MessageSide::Live(edited);
    match seen {
        Observation::CommentEdited(updated) => {
            let sides = Sides { comment: CommentSide::Shown(*updated), message };
            (State::Ended, Action::End(reason::UPDATED, Record::Sides { sides, text: true }))
        }
        // Its own event will say so.
        Observation::Missing => end(reason::COMMENT_GONE),
        Observation::Partial => settle(reason::CHANGE_REFUSED, Sides { message, ..known.sides }),
        Observation::Refused(why) => end(why),
        _ => (State::Ended, Action::Nothing),
    }
}

pub(super) fn end<Id>(reason: &'static str) -> (State, Action<Id>) {
    (State::Ended, Action::End(reason, Record::Nothing))
}

pub(super) fn settle<Id>(reason: &'static str, sides: Sides) -> (State, Action<Id>) {
    (State::Ended, Action::End(reason, Record::Sides { sides, text: false }))
}

pub(super) fn copy_message<Id>(heard: Heard, edited: Option<Millis>, replaces: bool) -> (State, Action<Id>) {
    (State::CopyingMessage { heard, edited, replaces }, Action::CopyMessage)
}

fn copy_comment<Id>(heard: Heard, created: Millis, updated: Millis, replaces: bool) -> (State, Action<Id>) {
    (State::CopyingComment { heard, created, updated, replaces }, Action::CopyComment)
}

fn copied<Id>(
    heard: Heard,
    now: Seen,
    copy: Id,
    found: bool,
    sides: Sides,
    replaces: bool,
) -> (State, Action<Id>) {
    // This event tells of a change, and nobody knows whether what was found has it: another event
    // may have written it, and been put aside.
    if found && heard.tells_of_a_change() {
        let copy = Some(copy);
        return (State::Adopting(Doubt::found(now)), Action::Adopt { copy, sides, replaces });
    }
    let reason = if replaces { reason::RESTORED } else { reason::RELAYED };
    (State::Ended, Action::End(reason, Record::Pair { copy, sides, replaces }))
}

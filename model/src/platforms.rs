//! Jira and Teams: what stands there, and what they tell us of it.

use crate::shelf::Shelf;

/// A comment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Comment {
    /// What it says.
    pub text: u8,
    /// The stamp of its last change; it was written at 1.
    pub updated: u8,
    /// Whether the chat may see it.
    pub shown: bool,
    /// Whether it is deleted.
    pub deleted: bool,
    /// We wrote it, for this message; it bears a mark that says so.
    pub copy_of: Option<u8>,
    /// Its deletion has been worked on: nothing of it may come back.
    pub buried: bool,
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Message {
    /// What it says.
    pub text: u8,
    /// What it said first: an activity carries that.
    pub first: u8,
    /// The stamp of its last edit, if ever.
    pub edited: Option<u8>,
    /// Whether it is deleted.
    pub deleted: bool,
    /// We wrote it, for this comment; nothing on it says so.
    pub copy_of: Option<u8>,
    /// Whether the bot wrote it.
    pub by_bot: bool,
    /// Its deletion has been worked on: nothing of it may come back.
    pub buried: bool,
}

/// What a platform tells us. The number is that of the comment or the message; the stamp makes
/// two deliveries the same one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Event {
    /// A comment was written.
    CommentWritten(u8),
    /// A comment was changed.
    CommentEdited(u8, u8),
    /// A comment was deleted.
    CommentDeleted(u8),
    /// A message was written.
    MessageWritten(u8),
    /// A message was edited.
    MessageEdited(u8, u8),
    /// A message was deleted, or brought back; the stamp counts how often.
    MessageDeleted(u8, u8),
}

/// Both platforms, and what is under way from them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Platforms {
    /// The comments of the issue.
    pub comments: Shelf<Comment>,
    /// The messages of the chat.
    pub messages: Shelf<Message>,
    /// Events under way; `true` marks one that has arrived before.
    pub wire: Vec<(Event, bool)>,
    /// Lines that the bot has said of its own accord.
    pub notices: u8,
    /// The last that a person did, as it is told.
    pub told: Option<Event>,
}

impl Platforms {
    fn tell(&mut self, event: Event) {
        self.told = Some(event);
        self.wire.push((event, false));
        self.wire.sort_unstable();
    }

    /// Somebody, or we for a message, writes a comment. `thing`: whose row of numbers it is from.
    pub fn write_comment(&mut self, thing: Option<u8>, text: u8, copy_of: Option<u8>) -> u8 {
        let comment = Comment { text, updated: 1, shown: true, deleted: false, copy_of, buried: false };
        let id = self.comments.add(thing, comment);
        self.tell(Event::CommentWritten(id));
        id
    }

    /// Somebody, or we for a comment, writes a message; the bot does not hear of its own.
    pub fn write_message(&mut self, thing: Option<u8>, text: u8, copy_of: Option<u8>, by_bot: bool) -> u8 {
        let message =
            Message { text, first: text, edited: None, deleted: false, copy_of, by_bot, buried: false };
        let id = self.messages.add(thing, message);
        if !by_bot {
            self.tell(Event::MessageWritten(id));
        }
        id
    }

    /// A comment is changed; answers its new stamp, or nothing if it is gone.
    pub fn change_comment(&mut self, id: u8, text: Option<u8>, shown: Option<bool>) -> Option<u8> {
        let comment = self.comments.get_mut(id).filter(|comment| !comment.deleted)?;
        comment.text = text.unwrap_or(comment.text);
        comment.shown = shown.unwrap_or(comment.shown);
        comment.updated += 1;
        let stamp = comment.updated;
        self.tell(Event::CommentEdited(id, stamp));
        Some(stamp)
    }

    /// A comment is deleted, if it is there.
    pub fn delete_comment(&mut self, id: u8) {
        let Some(comment) = self.comments.get_mut(id).filter(|comment| !comment.deleted) else {
            return;
        };
        comment.deleted = true;
        self.tell(Event::CommentDeleted(id));
    }

    /// A message gets another text; answers its new stamp, or nothing if it is gone.
    pub fn edit_message(&mut self, id: u8, text: u8, by_bot: bool) -> Option<u8> {
        let message = self.messages.get_mut(id).filter(|message| !message.deleted)?;
        let stamp = message.edited.unwrap_or(0) + 1;
        (message.text, message.edited) = (text, Some(stamp));
        if !by_bot {
            self.tell(Event::MessageEdited(id, stamp));
        }
        Some(stamp)
    }

    /// A message is deleted, or brought back.
    pub fn delete_message(&mut self, id: u8, deleted: bool, by_bot: bool) {
        let Some(message) = self.messages.get_mut(id) else { return };
        if message.deleted == deleted {
            return;
        }
        message.deleted = deleted;
        message.buried &= deleted;
        if !by_bot {
            let stamp = u8::from(deleted);
            self.tell(Event::MessageDeleted(id, stamp));
        }
    }

    /// The comment.
    pub fn comment(&self, id: u8) -> Option<&Comment> {
        self.comments.get(id)
    }

    /// The message.
    pub fn message(&self, id: u8) -> Option<&Message> {
        self.messages.get(id)
    }
}

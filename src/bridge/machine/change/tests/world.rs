//! A small world: one comment, one message, a network that holds events, a lane, and a worker
//! that takes an event in three steps (look, write, record), between any two of which people may
//! act and the worker may die. What the worker decides is decided by the production code.

use std::collections::VecDeque;

use proptest::prelude::*;

use super::super::Step;
use crate::store::{CommentSide, Sides};

mod worker;

/// What people do.
#[derive(Debug, Clone, Copy)]
pub(super) enum Deed {
    EditComment,
    RestrictComment,
    OpenComment,
    DeleteComment,
    EditMessage,
    DeleteMessage,
    UndeleteMessage,
}

/// What happens next.
#[derive(Debug, Clone, Copy)]
pub(super) enum Next {
    People(Deed),
    /// One of the events under way arrives; it may stay under way, to come again.
    Arrives {
        which: usize,
        again: bool,
    },
    /// The worker takes a step.
    Works,
    /// The worker dies; the event it had is taken up from the start.
    Dies,
}

#[derive(Debug, Clone, Copy)]
enum Event {
    CommentCreated(usize),
    CommentEdited(usize),
    CommentDeleted(usize),
    /// Carries the text, as a bot activity does.
    MessageWritten(u32),
    MessageEdited,
    MessageDeleted,
}

#[derive(Debug, Clone)]
struct Comment {
    text: u32,
    created: i64,
    updated: i64,
    shown: bool,
    deleted: bool,
    /// Written by us, for the message.
    marked: bool,
}

#[derive(Debug, Clone)]
struct Message {
    text: u32,
    edited: Option<i64>,
    deleted: bool,
    /// Written by us, for a comment.
    ours: bool,
}

/// What the worker is about to write, or has written and not recorded yet.
#[derive(Debug, Clone)]
enum Task {
    CreateMessage {
        comment: usize,
    },
    WriteMessage {
        text: u32,
        carried: i64,
        restore: bool,
    },
    ReadMessageBack {
        text: u32,
        carried: i64,
        before: Option<i64>,
    },
    RemoveMessage {
        seen: CommentSide,
    },
    DeleteMessage {
        seen: CommentSide,
    },
    CreateComment {
        text: u32,
        edited: Option<i64>,
    },
    WriteComment {
        text: u32,
        edited: Option<i64>,
    },
    RemoveComment,
    DeleteComment,
    /// An earlier try may have written what is not wanted any more.
    Adopt(Wish),
    Record(Pair),
}

/// Something that was about to be written when the worker died.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wish {
    Message { comment: usize, text: u32 },
    Comment,
}

/// The pair: which comment, and the two sides. The mark of a message that was never relayed has
/// no comment.
#[derive(Debug, Clone, Copy)]
struct Pair {
    comment: Option<usize>,
    sides: Sides,
}

pub(super) struct World {
    clock: i64,
    words: u32,
    comments: Vec<Comment>,
    message: Option<Message>,
    under_way: Vec<Event>,
    lane: VecDeque<Event>,
    task: Option<Task>,
    pair: Option<Pair>,
    /// What an earlier try may have written.
    intent: Option<Wish>,
    /// Whether somebody has deleted something by hand.
    deleted_by_hand: bool,
    /// A step that this worker does not know, to see that it is needed.
    pub(super) without: Option<Step>,
}

impl World {
    /// Somebody has written a comment, or a message; the bridge has not heard of it yet.
    pub(super) fn new(in_jira: bool) -> Self {
        let mut world = Self {
            clock: 0,
            words: 0,
            comments: Vec::new(),
            message: None,
            under_way: Vec::new(),
            lane: VecDeque::new(),
            task: None,
            pair: None,
            intent: None,
            deleted_by_hand: false,
            without: None,
        };
        let text = world.word();
        if in_jira {
            world.add_comment(text, false);
        } else {
            world.message = Some(Message { text, edited: None, deleted: false, ours: false });
            world.under_way.push(Event::MessageWritten(text));
        }
        world
    }

    fn tick(&mut self) -> i64 {
        self.clock += 1;
        self.clock
    }

    fn word(&mut self) -> u32 {
        self.words += 1;
        self.words
    }

    fn add_comment(&mut self, text: u32, marked: bool) -> usize {
        let now = self.tick();
        self.comments.push(Comment { text, created: now, updated: now, shown: true, deleted: false, marked });
        let id = self.comments.len() - 1;
        self.under_way.push(Event::CommentCreated(id));
        id
    }

    fn change_comment(&mut self, id: usize, text: Option<u32>, shown: bool) {
        let now = self.tick();
        let comment = &mut self.comments[id];
        comment.text = text.unwrap_or(comment.text);
        (comment.shown, comment.updated) = (shown, now);
        self.under_way.push(Event::CommentEdited(id));
    }

    fn delete_comment(&mut self, id: usize) {
        self.comments[id].deleted = true;
        self.under_way.push(Event::CommentDeleted(id));
    }

    fn edit_message(&mut self, text: u32) {
        let now = self.tick();
        if let Some(message) = &mut self.message {
            (message.text, message.edited) = (text, Some(now));
            self.under_way.push(Event::MessageEdited);
        }
    }

    fn delete_message(&mut self, deleted: bool) {
        if let Some(message) = &mut self.message {
            message.deleted = deleted;
            self.under_way.push(if deleted { Event::MessageDeleted } else { Event::MessageEdited });
        }
    }

    fn standing_comment(&self) -> Option<usize> {
        (0..self.comments.len()).rev().find(|id| !self.comments[*id].deleted)
    }

    fn people(&mut self, deed: Deed) {
        self.deleted_by_hand |= matches!(deed, Deed::DeleteComment | Deed::DeleteMessage);
        let word = self.word();
        let (comment, message) = (self.standing_comment(), self.message.clone());
        match (deed, comment, message) {
            (Deed::EditComment, Some(id), _) => self.change_comment(id, Some(word), self.comments[id].shown),
            (Deed::RestrictComment, Some(id), _) => self.change_comment(id, Some(word), false),
            (Deed::OpenComment, Some(id), _) => self.change_comment(id, None, true),
            (Deed::DeleteComment, Some(id), _) => self.delete_comment(id),
            // A limit: a copy is known again by its text, so what its author edits or deletes before
            // it was paired is not.
            (Deed::EditMessage | Deed::DeleteMessage, _, Some(message))
                if message.ours && self.intent.is_some() => {}
            (Deed::EditMessage, _, Some(message)) if !message.deleted => self.edit_message(word),
            (Deed::DeleteMessage, _, Some(message)) if !message.deleted => self.delete_message(true),
            (Deed::UndeleteMessage, _, Some(message)) if message.deleted => self.delete_message(false),
            _ => {}
        }
    }

    pub(super) fn happens(&mut self, next: Next) {
        match next {
            Next::People(deed) => self.people(deed),
            Next::Arrives { which, again } if !self.under_way.is_empty() => {
                let which = which % self.under_way.len();
                let event = if again { self.under_way[which] } else { self.under_way.remove(which) };
                self.lane.push_back(event);
            }
            Next::Arrives { .. } => {}
            Next::Works => self.works(),
            Next::Dies => self.task = None,
        }
    }

    /// Everything under way arrives and is worked off; answers after how many steps.
    pub(super) fn settle(&mut self) -> usize {
        let mut steps = 0;
        while steps < 1_000 && !(self.under_way.is_empty() && self.lane.is_empty()) {
            if self.lane.is_empty() {
                self.happens(Next::Arrives { which: 0, again: false });
            }
            self.works();
            steps += 1;
        }
        steps
    }

    pub(super) fn check(&self) -> Result<(), TestCaseError> {
        let standing: Vec<&Comment> = self.comments.iter().filter(|comment| !comment.deleted).collect();
        prop_assert!(standing.len() <= 1, "a comment too many: {:?}", self.comments);
        let shown = standing.first().filter(|comment| comment.shown).map(|comment| comment.text);
        let said = self.message.as_ref().filter(|message| !message.deleted).map(|message| message.text);
        prop_assert!(
            self.deleted_by_hand || !standing.is_empty(),
            "a comment is gone that nobody has deleted: {:?} {:?}",
            self.comments,
            self.message
        );
        prop_assert_eq!(shown, said, "{:?} {:?} {:?}", self.comments, self.message, self.pair);
        Ok(())
    }
}

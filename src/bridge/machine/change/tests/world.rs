//! A small world: one comment, one message, a network that holds events, a lane, and a worker
//! that takes an event in three steps (look, write, record), between any two of which people may
//! act and the worker may die. What the worker decides is decided by the production code.

use std::collections::VecDeque;

use proptest::prelude::*;

use super::super::{Step, after_comment, after_message};
use crate::ambient::Millis;
use crate::store::{CommentSide, MessageSide, Sides};

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

    /// The worker's next step. The event stays at the head of the lane until it is recorded.
    fn works(&mut self) {
        let Some(event) = self.lane.front().copied() else { return };
        self.task = match self.task.take() {
            None => {
                let wanted = self.look(event);
                self.first_what_was_begun(wanted)
            }
            Some(Task::Record(pair)) => {
                (self.pair, self.intent) = (Some(pair), None);
                None
            }
            Some(Task::Adopt(wish)) => {
                self.adopt(wish);
                return;
            }
            Some(task) => self.write(task),
        };
        if self.task.is_none() {
            self.lane.pop_front();
        }
    }

    /// Where nothing is to be created, what an earlier try may have created is looked for first.
    fn first_what_was_begun(&self, wanted: Option<Task>) -> Option<Task> {
        match (self.intent, &wanted) {
            (Some(Wish::Message { .. }), Some(Task::CreateMessage { .. }))
            | (Some(Wish::Comment), Some(Task::CreateComment { .. }))
            | (None, _) => wanted,
            (Some(wish), _) => Some(Task::Adopt(wish)),
        }
    }

    fn adopt(&mut self, wish: Wish) {
        self.intent = None;
        let found = match wish {
            Wish::Message { comment, text } => self.written_message(text).then_some((comment, Millis(0))),
            Wish::Comment => self.written_comment().map(|id| (id, Millis(self.comments[id].created))),
        };
        if let Some((comment, carried)) = found {
            let sides = Sides { comment: CommentSide::Shown(carried), message: MessageSide::Live(None) };
            self.pair = Some(Pair { comment: Some(comment), sides });
        }
    }

    fn written_message(&self, text: u32) -> bool {
        self.message.as_ref().is_some_and(|message| message.ours && !message.deleted && message.text == text)
    }

    fn written_comment(&self) -> Option<usize> {
        let paired = self.pair.and_then(|pair| pair.comment);
        let ours = |id: &usize| self.comments[*id].marked && !self.comments[*id].deleted;
        (0..self.comments.len()).rev().filter(|id| Some(*id) != paired).find(ours)
    }

    fn comment_side(&self, id: usize) -> CommentSide {
        match &self.comments[id] {
            comment if comment.deleted => CommentSide::Withheld,
            comment if comment.shown => CommentSide::Shown(Millis(comment.updated)),
            _ => CommentSide::Withheld,
        }
    }

    fn known(&self, step: Step) -> Step {
        if self.without == Some(step) { Step::Nothing } else { step }
    }

    fn look(&self, event: Event) -> Option<Task> {
        match event {
            Event::CommentCreated(id) => self.look_at_new_comment(id),
            Event::CommentEdited(id) => match self.pair.filter(|pair| pair.comment == Some(id)) {
                Some(pair) => self.after_comment(pair, id, self.comment_side(id)),
                None => self.look_at_new_comment(id),
            },
            Event::CommentDeleted(id) => match self.pair.filter(|pair| pair.comment == Some(id)) {
                Some(pair) => self.after_comment(pair, id, CommentSide::Gone),
                None => None,
            },
            Event::MessageWritten(text) => {
                self.pair.is_none().then_some(Task::CreateComment { text, edited: None })
            }
            Event::MessageEdited | Event::MessageDeleted => self.look_at_message(),
        }
    }

    fn look_at_new_comment(&self, id: usize) -> Option<Task> {
        let comment = &self.comments[id];
        let news = !comment.marked && !comment.deleted && comment.shown;
        (news && self.pair.is_none()).then_some(Task::CreateMessage { comment: id })
    }

    fn after_comment(&self, pair: Pair, id: usize, seen: CommentSide) -> Option<Task> {
        let comment = &self.comments[id];
        let write = |restore| Task::WriteMessage { text: comment.text, carried: comment.updated, restore };
        match self.known(after_comment(pair.sides, seen)) {
            Step::WriteMessage => Some(write(false)),
            Step::RestoreMessage => Some(write(true)),
            Step::RemoveMessage => Some(Task::RemoveMessage { seen }),
            Step::Remember => {
                Some(Task::Record(Pair { sides: Sides { comment: seen, ..pair.sides }, ..pair }))
            }
            _ => None,
        }
    }

    fn look_at_message(&self) -> Option<Task> {
        let message = self.message.as_ref()?;
        let seen =
            if message.deleted { MessageSide::Gone } else { MessageSide::Live(message.edited.map(Millis)) };
        let create = Task::CreateComment { text: message.text, edited: message.edited };
        let Some(pair) = self.pair else {
            let never = Sides { comment: CommentSide::Gone, message: MessageSide::Gone };
            return Some(if message.deleted {
                Task::Record(Pair { comment: None, sides: never })
            } else {
                create
            });
        };
        match self.known(after_message(pair.sides, seen)) {
            Step::WriteComment => Some(Task::WriteComment { text: message.text, edited: message.edited }),
            Step::RestoreComment => Some(create),
            Step::RemoveComment => Some(Task::RemoveComment),
            Step::Remember => {
                Some(Task::Record(Pair { sides: Sides { message: seen, ..pair.sides }, ..pair }))
            }
            Step::LookForComment => {
                let there = pair.comment.is_some_and(|id| !self.comments[id].deleted);
                let write = Task::WriteComment { text: message.text, edited: message.edited };
                Some(if there { write } else { create })
            }
            Step::LookAtComment => {
                let id = pair.comment?;
                let pair = Pair { sides: Sides { message: seen, ..pair.sides }, ..pair };
                self.after_comment(pair, id, self.comment_side(id))
            }
            _ => None,
        }
    }

    fn write(&mut self, task: Task) -> Option<Task> {
        match task {
            Task::CreateMessage { comment } => Some(self.create_message(comment)),
            Task::CreateComment { text, edited } => Some(self.create_comment(text, edited)),
            Task::WriteMessage { text, carried, restore } => self.write_message(text, carried, restore),
            Task::ReadMessageBack { text, carried, before } => {
                let message = self.message.as_ref()?;
                let undisturbed = message.text == text && !message.deleted;
                let edited = if undisturbed { message.edited } else { before };
                Some(self.record(CommentSide::Shown(Millis(carried)), MessageSide::Live(edited.map(Millis))))
            }
            Task::RemoveMessage { seen } => {
                let sides = Sides { comment: seen, message: MessageSide::Going };
                self.pair = self.pair.map(|pair| Pair { sides, ..pair });
                Some(Task::DeleteMessage { seen })
            }
            Task::DeleteMessage { seen } => {
                if self.message.as_ref().is_some_and(|message| !message.deleted) {
                    self.delete_message(true);
                }
                Some(self.record(seen, MessageSide::Gone))
            }
            Task::WriteComment { text, edited } => {
                let id = self.pair?.comment?;
                if self.comments[id].deleted {
                    return None;
                }
                self.change_comment(id, Some(text), self.comments[id].shown);
                let carried = Millis(self.comments[id].updated);
                Some(self.record(CommentSide::Shown(carried), MessageSide::Live(edited.map(Millis))))
            }
            Task::RemoveComment => {
                let sides = Sides { comment: CommentSide::Going, message: MessageSide::Gone };
                self.pair = self.pair.map(|pair| Pair { sides, ..pair });
                Some(Task::DeleteComment)
            }
            Task::DeleteComment => {
                let id = self.pair?.comment?;
                if !self.comments[id].deleted {
                    self.delete_comment(id);
                }
                Some(self.record(CommentSide::Gone, MessageSide::Gone))
            }
            Task::Adopt(_) | Task::Record(_) => Some(task),
        }
    }

    fn record(&self, comment: CommentSide, message: MessageSide) -> Task {
        let id = self.pair.and_then(|pair| pair.comment);
        Task::Record(Pair { comment: id, sides: Sides { comment, message } })
    }

    fn create_message(&mut self, id: usize) -> Task {
        let comment = self.comments[id].clone();
        let earlier = match self.intent {
            Some(Wish::Message { text, .. }) => self.written_message(text),
            _ => false,
        };
        if !earlier {
            let message = Message { text: comment.text, edited: None, deleted: false, ours: true };
            self.message = Some(message);
            self.intent = Some(Wish::Message { comment: id, text: comment.text });
        }
        let carried = if earlier { comment.created } else { comment.updated };
        let sides = Sides { comment: CommentSide::Shown(Millis(carried)), message: MessageSide::Live(None) };
        Task::Record(Pair { comment: Some(id), sides })
    }

    fn create_comment(&mut self, text: u32, edited: Option<i64>) -> Task {
        let found = self.written_comment().filter(|_| self.intent == Some(Wish::Comment));
        self.intent = Some(Wish::Comment);
        let (id, edited) = match found {
            Some(id) => (id, None),
            None => (self.add_comment(text, true), edited),
        };
        let sides = Sides {
            comment: CommentSide::Shown(Millis(self.comments[id].created)),
            message: MessageSide::Live(edited.map(Millis)),
        };
        Task::Record(Pair { comment: Some(id), sides })
    }

    fn write_message(&mut self, text: u32, carried: i64, restore: bool) -> Option<Task> {
        let before = match self.pair?.sides.message {
            MessageSide::Live(Some(stamp)) => Some(stamp.0),
            _ => None,
        };
        let deleted = self.message.as_ref()?.deleted;
        if deleted && !restore {
            return Some(self.record(CommentSide::Shown(Millis(carried)), MessageSide::STALE));
        }
        if deleted {
            self.delete_message(false);
        }
        self.edit_message(text);
        Some(Task::ReadMessageBack { text, carried, before })
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

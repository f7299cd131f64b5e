//! The worker of the small world: it looks, writes and records, one step at a time.

use super::super::super::{Step, after_comment, after_message};
use super::{Event, Message, Pair, Task, Wish, World};
use crate::ambient::Millis;
use crate::store::{CommentSide, MessageSide, Sides};

impl World {
    /// The worker's next step. The event stays at the head of the lane until it is recorded.
    pub(super) fn works(&mut self) {
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
}

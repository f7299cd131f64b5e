//! A turn that is carried out in this world, step by step: the shell that the service has around
//! the machines, in small.

use crate::ambient::Millis;
use crate::bridge::machine::turn::{
    Action, CommentSeen, Heard, Known, MessageSeen, Observation, Record, State, step,
};
use crate::bridge::machine::write;
use crate::copies::Made;
use crate::guard::Guard;
use crate::platforms::Event;
use crate::setting::Setting;
use crate::store::{CommentSide, MessageSide, Origin};
use crate::worker::{Doing, Outcome};
use crate::world::{About, PairRow, Row, World};

pub(crate) type WriteAction = write::Action<Made, ()>;

/// A turn.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Turn {
    /// Its event.
    pub row: Row,
    /// The pair that was read.
    pub pair: Option<PairRow>,
    state: State,
    action: Action<Made>,
    pub(crate) writing: Option<(write::State, WriteAction)>,
    /// What was read and is carried over.
    pub text: u8,
    /// What an earlier try wanted to say.
    pub wanted: u8,
    /// Its author's login is lost.
    pub without_login: bool,
    /// The message was edited and is to be read back.
    reads_back: bool,
}

impl Turn {
    /// The turn of an event.
    pub fn new(row: Row) -> Self {
        let (state, action) = step(State::Asked(heard(row.event)), Observation::Wanted);
        let (text, wanted, without_login) = (0, 0, false);
        Self { row, pair: None, state, action, writing: None, text, wanted, without_login, reads_back: false }
    }

    /// What its event is about.
    pub fn about(&self) -> About {
        self.row.event.about()
    }

    /// What its next step reads or changes.
    pub fn touches(&self) -> Reach {
        match (&self.writing, &self.action) {
            (Some((_, WriteAction::StoreIntent | WriteAction::RenewIntent)), _)
            | (
                None,
                Action::ReadIntent
                | Action::Adopt { .. }
                | Action::Begin(_)
                | Action::End(..)
                | Action::ShowReactions,
            ) => Reach::Rows,
            _ => Reach::Platforms,
        }
    }

    /// Forgets what its next steps do not read.
    pub fn forget(&mut self) {
        match &mut self.action {
            Action::ReadPair
            | Action::CopyComment
            | Action::CopyMessage
            | Action::Adopt { .. }
            | Action::EditMessage { .. }
            | Action::EditComment
            | Action::FindComment => {}
            Action::End(reason, record) => {
                *reason = "";
                self.text = 0;
                // What was the pair is read only where it is changed.
                if matches!(
                    record,
                    Record::Nothing | Record::Pair { replaces: false, .. } | Record::NeverRelayed
                ) {
                    self.pair = None;
                }
            }
            // What is read next says it anew, or nothing is written.
            _ => self.text = 0,
        }
        // Only a look reads what an earlier try wanted.
        if self.action != Action::LookForCopy && !matches!(self.writing, Some((_, WriteAction::Look))) {
            self.wanted = 0;
        }
    }

    /// Which faults its next step may meet: its effect lost or unknown, a look that fails, a login.
    pub fn may_fail(&self) -> &'static [Outcome] {
        match (&self.writing, &self.action) {
            (Some((_, WriteAction::Call)), _) => &[Outcome::Lost, Outcome::Unknown],
            (Some((_, WriteAction::StoreIntent)), _) | (None, Action::ReadComment) => &[Outcome::Aside],
            (Some((_, WriteAction::Look)), _) | (_, Action::LookForCopy) => &[Outcome::Lost],
            (None, Action::ReadMessage) if self.is_fresh() => &[Outcome::Late],
            (None, action) if action.changes_a_platform() && !self.reads_back => {
                &[Outcome::Lost, Outcome::Unknown]
            }
            _ => &[],
        }
    }

    /// Whether its event is believed as it says it.
    fn is_fresh(&self) -> bool {
        matches!(self.row.event, Event::MessageWritten(_)) && !self.row.old
    }

    /// Whether its next step changes something, in the database or on a platform.
    pub fn is_about_to_change_something(&self) -> bool {
        match (&self.writing, &self.action) {
            (Some((_, action)), _) => *action != WriteAction::Look,
            (None, Action::Adopt { .. } | Action::Begin(_) | Action::End(..)) => true,
            (None, action) => action.changes_a_platform() && !self.reads_back,
        }
    }

    /// Whether it has only read the pair so far.
    pub fn has_just_begun(&self) -> bool {
        matches!(self.state, State::Reading(..))
    }

    /// What it does next, after this was seen.
    fn saw(mut self, observation: Observation<Made>) -> Doing {
        (self.state, self.action) = step(self.state, observation);
        self.writing = match self.action {
            Action::CopyComment | Action::CopyMessage => {
                Some(write::next(write::State::Asked, write::Observation::Wanted))
            }
            _ => None,
        };
        match self.action {
            Action::StandAside => Doing::PutsAside(self.row),
            _ => Doing::Turn(Box::new(self)),
        }
    }

    /// What it is about to do, in words.
    pub fn next_in_words(&self) -> String {
        let about = self.row.event;
        match &self.writing {
            Some((_, action)) => format!("{about:?}: {:?}, {action:?}", self.action),
            None if self.reads_back => format!("{about:?}: reads the message back"),
            None => format!("{about:?}: {:?}", self.action),
        }
    }
}

/// What a step of a turn reads or changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// The database.
    Rows,
    /// The platforms.
    Platforms,
}

fn heard(event: Event) -> Heard {
    match event {
        Event::CommentWritten(_) => Heard::CommentWritten,
        Event::CommentEdited(..) | Event::CommentDeleted(_) => Heard::CommentChanged,
        Event::MessageWritten(_) => Heard::MessageWritten,
        Event::MessageEdited(..) | Event::MessageDeleted(..) => Heard::MessageChanged,
    }
}

/// What a step of a turn comes to.
pub(crate) enum Came {
    /// This was seen.
    Saw(Observation<Made>),
    /// The turn is where it was, one step further within its action.
    Within,
    /// The lane belongs to somebody else.
    LostLane,
    /// It failed, and is tried again.
    Failed,
}

impl World {
    /// A worker takes the next step of its turn.
    pub fn takes_turn(&mut self, setting: &Setting, who: u8, mut turn: Turn, outcome: Outcome) {
        match outcome {
            // Only what has failed is given up.
            Outcome::Well | Outcome::GivenUp => {}
            Outcome::Lost | Outcome::Unknown => self.left.unknown -= 1,
            Outcome::Aside => self.left.asides -= 1,
            Outcome::Late => turn.row.old = true,
        }
        if let Some(worker) = self.workers.get_mut(usize::from(who)) {
            worker.touched |= turn.is_about_to_change_something();
        }
        // Whose login is lost does not write; the bot may, for them.
        let by_another = outcome == Outcome::Aside && setting.bot_stands_in && turn.writing.is_some();
        turn.without_login |= outcome == Outcome::Aside;
        let doing = match (&turn.action, outcome) {
            (_, Outcome::Aside) if !by_another && !setting.has(Guard::LookBeforeLeavingLane) => {
                Doing::PutsAside(turn.row)
            }
            (_, Outcome::Aside) if !by_another => turn.saw(Observation::Hindered),
            (_, Outcome::Lost) => Doing::GivesBack(turn.row),
            (Action::End(_, record), _) => {
                let record = record.clone();
                return self.ends(setting, who, &turn, record);
            }
            (Action::ShowReactions, _) => return self.ends(setting, who, &turn, Record::Nothing),
            _ => match self.carries_out(setting, who, &mut turn) {
                Came::LostLane => return self.drops_all(who),
                Came::Failed => Doing::GivesBack(turn.row),
                Came::Saw(_) | Came::Within if outcome == Outcome::Unknown => Doing::GivesBack(turn.row),
                Came::Within => Doing::Turn(Box::new(turn)),
                Came::Saw(observation) => turn.saw(observation),
            },
        };
        if matches!(&doing, Doing::Turn(turn) if turn.action == Action::Nothing) {
            self.is_wrong("the machine does not know what to do");
        }
        if let Some(worker) = self.workers.get_mut(usize::from(who)) {
            worker.doing = doing;
        }
    }

    fn carries_out(&mut self, setting: &Setting, who: u8, turn: &mut Turn) -> Came {
        if turn.action.changes_a_platform() && !self.may_call(setting, who) {
            return Came::LostLane;
        }
        Came::Saw(match turn.action.clone() {
            Action::ReadPair => Observation::Pair(self.reads_pair(setting, turn)),
            Action::ReadComment => Observation::Comment(self.sees_comment(setting, turn)),
            Action::ReadMessage => Observation::Message(self.sees_message(turn)),
            Action::ReadIntent => Observation::Intent(self.reads_intent(setting, turn)),
            Action::LookForCopy => {
                Observation::Found(self.finds(setting, turn).map(|made| (made, Millis(1))))
            }
            Action::Adopt { copy, sides, replaces } => {
                if !self.fence(setting, who) {
                    return Came::LostLane;
                }
                Observation::Adopted(self.adopts(turn, copy, sides, replaces))
            }
            Action::FindComment => {
                let comment = turn.pair.and_then(|pair| self.platforms.comment(pair.comment?));
                Observation::There(comment.is_some_and(|comment| !comment.deleted))
            }
            Action::CopyComment | Action::CopyMessage => return self.writes(setting, who, turn),
            Action::EditMessage { restore, before } => {
                return self.edits_message(setting, turn, restore, before);
            }
            Action::EditComment => {
                let comment = turn.pair.and_then(|pair| pair.comment).unwrap_or(u8::MAX);
                match self.platforms.change_comment(comment, Some(turn.text), None) {
                    Some(stamp) => Observation::CommentEdited(Millis(i64::from(stamp))),
                    None => Observation::Missing,
                }
            }
            Action::Begin(sides) => {
                if !self.fence(setting, who) {
                    return Came::LostLane;
                }
                if setting.has(Guard::GoingBeforeDeletion) {
                    self.set_sides(turn.pair, sides);
                }
                Observation::Begun
            }
            Action::DeleteMessage => {
                if let Some(pair) = turn.pair {
                    let by_bot = pair.by_bot && pair.origin == Origin::Jira;
                    self.platforms.delete_message(pair.message, true, by_bot);
                }
                Observation::Deleted
            }
            Action::DeleteComment => {
                if let Some(comment) = turn.pair.and_then(|pair| pair.comment) {
                    self.platforms.delete_comment(comment);
                }
                Observation::Deleted
            }
            Action::ShowReactions | Action::End(..) | Action::StandAside | Action::Nothing => {
                return Came::Failed;
            }
        })
    }

    fn reads_pair(&self, setting: &Setting, turn: &mut Turn) -> Option<Known> {
        let about = turn.about();
        turn.pair = self.pairs.iter().copied().find(|row| match about {
            About::Comment(id) => row.comment == Some(id),
            About::Message(id) => row.message == id,
        });
        if !setting.has(Guard::EchoByPair) {
            turn.pair = None;
        }
        turn.pair.map(|row| {
            let mut known = Known::from(row);
            if !setting.has(Guard::Stamps) {
                if let CommentSide::Shown(_) = known.sides.comment {
                    known.sides.comment = CommentSide::STALE;
                }
                if let MessageSide::Live(_) = known.sides.message {
                    known.sides.message = MessageSide::STALE;
                }
            }
            known
        })
    }

    fn sees_comment(&self, setting: &Setting, turn: &mut Turn) -> CommentSeen {
        let id = match turn.about() {
            About::Comment(id) => Some(id),
            About::Message(_) => turn.pair.and_then(|pair| pair.comment),
        };
        let Some(comment) = id.and_then(|id| self.platforms.comment(id)) else { return CommentSeen::Hidden };
        turn.text = comment.text;
        match comment {
            comment if comment.deleted && matches!(turn.row.event, Event::CommentDeleted(_)) => {
                CommentSeen::Gone
            }
            comment if comment.deleted => CommentSeen::Hidden,
            comment if !comment.shown => CommentSeen::Withheld("restricted"),
            comment => CommentSeen::Shown {
                created: Millis(1),
                updated: Millis(i64::from(comment.updated)),
                marked: comment.copy_of.is_some() && setting.has(Guard::EchoByMark),
                younger: true,
            },
        }
    }

    /// What has just arrived is believed as its activity says it.
    fn sees_message(&self, turn: &mut Turn) -> MessageSeen {
        let About::Message(id) = turn.about() else { return MessageSeen::Gone };
        let Some(message) = self.platforms.message(id) else { return MessageSeen::Gone };
        if matches!(turn.row.event, Event::MessageWritten(_)) && !turn.row.old {
            turn.text = message.first;
            return MessageSeen::Said { edited: None, younger: true };
        }
        turn.text = message.text;
        if message.deleted {
            return MessageSeen::Gone;
        }
        MessageSeen::Said { edited: message.edited.map(|stamp| Millis(i64::from(stamp))), younger: true }
    }

    fn reads_intent(&self, setting: &Setting, turn: &mut Turn) -> bool {
        let about = turn.about();
        let found = self.intents.iter().find(|intent| intent.about == about);
        turn.wanted = found.map_or(0, |intent| intent.text);
        found.is_some() && setting.has(Guard::Adoption)
    }

    /// A person's message is edited and then read back; nobody but the bot edits a bot's.
    fn edits_message(
        &mut self,
        setting: &Setting,
        turn: &mut Turn,
        restore: bool,
        before: Option<Millis>,
    ) -> Came {
        let Some(pair) = turn.pair else { return Came::Failed };
        if setting.refuses {
            if let Some(row) = self.rows.iter_mut().find(|row| **row == turn.row && !row.told) {
                row.told = true;
                turn.row.told = true;
                self.platforms.notices += 1;
            }
            return Came::Saw(Observation::Refused("refused"));
        }
        let by_bot = pair.by_bot && pair.origin == Origin::Jira;
        if turn.reads_back {
            turn.reads_back = false;
            let now = self.platforms.message(pair.message);
            let undisturbed = now.is_some_and(|message| message.text == turn.text && !message.deleted);
            let edited = now.and_then(|message| message.edited).map(|stamp| Millis(i64::from(stamp)));
            let stamp = if undisturbed || !setting.has(Guard::ReadBack) { edited } else { before };
            return Came::Saw(Observation::MessageEdited(stamp));
        }
        let deleted = self.platforms.message(pair.message).is_none_or(|message| message.deleted);
        if deleted && restore && by_bot {
            return Came::Saw(Observation::NotRestorable);
        }
        if deleted && !restore {
            return Came::Saw(Observation::Missing);
        }
        self.platforms.delete_message(pair.message, false, by_bot);
        self.platforms.edit_message(pair.message, turn.text, by_bot);
        if by_bot {
            return Came::Saw(Observation::MessageEdited(None));
        }
        turn.reads_back = true;
        Came::Within
    }
}

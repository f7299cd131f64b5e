//! Copies: made, found again, and paired.

use crate::bridge::machine::turn::Known;
use crate::guard::Guard;
use crate::setting::Setting;
use crate::store::{Origin, Sides};
use crate::turn::Turn;
use crate::world::{About, PairRow, World};

/// A copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Made {
    /// What it is a copy of.
    pub about: About,
    /// Its number on its own side.
    pub id: u8,
    /// Whether an earlier try had made it.
    pub found: bool,
    /// Whether the bot made it.
    pub by_bot: bool,
}

impl Made {
    /// The pair of it and its original.
    pub fn pair(self, sides: Sides) -> PairRow {
        let (comment, message, origin) = match self.about {
            About::Comment(comment) => (comment, self.id, Origin::Jira),
            About::Message(message) => (self.id, message, Origin::Teams),
        };
        PairRow { comment: Some(comment), message, origin, by_bot: self.by_bot, sides }
    }
}

impl World {
    /// The copy that an earlier try has made: a comment is known by its mark, a message by its
    /// author and its text.
    pub fn finds(&self, setting: &Setting, turn: &Turn) -> Option<Made> {
        let about = turn.about();
        let made = |id, by_bot| Made { about, id, found: true, by_bot };
        // Whose message it would be is known from the intent, or from whoever is logged in.
        let knows_writer = !turn.without_login || setting.has(Guard::WriterInIntent);
        match about {
            About::Comment(_) => {
                let mut all = self.platforms.messages.all().rev();
                let unpaired = |id: u8| !self.pairs.iter().any(|row| row.message == id);
                let found = all.find(|(id, message)| {
                    message.copy_of.is_some()
                        && !message.deleted
                        && message.text == turn.wanted
                        && (message.by_bot || knows_writer)
                        && unpaired(*id)
                });
                found.map(|(id, message)| made(id, message.by_bot))
            }
            About::Message(of) => {
                let mut all = self.platforms.comments.all().rev();
                let found = all.find(|(_, comment)| comment.copy_of == Some(of) && !comment.deleted);
                found.map(|(id, _)| made(id, false))
            }
        }
    }

    /// What was found is paired.
    pub fn adopts(
        &mut self,
        turn: &mut Turn,
        copy: Option<Made>,
        sides: Sides,
        replaces: bool,
    ) -> Option<Known> {
        let about = turn.about();
        let Some(copy) = copy else {
            self.intents.retain(|intent| intent.about != about);
            return None;
        };
        let pair = copy.pair(sides);
        self.add_pair(pair, turn.pair.filter(|_| replaces), about);
        turn.pair = Some(pair);
        Some(Known::from(pair))
    }

    /// The copy is made.
    pub fn makes(&mut self, setting: &Setting, turn: &Turn) -> Made {
        let about = turn.about();
        let buried = match about {
            About::Comment(id) => self.platforms.comment(id).is_some_and(|comment| comment.buried),
            About::Message(id) => self.platforms.message(id).is_some_and(|message| message.buried),
        };
        if buried {
            self.is_wrong("something deleted comes back");
        }
        let row = self.thing_of(about).and_then(|thing| setting.row_of(thing));
        let (id, by_bot) = match about {
            About::Comment(id) => {
                let by_bot = setting.by_bot || turn.without_login;
                (self.platforms.write_message(row, turn.text, Some(id), by_bot), by_bot)
            }
            About::Message(id) => (self.platforms.write_comment(row, turn.text, Some(id)), false),
        };
        Made { about, id, found: false, by_bot }
    }
}

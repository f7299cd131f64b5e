//! A copy that is written once, step by step.

use crate::ambient::Millis;
use crate::bridge::machine::turn::Observation;
use crate::bridge::machine::write;
use crate::guard::Guard;
use crate::setting::Setting;
use crate::turn::{Came, Turn, WriteAction};
use crate::world::{About, IntentRow, World};

impl World {
    /// The next step of writing once.
    pub(crate) fn writes(&mut self, setting: &Setting, who: u8, turn: &mut Turn) -> Came {
        let Some((state, action)) = turn.writing.take() else { return Came::Failed };
        let about = turn.about();
        let observation = match action {
            WriteAction::StoreIntent => {
                if !self.fence(setting, who) {
                    return Came::LostLane;
                }
                let known = self.intents.iter().find(|intent| intent.about == about).copied();
                turn.wanted = known.map_or(turn.text, |intent| intent.text);
                let first = known.is_none() || !setting.has(Guard::IntentBeforeCall);
                if known.is_none() && setting.has(Guard::IntentBeforeCall) {
                    self.intents.push(IntentRow { about, text: turn.text });
                }
                write::Observation::Stored { first, outcome: None }
            }
            WriteAction::Look => write::Observation::Looked(
                self.finds(setting, turn).filter(|_| setting.has(Guard::LookBeforeCall)),
            ),
            WriteAction::RenewIntent => {
                if !self.fence(setting, who) {
                    return Came::LostLane;
                }
                let renewed = setting.has(Guard::RenewIntent);
                for intent in self.intents.iter_mut().filter(|intent| renewed && intent.about == about) {
                    intent.text = turn.text;
                }
                write::Observation::Renewed
            }
            WriteAction::Call => {
                if !self.may_call(setting, who) {
                    return Came::LostLane;
                }
                write::Observation::Wrote(self.makes(setting, turn))
            }
            WriteAction::Record(_) | WriteAction::GiveBack(()) | WriteAction::Nothing => return Came::Failed,
        };
        match write::next(state, observation) {
            // Nothing is done for that: it is handed to the turn.
            (_, WriteAction::Record(copy)) => {
                let stamp = match about {
                    About::Message(_) if !setting.has(Guard::FoundIsOld) => {
                        self.platforms.comment(copy.id).map_or(1, |comment| comment.updated)
                    }
                    _ => 1,
                };
                let found = copy.found && setting.has(Guard::FoundIsOld);
                Came::Saw(Observation::Copied { copy, found, stamp: Millis(i64::from(stamp)) })
            }
            next => {
                turn.writing = Some(next);
                Came::Within
            }
        }
    }
}

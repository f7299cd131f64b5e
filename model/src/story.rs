//! A schedule in words.

use crate::model::Next;
use crate::setting::Setting;
use crate::worker::{Doing, Outcome};
use crate::world::World;

/// What happens next, in words.
pub fn in_words(setting: &Setting, world: &World, next: Next) -> String {
    match next {
        Next::Person(who) => {
            let deed = world.next_deed(setting, who).map(|(deed, _)| deed);
            format!("person {who}: {}", deed.map_or_else(String::new, |deed| format!("{deed:?}")))
        }
        Next::Arrives(which, again) => {
            let event = world.platforms.wire.get(which);
            let which = event.map_or_else(String::new, |(event, before)| {
                format!("{event:?}{}", if *before { ", which was here before" } else { "" })
            });
            format!("arrives: {which}{}", if again { ", and will come again" } else { "" })
        }
        Next::Claims(who) => format!("worker {who} leases the lane and reads what is due"),
        Next::Steps(who, outcome) => {
            let doing = world.workers.get(usize::from(who)).map(|worker| &worker.doing);
            let what = match doing {
                Some(Doing::Turn(turn)) => turn.next_in_words(),
                Some(Doing::GivesBack(row)) => format!("gives back {:?}, to be tried again", row.event),
                Some(Doing::PutsAside(row)) => format!("puts {:?} aside", row.event),
                Some(Doing::Looks) => "has nothing more in hand, and looks what has arrived".to_owned(),
                Some(Doing::Records(..)) => "records what belonged to the end".to_owned(),
                Some(Doing::Idle) | None => String::new(),
            };
            let outcome = match outcome {
                Outcome::Well => "",
                Outcome::Lost => " -- fails, without its effect",
                Outcome::Unknown => " -- fails, after its effect",
                Outcome::Aside => " -- needs a login",
                Outcome::GivenUp => " -- for the last time: it is given up",
                Outcome::Late => " -- so late that it looks for itself",
            };
            format!("worker {who}: {what}{outcome}")
        }
        Next::Dies(who) => format!("worker {who} dies"),
        Next::StandsStill(who) => format!("worker {who} stands still; its lease runs out"),
        Next::Tells(who, deeds) => {
            let done = (0..deeds).scan(world.clone(), |world, _| {
                let deed = world.next_deed(setting, who).map(|(deed, _)| deed)?;
                world.does(setting, who);
                Some(format!("{deed:?}"))
            });
            format!("person {who}: {}, which arrives at once", done.collect::<Vec<_>>().join(", "))
        }
        Next::ComesAgain => "an event comes again that the door knows".to_owned(),
        Next::LogsIn => "everybody logs in".to_owned(),
    }
}

//! Whatever people do on both sides, and in whatever order it is heard of, both end alike.

use std::time::Duration;

use threadline::stage::PEOPLE;
use threadline_simulator::{DeliveryFault, DeliveryTrouble, Simulator};

use crate::service::Service;

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(bound).unwrap()).unwrap()
    }

    fn of<'a, T>(&mut self, list: &'a [T]) -> Option<&'a T> {
        if list.is_empty() { None } else { list.get(self.below(list.len())) }
    }
}

/// One of two people does one thing on one of the two sides; what they may not do, they don't.
fn act(dice: &mut Dice, world: &Simulator, issue: &str, chat: &str, step: usize) {
    let text = format!("Word {step}");
    let who = PEOPLE[dice.below(2)];
    let comments: Vec<(String, String)> = world
        .comments(issue)
        .into_iter()
        .map(|comment| (comment.author.name.clone(), comment.id.clone()))
        .collect();
    let messages: Vec<(String, String)> = world
        .messages(chat)
        .into_iter()
        .filter_map(|message| match &message.sender {
            threadline_simulator::Sender::Person(person) => Some((person.name.clone(), message.id.clone())),
            threadline_simulator::Sender::Bot { .. } => None,
        })
        .collect();
    let _ = match (dice.below(10), dice.of(&comments), dice.of(&messages)) {
        (0, ..) => world.comment(who, issue, text.as_str()).map(drop),
        (1, ..) => world.send_message(who, chat, text.as_str()).map(drop),
        (2 | 3, Some((who, comment)), _) => world.edit_comment(who, issue, comment, text.as_str()),
        (4 | 5, _, Some((who, message))) => world.edit_message(who, chat, message, text.as_str()),
        (6, Some((who, comment)), _) => world.delete_comment(who, issue, comment),
        (7, _, Some((who, message))) => world.delete_message(who, chat, message),
        (8, _, Some((who, message))) => world.undelete_message(who, chat, message),
        (_, _, Some((_, message))) => world.react(who, chat, message, "👍"),
        _ => Ok(()),
    };
}

async fn ends_alike(seed: u64, trouble: Option<DeliveryTrouble>) {
    let service = Service::linked().await;
    let (world, issue, chat) = (service.world(), &service.stage.issue, &service.stage.chat);
    let mut dice = Dice(seed);
    for step in 0..60 {
        if let Some(trouble) = trouble
            && dice.below(5) == 0
        {
            world.fail_delivery(DeliveryFault::new(trouble).times(1));
        }
        act(&mut dice, world, issue, chat, step);
        // Sometimes the other side hears of it first, sometimes not.
        if dice.below(3) > 0 {
            let pause = u64::try_from(dice.below(15)).unwrap();
            tokio::time::sleep(Duration::from_millis(pause)).await;
        }
    }
    world.clear_faults();
    service.quiet().await;
    let mut said: Vec<String> = service
        .chat_texts()
        .into_iter()
        .map(|html| html.trim_start_matches("<p>").trim_end_matches("</p>").to_owned())
        .collect();
    let mut written = service.comment_texts(issue);
    said.sort();
    written.sort();
    assert_eq!(said, written, "seed {seed}: {:#?}", service.reasons().await);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn both_sides_end_alike() {
    for seed in 1..=4 {
        Box::pin(ends_alike(seed * 7919, None)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn both_sides_end_alike_when_events_come_twice() {
    for seed in 1..=4 {
        Box::pin(ends_alike(seed * 104_729, Some(DeliveryTrouble::Duplicate))).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn both_sides_end_alike_when_events_overtake_each_other() {
    for seed in 1..=2 {
        Box::pin(ends_alike(seed * 15_485_863, Some(DeliveryTrouble::Reorder))).await;
    }
}

//! What the kill test found on the platforms.

use std::collections::{BTreeMap, HashMap};

use threadline_simulator::Simulator;

use super::world::{Way, World};

/// How often each thing went wrong, and where.
#[derive(Debug, Default)]
pub struct Count {
    pub kills: u32,
    pub events: usize,
    pub lost: usize,
    pub doubled: usize,
    pub out_of_order: usize,
    /// Edits and deletions among the events.
    pub changes: usize,
    /// How often a service looked for a write that a dead one may have made.
    pub looked: u64,
    /// How often the database went away.
    pub cuts: u32,
    /// How often a service died at which point.
    pub deaths: BTreeMap<&'static str, u32>,
    pub findings: Vec<String>,
}

impl Count {
    /// Counts what is on the platforms.
    pub fn of(world: &World, kills: u32) -> Self {
        let simulator = &world.stage.simulator;
        let (events, changes) = (world.said.len() + world.changes, world.changes);
        let (cuts, deaths, looked) = (world.cuts, world.crew.deaths.clone(), looks(simulator));
        let mut count = Self { kills, events, changes, cuts, deaths, looked, ..Self::default() };
        let told = told(simulator);
        for (index, conversation) in world.conversations.iter().enumerate() {
            let comments = simulator.comments(&conversation.issue);
            let comments: Vec<String> = comments.iter().map(|comment| comment.body.to_string()).collect();
            let mut messages = simulator.messages(&conversation.chat);
            messages.retain(|message| message.deleted.is_none());
            let messages: Vec<String> = messages.into_iter().map(|message| message.content).collect();
            let said = |way, deleted| {
                let said = world.said.iter().filter(move |said| said.conversation == index);
                let said = said.filter(move |said| said.way == way && said.deleted == deleted);
                let mut said: Vec<_> = said.collect();
                said.sort_by_key(|said| told.get(&said.id));
                said.into_iter().map(|said| said.word.as_str())
            };
            for (way, own, other) in
                [(Way::CommentToMessage, &comments, &messages), (Way::MessageToComment, &messages, &comments)]
            {
                count.compare(said(way, false), own, other);
                count.left_over(said(way, true), other);
            }
        }
        count
    }

    /// Compares what was said, in the order in which it was told, with the side it was said on and with the other one.
    fn compare<'a>(&mut self, said: impl Iterator<Item = &'a str>, own: &[String], other: &[String]) {
        let mut furthest = 0;
        for word in said {
            let places: Vec<usize> = (0..other.len()).filter(|place| other[*place].contains(word)).collect();
            let at_home = own.iter().filter(|text| text.contains(word)).count();
            let extra = places.len().saturating_sub(1) + at_home.saturating_sub(1);
            if extra > 0 {
                self.doubled += extra;
                self.findings
                    .push(format!("doubled: {word}, copies {places:?}, {at_home} where it was said"));
            }
            match places.first() {
                None => {
                    self.lost += 1;
                    self.findings.push(format!("lost: {word}"));
                }
                Some(place) if *place < furthest => {
                    self.out_of_order += 1;
                    self.findings.push(format!("out of order: {word} at {place}, behind {furthest}"));
                }
                Some(place) => furthest = *place,
            }
        }
    }

    /// What was deleted must be gone: a copy that is left is one too many.
    fn left_over<'a>(&mut self, deleted: impl Iterator<Item = &'a str>, other: &[String]) {
        for word in deleted {
            let base = word.split_once('v').map_or(word, |(base, _)| base);
            if other.iter().any(|text| text.contains(base)) {
                self.doubled += 1;
                self.findings.push(format!("left over: {word}"));
            }
        }
    }

    pub fn is_clean(&self) -> bool {
        self.lost + self.doubled + self.out_of_order == 0
    }

    pub fn to_json(&self) -> serde_json::Value {
        serde_json::json!({
            "kills": self.kills,
            "events": self.events,
            "lost": self.lost,
            "doubled": self.doubled,
            "out_of_order": self.out_of_order,
            "changes": self.changes,
            "database_cuts": self.cuts,
            "deaths_at": self.deaths,
            "looked": self.looked,
        })
    }
}

/// When each comment and message was first told to the service: the network may reorder them, and
/// the order in which they arrive is the one to be kept.
fn told(simulator: &Simulator) -> HashMap<String, i64> {
    let deliveries = simulator.deliveries();
    let created =
        deliveries.iter().filter(|found| matches!(found.event.as_str(), "comment_created" | "message"));
    created.filter_map(|found| Some((found.subject.clone(), found.sent_at?))).collect()
}

/// Lists of messages and of comments are read for nothing else.
fn looks(simulator: &Simulator) -> u64 {
    let lists = ["{chat}/messages", "{issue}/comment"];
    let calls = simulator.calls();
    let looks = calls.iter().filter(|call| call.method == "GET");
    looks.filter(|call| lists.iter().any(|list| call.route.ends_with(list))).map(|call| call.count).sum()
}

fn counted(said: &str, own: &str, other: &str) -> (usize, usize, usize) {
    let texts = |words: &str| words.split(' ').map(|word| format!("<p>{word}</p>")).collect::<Vec<_>>();
    let mut count = Count::default();
    count.compare(said.split(' '), &texts(own), &texts(other));
    (count.lost, count.doubled, count.out_of_order)
}

#[test]
fn the_count_sees_what_is_lost_doubled_or_out_of_order() {
    assert_eq!(counted("a b c", "a b c", "a b c"), (0, 0, 0));
    assert_eq!(counted("a b c", "a b c x", "x a b x c"), (0, 0, 0), "others may write in between");
    assert_eq!(counted("a b c", "a b c", "a c"), (1, 0, 0));
    assert_eq!(counted("a b c", "a b c", "a b c b"), (0, 1, 0));
    assert_eq!(counted("a b c", "a b c b", "a b c"), (0, 1, 0), "an echo is a double");
    assert_eq!(counted("a b c", "a b c", "a c b"), (0, 0, 1));
    let mut count = Count::default();
    count.left_over(["word1end.v2v", "word2end."].into_iter(), &["about word1end. and".to_owned()]);
    assert_eq!(count.doubled, 1, "whatever version of it is left");
}

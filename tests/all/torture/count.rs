//! What the kill test found on the platforms.

use std::collections::{BTreeMap, HashMap};

use threadline_simulator::Simulator;

use super::Plan;
use super::world::{Name, Way, World};

/// A word that must be on the other side.
#[derive(Debug)]
struct Word<'a> {
    text: &'a str,
    /// Its comment or message.
    id: &'a str,
    /// Its place among all that was written.
    written: usize,
    /// Epoch milliseconds at which the service was first told of it.
    told: Option<i64>,
    /// Whether a comparison found it, which reads what was written in its order.
    found: bool,
}

impl Word<'_> {
    /// Whether this may stand before what was told earlier: the network turned them round, and a
    /// comparison, which reads what is there, turned them back.
    fn may_stand_before(&self, earlier: &Self) -> bool {
        self.written < earlier.written && (self.found || earlier.found)
    }
}

/// How often each thing went wrong, and where.
#[derive(Debug, Default)]
pub struct Count {
    pub database: &'static str,
    pub replicas: u32,
    pub kills: u32,
    pub events: usize,
    pub lost: usize,
    pub doubled: usize,
    pub out_of_order: usize,
    /// Edits and deletions among the events.
    pub changes: usize,
    /// How often a service read a list: to look for a write that a dead one may have made, or to compare.
    pub looked: u64,
    /// Comments and messages of which the service heard first from a comparison.
    pub compared: usize,
    /// How often the database went away.
    pub cuts: u32,
    /// How often a service died at which point.
    pub deaths: BTreeMap<&'static str, u32>,
    pub findings: Vec<String>,
    /// The ids of what went wrong: comments and messages whose history should be looked at.
    pub suspects: Vec<String>,
}

impl Count {
    /// Counts what is on the platforms.
    pub async fn of(world: &World, plan: Plan) -> Self {
        let simulator = &world.stage.simulator;
        let (events, changes) = (world.said.len() + world.changes, world.changes);
        let (cuts, deaths, looked) = (world.cuts, world.crew.deaths.clone(), looks(simulator));
        let (database, Plan { kills, replicas, .. }) = (world.database(), plan);
        let mut count =
            Self { database, replicas, kills, events, changes, looked, cuts, deaths, ..Self::default() };
        let (told, found) = (told(simulator), world.found_by_comparisons().await);
        for (index, conversation) in world.conversations.iter().enumerate() {
            let comments = simulator.comments(&conversation.issue);
            let comments: Vec<String> = comments.iter().map(|comment| comment.body.to_string()).collect();
            let mut messages = simulator.messages(&conversation.chat);
            messages.retain(|message| message.deleted.is_none());
            let messages: Vec<String> = messages.into_iter().map(|message| message.content).collect();
            for (way, own, other) in
                [(Way::CommentToMessage, &comments, &messages), (Way::MessageToComment, &messages, &comments)]
            {
                let said = world.said.iter().enumerate();
                let said = said.filter(|(_, said)| said.conversation == index && said.way == way);
                let (deleted, left): (Vec<_>, Vec<_>) = said.partition(|(_, said)| said.deleted);
                let mut words: Vec<Word<'_>> = left
                    .into_iter()
                    .map(|(written, said)| Word {
                        text: &said.word,
                        id: &said.id,
                        written,
                        told: told.get(&said.name(&conversation.chat)).copied(),
                        found: found.contains(&said.name(&conversation.chat)),
                    })
                    .collect();
                words.sort_by_key(|word| word.told);
                count.compare(&words, own, other);
                count.left_over(deleted.into_iter().map(|(_, said)| said.word.as_str()), other);
            }
        }
        count
    }

    /// Compares what was said, in the order in which it was told, with the side it was said on and with the other one.
    fn compare(&mut self, said: &[Word<'_>], own: &[String], other: &[String]) {
        let mut before: Vec<(&Word<'_>, usize)> = Vec::with_capacity(said.len());
        for word in said {
            let text = word.text;
            let places: Vec<usize> = (0..other.len()).filter(|place| other[*place].contains(text)).collect();
            let at_home = own.iter().filter(|own| own.contains(text)).count();
            self.compared += usize::from(word.found);
            let extra = places.len().saturating_sub(1) + at_home.saturating_sub(1);
            if extra > 0 {
                self.doubled += extra;
                self.findings
                    .push(format!("doubled: {text}, copies {places:?}, {at_home} where it was said"));
                self.suspects.push(word.id.to_owned());
            }
            let Some(place) = places.first().copied() else {
                self.lost += 1;
                self.findings.push(format!("lost: {text}"));
                self.suspects.push(word.id.to_owned());
                continue;
            };
            let behind =
                before.iter().find(|(earlier, other)| *other > place && !word.may_stand_before(earlier));
            if let Some((earlier, other)) = behind {
                self.out_of_order += 1;
                self.findings.push(format!("out of order: {word:?} at {place}, {earlier:?} at {other}"));
                self.suspects.extend([earlier.id, word.id].map(str::to_owned));
            }
            before.push((word, place));
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
            "database": self.database,
            "replicas": self.replicas,
            "kills": self.kills,
            "events": self.events,
            "lost": self.lost,
            "doubled": self.doubled,
            "out_of_order": self.out_of_order,
            "changes": self.changes,
            "compared": self.compared,
            "database_cuts": self.cuts,
            "deaths_at": self.deaths,
            "looked": self.looked,
        })
    }
}

/// When each comment and message was first told to the service: the network may reorder them, and
/// the order in which they arrive is the one to be kept.
fn told(simulator: &Simulator) -> HashMap<Name, i64> {
    let deliveries = simulator.deliveries();
    let created = deliveries.into_iter().filter_map(|found| {
        let name = match found.event.as_str() {
            "comment_created" => Name::Comment(found.subject),
            "message" => Name::Message(found.lane, found.subject),
            _ => return None,
        };
        Some((name, found.sent_at?))
    });
    created.collect()
}

/// Lists of messages and of comments are read to look, and to compare.
fn looks(simulator: &Simulator) -> u64 {
    let lists = ["{chat}/messages", "{issue}/comment"];
    let calls = simulator.calls();
    let looks = calls.iter().filter(|call| call.method == "GET");
    looks.filter(|call| lists.iter().any(|list| call.route.ends_with(list))).map(|call| call.count).sum()
}

fn counted(said: &[Word<'_>], own: &str, other: &str) -> (usize, usize, usize) {
    let texts = |words: &str| words.split(' ').map(|word| format!("<p>{word}</p>")).collect::<Vec<_>>();
    let mut count = Count::default();
    count.compare(said, &texts(own), &texts(other));
    (count.lost, count.doubled, count.out_of_order)
}

#[test]
fn the_count_sees_what_is_lost_doubled_or_out_of_order() {
    let word = |(written, text)| Word { text, id: text, written, told: None, found: false };
    let said: Vec<Word<'_>> = ["a", "b", "c"].into_iter().enumerate().map(word).collect();
    assert_eq!(counted(&said, "a b c", "a b c"), (0, 0, 0));
    assert_eq!(counted(&said, "a b c x", "x a b x c"), (0, 0, 0), "others may write in between");
    assert_eq!(counted(&said, "a b c", "a c"), (1, 0, 0));
    assert_eq!(counted(&said, "a b c", "a b c b"), (0, 1, 0));
    assert_eq!(counted(&said, "a b c b", "a b c"), (0, 1, 0), "an echo is a double");
    assert_eq!(counted(&said, "a b c", "a c b"), (0, 0, 1));
    let mut count = Count::default();
    count.left_over(["word1end.v2v", "word2end."].into_iter(), &["about word1end. and".to_owned()]);
    assert_eq!(count.doubled, 1, "whatever version of it is left");
}

#[test]
fn only_a_comparison_may_turn_back_what_the_network_turned_round() {
    let told_as = |written: [usize; 2], found: [bool; 2]| {
        let word =
            |text, at: usize| Word { text, id: text, written: written[at], told: None, found: found[at] };
        [word("a", 0), word("b", 1)]
    };
    let order = |said: &[Word<'_>], other| counted(said, "a b", other).2;
    let turned_round = told_as([1, 0], [false, false]);
    assert_eq!((order(&turned_round, "a b"), order(&turned_round, "b a")), (0, 1));
    for found in [[true, false], [false, true], [true, true]] {
        let turned_round = told_as([1, 0], found);
        assert_eq!((order(&turned_round, "a b"), order(&turned_round, "b a")), (0, 0));
        let straight = told_as([0, 1], found);
        assert_eq!((order(&straight, "a b"), order(&straight, "b a")), (0, 1));
    }
}

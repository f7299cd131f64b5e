//! Reactions of an issue's chat, as an issue property keeps them: for each relayed comment the
//! emoji and how often each was given. Counts only; who gave them is nowhere.
//!
//! The property belongs to one link, and is written in its lane: it has one writer. What it
//! holds is a state, not a log: a burst of reactions is one value.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::ids::{CommentId, LinkId};
use crate::teams::reaction::emoji;

/// The most characters of a property's value, with a reserve: Jira takes 32,768.
const MOST: usize = 32_000;
/// How many emoji the summary names.
const NAMED: usize = 6;

/// How often each emoji was given.
type Counts = BTreeMap<String, u64>;

/// The reactions of a link: its comments, by their numeric ids, the newest last.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Reactions(BTreeMap<u64, Counts>);

/// The property's key.
pub(super) fn property_key(link: LinkId) -> String {
    format!("threadline.reactions.{link}")
}

impl Reactions {
    /// Reads a property; whatever is not ours in it is left out.
    pub(super) fn read(value: &Value) -> Self {
        let counts = |value: &Value| -> Counts {
            let entries = value.as_object().into_iter().flatten();
            let entries = entries.filter_map(|(name, count)| Some((emoji(name)?, count.as_u64()?)));
            entries.filter(|(_, count)| *count > 0).collect()
        };
        let entries = value.as_object().into_iter().flatten();
        let known = entries.filter_map(|(id, value)| Some((id.parse().ok()?, counts(value))));
        Self(known.filter(|(_, counts): &(u64, Counts)| !counts.is_empty()).collect())
    }

    /// Puts in what a comment's message got: `given` as Teams names each reaction. Answers
    /// whether that is news.
    pub(super) fn put(&mut self, comment: &CommentId, given: &[String]) -> bool {
        let Ok(id) = comment.as_str().parse() else { return false };
        let mut counts = Counts::new();
        for sign in given.iter().filter_map(|name| emoji(name)) {
            *counts.entry(sign).or_default() += 1;
        }
        let before = if counts.is_empty() { self.0.remove(&id) } else { self.0.insert(id, counts.clone()) };
        before.unwrap_or_default() != counts
    }

    /// The property's value: as many of the newest comments as Jira takes.
    pub(super) fn write(&self) -> Value {
        let mut kept = Map::new();
        let mut size = 2;
        for (id, counts) in self.0.iter().rev() {
            let value = counts.iter().map(|(sign, count)| (sign.clone(), *count)).collect::<Value>();
            size += id.to_string().len() + value.to_string().len() + "\"\":,".len();
            if size > MOST {
                break;
            }
            kept.insert(id.to_string(), value);
        }
        Value::Object(kept)
    }

    /// One line for people: `👍 3 ❤️ 1 on 2 messages`; nothing if there are none.
    pub(super) fn summary(&self) -> Option<String> {
        let mut sums = Counts::new();
        for (sign, count) in self.0.values().flatten() {
            let sum = sums.entry(sign.clone()).or_default();
            *sum = sum.saturating_add(*count);
        }
        let mut sums: Vec<(String, u64)> = sums.into_iter().collect();
        sums.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let mut named: Vec<String> =
            sums.iter().take(NAMED).map(|(sign, count)| format!("{sign} {count}")).collect();
        if sums.len() > NAMED {
            named.push("…".to_owned());
        }
        let messages = match self.0.len() {
            0 => return None,
            1 => "1 message".to_owned(),
            many => format!("{many} messages"),
        };
        Some(format!("{} on {messages}", named.join(" ")))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn given(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn reactions_are_counted_and_only_news_is_news() {
        let mut reactions = Reactions::default();
        let comment = CommentId::new("10100");
        assert!(!reactions.put(&comment, &[]), "none before, none now");
        assert!(reactions.put(&comment, &given(&["like", "👍", "1f440_eyes", "custom"])));
        assert!(!reactions.put(&comment, &given(&["1f440_eyes", "like", "like"])), "in another order");
        assert!(reactions.put(&CommentId::new("10101"), &given(&["heart"])));
        assert_eq!(reactions.write(), json!({ "10100": { "👍": 2, "👀": 1 }, "10101": { "❤️": 1 } }));
        assert_eq!(reactions.summary().as_deref(), Some("👍 2 ❤️ 1 👀 1 on 2 messages"));
        assert_eq!(Reactions::read(&reactions.write()), reactions);
        assert!(reactions.put(&comment, &[]));
        assert_eq!(reactions.summary().as_deref(), Some("❤️ 1 on 1 message"));
        assert!(reactions.put(&CommentId::new("10101"), &[]));
        assert_eq!((reactions.write(), reactions.summary()), (json!({}), None));
    }

    #[test]
    fn what_others_have_put_into_the_property_is_not_shown() {
        let odd =
            json!({ "x": { "👍": 1 }, "1": { "<b>": 1, "❤️": "2" }, "2": [], "3": { "like": 4, "👀": 0 } });
        assert_eq!(Reactions::read(&odd).summary().as_deref(), Some("👍 4 on 1 message"));
        for odd in [json!(null), json!([]), json!("👍")] {
            assert_eq!(Reactions::read(&odd).summary(), None);
        }
    }

    #[test]
    fn the_oldest_comments_make_room() {
        let mut reactions = Reactions::default();
        for id in 10_000..14_000 {
            reactions.put(&CommentId::new(id.to_string()), &given(&["like", "heart"]));
        }
        let written = reactions.write();
        let text = written.to_string();
        assert!(text.chars().count() <= 32_768 && text.len() > 30_000, "{}", text.len());
        let ids = written.as_object().expect("an object");
        assert!(ids.contains_key("13999") && !ids.contains_key("10000"));
    }
}

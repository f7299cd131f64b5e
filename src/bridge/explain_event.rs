//! What became of an event, in plain words: for the operator who asks why.
//!
//! The words come from the event's kind, state and reason alone; nothing is read or asked.

use super::reason;
use crate::queue::{Event, EventState};

/// What became of an event. Each part begins in lower case and has no full stop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// What arrived.
    pub arrived: String,
    /// What became of it.
    pub became: String,
    /// Why.
    pub why: Option<String>,
    /// What somebody can do about it.
    pub advice: Option<&'static str>,
}

/// The ids that an event is about, by name, as the row keeps them; never content.
pub fn subject_ids(event: &Event) -> Vec<(String, String)> {
    let Ok(serde_json::Value::Object(outer)) = serde_json::from_str(&event.subject) else {
        return Vec::new();
    };
    let mut ids = Vec::new();
    for (name, value) in outer {
        match value {
            serde_json::Value::Object(inner) => {
                ids.extend(inner.into_iter().filter_map(|(name, value)| Some((name, text(&value)?))));
            }
            value => ids.extend(text(&value).map(|value| (name, value))),
        }
    }
    ids
}

/// Why an event is where it is.
pub fn explain(event: &Event) -> Explanation {
    let arrived = arrived(event);
    let told = event.reason.as_deref().map(meaning);
    let why = told.as_ref().map(|(why, _)| why.clone());
    let advice = told.and_then(|(_, advice)| advice);
    match EventState::of(event) {
        EventState::Ready if event.reason.is_none() => Explanation {
            arrived,
            became: "it waits for its turn".to_owned(),
            why: None,
            advice: Some("make sure that `threadline serve` runs; what is older in the same chat goes first"),
        },
        EventState::Ready if event.reason.as_deref() == Some(reason::THROTTLED) => {
            Explanation { arrived, became: "it is held back".to_owned(), why, advice }
        }
        EventState::Ready => {
            Explanation { arrived, became: format!("it is tried again{}", tries(event)), why, advice }
        }
        EventState::Waiting => {
            Explanation { arrived, became: "it waits for a login".to_owned(), why, advice }
        }
        EventState::Dead if event.reason.as_deref().is_some_and(has_waited) => Explanation {
            arrived,
            became: "it was given up, since nobody has logged in in time".to_owned(),
            why,
            advice: Some(if event.kind.starts_with("message") {
                "nothing; what was written is still in the chat, and no longer here"
            } else {
                "let its author log in, or let another write for them; then `threadline events retry`"
            }),
        },
        EventState::Dead => {
            Explanation { arrived, became: format!("it was given up{}", tries(event)), why, advice }
        }
        EventState::Done => {
            let reason = event.reason.as_deref().unwrap_or_default();
            Explanation { arrived, became: outcome(&event.kind, reason).to_owned(), why, advice }
        }
    }
}

/// Whether an event that ends for this reason has waited for a login before.
fn has_waited(reason: &str) -> bool {
    [reason::NOT_CONNECTED, reason::LOGIN_NEEDED, reason::NO_READER].contains(&reason)
}

fn text(value: &serde_json::Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn arrived(event: &Event) -> String {
    let ids = subject_ids(event);
    let id = |name| ids.iter().find(|(known, _)| known == name).map_or("?", |(_, id)| id.as_str());
    match event.kind.as_str() {
        "comment created" => format!("comment {} was written on issue {}", id("comment"), id("issue")),
        "missed message" => format!("message {} was found in chat {}", id("message"), id("conversation")),
        "message" => format!("message {} was written in chat {}", id("message"), id("conversation")),
        "message reacted" => format!("somebody reacted to message {}", id("message")),
        "command" => format!("the bot was spoken to in chat {}", id("conversation")),
        "comparison" => format!("chat {} was to be compared with its issues", id("conversation")),
        "create issue" => format!("a new issue was asked for in chat {}", id("conversation")),
        "jira webhook" => format!("Jira sent the webhook {} for issue {}", id("webhook"), id("issue")),
        "teams activity" => "Teams sent an activity".to_owned(),
        other => format!("an event of the kind '{other}' arrived"),
    }
}

fn tries(event: &Event) -> String {
    match event.attempts {
        ..=0 => String::new(),
        1 => " after 1 try".to_owned(),
        tries => format!(" after {tries} tries"),
    }
}

/// What became of an event that has ended well, or with a decision.
fn outcome(kind: &str, reason: &str) -> &'static str {
    match (reason, kind) {
        (
            reason::RELAYED | reason::RELAYED_IN_PART,
            "message" | "missed message" | "message edited" | "message touched",
        ) => "it is a comment on the issue now",
        (reason::RELAYED | reason::RELAYED_IN_PART, _) => "it is a message in the chat now",
        (reason::ISSUE_CREATED, _) => "the issue was created and linked to the chat",
        (reason::LINKED, _) => "the issue and the chat were linked",
        (reason::ANSWERED, _) => "the bot answered",
        (reason::IN_DIGEST, _) => "a message with links stands for it",
        (reason::COMPARED_IN_PART, _) => "the older part of what was missed is relayed",
        (reason::CAUGHT_UP, _) => "what was missed is relayed",
        (reason::REACTIONS_SHOWN, _) => "the issue shows the reactions now",
        (reason::UPDATED | reason::RESTORED, "message edited" | "message touched") => {
            "the comment on the issue says so now"
        }
        (reason::UPDATED | reason::RESTORED, _) => "the message in the chat says so now",
        (reason::REMOVED, "message deleted") => "the comment on the issue was deleted too",
        (reason::REMOVED | reason::TAKEN_OUT, _) => "the message in the chat was deleted",
        _ => "nothing was written",
    }
}

const TO_SHOW_IT: &str = "nothing, unless the chat may see such: `threadline setting set --help`";

/// What a reason word means, and what can be done.
fn meaning(word: &str) -> (String, Option<&'static str>) {
    if let Some(why) = needs_nothing(word) {
        return (why.to_owned(), None);
    }
    if let Some((why, advice)) = not_all_compared(word) {
        return (why.to_owned(), Some(advice));
    }
    let (why, advice) = match word {
        reason::RELAYED_IN_PART => (
            "it arrived on the other side, but for some of its files",
            Some("the copy says which and why; limits are set in [files] of threadline.toml"),
        ),
        reason::REACTIONS_UNREADABLE => (
            "Threadline may not read the message that somebody reacted to",
            Some("add the app to the chat or team again, and agree to its permission to read messages"),
        ),
        reason::NO_EDITOR => (
            "neither the integration account nor whoever made the link may edit the issue, so its reactions are not shown",
            Some("name an integration account for the site that may edit its issues"),
        ),
        reason::CHANGE_REFUSED => (
            "the platform did not let the author change it, and the chat was told so",
            Some("check that the author is still in the chat, or may edit and delete their own comments"),
        ),
        reason::NOT_LINKED => (
            "there is no link for it",
            Some("link the issue and the chat: `threadline link add`, or `link KEY` said to the bot"),
        ),
        reason::LINK_PAUSED => {
            ("the link is paused", Some("see `threadline link list`; adding the link again wakes it"))
        }
        reason::BOT_REMOVED => (
            "Threadline is no longer in the chat",
            Some("add the app to the chat again; its links wake by themselves"),
        ),
        reason::RESTRICTED_COMMENT => {
            ("the comment is for a role or a group only, and the link does not show it", Some(TO_SHOW_IT))
        }
        reason::INTERNAL_COMMENT => {
            ("the comment is hidden from customers, and the link does not show it", Some(TO_SHOW_IT))
        }
        reason::SECURITY_LEVEL => {
            ("the issue is under a security level, and the link does not show it", Some(TO_SHOW_IT))
        }
        reason::ISSUE_GONE => (
            "the issue is gone, or the account may not see it",
            Some("check the issue in Jira and who may browse it; then retry"),
        ),
        reason::NOT_CONNECTED => (
            "its author has not connected both accounts",
            Some("ask them to open Threadline's page and log in; it goes on by itself"),
        ),
        reason::LOGIN_NEEDED => (
            "the login of the account has ended",
            Some("ask its owner to log in again; it goes on by itself"),
        ),
        reason::PERMISSION_MISSING => (
            "the login lacks a permission",
            Some("compare the app's permissions with docs/setup.md, then let its owner log in again"),
        ),
        reason::NO_READER => (
            "nobody who is connected may read the comment",
            Some("let its author, or anyone who sees the issue, log in; it goes on by itself"),
        ),
        reason::FORBIDDEN => (
            "the platform forbids it",
            Some("check the account's permission on the project and its membership of the chat; then retry"),
        ),
        reason::THROTTLED => ("the platform takes no more for now", Some("nothing; it goes on by itself")),
        reason::UNREACHABLE => (
            "the platform could not be reached",
            Some("run `threadline doctor`; it goes on by itself once the way is free"),
        ),
        reason::OUTCOME_UNKNOWN => (
            "the platform did not say whether it happened",
            Some("nothing; Threadline looks first, so that it is not written twice"),
        ),
        reason::REFUSED => (
            "the platform refuses it as it is",
            Some("see the log line with this event's number for the platform's code; then retry"),
        ),
        reason::TOO_LARGE => {
            ("it is over the platform's limit of size", Some("nothing; its author can shorten it"))
        }
        reason::MISCONFIGURED => (
            "the platform refuses the configured client credentials",
            Some("run `threadline doctor` and mend them; it goes on by itself"),
        ),
        reason::STORAGE => {
            ("what was sealed could not be opened", Some("run `threadline doctor`; then retry"))
        }
        reason::UNREADABLE => ("this version can't read the stored event", Some("upgrade, then retry")),
        reason::JIRA_TOKEN_REFRESHED | reason::MICROSOFT_TOKEN_REFRESHED => {
            ("the token was refused and has been refreshed", Some("nothing; it goes on by itself"))
        }
        other => return (format!("the reason is '{other}'"), None),
    };
    (why.to_owned(), advice)
}

/// What it means that a chat and its issues were not compared as a whole, and what can be done.
fn not_all_compared(word: &str) -> Option<(&'static str, &'static str)> {
    Some(match word {
        reason::NOT_COMPARED => {
            ("one side could not be read just now", "nothing; it is compared again by itself")
        }
        reason::COMPARED_IN_PART => {
            ("more has changed than one comparison reads", "nothing; the rest is compared next, by itself")
        }
        reason::TOO_MUCH => (
            "an issue or a channel thread holds more than can be compared, so what was missed long ago may lack on one side",
            "look at both sides and copy what lacks, or go on in a new thread and link that; what is written from now on is relayed as ever",
        ),
        _ => return None,
    })
}

/// What a reason word means about which nobody has to do anything.
fn needs_nothing(word: &str) -> Option<&'static str> {
    Some(match word {
        reason::RELAYED => "it arrived on the other side",
        reason::ANSWERED | reason::ISSUE_CREATED | reason::LINKED => "it was asked to",
        reason::ECHO => "it is what Threadline itself had written, coming back",
        reason::DUPLICATE => "it had been relayed before",
        reason::EMPTY => "there is nothing in it that could be shown on the other side",
        reason::IGNORED => "it is of a kind that Threadline does not act on",
        reason::AUTHOR_UNKNOWN => "its author is a guest, an app or a connector without an account",
        reason::UPDATED => "the words on the other side follow",
        reason::REMOVED => "what is deleted on one side goes on the other",
        reason::RESTORED => "what is brought back on one side comes back on the other",
        reason::TAKEN_OUT => "the comment is no longer for everyone in the chat",
        reason::OVERTAKEN => "a later change of the same was behind it, and says it all",
        reason::UNCHANGED => "its text is as it was: a reaction, or our own change coming back",
        reason::REACTIONS_SHOWN => "the issue shows how often which emoji was given",
        reason::REACTIONS_KNOWN => "the issue shows these reactions already",
        reason::NOT_RELAYED => "it was never relayed: it is older than the link, or a command",
        reason::MESSAGE_GONE => "the message is deleted",
        reason::COMMENT_GONE => "the comment was deleted, or hidden, before it could be read",
        reason::NOTHING_MISSED => "both sides know all of each other",
        reason::CAUGHT_UP => "what one side lacked was put into the queue, and is relayed in its turn",
        reason::IN_DIGEST => "much was missed, and the link wants one message with links for all of it",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(kind: &str, state: i16, reason: Option<&str>, subject: &str) -> Event {
        Event {
            id: 7,
            lane: String::new(),
            delivery_key: String::new(),
            site_id: None,
            tenant_id: String::new(),
            kind: kind.to_owned(),
            subject: subject.to_owned(),
            payload: None,
            state,
            waiting_for: None,
            attempts: 8,
            due_at: 0,
            reason: reason.map(str::to_owned),
            received_at: 0,
            finished_at: None,
        }
    }

    const COMMENT: &str =
        r#"{"comment_created":{"link":"link_1","issue":"10042","comment":"10100","actor":null}}"#;

    #[test]
    fn a_relayed_comment_is_told_as_a_story() {
        let told = explain(&event("comment created", 1, Some(reason::RELAYED), COMMENT));
        assert_eq!(told.arrived, "comment 10100 was written on issue 10042");
        assert_eq!(told.became, "it is a message in the chat now");
        assert_eq!(told.advice, None);
    }

    #[test]
    fn a_dead_letter_says_what_to_do() {
        let told = explain(&event("comment created", 2, Some(reason::FORBIDDEN), COMMENT));
        assert_eq!(told.became, "it was given up after 8 tries");
        assert!(told.advice.is_some());
    }

    #[test]
    fn an_event_that_nobody_has_looked_at_waits_for_its_turn() {
        let told =
            explain(&event("message", 0, None, r#"{"message":{"conversation":"19:a","message":"1"}}"#));
        assert_eq!(told.became, "it waits for its turn");
        assert_eq!(told.why, None);
    }

    #[test]
    fn ids_that_are_not_there_leave_no_gap() {
        assert_eq!(subject_ids(&event("x", 1, None, "")), []);
        assert_eq!(
            explain(&event(
                "jira webhook",
                1,
                Some(reason::IGNORED),
                r#"{"webhook":"issue_updated","issue":null}"#
            ))
            .arrived,
            "Jira sent the webhook issue_updated for issue ?"
        );
    }

    #[test]
    fn every_reason_has_a_meaning() {
        let words: Vec<&str> = include_str!("reason.rs")
            .lines()
            .filter(|line| line.starts_with("pub const"))
            .filter_map(|line| line.split('"').nth(1))
            .collect();
        assert!(words.len() > 25);
        for word in words {
            assert!(!meaning(word).0.starts_with("the reason is"), "{word} has no meaning here");
        }
    }
}

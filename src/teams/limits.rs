//! What Graph and the Bot Connector permit, and how they say that it is enough.
//! Sources: learn.microsoft.com, "Optimize your bot with rate limiting in Teams"; Graph
//! "Microsoft Graph service-specific throttling limits". Graph names no limit of a chat or a
//! person but refuses bursts there: about one a second is what this keeps.

use std::time::Duration;

use reqwest::header::AUTHORIZATION;
use reqwest::{Method, Request};

use crate::budget::{Bucket, Limits, Window};
use crate::call::answer::Answer;
use crate::hash;
use crate::ids::TenantId;

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_hours(1);

/// Messages of the bot in a thread: written, changed, deleted.
const THREAD: [Window; 4] = [
    Window::new(7, SECOND),
    Window::new(8, Duration::from_secs(2)),
    Window::new(60, Duration::from_secs(30)),
    Window::new(1800, HOUR),
];
/// Questions of the bot about a thread.
const MEMBERS: [Window; 4] = [
    Window::new(14, SECOND),
    Window::new(16, Duration::from_secs(2)),
    Window::new(120, Duration::from_secs(30)),
    Window::new(3600, HOUR),
];
/// All that the bot does in a tenant.
const BOT: [Window; 1] = [Window::new(50, SECOND)];
/// What is written to a chat, or by a person: nobody says how much.
const CHAT: [Window; 2] = [Window::new(4, Duration::from_secs(2)), Window::new(30, Duration::from_secs(30))];
/// All that the app does in a channel.
const CHANNEL: [Window; 1] = [Window::new(4, SECOND)];
/// Messages of the app in a channel.
const CHANNEL_DAY: [Window; 1] = [Window::new(3000, Duration::from_hours(24))];
const PER_20: [Window; 1] = [Window::new(20, SECOND)];
const PER_30: [Window; 1] = [Window::new(30, SECOND)];
const PER_50: [Window; 1] = [Window::new(50, SECOND)];

/// The wait where a refusal names none.
const UNNAMED: Duration = Duration::from_secs(2);
/// No platform asks for more: what an answer says beyond is not believed.
const LONGEST: Duration = HOUR;

/// Graph's limits, in the tenant of the app.
pub(super) struct GraphLimits(pub(super) TenantId);

impl Limits for GraphLimits {
    fn buckets(&self, request: &Request) -> Vec<Bucket> {
        let tenant = &self.0;
        let path: Vec<&str> = request.url().path().split('/').skip(1).collect();
        let after = |word| path.iter().position(|part| *part == word).and_then(|at| path.get(at + 1..));
        let writes = request.method() != Method::GET;
        let is_message = path.contains(&"messages");
        let mut buckets = Vec::with_capacity(4);
        let mut add = |kind: &str, id: &str, windows| {
            buckets.push(Bucket::new(format!("graph/{tenant}/{kind}/{id}"), windows));
        };
        if let Some([channel, ..]) = after("channels") {
            add("channel", channel, &CHANNEL);
            if writes && is_message {
                add("channel day", channel, &CHANNEL_DAY);
            }
        }
        if writes && is_message {
            if let Some([chat, ..]) = after("chats") {
                add("chat", chat, &CHAT);
            }
            if let Some(token) = request.headers().get(AUTHORIZATION) {
                // Who it is stands in no path: their token of this hour says it, and is not kept.
                let print = hash::sha256(token.as_bytes());
                add("person", print.get(..16).unwrap_or_default(), &CHAT);
            }
        }
        match (request.method().as_str(), path.last()) {
            ("GET", _) if is_message => add("all", "read messages", &PER_20),
            ("GET", _) => add("all", "read", &PER_30),
            ("POST", Some(&"messages")) if path.contains(&"chats") => add("all", "chat messages", &PER_20),
            ("POST", Some(&("messages" | "replies"))) => add("all", "channel messages", &PER_50),
            _ => add("all", "write", &PER_30),
        }
        buckets
    }

    fn closed_by(&self, buckets: &[Bucket], answer: &Answer) -> Option<(Bucket, Duration)> {
        narrowest(buckets, answer)
    }
}

/// The Bot Connector's limits, in the tenant of the bot.
pub(super) struct ConnectorLimits(pub(super) TenantId);

impl Limits for ConnectorLimits {
    fn buckets(&self, request: &Request) -> Vec<Bucket> {
        let tenant = &self.0;
        let path: Vec<&str> =
            request.url().path().split('/').skip_while(|part| *part != "conversations").skip(1).collect();
        let thread: Option<(&str, &'static [Window])> = match path.as_slice() {
            [thread, "activities", ..] => Some((thread, &THREAD)),
            [thread, ..] => Some((thread, &MEMBERS)),
            [] => None,
        };
        let thread = thread.map(|(thread, windows)| {
            let kind = if windows.len() == THREAD.len() && windows == THREAD { "thread" } else { "members" };
            Bucket::new(format!("bot/{tenant}/{kind}/{thread}"), windows)
        });
        thread.into_iter().chain([Bucket::new(format!("bot/{tenant}/all"), &BOT)]).collect()
    }

    fn closed_by(&self, buckets: &[Bucket], answer: &Answer) -> Option<(Bucket, Duration)> {
        narrowest(buckets, answer)
    }
}

/// Microsoft does not say which limit was reached: the narrowest is the likeliest.
fn narrowest(buckets: &[Bucket], answer: &Answer) -> Option<(Bucket, Duration)> {
    if answer.status().as_u16() != 429 {
        return None;
    }
    let wait = answer.retry_after().unwrap_or(UNNAMED).min(LONGEST);
    Some((buckets.first()?.clone(), wait))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(limits: &impl Limits, method: Method, url: &str) -> Vec<String> {
        let mut request = Request::new(method, url.parse().unwrap());
        request.headers_mut().insert(AUTHORIZATION, "Bearer secret".parse().unwrap());
        limits.buckets(&request).iter().map(|bucket| bucket.key().to_owned()).collect()
    }

    fn graph(method: Method, path: &str) -> Vec<String> {
        let url = format!("https://graph.microsoft.com/v1.0/{path}");
        keys(&GraphLimits(TenantId::new("t")), method, &url)
    }

    fn bot(method: Method, path: &str) -> Vec<String> {
        let url = format!("https://smba.trafficmanager.net/teams/v3/conversations{path}");
        keys(&ConnectorLimits(TenantId::new("t")), method, &url)
    }

    #[test]
    fn a_message_counts_for_its_chat_its_author_and_the_tenant() {
        let written = graph(Method::POST, "chats/19%3Ax/messages");
        assert_eq!(written[0], "graph/t/chat/19%3Ax");
        assert!(written[1].starts_with("graph/t/person/") && !written[1].contains("secret"), "{written:?}");
        assert_eq!(written[2], "graph/t/all/chat messages");
        let deleted = graph(Method::POST, "users/ann/chats/19%3Ax/messages/5/softDelete");
        assert_eq!((deleted[0].as_str(), deleted[2].as_str()), ("graph/t/chat/19%3Ax", "graph/t/all/write"));
    }

    #[test]
    fn a_channel_has_limits_of_its_own() {
        let reply = graph(Method::POST, "teams/a/channels/19%3Ac/messages/5/replies");
        assert_eq!(reply[..2], ["graph/t/channel/19%3Ac", "graph/t/channel day/19%3Ac"]);
        assert_eq!(reply[3], "graph/t/all/channel messages");
        let read = graph(Method::GET, "teams/a/channels/19%3Ac/messages/5/replies");
        assert_eq!(read, ["graph/t/channel/19%3Ac", "graph/t/all/read messages"]);
    }

    #[test]
    fn other_calls_count_for_the_tenant() {
        assert_eq!(graph(Method::GET, "chats/19%3Ax"), ["graph/t/all/read"]);
        assert_eq!(graph(Method::PUT, "me/drive/root:/a:/content"), ["graph/t/all/write"]);
    }

    #[test]
    fn the_bot_writes_changes_and_deletes_within_its_thread() {
        for (method, path) in [
            (Method::POST, "/a%3Ab/activities"),
            (Method::PUT, "/a%3Ab/activities/1"),
            (Method::DELETE, "/a%3Ab/activities/1"),
        ] {
            assert_eq!(bot(method, path), ["bot/t/thread/a%3Ab", "bot/t/all"]);
        }
        assert_eq!(bot(Method::GET, "/a%3Ab/members/29"), ["bot/t/members/a%3Ab", "bot/t/all"]);
    }
}

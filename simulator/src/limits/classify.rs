//! What a call counts in.

use super::{Counted, Limit};
use crate::recorder::Host;

const HOUR: i64 = 3_600_000;
const THREAD: [Limit; 4] = [(7, 1_000), (8, 2_000), (60, 30_000), (1_800, HOUR)];
const MEMBERS: [Limit; 4] = [(14, 1_000), (16, 2_000), (120, 30_000), (3_600, HOUR)];
const BOT: [Limit; 1] = [(50, 1_000)];
const CHANNEL: [Limit; 1] = [(4, 1_000)];
const CHANNEL_DAY: [Limit; 1] = [(3_000, 24 * HOUR)];
const PER_20: [Limit; 1] = [(20, 1_000)];
const PER_30: [Limit; 1] = [(30, 1_000)];
const PER_50: [Limit; 1] = [(50, 1_000)];
const ISSUE: [Limit; 2] = [(20, 2_000), (100, 30_000)];
const BURST_300: [Limit; 1] = [(300, 1_000)];
const BURST_150: [Limit; 1] = [(150, 1_000)];
const BURST_100: [Limit; 1] = [(100, 1_000)];

fn counted(kind: &'static str, id: impl Into<String>, limits: &'static [Limit]) -> Counted {
    Counted { kind, id: id.into(), limits }
}

/// What a call counts in: nothing at the hosts that publish no limit.
pub(super) fn of(host: Host, method: &str, path: &str, route: &str) -> Vec<Counted> {
    let path: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    match host {
        Host::Service => of_connector(&path),
        Host::Graph => of_graph(method, path.get(1..).unwrap_or_default()),
        Host::Api => of_jira(method, &path, route),
        _ => Vec::new(),
    }
}

fn of_connector(path: &[&str]) -> Vec<Counted> {
    let mut all = vec![counted("bot", "", &BOT)];
    if let Some(at) = path.iter().position(|part| *part == "conversations") {
        match path.get(at + 1..).unwrap_or_default() {
            [thread, "activities", ..] => all.push(counted("thread", *thread, &THREAD)),
            [thread, ..] => all.push(counted("members", *thread, &MEMBERS)),
            [] => {}
        }
    }
    all
}

fn of_graph(method: &str, path: &[&str]) -> Vec<Counted> {
    let mut all = Vec::new();
    let messages = path.contains(&"messages");
    if let ["teams", _, "channels", channel, ..] = path {
        all.push(counted("channel", *channel, &CHANNEL));
        if messages && method != "GET" {
            all.push(counted("channel day", *channel, &CHANNEL_DAY));
        }
    }
    all.push(match (method, path) {
        ("GET", _) if messages => counted("graph", "read messages", &PER_20),
        ("GET", _) => counted("graph", "read", &PER_30),
        ("POST", ["chats", _, "messages"]) => counted("graph", "chat messages", &PER_20),
        ("POST", ["teams", .., "messages" | "replies"]) => counted("graph", "channel messages", &PER_50),
        _ => counted("graph", "write", &PER_30),
    });
    all
}

fn of_jira(method: &str, path: &[&str], endpoint: &str) -> Vec<Counted> {
    let ["ex", "jira", cloud, "rest", "api", "3", resource @ ..] = path else { return Vec::new() };
    let mut all = Vec::new();
    if let ["issue", issue, _, ..] | ["issue", issue] = resource
        && method != "GET"
        && *issue != "createmeta"
    {
        all.push(counted("issue", format!("{cloud}/{issue}"), &ISSUE));
    }
    let burst: &'static [Limit] = match (method, resource) {
        ("GET", ["attachment", "content", ..]) => &BURST_300,
        ("GET", ["issue", _] | ["user", ..]) => &BURST_150,
        ("PUT" | "DELETE", _) => &PER_50,
        _ => &BURST_100,
    };
    all.push(counted("endpoint", format!("{cloud} {method} {endpoint}"), burst));
    all
}

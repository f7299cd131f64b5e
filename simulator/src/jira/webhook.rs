//! Webhooks, the administrator's and those of apps: the body in version-2 shape, the headers and
//! the signature.

use std::sync::Arc;

use axum::body::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use serde_json::{Map, Value, json};
use sha2::Sha256;

use crate::ambient::{Millis, hex};
use crate::delivery::{Outgoing, Receiver, enqueue};
use crate::jira::dynamic::DynamicWebhook;
use crate::jira::model::{Comment, Issue, Site, Webhook};
use crate::jira::shown::{self, Version};
use crate::people::Identity;
use crate::platforms::Platforms;

/// What a webhook tells.
pub(crate) enum Event<'a> {
    IssueCreated,
    IssueUpdated { before: &'a Issue },
    IssueDeleted,
    CommentCreated(&'a Comment),
    CommentUpdated(&'a Comment),
    CommentDeleted(&'a Comment),
}

impl Event<'_> {
    fn name(&self) -> &'static str {
        match self {
            Self::IssueCreated => "jira:issue_created",
            Self::IssueUpdated { .. } => "jira:issue_updated",
            Self::IssueDeleted => "jira:issue_deleted",
            Self::CommentCreated(_) => "comment_created",
            Self::CommentUpdated(_) => "comment_updated",
            Self::CommentDeleted(_) => "comment_deleted",
        }
    }

    fn comment(&self) -> Option<&Comment> {
        match self {
            Self::CommentCreated(comment) | Self::CommentUpdated(comment) | Self::CommentDeleted(comment) => {
                Some(comment)
            }
            _ => None,
        }
    }
}

/// Queues the webhooks for an event, if the site has any.
pub(crate) fn send(
    platforms: &Arc<Platforms>,
    site: &Site,
    issue: &Issue,
    author: &Identity,
    event: &Event<'_>,
    now: Millis,
) {
    let subject = event.comment().map_or(&issue.id, |comment| &comment.id);
    tell(platforms, site, issue, (event.name(), subject), || body(site, issue, author, event, now), now);
    if let (Event::CommentCreated(comment), true) = (event, platforms.options.issue_commented_events) {
        let body = || issue_commented(site, issue, author, comment, now);
        tell(platforms, site, issue, ("jira:issue_updated", &comment.id), body, now);
    }
}

/// Queues one telling for each webhook that wants it: the administrator's, and those of apps.
fn tell(
    platforms: &Arc<Platforms>,
    site: &Site,
    issue: &Issue,
    what: (&str, &str),
    body: impl Fn() -> Value,
    now: Millis,
) {
    if let Some(webhook) = &site.webhook {
        queue(platforms, &Hook::Admin(webhook), issue, what, &body());
    }
    let project = site.project(&issue.project).map(|project| project.id.as_str());
    for hook in site.dynamic.iter().filter(|hook| hook.wants(what.0, issue, project, now)) {
        let mut body = body();
        if let Some(body) = body.as_object_mut() {
            body.insert("matchedWebhookIds".to_owned(), json!([hook.id]));
        }
        queue(platforms, &Hook::App(hook), issue, what, &body);
    }
}

/// Whose webhook it is.
enum Hook<'a> {
    Admin(&'a Webhook),
    App(&'a DynamicWebhook),
}

fn queue(
    platforms: &Arc<Platforms>,
    hook: &Hook<'_>,
    issue: &Issue,
    (event, subject): (&str, &str),
    body: &Value,
) {
    let body = body.to_string().into_bytes();
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    headers.insert(USER_AGENT, HeaderValue::from_static("Atlassian Webhook HTTP Client"));
    let mut put = |name: &'static str, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    };
    put("x-atlassian-webhook-identifier", &platforms.ids.guid().to_string());
    put("x-atlassian-webhook-flow", "Primary");
    let (to, url, signed_for) = match hook {
        Hook::Admin(webhook) => {
            put("x-hub-signature", &signature(&webhook.secret, &body));
            (Receiver::Webhook, webhook.url.clone(), None)
        }
        // Its token is made for each attempt.
        Hook::App(hook) => (Receiver::AppWebhook, hook.url.clone(), Some((*hook).clone())),
    };
    enqueue(
        platforms,
        Outgoing {
            to,
            event: event.to_owned(),
            lane: issue.key.clone(),
            subject: subject.to_owned(),
            url,
            headers,
            body: Bytes::from(body),
            signed_for,
        },
    );
}

/// `sha256=` and the HMAC of the raw body in hex, as `WebSub` has it.
pub(crate) fn signature(secret: &str, body: &[u8]) -> String {
    // HMAC takes a key of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { return String::new() };
    mac.update(body);
    format!("sha256={}", hex(&mac.finalize().into_bytes()))
}

fn body(site: &Site, issue: &Issue, author: &Identity, event: &Event<'_>, now: Millis) -> Value {
    let mut body = Map::new();
    body.insert("timestamp".to_owned(), now.into());
    body.insert("webhookEvent".to_owned(), event.name().into());
    if let Some(comment) = event.comment() {
        // Six fields, no top-level user and no changelog: what a live site sends.
        body.insert("comment".to_owned(), shown::comment(site, Version::Two, issue, comment, false));
        let mut head = shown::issue_head(site, Version::Two, issue);
        let mut fields = shown::fields(site, Version::Two, issue);
        fields.retain(|name, _| {
            matches!(name.as_str(), "summary" | "issuetype" | "project" | "assignee" | "priority" | "status")
        });
        head.insert("fields".to_owned(), fields.into());
        body.insert("issue".to_owned(), head.into());
        return body.into();
    }
    body.insert("user".to_owned(), shown::user(site, Version::Two, author));
    body.insert("issue".to_owned(), whole_issue(site, issue));
    match event {
        Event::IssueCreated => {
            body.insert("issue_event_type_name".to_owned(), "issue_created".into());
        }
        Event::IssueUpdated { before } => {
            body.insert("issue_event_type_name".to_owned(), "issue_generic".into());
            body.insert(
                "changelog".to_owned(),
                json!({"id": now.to_string(), "items": changes(before, issue)}),
            );
        }
        _ => {}
    }
    body.into()
}

fn whole_issue(site: &Site, issue: &Issue) -> Value {
    let mut head = shown::issue_head(site, Version::Two, issue);
    head.insert("fields".to_owned(), shown::fields(site, Version::Two, issue).into());
    head.into()
}

/// The second telling of a new comment that some sites send.
fn issue_commented(site: &Site, issue: &Issue, author: &Identity, comment: &Comment, now: Millis) -> Value {
    json!({
        "timestamp": now,
        "webhookEvent": "jira:issue_updated",
        "issue_event_type_name": "issue_commented",
        "user": shown::user(site, Version::Two, author),
        "issue": whole_issue(site, issue),
        "comment": shown::comment(site, Version::Two, issue, comment, false),
    })
}

fn changes(before: &Issue, after: &Issue) -> Vec<Value> {
    let item = |field: &str, from: &str, to: &str| {
        json!({"field": field, "fieldtype": "jira", "fieldId": field, "from": null, "fromString": from,
            "to": null, "toString": to})
    };
    let name = |issue: &Issue| issue.assignee.as_ref().map(|person| person.name.clone()).unwrap_or_default();
    let mut items = Vec::new();
    for (field, from, to) in [
        ("project", before.project.clone(), after.project.clone()),
        ("Key", before.key.clone(), after.key.clone()),
        ("summary", before.summary.clone(), after.summary.clone()),
        ("description", before.description_text(), after.description_text()),
        ("status", before.status.clone(), after.status.clone()),
        ("assignee", name(before), name(after)),
        ("labels", before.labels.join(" "), after.labels.join(" ")),
    ] {
        if from != to {
            items.push(item(field, &from, &to));
        }
    }
    items
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_the_published_one() {
        assert_eq!(
            signature("It's a Secret to Everybody", b"Hello World!"),
            "sha256=a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9"
        );
    }
}

//! What a webhook delivery says has happened, in the shapes of Jira Cloud and of Jira Server.
//! It names things and carries none of their text: that is read afresh through REST.
//! Unknown events and odd fields never fail; only what is no JSON object does.

use chrono::DateTime;
use serde::Deserialize;
use url::Url;

use crate::call::loose;
use crate::ids::{AccountId, CommentId, IssueId, IssueKey};

/// The body is not JSON, or not an object, or names one of its fields twice.
#[derive(Debug, thiserror::Error)]
#[error("the delivery is not a JSON object")]
pub struct Malformed;

/// A delivery, without content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// What has happened.
    pub event: WebhookEvent,
    /// The issue it happened to.
    pub issue_id: Option<IssueId>,
    /// That issue's key at the time.
    pub issue_key: Option<IssueKey>,
    /// Key of that issue's project.
    pub project_key: Option<String>,
    /// The comment it happened to; also on an issue event that brought a comment along.
    pub comment_id: Option<CommentId>,
    /// When, in epoch milliseconds.
    pub timestamp: Option<i64>,
    /// Whose doing it was. Cloud only: Server knows no account ids.
    pub actor: Option<AccountId>,
    /// When the comment was last changed, in epoch milliseconds: tells its versions apart.
    pub comment_changed: Option<i64>,
    /// The address of the site that the delivery says it is from, without a trailing slash.
    pub site_url: Option<String>,
}

impl Delivery {
    /// What happened to a comment, in the same words whichever webhook tells of it: several
    /// webhooks may tell of one event, each under an identifier of its own. Nothing for other
    /// events, and where the delivery does not say which version of the comment it is about.
    pub fn happened_to_comment(&self) -> Option<String> {
        use WebhookEvent::{CommentCreated, CommentDeleted, CommentUpdated};
        let (CommentCreated | CommentUpdated | CommentDeleted) = self.event else { return None };
        let (issue, comment) = (self.issue_id.as_ref()?, self.comment_id.as_ref()?);
        if !is_number(issue.as_str()) || !is_number(comment.as_str()) {
            return None;
        }
        Some(format!("{}/{issue}/{comment}/{}", self.event.name(), self.comment_changed?))
    }
}

/// What has happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WebhookEvent {
    /// A comment was written.
    CommentCreated,
    /// A comment was changed.
    CommentUpdated,
    /// A comment was deleted.
    CommentDeleted,
    /// An issue was created.
    IssueCreated,
    /// An issue was changed.
    IssueUpdated,
    /// An issue was deleted.
    IssueDeleted,
    /// Anything else, by Jira's name for it.
    Other(String),
}

impl WebhookEvent {
    /// The word for logs.
    pub fn name(&self) -> &str {
        match self {
            Self::CommentCreated => "comment_created",
            Self::CommentUpdated => "comment_updated",
            Self::CommentDeleted => "comment_deleted",
            Self::IssueCreated => "issue_created",
            Self::IssueUpdated => "issue_updated",
            Self::IssueDeleted => "issue_deleted",
            Self::Other(name) => name,
        }
    }
}

/// Reads the body of a delivery whose signature has been verified.
///
/// # Errors
/// [`Malformed`] if it isn't a JSON object; answer 400.
pub fn parse(body: &[u8]) -> Result<Delivery, Malformed> {
    loose::body::<Wire>(body).map(Delivery::from).ok_or(Malformed)
}

#[derive(Deserialize)]
struct Wire {
    #[serde(default, deserialize_with = "loose::number")]
    timestamp: Option<i64>,
    #[serde(default, deserialize_with = "loose::text", rename = "webhookEvent")]
    webhook_event: Option<String>,
    #[serde(default, deserialize_with = "loose::text")]
    issue_event_type_name: Option<String>,
    #[serde(default, deserialize_with = "loose::object")]
    user: Option<WireUser>,
    #[serde(default, deserialize_with = "loose::object")]
    issue: Option<WireIssue>,
    #[serde(default, deserialize_with = "loose::object")]
    comment: Option<WireComment>,
    #[serde(default, deserialize_with = "loose::object")]
    changelog: Option<WireChangelog>,
}

#[derive(Deserialize)]
struct WireUser {
    /// The alias is the spelling of Atlassian's own sample.
    #[serde(default, deserialize_with = "loose::text", rename = "accountId", alias = "accoundId")]
    account_id: Option<String>,
}

#[derive(Deserialize)]
struct WireIssue {
    #[serde(default, deserialize_with = "loose::text")]
    id: Option<String>,
    #[serde(default, deserialize_with = "loose::text")]
    key: Option<String>,
    #[serde(default, deserialize_with = "loose::text", rename = "self")]
    address: Option<String>,
    #[serde(default, deserialize_with = "loose::object")]
    fields: Option<WireFields>,
}

#[derive(Deserialize)]
struct WireFields {
    #[serde(default, deserialize_with = "loose::object")]
    project: Option<WireProject>,
}

#[derive(Deserialize)]
struct WireProject {
    #[serde(default, deserialize_with = "loose::text")]
    key: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireComment {
    #[serde(default, deserialize_with = "loose::text")]
    id: Option<String>,
    #[serde(default, deserialize_with = "loose::text", rename = "self")]
    address: Option<String>,
    #[serde(default, deserialize_with = "loose::object")]
    author: Option<WireUser>,
    #[serde(default, deserialize_with = "loose::object")]
    update_author: Option<WireUser>,
    #[serde(default, deserialize_with = "loose::text")]
    created: Option<String>,
    #[serde(default, deserialize_with = "loose::text")]
    updated: Option<String>,
}

#[derive(Deserialize)]
struct WireChangelog {
    #[serde(default, deserialize_with = "loose::list")]
    items: Vec<WireChange>,
}

#[derive(Deserialize)]
struct WireChange {}

impl From<Wire> for Delivery {
    fn from(wire: Wire) -> Self {
        let event = wire.event();
        let site_url = wire.site_url();
        let comment_changed = wire.comment.as_ref().and_then(WireComment::changed);
        let from_address = wire.comment.as_ref().and_then(WireComment::ids_of_address);
        let (address_issue, address_comment) = from_address.unzip();
        let account = |user: WireUser| user.account_id;
        let (comment_id, writer) = match wire.comment {
            Some(comment) => (
                comment.id.map(CommentId::new),
                comment.update_author.and_then(account).or(comment.author.and_then(account)),
            ),
            None => (None, None),
        };
        let (issue_id, issue_key, fields) = match wire.issue {
            Some(issue) => (issue.id, issue.key, issue.fields),
            None => (None, None, None),
        };
        Self {
            event,
            issue_id: issue_id.map(IssueId::new).or(address_issue),
            issue_key: issue_key.map(IssueKey::new),
            project_key: fields.and_then(|fields| fields.project).and_then(|project| project.key),
            comment_id: comment_id.or(address_comment),
            timestamp: wire.timestamp,
            actor: wire.user.and_then(account).or(writer).map(AccountId::new),
            comment_changed,
            site_url,
        }
    }
}

impl Wire {
    fn event(&self) -> WebhookEvent {
        match self.webhook_event.as_deref().unwrap_or_default() {
            "comment_created" => WebhookEvent::CommentCreated,
            "comment_updated" => WebhookEvent::CommentUpdated,
            "comment_deleted" => WebhookEvent::CommentDeleted,
            "jira:issue_created" => WebhookEvent::IssueCreated,
            "jira:issue_deleted" => WebhookEvent::IssueDeleted,
            "jira:issue_updated" => self.comment_event().unwrap_or(WebhookEvent::IssueUpdated),
            other => WebhookEvent::Other(other.to_owned()),
        }
    }

    /// Where the comment or the issue says that it is: all before `/rest/`.
    fn site_url(&self) -> Option<String> {
        let comment = self.comment.as_ref().and_then(|comment| comment.address.as_deref());
        let issue = self.issue.as_ref().and_then(|issue| issue.address.as_deref());
        let address = Url::parse(comment.or(issue)?).ok()?;
        let (before, _) = address.as_str().split_once("/rest/")?;
        Some(before.to_owned())
    }

    /// Server reports comments as updates of their issue, old ones without a name for the event:
    /// then a comment and no changed field can only be a comment event.
    fn comment_event(&self) -> Option<WebhookEvent> {
        match (self.issue_event_type_name.as_deref(), &self.comment) {
            (Some("issue_commented"), _) => Some(WebhookEvent::CommentCreated),
            (Some("issue_comment_edited"), _) => Some(WebhookEvent::CommentUpdated),
            (Some("issue_comment_deleted"), _) => Some(WebhookEvent::CommentDeleted),
            (None, Some(comment)) if self.changelog.as_ref().is_none_or(|log| log.items.is_empty()) => {
                let untouched = comment.created == comment.updated;
                Some(if untouched { WebhookEvent::CommentCreated } else { WebhookEvent::CommentUpdated })
            }
            _ => None,
        }
    }
}

impl WireComment {
    /// Jira writes `2026-11-21T10:00:00.000+0000`; RFC 3339 is understood too.
    fn changed(&self) -> Option<i64> {
        let text = self.updated.as_deref()?;
        DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%z")
            .or_else(|_| DateTime::parse_from_rfc3339(text))
            .map(|moment| moment.timestamp_millis())
            .ok()
    }

    /// `…/rest/api/2/issue/10013/comment/10084`, for deliveries that name no issue.
    fn ids_of_address(&self) -> Option<(IssueId, CommentId)> {
        let address = Url::parse(self.address.as_deref()?).ok()?;
        let segments: Vec<_> = address.path_segments()?.collect();
        match segments.as_slice() {
            [.., "issue", issue, "comment", comment] if is_number(issue) && is_number(comment) => {
                Some((IssueId::new(*issue), CommentId::new(*comment)))
            }
            _ => None,
        }
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests;

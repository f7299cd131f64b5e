//! Comments of an issue (`/rest/api/3/issue/{id}/comment`). Bodies are ADF documents.

use chrono::DateTime;
use reqwest::Method;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Value, json};

use super::site::send;
use super::{Account, ORIGIN_PROPERTY, Site};
use crate::ambient::Millis;
use crate::call::{CallError, loose};
use crate::ids::{CommentId, IssueId};

/// The most comments that one page of Jira holds by default.
const PAGE: usize = 100;
/// More comments than Jira lets an issue have.
const MOST: usize = 6000;

/// Who wrote a comment.
pub type Author = Account;

/// A comment as the caller may see it.
#[derive(Clone, Deserialize)]
#[serde(from = "WireComment")]
pub struct Comment {
    /// Its id.
    pub id: CommentId,
    /// Who wrote it; absent if that was someone who had not logged in to Jira.
    pub author: Option<Author>,
    /// The text, an ADF document.
    pub body: Value,
    /// When it was written.
    pub created: Millis,
    /// When it was last changed; equal to `created` if never.
    pub updated: Millis,
    /// The group or role it is restricted to.
    pub visibility: Option<Visibility>,
    /// Whether customers of a service project see it; true elsewhere, absent where Jira doesn't say.
    pub jsd_public: Option<bool>,
    /// The mark that Threadline left on it ([`ORIGIN_PROPERTY`]).
    pub origin: Option<Value>,
    /// The comment that it answers. Jira documents this nowhere, but sends it.
    pub parent: Option<CommentId>,
}

/// The group or role that may see a comment.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct Visibility {
    /// Group or role.
    #[serde(rename = "type")]
    pub kind: VisibilityKind,
    /// Name of the group or role; a group's name may change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// Id of the group, or name of the role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identifier: Option<String>,
}

/// What a comment is restricted to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum VisibilityKind {
    /// Members of a group.
    Group,
    /// People with a role in the project.
    Role,
    /// Something that Jira has invented since; restricted all the same.
    #[serde(other)]
    Other,
}

/// A comment to write.
pub struct NewComment {
    /// The text, an ADF document.
    pub body: Value,
    /// The mark to leave on it ([`ORIGIN_PROPERTY`]); at most 32,768 characters.
    pub origin: Value,
    /// Hide it from the customers of a service project.
    pub internal: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireComment {
    id: CommentId,
    author: Option<Author>,
    #[serde(default)]
    body: Value,
    #[serde(deserialize_with = "moment")]
    created: Millis,
    #[serde(deserialize_with = "moment")]
    updated: Millis,
    visibility: Option<Visibility>,
    jsd_public: Option<bool>,
    #[serde(default)]
    properties: Vec<Property>,
    /// A number or a text.
    #[serde(default, deserialize_with = "loose::text")]
    parent_id: Option<String>,
}

#[derive(Deserialize)]
struct Property {
    key: String,
    #[serde(default)]
    value: Value,
}

#[derive(Deserialize)]
struct CommentPage {
    comments: Vec<Comment>,
    total: Option<usize>,
}

/// What Jira says of a comment that it has just written.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct WrittenComment {
    /// Its id.
    pub id: CommentId,
    /// When Jira wrote this text: the stamp that tells our own change from the next one.
    #[serde(deserialize_with = "moment")]
    pub updated: Millis,
}

impl From<WireComment> for Comment {
    fn from(wire: WireComment) -> Self {
        let origin = wire.properties.into_iter().find(|property| property.key == ORIGIN_PROPERTY);
        Self {
            id: wire.id,
            author: wire.author,
            body: wire.body,
            created: wire.created,
            updated: wire.updated,
            visibility: wire.visibility,
            jsd_public: wire.jsd_public,
            origin: origin.map(|property| property.value),
            parent: wire.parent_id.filter(|id| !id.is_empty()).map(CommentId::new),
        }
    }
}

impl NewComment {
    fn document(&self) -> Value {
        let mut properties = vec![json!({ "key": ORIGIN_PROPERTY, "value": self.origin })];
        if self.internal {
            properties.push(json!({ "key": "sd.public.comment", "value": { "internal": true } }));
        }
        json!({ "body": self.body, "properties": properties })
    }
}

impl Site<'_> {
    /// One comment, with the mark of its origin.
    ///
    /// # Errors
    /// [`CallError::Gone`] also if the caller may not see it.
    pub async fn comment(&self, issue: &IssueId, comment: &CommentId) -> Result<Comment, CallError> {
        let path = ["issue", issue.as_str(), "comment", comment.as_str()];
        self.get(&path, &[("expand", "properties")], "the comment").await
    }

    /// The comments that the caller may see and that were written since, newest first and without
    /// their texts, with some older ones perhaps; and whether those are all.
    ///
    /// # Errors
    /// As every call.
    pub async fn comments_since(
        &self,
        issue: &IssueId,
        since: Millis,
    ) -> Result<(Vec<Comment>, bool), CallError> {
        self.list_comments(issue, since, MOST).await
    }

    /// The comments of an issue that the caller may see, newest first and without their texts, at
    /// most some more than `most`; and whether those are all.
    ///
    /// # Errors
    /// As every call.
    pub async fn all_comments(
        &self,
        issue: &IssueId,
        most: usize,
    ) -> Result<(Vec<Comment>, bool), CallError> {
        self.list_comments(issue, Millis(i64::MIN), most).await
    }

    async fn list_comments(
        &self,
        issue: &IssueId,
        since: Millis,
        most: usize,
    ) -> Result<(Vec<Comment>, bool), CallError> {
        let (path, limit) = (["issue", issue.as_str(), "comment"], PAGE.to_string());
        let mut found: Vec<Comment> = Vec::new();
        let (mut complete, mut counted) = (true, 0);
        while found.len() < most {
            let start = found.len().to_string();
            let query = [
                ("orderBy", "-created"),
                ("startAt", start.as_str()),
                ("maxResults", limit.as_str()),
                ("expand", "properties"),
            ];
            let mut page: CommentPage = self.get(&path, &query, "the list of comments").await?;
            // One that is deleted meanwhile lets another one slip past us.
            complete &= page.total.is_none_or(|total| total >= counted);
            counted = page.total.unwrap_or(counted);
            for comment in &mut page.comments {
                comment.body = Value::Null;
            }
            let more = page.total.is_none_or(|total| found.len() + page.comments.len() < total);
            let older = page.comments.last().is_some_and(|comment| comment.created < since);
            let ends = page.comments.is_empty() || older || !more;
            found.extend(page.comments);
            if ends {
                return Ok((found, complete));
            }
        }
        Ok((found, false))
    }

    /// Writes a comment. Jira knows no idempotency key: after an unclear outcome look for the
    /// origin in [`Site::comments_since`] before writing again.
    ///
    /// # Errors
    /// [`CallError::TooLarge`] for a text over Jira's limit, or an issue with too many comments.
    pub async fn add_comment(
        &self,
        issue: &IssueId,
        comment: &NewComment,
    ) -> Result<WrittenComment, CallError> {
        let path = ["issue", issue.as_str(), "comment"];
        self.write(Method::POST, &path, &comment.document()).await?.json("the written comment")
    }

    /// Replaces a comment's text. `visibility` is whom it is restricted to, as it was read: nothing
    /// says that Jira keeps what is not sent again. Its marks stay: sending properties again could
    /// make an internal comment public.
    ///
    /// # Errors
    /// As [`Site::add_comment`]; [`CallError::Refused`] with status 400 if the caller may not
    /// edit it.
    pub async fn update_comment(
        &self,
        issue: &IssueId,
        comment: &CommentId,
        body: &Value,
        visibility: Option<&Visibility>,
    ) -> Result<WrittenComment, CallError> {
        let path = ["issue", issue.as_str(), "comment", comment.as_str()];
        let mut change = json!({ "body": body });
        if let (Some(change), Some(visibility)) = (change.as_object_mut(), visibility) {
            change.insert("visibility".to_owned(), json!(visibility));
        }
        self.write(Method::PUT, &path, &change).await?.json("the changed comment")
    }

    /// Deletes a comment.
    ///
    /// # Errors
    /// [`CallError::Gone`] if it is deleted already; [`CallError::Refused`] with status 400 if the
    /// caller may not delete it.
    pub async fn delete_comment(&self, issue: &IssueId, comment: &CommentId) -> Result<(), CallError> {
        let path = ["issue", issue.as_str(), "comment", comment.as_str()];
        send(self.request(Method::DELETE, &path)?).await.map(drop)
    }
}

/// Jira writes `2026-11-21T10:00:00.000+0000`; RFC 3339 is understood too.
pub(super) fn moment<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Millis, D::Error> {
    let text = String::deserialize(deserializer)?;
    DateTime::parse_from_str(&text, "%Y-%m-%dT%H:%M:%S%.f%z")
        .or_else(|_| DateTime::parse_from_rfc3339(&text))
        .map(|moment| Millis(moment.timestamp_millis()))
        .map_err(|_| serde::de::Error::custom("not a moment"))
}

//! Files of an issue (`/rest/api/3/attachment`, `/rest/api/3/issue/{id}/attachments`), and where
//! they stand in a comment.
//!
//! A comment names a file by an id of the media store that no public call resolves: the rendered
//! comment has the attachment's own id in its place.

use std::time::Duration;

use reqwest::multipart::{Form, Part};
use reqwest::{Body, Method};
use serde::Deserialize;

use super::comment::moment;
use super::site::send;
use super::{Account, Site, failure};
use crate::ambient::Millis;
use crate::call::CallError;
use crate::call::download::{Downloads, Opened, Source};
use crate::ids::{AttachmentId, CommentId, IssueId};

/// A file of an issue.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attachment {
    /// Its id.
    pub id: AttachmentId,
    /// Its name. Content: never log it.
    pub filename: String,
    /// Its media type, as Jira guessed it.
    #[serde(default)]
    pub mime_type: String,
    /// Bytes, as Jira says.
    #[serde(default)]
    pub size: u64,
    /// When it was added.
    #[serde(deserialize_with = "moment")]
    pub created: Millis,
    /// Who added it.
    pub author: Option<Account>,
}

/// A file to add.
pub struct NewAttachment {
    /// Its name.
    pub filename: String,
    /// Its media type; guessed by Jira from the name if this is none.
    pub media_type: String,
    /// Its bytes.
    pub body: Body,
    /// How many they are, if that is known.
    pub length: Option<u64>,
    /// How long the transfer may take.
    pub time: Duration,
}

#[derive(Deserialize)]
struct WithFiles {
    fields: Files,
}

#[derive(Deserialize)]
struct Files {
    #[serde(default)]
    attachment: Vec<Attachment>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Rendered {
    rendered_body: Option<String>,
}

#[derive(Deserialize)]
struct Added {
    id: AttachmentId,
}

impl Site<'_> {
    /// The files of an issue, in Jira's order.
    ///
    /// # Errors
    /// [`CallError::Gone`] also if the caller may not see the issue.
    pub async fn attachments(&self, issue: &IssueId) -> Result<Vec<Attachment>, CallError> {
        let query = [("fields", "attachment")];
        let issue: WithFiles = self.get(&["issue", issue.as_str()], &query, "the files of an issue").await?;
        Ok(issue.fields.attachment)
    }

    /// The attachments that a comment shows, in the order in which they stand in it; one that is
    /// shown twice in a row counts once. Some may belong to another issue: check that.
    ///
    /// # Errors
    /// As [`Site::comment`].
    pub async fn files_in_comment(
        &self,
        issue: &IssueId,
        comment: &CommentId,
    ) -> Result<Vec<AttachmentId>, CallError> {
        let path = ["issue", issue.as_str(), "comment", comment.as_str()];
        let rendered: Rendered = self.get(&path, &[("expand", "renderedBody")], "the comment").await?;
        Ok(attachments_in(&rendered.rendered_body.unwrap_or_default()))
    }

    /// Opens a file. Jira redirects to its media store.
    ///
    /// # Errors
    /// [`CallError::Gone`] also if the caller may not see the issue.
    pub async fn open_attachment(
        &self,
        downloads: &Downloads,
        id: &AttachmentId,
    ) -> Result<Source, CallError> {
        let request = self.request(Method::GET, &["attachment", "content", id.as_str()])?;
        match downloads.open(request).await? {
            Opened::File(source) => Ok(source),
            Opened::Failed(answer) => Err(failure::meaning(&answer)),
        }
    }

    /// Adds a file. Jira knows no idempotency key: after an unclear outcome look for it in
    /// [`Site::attachments`] before adding it again.
    ///
    /// # Errors
    /// [`CallError::TooLarge`] over the site's limit.
    pub async fn add_attachment(
        &self,
        issue: &IssueId,
        file: NewAttachment,
    ) -> Result<AttachmentId, CallError> {
        let part = match file.length {
            Some(length) => Part::stream_with_length(file.body, length),
            None => Part::stream(file.body),
        };
        let part = part.file_name(file.filename).mime_str(&file.media_type);
        let part = part.map_err(CallError::from_transport)?;
        let request = self
            .request(Method::POST, &["issue", issue.as_str(), "attachments"])?
            .header("X-Atlassian-Token", "no-check")
            .timeout(file.time)
            .multipart(Form::new().part("file", part));
        let added: Vec<Added> = send(request).await?.json("the added file")?;
        let added = added.into_iter().next();
        Ok(added.ok_or(CallError::Malformed { what: "the added file" })?.id)
    }

    /// Deletes a file.
    ///
    /// # Errors
    /// [`CallError::Gone`] if it is deleted already; [`CallError::Forbidden`] if the caller may not.
    pub async fn delete_attachment(&self, id: &AttachmentId) -> Result<(), CallError> {
        send(self.request(Method::DELETE, &["attachment", id.as_str()])?).await.map(drop)
    }
}

/// The ids behind `/attachment/content/{id}`, `/attachment/thumbnail/{id}`, `/secure/attachment/{id}/…`
/// and `/secure/thumbnail/{id}/…`, in order.
fn attachments_in(html: &str) -> Vec<AttachmentId> {
    const PLACES: [&str; 4] =
        ["attachment/content/", "attachment/thumbnail/", "secure/attachment/", "secure/thumbnail/"];
    let mut found: Vec<(usize, &str)> = Vec::new();
    for place in PLACES {
        for (at, _) in html.match_indices(place) {
            let rest = html.get(at + place.len()..).unwrap_or_default();
            let end = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
            found.extend(rest.get(..end).filter(|id| !id.is_empty()).map(|id| (at, id)));
        }
    }
    found.sort_unstable();
    found.dedup_by_key(|(_, id)| *id);
    found.into_iter().map(|(_, id)| AttachmentId::new(id)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_of_a_rendered_comment_are_found_in_order() {
        let html = concat!(
            "<p>see <a href=\"/secure/attachment/10003/plan.pdf\">plan.pdf</a></p>",
            "<a href=\"/rest/api/3/attachment/content/10001\"><img src=\"/rest/api/3/attachment/thumbnail/10001\"></a>",
            "<img src=\"https://x.example/secure/thumbnail/10002/a.png\"><img src=\"/avatar/7\">",
            "<a href=\"/secure/attachment/\">none</a><img src=\"/rest/api/3/attachment/content/10001\">",
        );
        let ids: Vec<String> = attachments_in(html).into_iter().map(String::from).collect();
        assert_eq!(ids, ["10003", "10001", "10002", "10001"]);
    }
}

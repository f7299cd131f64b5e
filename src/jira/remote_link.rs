//! Links from an issue to something outside Jira (`/rest/api/3/issue/{id}/remotelink`).

use reqwest::Method;
use serde_json::{Value, json};
use url::Url;

use super::Site;
use crate::call::CallError;
use crate::ids::IssueId;

/// A link to a chat, as the issue shows it.
pub struct RemoteLink {
    /// Names the link: putting the same id again replaces it. At most 255 characters.
    pub global_id: String,
    /// Where it leads.
    pub url: Url,
    /// What people read. Content: never log it.
    pub title: String,
    /// A line below the title.
    pub summary: Option<String>,
}

impl RemoteLink {
    fn document(&self) -> Value {
        json!({
            "globalId": self.global_id,
            "application": { "type": "threadline", "name": "Microsoft Teams" },
            "relationship": "discussed in",
            "object": { "url": self.url, "title": self.title, "summary": self.summary.as_deref().unwrap_or("") },
        })
    }
}

impl Site<'_> {
    /// Puts a link on an issue, or replaces the one with the same global id. Needs the permission
    /// to link issues.
    ///
    /// # Errors
    /// As every call.
    pub async fn put_remote_link(&self, issue: &IssueId, link: &RemoteLink) -> Result<(), CallError> {
        let path = ["issue", issue.as_str(), "remotelink"];
        self.write(Method::POST, &path, &link.document()).await.map(drop)
    }
}

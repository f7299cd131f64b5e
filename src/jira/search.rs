//! Looking for what may already be there (`POST /rest/api/3/search/jql`).

use std::collections::BTreeMap;
use std::time::Duration;

use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{ORIGIN_PROPERTY, Site};
use crate::call::CallError;
use crate::ids::{IssueId, IssueKey};

/// An issue that the caller created a short while ago.
#[derive(Clone, Deserialize)]
#[serde(from = "FoundIssue")]
pub struct RecentIssue {
    /// Stable id.
    pub id: IssueId,
    /// Its key.
    pub key: IssueKey,
    /// The mark that Threadline left on it ([`ORIGIN_PROPERTY`]).
    pub origin: Option<Value>,
}

#[derive(Deserialize)]
struct FoundIssues {
    issues: Vec<RecentIssue>,
}

#[derive(Deserialize)]
struct FoundIssue {
    id: IssueId,
    key: IssueKey,
    #[serde(default)]
    properties: BTreeMap<String, Value>,
}

impl From<FoundIssue> for RecentIssue {
    fn from(mut found: FoundIssue) -> Self {
        Self { id: found.id, key: found.key, origin: found.properties.remove(ORIGIN_PROPERTY) }
    }
}

impl Site<'_> {
    /// The issues that the caller created in a project during the last `within` (whole minutes),
    /// newest first, at most 50. Jira's index lags by seconds: not found is not proof.
    ///
    /// # Errors
    /// As every call.
    pub async fn recent_issues(
        &self,
        project_key: &str,
        within: Duration,
    ) -> Result<Vec<RecentIssue>, CallError> {
        let minutes = within.as_secs().div_ceil(60);
        let request = json!({
            "jql": format!(
                "project = {} AND creator = currentUser() AND created >= -{minutes}m ORDER BY created DESC",
                quoted(project_key),
            ),
            "maxResults": 50,
            "fields": ["key", "created"],
            "properties": [ORIGIN_PROPERTY],
        });
        let answer = self.write(Method::POST, &["search", "jql"], &request).await?;
        Ok(answer.json::<FoundIssues>("the found issues")?.issues)
    }
}

/// A text as JQL writes it between quotes.
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn a_project_key_cannot_end_its_quotes() {
        assert_eq!(quoted(r#"A" OR project = "B\"#), r#""A\" OR project = \"B\\""#);
    }
}

//! Issues and their properties (`/rest/api/3/issue`).

use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::{ORIGIN_PROPERTY, Site};
use crate::ambient::Millis;
use crate::call::CallError;
use crate::ids::{IssueId, IssueKey, ProjectId};

/// Fields that are read of every issue: what decides who may see it.
const ALWAYS: [&str; 2] = ["project", "security"];

/// An issue as the caller may see it.
#[derive(Clone, Deserialize)]
#[serde(from = "WireIssue")]
pub struct Issue {
    /// Stable id.
    pub id: IssueId,
    /// Current key.
    pub key: IssueKey,
    /// Its project.
    pub project_id: ProjectId,
    /// Key of its project: it may change, and become another project's.
    pub project_key: String,
    /// Whether the project has customers (Jira Service Management).
    pub project_is_service_desk: bool,
    /// Whether a security level narrows who may see it.
    pub has_security_level: bool,
    /// The summary, if it was asked for. Content: never log it.
    pub summary: Option<String>,
    /// Its address in the REST API.
    pub self_url: Option<Url>,
    /// When anything of it was last changed, comments among it, if that was asked for (`updated`).
    pub updated: Option<Millis>,
}

/// An issue to create.
pub struct NewIssue {
    /// Key of the project.
    pub project_key: String,
    /// Its type.
    pub issue_type: IssueTypeRef,
    /// The summary: one line, at most 255 characters.
    pub summary: String,
    /// The description, an ADF document.
    pub description: Option<Value>,
    /// The mark to leave on it ([`ORIGIN_PROPERTY`]); at most 32,768 characters.
    pub origin: Value,
}

/// How an issue type is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IssueTypeRef {
    /// By its id.
    Id(String),
    /// By its name, as the project shows it.
    Name(String),
}

/// What Jira says of an issue that it has just created.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct CreatedIssue {
    /// Stable id.
    pub id: IssueId,
    /// Its key.
    pub key: IssueKey,
}

#[derive(Deserialize)]
struct WireIssue {
    id: IssueId,
    key: IssueKey,
    #[serde(rename = "self")]
    self_url: Option<Url>,
    fields: WireFields,
}

#[derive(Deserialize)]
struct WireFields {
    project: WireProject,
    security: Option<Value>,
    summary: Option<String>,
    updated: Option<Updated>,
}

/// A moment as Jira writes it.
#[derive(Deserialize)]
struct Updated(#[serde(deserialize_with = "super::comment::moment")] Millis);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireProject {
    id: ProjectId,
    key: String,
    project_type_key: Option<String>,
}

#[derive(Deserialize)]
struct EntityProperty {
    value: Value,
}

impl From<WireIssue> for Issue {
    fn from(wire: WireIssue) -> Self {
        Self {
            id: wire.id,
            key: wire.key,
            project_is_service_desk: wire.fields.project.project_type_key.as_deref() == Some("service_desk"),
            project_id: wire.fields.project.id,
            project_key: wire.fields.project.key,
            has_security_level: wire.fields.security.is_some(),
            summary: wire.fields.summary,
            updated: wire.fields.updated.map(|Updated(at)| at),
            self_url: wire.self_url,
        }
    }
}

impl NewIssue {
    fn document(&self) -> Value {
        let issue_type = match &self.issue_type {
            IssueTypeRef::Id(id) => json!({ "id": id }),
            IssueTypeRef::Name(name) => json!({ "name": name }),
        };
        let mut fields = json!({
            "project": { "key": self.project_key },
            "issuetype": issue_type,
            "summary": self.summary,
        });
        if let (Some(fields), Some(description)) = (fields.as_object_mut(), &self.description) {
            fields.insert("description".to_owned(), description.clone());
        }
        json!({ "fields": fields, "properties": [{ "key": ORIGIN_PROPERTY, "value": self.origin }] })
    }
}

impl Site<'_> {
    /// An issue by id or key. What decides who may see it is always read; `fields` adds to that.
    ///
    /// # Errors
    /// [`CallError::Gone`] also if the caller may not see it.
    pub async fn issue(&self, id_or_key: &str, fields: &[&str]) -> Result<Issue, CallError> {
        let fields = [&ALWAYS, fields].concat().join(",");
        self.get(&["issue", id_or_key], &[("fields", &fields)], "the issue").await
    }

    /// Creates an issue, marked with its origin. Jira knows no idempotency key: after an unclear
    /// outcome look in [`Site::recent_issues`] before creating again.
    ///
    /// # Errors
    /// [`CallError::Refused`] with the names of fields that Jira wants and did not get.
    pub async fn create_issue(&self, issue: &NewIssue) -> Result<CreatedIssue, CallError> {
        self.write(Method::POST, &["issue"], &issue.document()).await?.json("the created issue")
    }

    /// Sets a property of an issue: any JSON but null, at most 32,768 characters. Needs the
    /// permission to edit the issue.
    ///
    /// # Errors
    /// As every call.
    pub async fn set_issue_property(
        &self,
        issue: &IssueId,
        key: &str,
        value: &Value,
    ) -> Result<(), CallError> {
        let path = ["issue", issue.as_str(), "properties", key];
        self.write(Method::PUT, &path, value).await.map(drop)
    }

    /// A property of an issue; nothing if it isn't set.
    ///
    /// # Errors
    /// As every call, except [`CallError::Gone`].
    pub async fn issue_property(&self, issue: &IssueId, key: &str) -> Result<Option<Value>, CallError> {
        let path = ["issue", issue.as_str(), "properties", key];
        match self.get::<EntityProperty>(&path, &[], "the issue property").await {
            Ok(property) => Ok(Some(property.value)),
            Err(CallError::Gone) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

//! Projects and what an issue of them needs (`/rest/api/3/project`, `…/issue/createmeta`).

use serde::Deserialize;
use serde_json::Value;

use super::Site;
use crate::call::CallError;
use crate::ids::ProjectId;

/// A project.
#[derive(Clone, PartialEq, Eq, Deserialize)]
pub struct Project {
    /// Its id.
    pub id: ProjectId,
    /// Its key.
    pub key: String,
    /// Its name. Content: never log it.
    #[serde(default)]
    pub name: String,
}

/// A type that an issue of a project may have.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct IssueType {
    /// Its id.
    pub id: String,
    /// Its name, in the caller's language.
    #[serde(default)]
    pub name: String,
    /// Whether it needs a parent.
    #[serde(default)]
    pub subtask: bool,
}

/// A field that an issue of a type has when it is created.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateField {
    /// Its id, as the `fields` of a new issue name it.
    pub field_id: String,
    /// Its name, in the caller's language.
    #[serde(default)]
    pub name: String,
    /// Whether Jira refuses an issue without it.
    #[serde(default)]
    pub required: bool,
    /// Whether Jira fills it in itself.
    #[serde(default)]
    pub has_default_value: bool,
    /// The type of its value, as Jira describes it (`{"type": "string", …}`).
    #[serde(default)]
    pub schema: Value,
}

impl CreateField {
    /// Whether an issue without this field would be refused.
    pub fn must_be_given(&self) -> bool {
        self.required && !self.has_default_value
    }
}

#[derive(Deserialize)]
struct ProjectPage {
    values: Vec<Project>,
}

/// Jira's schema has both names for the list.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct IssueTypePage {
    issue_types: Option<Vec<IssueType>>,
    create_meta_issue_type: Option<Vec<IssueType>>,
}

/// As is this list's.
#[derive(Deserialize)]
struct CreateFieldPage {
    fields: Option<Vec<CreateField>>,
    results: Option<Vec<CreateField>>,
}

impl Site<'_> {
    /// A project by key or id.
    ///
    /// # Errors
    /// [`CallError::Gone`] also if the caller may not see it.
    pub async fn project(&self, key_or_id: &str) -> Result<Project, CallError> {
        self.get(&["project", key_or_id], &[], "the project").await
    }

    /// Up to 50 projects whose key or name holds `query`, in which the caller may create issues,
    /// by name.
    ///
    /// # Errors
    /// As every call.
    pub async fn projects(&self, query: &str) -> Result<Vec<Project>, CallError> {
        let mut parameters = vec![("action", "create"), ("orderBy", "name"), ("maxResults", "50")];
        if !query.is_empty() {
            parameters.push(("query", query));
        }
        let page: ProjectPage = self.get(&["project", "search"], &parameters, "the list of projects").await?;
        Ok(page.values)
    }

    /// The types that the caller may give a new issue of a project: up to 200.
    ///
    /// # Errors
    /// As every call.
    pub async fn issue_types(&self, project_key: &str) -> Result<Vec<IssueType>, CallError> {
        let path = ["issue", "createmeta", project_key, "issuetypes"];
        let what = "the issue types";
        let page: IssueTypePage = self.get(&path, &[("maxResults", "200")], what).await?;
        page.issue_types.or(page.create_meta_issue_type).ok_or(CallError::Malformed { what })
    }

    /// The fields of a new issue of that type: up to 200.
    ///
    /// # Errors
    /// As every call.
    pub async fn create_fields(
        &self,
        project_key: &str,
        issue_type_id: &str,
    ) -> Result<Vec<CreateField>, CallError> {
        let path = ["issue", "createmeta", project_key, "issuetypes", issue_type_id];
        let what = "the create fields";
        let page: CreateFieldPage = self.get(&path, &[("maxResults", "200")], what).await?;
        page.fields.or(page.results).ok_or(CallError::Malformed { what })
    }
}

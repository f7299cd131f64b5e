//! Creating, editing and deleting issues, by people and by apps.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use crate::jira::adf;
use crate::jira::model::{Issue, IssueRecord};
use crate::jira::webhook::{self, Event};
use crate::journal::{Change, Origin};
use crate::people::Identity;
use crate::platforms::Platforms;
use crate::refusal::Refusal;

/// Most characters of a description or comment.
pub(crate) const TEXT_LIMIT: usize = 32_767;
/// Jira's words for a text over the limit.
const TOO_LONG: &str = "The entered text is too long. It exceeds the allowed limit of 32,767 characters.";
/// The statuses of every project's workflow, with their ids.
pub(crate) const STATUSES: [(&str, &str); 3] = [("10000", "To Do"), ("3", "In Progress"), ("10001", "Done")];

/// An issue to create.
#[derive(Debug, Clone)]
pub(crate) struct NewIssue {
    pub(crate) project: String,
    /// Id or name.
    pub(crate) issue_type: String,
    pub(crate) summary: String,
    pub(crate) description: Option<Value>,
    pub(crate) assignee: Option<Arc<Identity>>,
    pub(crate) labels: Vec<String>,
    pub(crate) properties: BTreeMap<String, Value>,
}

/// What happens to a field that may be empty.
#[derive(Debug, Clone, Default)]
pub(crate) enum Edit<T> {
    #[default]
    Keep,
    To(Option<T>),
}

impl<T> Edit<T> {
    /// The value that a new issue gets.
    pub(crate) fn value(self) -> Option<T> {
        match self {
            Self::Keep => None,
            Self::To(value) => value,
        }
    }
}

/// What changes in an issue; `None` leaves a field as it is.
#[derive(Debug, Clone, Default)]
pub(crate) struct IssueEdit {
    pub(crate) summary: Option<String>,
    pub(crate) description: Edit<Value>,
    pub(crate) assignee: Edit<Arc<Identity>>,
    pub(crate) labels: Option<Vec<String>>,
    pub(crate) status: Option<String>,
}

/// Refuses a document that Jira would refuse. What counts towards the limit is not
/// documented; the whole serialised document is counted, the stricter of the two readings.
pub(crate) fn check_document(field: &str, document: &Value) -> Result<(), Refusal> {
    if !adf::is_valid(document) {
        return Err(Refusal::invalid(field, "INVALID_INPUT"));
    }
    // A document is never shorter in bytes than in characters, so most need no count.
    let json = document.to_string();
    if json.len() > TEXT_LIMIT && json.chars().count() > TEXT_LIMIT {
        return Err(Refusal::invalid(field, TOO_LONG));
    }
    Ok(())
}

fn check_summary(summary: &str) -> Result<(), Refusal> {
    if summary.trim().is_empty() {
        return Err(Refusal::invalid("summary", "You must specify a summary of the issue."));
    }
    if summary.contains(['\n', '\r']) {
        return Err(Refusal::invalid(
            "summary",
            "The summary is invalid because it contains newline characters.",
        ));
    }
    if summary.chars().count() > 255 {
        return Err(Refusal::invalid("summary", "Summary can't exceed 255 characters."));
    }
    Ok(())
}

impl Platforms {
    /// Creates an issue in the site at `site` and tells the webhook.
    pub(crate) fn create_issue(
        self: &Arc<Self>,
        site: usize,
        author: &Arc<Identity>,
        by: Origin,
        new: NewIssue,
    ) -> Result<Issue, Refusal> {
        check_summary(&new.summary)?;
        if let Some(description) = &new.description {
            check_document("description", description)?;
        }
        let now = self.now();
        let mut world = self.world();
        let site = world.jira.sites.get_mut(site).ok_or_else(|| Refusal::NoSite(String::new()))?;
        let project =
            site.project(&new.project).ok_or_else(|| Refusal::NoProject(new.project.clone()))?.clone();
        let issue_type = project
            .issue_types
            .iter()
            .find(|kind| kind.id == new.issue_type || kind.name == new.issue_type)
            .cloned()
            .ok_or_else(|| Refusal::invalid("issuetype", "The issue type selected is invalid."))?;
        let id = site.next_id();
        let number = site.last_numbers.entry(project.key.clone()).or_default();
        *number += 1;
        let number = *number;
        let issue = Issue {
            id: id.to_string(),
            key: format!("{}-{number}", project.key),
            project: project.key,
            issue_type,
            summary: new.summary,
            description: new.description,
            status: "To Do".to_owned(),
            reporter: Arc::clone(author),
            assignee: new.assignee,
            created: now,
            updated: now,
            labels: new.labels,
            security_level: None,
            seen_by: None,
            properties: new.properties,
            remote_links: Vec::new(),
        };
        site.keys.insert(issue.key.clone(), id);
        let record = IssueRecord { issue: issue.clone(), comments: BTreeMap::new(), attachments: Vec::new() };
        webhook::send(self, site, &record.issue, author, &Event::IssueCreated, now);
        site.issues.insert(id, record);
        drop(world);
        self.journal.add(
            now,
            Change::IssueCreated { issue: issue.key.clone(), author: author.account_id.clone(), by },
        );
        Ok(issue)
    }

    /// Edits an issue and tells the webhook what changed.
    pub(crate) fn edit_issue(
        self: &Arc<Self>,
        site: usize,
        key: &str,
        author: &Arc<Identity>,
        by: Origin,
        edit: IssueEdit,
    ) -> Result<(), Refusal> {
        if let Some(summary) = &edit.summary {
            check_summary(summary)?;
        }
        if let Edit::To(Some(description)) = &edit.description {
            check_document("description", description)?;
        }
        let now = self.now();
        let mut world = self.world();
        let site = world.jira.sites.get_mut(site).ok_or_else(|| Refusal::NoSite(String::new()))?;
        let record = site
            .issue_mut(key)
            .filter(|record| record.issue.shows_to(&author.account_id))
            .ok_or_else(|| Refusal::NoIssue(key.to_owned()))?;
        let before = record.issue.clone();
        let issue = &mut record.issue;
        if let Some(summary) = edit.summary {
            issue.summary = summary;
        }
        if let Edit::To(description) = edit.description {
            issue.description = description;
        }
        if let Edit::To(assignee) = edit.assignee {
            issue.assignee = assignee;
        }
        if let Some(labels) = edit.labels {
            issue.labels = labels;
        }
        if let Some(status) = edit.status {
            issue.status = status;
        }
        issue.updated = now;
        let after = issue.clone();
        webhook::send(self, site, &after, author, &Event::IssueUpdated { before: &before }, now);
        drop(world);
        self.journal
            .add(now, Change::IssueUpdated { issue: after.key, author: author.account_id.clone(), by });
        Ok(())
    }

    /// Deletes an issue with its comments and tells the webhook.
    pub(crate) fn delete_issue(
        self: &Arc<Self>,
        site: usize,
        key: &str,
        author: &Arc<Identity>,
        by: Origin,
    ) -> Result<(), Refusal> {
        let now = self.now();
        let mut world = self.world();
        let site = world.jira.sites.get_mut(site).ok_or_else(|| Refusal::NoSite(String::new()))?;
        let issue = site
            .issue(key)
            .filter(|record| record.issue.shows_to(&author.account_id))
            .map(|record| record.issue.clone())
            .ok_or_else(|| Refusal::NoIssue(key.to_owned()))?;
        webhook::send(self, site, &issue, author, &Event::IssueDeleted, now);
        site.keys.remove(&issue.key);
        if let Ok(id) = issue.id.parse::<u64>() {
            site.issues.remove(&id);
        }
        drop(world);
        self.journal
            .add(now, Change::IssueDeleted { issue: issue.key, author: author.account_id.clone(), by });
        Ok(())
    }
}

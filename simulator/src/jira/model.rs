//! What a Jira site holds.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use crate::ambient::Millis;
use crate::escape::escape;
use crate::jira::adf;
use crate::jira::dynamic::DynamicWebhook;
use crate::jira::grants::Grants;
use crate::people::Identity;

/// Whether a project belongs to a team or to a help desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProjectKind {
    /// A software or business project: every comment is public.
    Software,
    /// A service project: comments may be internal.
    ServiceDesk,
}

impl ProjectKind {
    /// Jira's own `projectTypeKey`.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::Software => "software",
            Self::ServiceDesk => "service_desk",
        }
    }
}

/// A type of issue in a project.
#[derive(Debug, Clone, Serialize)]
pub struct IssueType {
    /// Numeric id.
    pub id: String,
    /// Name as people see it.
    pub name: String,
}

/// A project.
#[derive(Debug, Clone, Serialize)]
pub struct Project {
    /// Numeric id.
    pub id: String,
    /// Key, the part of an issue key before the hyphen.
    pub key: String,
    /// Name as people see it.
    pub name: String,
    /// Team or help desk.
    pub kind: ProjectKind,
    /// Types of issues that can be created.
    pub issue_types: Vec<IssueType>,
}

impl Project {
    /// The role of those who administer this project alone.
    pub(crate) fn administrators(&self) -> String {
        format!("Administrators of {}", self.id)
    }
}

/// Who may see a comment, beyond those who may see the issue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visibility {
    /// `role` or `group`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Name of the role or group.
    pub value: String,
    /// Id of the group, or name of the role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identifier: Option<String>,
}

/// A comment as it is stored.
#[derive(Debug, Clone)]
pub struct Comment {
    /// Numeric id.
    pub id: String,
    /// The comment that it answers.
    pub parent: Option<u64>,
    /// Who wrote it.
    pub author: Arc<Identity>,
    /// Who edited it last.
    pub update_author: Arc<Identity>,
    /// The body in the Atlassian Document Format.
    pub body: Value,
    /// Epoch milliseconds.
    pub created: Millis,
    /// Epoch milliseconds.
    pub updated: Millis,
    /// Restricted to a role or group.
    pub visibility: Option<Visibility>,
    /// Hidden from customers of a service project.
    pub internal: bool,
    /// Comment properties.
    pub properties: BTreeMap<String, Value>,
}

impl Comment {
    /// The body without its formatting; paragraphs are separated by a newline.
    pub fn text(&self) -> String {
        adf::text(&self.body)
    }

    /// The body as HTML that a page may show: every text is escaped.
    pub fn html(&self) -> String {
        adf::html(&self.body)
    }
}

/// A link from an issue to something elsewhere.
#[derive(Debug, Clone, Serialize)]
pub struct RemoteLink {
    /// Numeric id.
    pub id: u64,
    /// The app's own id; a second link of the same id replaces the first.
    pub global_id: Option<String>,
    /// `application`, `relationship`, `object` as they came.
    pub content: Value,
}

/// A file on an issue.
#[derive(Debug, Clone)]
pub(crate) struct Attachment {
    pub(crate) id: u64,
    /// Its id in the media store, which comments name; the API never says it.
    pub(crate) media_id: String,
    pub(crate) filename: String,
    pub(crate) mime: String,
    pub(crate) content: axum::body::Bytes,
    /// What Jira says of its size, if it lies.
    pub(crate) claimed_size: Option<u64>,
    pub(crate) author: Arc<Identity>,
    pub(crate) created: Millis,
}

/// An issue without its comments.
#[derive(Debug, Clone)]
pub struct Issue {
    /// Numeric id.
    pub id: String,
    /// Key as people write it.
    pub key: String,
    /// Key of its project.
    pub project: String,
    /// Its type.
    pub issue_type: IssueType,
    /// One line.
    pub summary: String,
    /// In the Atlassian Document Format.
    pub description: Option<Value>,
    /// Name of its status: `To Do`, `In Progress` or `Done`.
    pub status: String,
    /// Who created it.
    pub reporter: Arc<Identity>,
    /// Who works on it.
    pub assignee: Option<Arc<Identity>>,
    /// Epoch milliseconds.
    pub created: Millis,
    /// Epoch milliseconds.
    pub updated: Millis,
    /// Labels.
    pub labels: Vec<String>,
    /// Name of the security level, if it has one.
    pub security_level: Option<String>,
    /// Account ids that may see it; everybody if absent.
    pub seen_by: Option<HashSet<String>>,
    /// Issue properties.
    pub properties: BTreeMap<String, Value>,
    /// Remote links.
    pub remote_links: Vec<RemoteLink>,
}

impl Issue {
    /// The description without its formatting.
    pub fn description_text(&self) -> String {
        self.description.as_ref().map(adf::text).unwrap_or_default()
    }

    /// The description as HTML that a page may show: every text is escaped.
    pub fn description_html(&self) -> String {
        self.description.as_ref().map(adf::html).unwrap_or_default()
    }

    pub(crate) fn shows_to(&self, account_id: &str) -> bool {
        self.seen_by.as_ref().is_none_or(|seen_by| seen_by.contains(account_id))
    }
}

#[derive(Debug)]
pub(crate) struct IssueRecord {
    pub(crate) issue: Issue,
    pub(crate) comments: BTreeMap<u64, Comment>,
    pub(crate) attachments: Vec<Attachment>,
}

impl IssueRecord {
    /// A document as Jira renders it: pictures and files by the addresses of their attachments.
    pub(crate) fn rendered(&self, document: &Value) -> String {
        adf::with_files(&adf::html(document), |media| {
            let file = self.attachments.iter().find(|file| file.media_id == media)?;
            let (place, name) =
                (format!("/rest/api/3/attachment/content/{}", file.id), escape(&file.filename));
            Some(if file.mime.starts_with("image/") {
                format!("<a href=\"{place}\"><img src=\"{place}\" alt=\"{name}\"></a>")
            } else {
                format!("<a href=\"{place}\">{name}</a>")
            })
        })
    }
}

/// Where a site sends its webhooks.
#[derive(Debug, Clone)]
pub(crate) struct Webhook {
    pub(crate) url: Url,
    pub(crate) secret: String,
}

#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) cloud_id: String,
    pub(crate) name: String,
    pub(crate) url: Url,
    pub(crate) webhook: Option<Webhook>,
    pub(crate) dynamic: Vec<DynamicWebhook>,
    pub(crate) last_webhook: u64,
    pub(crate) projects: Vec<Project>,
    pub(crate) issues: BTreeMap<u64, IssueRecord>,
    pub(crate) keys: HashMap<String, u64>,
    /// Members of each role or group, by account id.
    pub(crate) circles: HashMap<String, HashSet<String>>,
    pub(crate) last_id: u64,
    /// The issue of each comment.
    pub(crate) issue_of_comment: HashMap<u64, u64>,
    /// The highest issue number of each project, by project key.
    pub(crate) last_numbers: HashMap<String, u64>,
}

impl Site {
    pub(crate) fn new(cloud_id: &str, name: &str, url: Url) -> Self {
        Self {
            cloud_id: cloud_id.to_owned(),
            name: name.to_owned(),
            url,
            webhook: None,
            dynamic: Vec::new(),
            last_webhook: 0,
            projects: Vec::new(),
            issues: BTreeMap::new(),
            keys: HashMap::new(),
            circles: HashMap::new(),
            last_id: 10_000,
            issue_of_comment: HashMap::new(),
            last_numbers: HashMap::new(),
        }
    }

    pub(crate) fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    /// Finds an issue by key or numeric id.
    pub(crate) fn issue(&self, key_or_id: &str) -> Option<&IssueRecord> {
        let id = self.keys.get(key_or_id).copied().or_else(|| key_or_id.parse().ok())?;
        self.issues.get(&id)
    }

    /// Finds an issue by key or numeric id.
    pub(crate) fn issue_mut(&mut self, key_or_id: &str) -> Option<&mut IssueRecord> {
        let id = self.keys.get(key_or_id).copied().or_else(|| key_or_id.parse().ok())?;
        self.issues.get_mut(&id)
    }

    /// Finds a project by key or numeric id.
    pub(crate) fn project(&self, key_or_id: &str) -> Option<&Project> {
        self.projects.iter().find(|project| project.key == key_or_id || project.id == key_or_id)
    }

    /// Whether a person may read a comment of an issue that they may see.
    pub(crate) fn comment_shows_to(&self, comment: &Comment, account_id: &str) -> bool {
        comment.visibility.as_ref().is_none_or(|visibility| {
            let circle = visibility.identifier.as_ref().and_then(|id| self.circles.get(id));
            circle
                .or_else(|| self.circles.get(&visibility.value))
                .is_some_and(|circle| circle.contains(account_id))
        })
    }
}

#[derive(Debug, Default)]
pub(crate) struct Jira {
    pub(crate) sites: Vec<Site>,
    pub(crate) grants: Grants,
}

impl Jira {
    pub(crate) fn site_mut(&mut self, cloud_id: &str) -> Option<&mut Site> {
        self.sites.iter_mut().find(|site| site.cloud_id == cloud_id)
    }

    /// The site that has this issue, the first one if several have.
    pub(crate) fn site_of(&self, issue: &str) -> Option<usize> {
        self.sites.iter().position(|site| site.issue(issue).is_some())
    }
}

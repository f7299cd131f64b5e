//! Adding, editing and deleting comments, by people and by apps.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use crate::jira::issues::check_document;
use crate::jira::model::{Comment, ProjectKind, Site, Visibility};
use crate::jira::webhook::{self, Event};
use crate::journal::{Change, Origin};
use crate::people::Identity;
use crate::platforms::Platforms;
use crate::refusal::Refusal;

/// A comment to add.
#[derive(Debug, Clone)]
pub(crate) struct NewComment {
    pub(crate) body: Value,
    pub(crate) visibility: Option<Visibility>,
    pub(crate) properties: BTreeMap<String, Value>,
    /// The comment that it answers; Jira lets comments answer comments, but documents it nowhere.
    pub(crate) parent: Option<u64>,
}

/// A change of a comment.
#[derive(Debug, Clone)]
pub(crate) struct CommentEdit {
    pub(crate) body: Value,
    pub(crate) audience: Audience,
}

/// Who may see an edited comment.
#[derive(Debug, Clone)]
pub(crate) enum Audience {
    AsBefore,
    Everyone,
    Only(Visibility),
}

impl From<Option<Visibility>> for Audience {
    fn from(visibility: Option<Visibility>) -> Self {
        visibility.map_or(Self::Everyone, Self::Only)
    }
}

/// Whether the properties make a comment internal (`sd.public.comment`).
fn says_internal(properties: &BTreeMap<String, Value>) -> bool {
    properties
        .get("sd.public.comment")
        .and_then(|value| value.get("internal"))
        .is_some_and(|internal| internal == true || internal == "true")
}

fn check_body(body: &Value) -> Result<(), Refusal> {
    if !body.is_object() {
        return Err(Refusal::invalid("comment", "Comment body is not valid!"));
    }
    if body.get("content").and_then(Value::as_array).is_none_or(Vec::is_empty) {
        return Err(Refusal::invalid("comment", "Comment body can not be empty!"));
    }
    check_document("comment", body)
}

fn check_visibility(site: &Site, visibility: &Visibility, author: &Identity) -> Result<(), Refusal> {
    if !matches!(visibility.kind.as_str(), "role" | "group") {
        return Err(Refusal::invalid("commentLevel", "Comment visibility type must be role or group."));
    }
    let circle = visibility
        .identifier
        .as_ref()
        .and_then(|id| site.circles.get(id))
        .or_else(|| site.circles.get(&visibility.value));
    if circle.is_none_or(|circle| !circle.contains(&author.account_id)) {
        return Err(Refusal::invalid(
            "commentLevel",
            "You can only restrict a comment to a role or group that exists and that you are in.",
        ));
    }
    Ok(())
}

impl Platforms {
    /// Adds a comment and tells the webhook.
    pub(crate) fn add_comment(
        self: &Arc<Self>,
        site: usize,
        key: &str,
        author: &Arc<Identity>,
        by: Origin,
        new: NewComment,
    ) -> Result<Comment, Refusal> {
        check_body(&new.body)?;
        let now = self.now();
        let mut world = self.world();
        let site = world.jira.sites.get_mut(site).ok_or_else(|| Refusal::NoSite(String::new()))?;
        if let Some(visibility) = &new.visibility {
            check_visibility(site, visibility, author)?;
        }
        let issue = site
            .issue(key)
            .map(|record| &record.issue)
            .filter(|issue| issue.shows_to(&author.account_id))
            .cloned()
            .ok_or_else(|| Refusal::NoIssue(key.to_owned()))?;
        if let Some(parent) = new.parent {
            let known = site.issue(key).and_then(|record| record.comments.get(&parent));
            known
                .filter(|comment| site.comment_shows_to(comment, &author.account_id))
                .ok_or_else(|| Refusal::NoComment(parent.to_string()))?;
        }
        let help_desk = site.project(&issue.project).is_some_and(|p| p.kind == ProjectKind::ServiceDesk);
        let id = site.next_id();
        let comment = Comment {
            id: id.to_string(),
            parent: new.parent,
            author: Arc::clone(author),
            update_author: Arc::clone(author),
            body: new.body,
            created: now,
            updated: now,
            visibility: new.visibility,
            internal: help_desk && says_internal(&new.properties),
            properties: new.properties,
        };
        webhook::send(self, site, &issue, author, &Event::CommentCreated(&comment), now);
        if let Some(record) = site.issue_mut(key) {
            record.issue.updated = now;
            record.comments.insert(id, comment.clone());
        }
        if let Ok(issue) = issue.id.parse() {
            site.issue_of_comment.insert(id, issue);
        }
        drop(world);
        self.journal.add(
            now,
            Change::CommentCreated {
                issue: issue.key,
                comment: comment.id.clone(),
                author: author.account_id.clone(),
                by,
            },
        );
        Ok(comment)
    }

    /// Replaces the body of a comment, and who may see it if that is given, and tells the
    /// webhook. Only its author may.
    pub(crate) fn edit_comment(
        self: &Arc<Self>,
        site: usize,
        key: &str,
        id: &str,
        author: &Arc<Identity>,
        by: Origin,
        edit: CommentEdit,
    ) -> Result<Comment, Refusal> {
        check_body(&edit.body)?;
        let mut now = self.now();
        let mut world = self.world();
        let site = world.jira.sites.get_mut(site).ok_or_else(|| Refusal::NoSite(String::new()))?;
        own_comment(site, key, id, author)?;
        if let Audience::Only(visibility) = &edit.audience {
            check_visibility(site, visibility, author)?;
        }
        let record = site.issue_mut(key).ok_or_else(|| Refusal::NoIssue(key.to_owned()))?;
        let issue = record.issue.clone();
        let comment = id
            .parse::<u64>()
            .ok()
            .and_then(|id| record.comments.get_mut(&id))
            .ok_or_else(|| Refusal::NoComment(id.to_owned()))?;
        // Milliseconds order the changes of one comment, so no two may share one.
        now = now.max(comment.updated + 1);
        comment.body = edit.body;
        match edit.audience {
            Audience::AsBefore => {}
            Audience::Everyone => comment.visibility = None,
            Audience::Only(visibility) => comment.visibility = Some(visibility),
        }
        comment.updated = now;
        comment.update_author = Arc::clone(author);
        let comment = comment.clone();
        record.issue.updated = now;
        webhook::send(self, site, &issue, author, &Event::CommentUpdated(&comment), now);
        drop(world);
        self.journal.add(
            now,
            Change::CommentUpdated {
                issue: issue.key,
                comment: comment.id.clone(),
                author: author.account_id.clone(),
                by,
            },
        );
        Ok(comment)
    }

    /// Deletes a comment and tells the webhook. Only its author may.
    pub(crate) fn delete_comment(
        self: &Arc<Self>,
        site: usize,
        key: &str,
        id: &str,
        author: &Arc<Identity>,
        by: Origin,
    ) -> Result<(), Refusal> {
        let now = self.now();
        let mut world = self.world();
        let site = world.jira.sites.get_mut(site).ok_or_else(|| Refusal::NoSite(String::new()))?;
        own_comment(site, key, id, author)?;
        let record = site.issue_mut(key).ok_or_else(|| Refusal::NoIssue(key.to_owned()))?;
        let issue = record.issue.clone();
        let comment = id
            .parse::<u64>()
            .ok()
            .and_then(|id| record.comments.remove(&id))
            .ok_or_else(|| Refusal::NoComment(id.to_owned()))?;
        record.issue.updated = now;
        webhook::send(self, site, &issue, author, &Event::CommentDeleted(&comment), now);
        drop(world);
        self.journal.add(
            now,
            Change::CommentDeleted {
                issue: issue.key,
                comment: comment.id,
                author: author.account_id.clone(),
                by,
            },
        );
        Ok(())
    }
}

/// The author may edit and delete their own comments, nobody else may (the simulator has no
/// administrators).
fn own_comment(site: &Site, key: &str, id: &str, author: &Identity) -> Result<(), Refusal> {
    let record = site
        .issue(key)
        .filter(|record| record.issue.shows_to(&author.account_id))
        .ok_or_else(|| Refusal::NoIssue(key.to_owned()))?;
    let comment = id
        .parse::<u64>()
        .ok()
        .and_then(|id| record.comments.get(&id))
        .filter(|comment| site.comment_shows_to(comment, &author.account_id))
        .ok_or_else(|| Refusal::NoComment(id.to_owned()))?;
    if comment.author.account_id == author.account_id { Ok(()) } else { Err(Refusal::NotAuthor) }
}

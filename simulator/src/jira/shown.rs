//! The JSON in which Jira's REST API shows what a site holds.

use serde_json::{Map, Value, json};

use crate::ambient::jira_date;
use crate::jira::issues::STATUSES;
use crate::jira::model::{Comment, Issue, IssueType, Project, RemoteLink, Site};
use crate::people::Identity;

/// The version of the REST API that a shape belongs to; webhooks speak version 2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Version {
    Two,
    Three,
}

impl Version {
    fn base(self, site: &Site) -> String {
        let number = if self == Self::Two { 2 } else { 3 };
        format!("{}rest/api/{number}", site.url)
    }

    fn document(self, document: &Value) -> Value {
        if self == Self::Two { crate::jira::adf::wiki(document).into() } else { document.clone() }
    }
}

/// A user as others see them: the e-mail address is hidden, as most people set it.
pub(crate) fn user(site: &Site, version: Version, person: &Identity) -> Value {
    json!({
        "self": format!("{}/user?accountId={}", version.base(site), person.account_id),
        "accountId": person.account_id,
        "accountType": person.kind,
        "avatarUrls": avatars(site),
        "displayName": person.name,
        "active": true,
        "timeZone": "Etc/UTC",
    })
}

fn avatars(site: &Site) -> Value {
    json!({"48x48": format!("{}avatar/48", site.url), "24x24": format!("{}avatar/24", site.url),
        "16x16": format!("{}avatar/16", site.url), "32x32": format!("{}avatar/32", site.url)})
}

pub(crate) fn issue_type(site: &Site, version: Version, kind: &IssueType) -> Value {
    json!({"self": format!("{}/issuetype/{}", version.base(site), kind.id), "id": kind.id,
        "description": "", "iconUrl": "", "name": kind.name, "subtask": false, "hierarchyLevel": 0})
}

pub(crate) fn project(site: &Site, version: Version, project: &Project) -> Value {
    json!({"self": format!("{}/project/{}", version.base(site), project.id), "id": project.id,
        "key": project.key, "name": project.name, "projectTypeKey": project.kind.key(),
        "simplified": false, "avatarUrls": avatars(site)})
}

pub(crate) fn status(site: &Site, version: Version, name: &str) -> Value {
    let id = STATUSES.iter().find(|(_, known)| *known == name).map_or("10000", |(id, _)| id);
    let (category, key) = match name {
        "Done" => (3, "done"),
        "In Progress" => (4, "indeterminate"),
        _ => (2, "new"),
    };
    json!({"self": format!("{}/status/{id}", version.base(site)), "description": "", "iconUrl": "",
        "name": name, "id": id,
        "statusCategory": {"id": category, "key": key, "colorName": "blue-gray", "name": name}})
}

/// All fields of an issue.
pub(crate) fn fields(site: &Site, version: Version, issue: &Issue) -> Map<String, Value> {
    let mut fields = Map::new();
    let mut put = |name: &str, value: Value| {
        fields.insert(name.to_owned(), value);
    };
    put("summary", issue.summary.clone().into());
    put("issuetype", issue_type(site, version, &issue.issue_type));
    put("project", site.project(&issue.project).map_or(Value::Null, |found| project(site, version, found)));
    put("description", issue.description.as_ref().map_or(Value::Null, |doc| version.document(doc)));
    put("status", status(site, version, &issue.status));
    put(
        "priority",
        json!({"self": format!("{}/priority/3", version.base(site)), "name": "Medium", "id": "3"}),
    );
    put("creator", user(site, version, &issue.reporter));
    put("reporter", user(site, version, &issue.reporter));
    put("assignee", issue.assignee.as_ref().map_or(Value::Null, |person| user(site, version, person)));
    put("created", jira_date(issue.created).into());
    put("updated", jira_date(issue.updated).into());
    put("labels", json!(issue.labels));
    put(
        "security",
        issue.security_level.as_ref().map_or(Value::Null, |name| {
            json!({"self": format!("{}/securitylevel/10100", version.base(site)), "id": "10100",
                "description": "", "name": name})
        }),
    );
    fields
}

/// An issue without its fields.
pub(crate) fn issue_head(site: &Site, version: Version, issue: &Issue) -> Map<String, Value> {
    let mut head = Map::new();
    head.insert("id".to_owned(), issue.id.clone().into());
    head.insert("key".to_owned(), issue.key.clone().into());
    head.insert("self".to_owned(), format!("{}/issue/{}", version.base(site), issue.id).into());
    head
}

/// A comment; with its properties if `properties` is set.
pub(crate) fn comment(
    site: &Site,
    version: Version,
    issue: &Issue,
    comment: &Comment,
    properties: bool,
) -> Value {
    let mut shown = json!({
        "self": format!("{}/issue/{}/comment/{}", version.base(site), issue.id, comment.id),
        "id": comment.id,
        "author": user(site, version, &comment.author),
        "body": version.document(&comment.body),
        "updateAuthor": user(site, version, &comment.update_author),
        "created": jira_date(comment.created),
        "updated": jira_date(comment.updated),
        "jsdPublic": !comment.internal,
    });
    if let Some(map) = shown.as_object_mut() {
        if let Some(parent) = comment.parent {
            map.insert("parentId".to_owned(), parent.into());
        }
        if let Some(visibility) = &comment.visibility {
            map.insert("visibility".to_owned(), json!(visibility));
        }
        if properties {
            let list: Vec<Value> =
                comment.properties.iter().map(|(key, value)| json!({"key": key, "value": value})).collect();
            map.insert("properties".to_owned(), list.into());
        }
    }
    shown
}

/// A remote link.
pub(crate) fn remote_link(site: &Site, issue: &Issue, link: &RemoteLink) -> Value {
    let part = |name: &str| link.content.get(name).cloned().unwrap_or(Value::Null);
    let mut shown = json!({
        "id": link.id,
        "self": format!("{}/issue/{}/remotelink/{}", Version::Three.base(site), issue.key, link.id),
        "application": link.content.get("application").cloned().unwrap_or_else(|| json!({})),
        "relationship": part("relationship"),
        "object": part("object"),
    });
    if let (Some(global_id), Some(map)) = (&link.global_id, shown.as_object_mut()) {
        map.insert("globalId".to_owned(), global_id.clone().into());
    }
    shown
}

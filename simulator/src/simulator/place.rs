//! Where issues are: moves between projects, new keys for projects, and who administers them.

use crate::jira::model::Project;
use crate::jira::webhook::{self, Event};
use crate::journal::{Change, Origin};
use crate::refusal::Refusal;
use crate::simulator::Simulator;

impl Simulator {
    /// A project by its key.
    pub fn project(&self, cloud_id: &str, key: &str) -> Result<Project, Refusal> {
        let mut world = self.platforms.world();
        let site = world.jira.site_mut(cloud_id).ok_or_else(|| Refusal::NoSite(cloud_id.to_owned()))?;
        site.project(key).cloned().ok_or_else(|| Refusal::NoProject(key.to_owned()))
    }

    /// Lets a person administer one project.
    pub fn add_administrator(&self, cloud_id: &str, project: &str, person: &str) -> Result<(), Refusal> {
        let role = self.project(cloud_id, project)?.administrators();
        self.add_to_role(cloud_id, &role, person)
    }

    /// A person moves an issue into another project of its site; gives its new key. The old key
    /// leads there, too, as in Jira.
    pub fn move_issue(&self, person: &str, issue: &str, project: &str) -> Result<String, Refusal> {
        let author = self.person(person)?;
        let now = self.platforms.now();
        let mut world = self.platforms.world();
        let missing = || Refusal::NoIssue(issue.to_owned());
        let site = world.jira.site_of(issue).ok_or_else(missing)?;
        let site = world.jira.sites.get_mut(site).ok_or_else(missing)?;
        let target = site.project(project).ok_or_else(|| Refusal::NoProject(project.to_owned()))?.clone();
        let before = site.issue(issue).ok_or_else(missing)?.issue.clone();
        if !before.shows_to(&author.account_id) {
            return Err(missing());
        }
        if before.project == target.key {
            return Err(Refusal::invalid("project", "The issue is in this project already."));
        }
        let kinds = &target.issue_types;
        let kind = kinds.iter().find(|kind| kind.name == before.issue_type.name).or(kinds.first());
        let kind = kind.ok_or_else(|| Refusal::invalid("issuetype", "The project has no issue types."))?;
        let number = site.last_numbers.entry(target.key.clone()).or_default();
        *number += 1;
        let key = format!("{}-{number}", target.key);
        let record = site.issue_mut(issue).ok_or_else(missing)?;
        record.issue.key.clone_from(&key);
        record.issue.project.clone_from(&target.key);
        record.issue.issue_type = kind.clone();
        // A security level belongs to the scheme of a project.
        record.issue.security_level = None;
        record.issue.seen_by = None;
        record.issue.updated = now;
        let after = record.issue.clone();
        if let Ok(id) = after.id.parse() {
            site.keys.insert(key.clone(), id);
        }
        webhook::send(&self.platforms, site, &after, &author, &Event::IssueUpdated { before: &before }, now);
        drop(world);
        let change = Change::IssueUpdated {
            issue: key.clone(),
            author: author.account_id.clone(),
            by: Origin::Person,
        };
        self.platforms.journal.add(now, change);
        Ok(key)
    }

    /// Gives a project another key, and its issues with it. No webhook tells of it.
    pub fn rekey_project(&self, cloud_id: &str, key: &str, new: &str) -> Result<(), Refusal> {
        let mut world = self.platforms.world();
        let site = world.jira.site_mut(cloud_id).ok_or_else(|| Refusal::NoSite(cloud_id.to_owned()))?;
        if site.project(new).is_some() {
            return Err(Refusal::invalid("projectKey", "A project uses this key already."));
        }
        let project = site.projects.iter_mut().find(|project| project.key == key);
        let project = project.ok_or_else(|| Refusal::NoProject(key.to_owned()))?;
        new.clone_into(&mut project.key);
        if let Some(number) = site.last_numbers.remove(key) {
            site.last_numbers.insert(new.to_owned(), number);
        }
        for (id, record) in &mut site.issues {
            let issue = &mut record.issue;
            if issue.project == key
                && let Some((_, number)) = issue.key.rsplit_once('-')
            {
                issue.key = format!("{new}-{number}");
                new.clone_into(&mut issue.project);
                site.keys.insert(issue.key.clone(), *id);
            }
        }
        Ok(())
    }
}

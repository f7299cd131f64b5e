//! The dialog of the message action: filled in from the message, with the person's own projects.

use serde_json::{Value, json};

use super::Bridge;
use super::happening::MessageInChat;
use crate::call::CallError;
use crate::content::teams_html;
use crate::ids::ObjectId;
use crate::jira;
use crate::store::Site;
use crate::teams::card::{Choice, CreateIssueForm};
use crate::teams::invoke::{self, ActionRequest};

/// How much of a message makes a summary.
const SUMMARY_CHARACTERS: usize = 120;

impl Bridge {
    /// Answers `composeExtension/fetchTask`.
    pub(super) async fn issue_form(
        &self,
        seen: &MessageInChat,
        author: Option<&ObjectId>,
        request: &ActionRequest,
    ) -> Value {
        let text = request
            .message
            .as_ref()
            .and_then(invoke::MessagePayload::html)
            .map(|html| teams_html::read(&html, |_| None).text())
            .unwrap_or_default();
        let filled = Filled {
            project: None,
            summary: first_line(&text),
            description: text,
            form: self.random.token(),
            problem: None,
        };
        self.form_with(seen, author, filled).await
    }

    /// The form again, with what is wrong and what was filled in.
    pub(super) async fn issue_form_again(
        &self,
        seen: &MessageInChat,
        author: Option<&ObjectId>,
        request: &ActionRequest,
        problem: &str,
    ) -> Value {
        let filled = Filled {
            project: request.field("project").map(str::to_owned),
            summary: request.field("summary").unwrap_or_default().to_owned(),
            description: request.field("description").unwrap_or_default().to_owned(),
            form: self.random.token(),
            problem: Some(problem.to_owned()),
        };
        self.form_with(seen, author, filled).await
    }

    async fn form_with(&self, seen: &MessageInChat, author: Option<&ObjectId>, filled: Filled) -> Value {
        let sign_in = || invoke::sign_in("Connect Jira and Microsoft", &self.connect_address());
        let Some(author) = author else { return invoke::show_message("Only people can create issues.") };
        let Ok((person, site)) = self.creator(seen, author).await else { return sign_in() };
        let Ok(token) = self.jira_token(&site, &person.account, String::new()).await else {
            return sign_in();
        };
        let jira = token.site(&self.jira);
        match self.choices(seen, &site, &jira, filled.project.as_deref()).await {
            Ok((projects, project, types)) if !projects.is_empty() => {
                let form = CreateIssueForm {
                    projects: &projects,
                    project: project.as_deref(),
                    issue_types: &types,
                    issue_type: types.first().map(|choice| choice.value.as_str()),
                    summary: &filled.summary,
                    description: &filled.description,
                    problem: filled.problem.as_deref(),
                    data: json!({ "form": filled.form }),
                };
                invoke::show_card("Create issue", &form.card())
            }
            Ok(_) => invoke::show_message(
                "You may not create issues in any project of this site. Ask a Jira admin for the permission.",
            ),
            Err(CallError::LoginNeeded | CallError::ScopeMissing) => sign_in(),
            Err(_) => {
                invoke::show_message("Jira does not answer just now. Close this and try again in a minute.")
            }
        }
    }

    /// Projects, the one that is chosen, and its types.
    async fn choices(
        &self,
        seen: &MessageInChat,
        site: &Site,
        jira: &jira::Site<'_>,
        wish: Option<&str>,
    ) -> Result<(Vec<Choice>, Option<String>, Vec<Choice>), CallError> {
        let (projects, usual) = tokio::join!(jira.projects(""), self.project_of_chat(seen, site));
        let projects = projects?;
        let is_there = |key: &str| projects.iter().any(|project| project.key == key);
        let project = wish
            .map(str::to_owned)
            .or(usual)
            .filter(|key| is_there(key))
            .or_else(|| projects.first().map(|project| project.key.clone()));
        let types = match &project {
            Some(key) => jira.issue_types(key).await?,
            None => Vec::new(),
        };
        let types = types.into_iter().filter(|kind| !kind.subtask);
        Ok((
            projects
                .iter()
                .map(|project| Choice {
                    title: format!("{} ({})", project.name, project.key),
                    value: project.key.clone(),
                })
                .collect(),
            project,
            types.map(|kind| Choice { title: kind.name.clone(), value: kind.name }).collect(),
        ))
    }

    /// The project of the issue that the chat is about.
    async fn project_of_chat(&self, seen: &MessageInChat, site: &Site) -> Option<String> {
        let links = self.store.links_of_chat(&seen.tenant, &seen.conversation).await.ok()?;
        let link = links.into_iter().rfind(|link| link.site == site.id)?;
        link.issue_key.as_str().rsplit_once('-').map(|(project, _)| project.to_owned())
    }
}

/// What the form already holds.
struct Filled {
    project: Option<String>,
    summary: String,
    description: String,
    /// Tells the dialogs apart: sent three times, one dialog makes one issue.
    form: String,
    problem: Option<String>,
}

/// The first line that says something, cut between words.
fn first_line(text: &str) -> String {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    if line.chars().count() <= SUMMARY_CHARACTERS {
        return line.to_owned();
    }
    let cut: String = line.chars().take(SUMMARY_CHARACTERS).collect();
    let end = cut.rfind(char::is_whitespace).unwrap_or(cut.len());
    format!("{}…", cut.get(..end).unwrap_or(&cut))
}

#[cfg(test)]
mod tests {
    use super::first_line;

    #[test]
    fn a_summary_is_the_first_line_cut_between_words() {
        assert_eq!(first_line("\n  The login fails \nSince today"), "The login fails");
        let long = first_line(&"word ".repeat(60));
        assert!(long.ends_with("word…") && long.chars().count() <= 121, "{long}");
    }
}

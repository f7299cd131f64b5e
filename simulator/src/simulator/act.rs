//! People act: what is done here is done by a person on the platform itself, not by an app.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::escape::escape;
use crate::jira::adf;
use crate::jira::comments::{CommentEdit, NewComment};
use crate::jira::issues::{IssueEdit, NewIssue};
use crate::jira::model::{Issue, Visibility};
use crate::journal::Origin;
use crate::people::Identity;
use crate::refusal::Refusal;
use crate::simulator::Simulator;
use crate::teams::messages::{Content, MessageChange, mention_of, mention_of_bot};
use crate::teams::model::{Hosted, Sender};

/// What a person writes on an issue.
#[derive(Debug, Clone)]
pub struct CommentDraft {
    /// The body in the Atlassian Document Format.
    pub body: Value,
    /// Restricted to a role or group.
    pub visibility: Option<Visibility>,
    /// Hidden from customers; only in a service project.
    pub internal: bool,
    /// Id of the comment that it answers.
    pub parent: Option<String>,
}

impl CommentDraft {
    /// Plain text, a paragraph a line.
    pub fn text(text: &str) -> Self {
        Self::adf(adf::from_text(text))
    }

    /// A document.
    pub fn adf(body: Value) -> Self {
        Self { body, visibility: None, internal: false, parent: None }
    }

    /// Only for this role.
    #[must_use]
    pub fn for_role(mut self, role: &str) -> Self {
        self.visibility = Some(Visibility {
            kind: "role".to_owned(),
            value: role.to_owned(),
            identifier: Some(role.to_owned()),
        });
        self
    }

    /// Only for the members of this group, which has been filled under its id.
    #[must_use]
    pub fn for_group(mut self, name: &str, id: &str) -> Self {
        self.visibility = Some(Visibility {
            kind: "group".to_owned(),
            value: name.to_owned(),
            identifier: Some(id.to_owned()),
        });
        self
    }

    /// As an answer to a comment.
    #[must_use]
    pub fn answering(mut self, comment: &str) -> Self {
        self.parent = Some(comment.to_owned());
        self
    }

    /// Hidden from customers.
    #[must_use]
    pub fn internal(mut self) -> Self {
        self.internal = true;
        self
    }
}

impl From<&str> for CommentDraft {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

/// An issue that a person creates.
#[derive(Debug, Clone, Deserialize)]
pub struct IssueDraft {
    /// Key of the project.
    pub project: String,
    /// Id or name of the type; the project's first type if empty.
    #[serde(default)]
    pub issue_type: String,
    /// One line.
    pub summary: String,
    /// Plain text, a paragraph a line.
    #[serde(default)]
    pub description: String,
}

impl IssueDraft {
    /// An issue of the project's first type.
    pub fn new(project: &str, summary: &str) -> Self {
        Self {
            project: project.to_owned(),
            issue_type: String::new(),
            summary: summary.to_owned(),
            description: String::new(),
        }
    }
}

/// What a person writes in a chat. In `html`, `<at>Name</at>` mentions a member of the chat
/// or the bot; the id and the entry are added.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct MessageDraft {
    /// Plain text, used if there is no HTML.
    #[serde(default)]
    pub text: String,
    /// Chat HTML.
    #[serde(default)]
    pub html: Option<String>,
    /// Whether the message begins with a mention of the bot.
    #[serde(default)]
    pub mention_bot: bool,
    /// Id of the message that is quoted.
    #[serde(default)]
    pub quote: Option<String>,
    /// Pictures that stand in the HTML by their temporary ids.
    #[serde(skip)]
    pub(crate) hosted: Vec<(String, Hosted)>,
    /// Files, as Graph's `attachments`.
    #[serde(skip)]
    pub(crate) references: Vec<Value>,
}

impl MessageDraft {
    /// Plain text.
    pub fn text(text: &str) -> Self {
        Self { text: text.to_owned(), ..Self::default() }
    }

    /// Chat HTML.
    pub fn html(html: &str) -> Self {
        Self { html: Some(html.to_owned()), ..Self::default() }
    }

    /// A command: plain text behind a mention of the bot.
    pub fn to_bot(text: &str) -> Self {
        Self { mention_bot: true, ..Self::text(text) }
    }

    /// Quotes an earlier message.
    #[must_use]
    pub fn quoting(mut self, message: &str) -> Self {
        self.quote = Some(message.to_owned());
        self
    }
}

impl From<&str> for MessageDraft {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl Simulator {
    /// Finds a person by name, account id, object id or e-mail address.
    pub fn person(&self, handle: &str) -> Result<Arc<Identity>, Refusal> {
        self.platforms.world().people.find(handle).ok_or_else(|| Refusal::NoPerson(handle.to_owned()))
    }

    fn site_of(&self, issue: &str) -> Result<usize, Refusal> {
        self.platforms.world().jira.site_of(issue).ok_or_else(|| Refusal::NoIssue(issue.to_owned()))
    }

    /// A person comments on an issue; gives the comment's id.
    pub fn comment(
        &self,
        person: &str,
        issue: &str,
        draft: impl Into<CommentDraft>,
    ) -> Result<String, Refusal> {
        let draft = draft.into();
        let mut properties = BTreeMap::new();
        if draft.internal {
            properties.insert("sd.public.comment".to_owned(), json!({"internal": true}));
        }
        let parent = draft.parent.map(|id| id.parse().map_err(|_| Refusal::NoComment(id))).transpose()?;
        let new = NewComment { body: draft.body, visibility: draft.visibility, properties, parent };
        let author = self.person(person)?;
        let comment =
            self.platforms.add_comment(self.site_of(issue)?, issue, &author, Origin::Person, new)?;
        Ok(comment.id)
    }

    /// A person edits their comment, and decides anew who may see it.
    pub fn edit_comment(
        &self,
        person: &str,
        issue: &str,
        comment: &str,
        draft: impl Into<CommentDraft>,
    ) -> Result<(), Refusal> {
        let author = self.person(person)?;
        let site = self.site_of(issue)?;
        let draft = draft.into();
        let edit = CommentEdit { body: draft.body, audience: draft.visibility.into() };
        self.platforms.edit_comment(site, issue, comment, &author, Origin::Person, edit).map(drop)
    }

    /// A person deletes their comment.
    pub fn delete_comment(&self, person: &str, issue: &str, comment: &str) -> Result<(), Refusal> {
        let author = self.person(person)?;
        self.platforms.delete_comment(self.site_of(issue)?, issue, comment, &author, Origin::Person)
    }

    /// A person creates an issue.
    pub fn create_issue(&self, person: &str, draft: IssueDraft) -> Result<Issue, Refusal> {
        let author = self.person(person)?;
        let (site, first_type) = {
            let world = self.platforms.world();
            let site = world.jira.sites.iter().position(|site| site.project(&draft.project).is_some());
            let site = site.ok_or_else(|| Refusal::NoProject(draft.project.clone()))?;
            let project = world.jira.sites.get(site).and_then(|site| site.project(&draft.project));
            let first_type = project.and_then(|project| project.issue_types.first());
            (site, first_type.map(|kind| kind.id.clone()).unwrap_or_default())
        };
        let new = NewIssue {
            project: draft.project,
            issue_type: if draft.issue_type.is_empty() { first_type } else { draft.issue_type },
            summary: draft.summary,
            description: (!draft.description.is_empty()).then(|| adf::from_text(&draft.description)),
            assignee: None,
            labels: Vec::new(),
            properties: BTreeMap::new(),
        };
        self.platforms.create_issue(site, &author, Origin::Person, new)
    }

    /// A person changes the summary of an issue.
    pub fn rename_issue(&self, person: &str, issue: &str, summary: &str) -> Result<(), Refusal> {
        let author = self.person(person)?;
        let edit = IssueEdit { summary: Some(summary.to_owned()), ..IssueEdit::default() };
        self.platforms.edit_issue(self.site_of(issue)?, issue, &author, Origin::Person, edit)
    }

    /// A person deletes an issue.
    pub fn delete_issue(&self, person: &str, issue: &str) -> Result<(), Refusal> {
        let author = self.person(person)?;
        self.platforms.delete_issue(self.site_of(issue)?, issue, &author, Origin::Person)
    }

    /// A person writes in a chat; gives the message's id.
    pub fn send_message(
        &self,
        person: &str,
        chat: &str,
        draft: impl Into<MessageDraft>,
    ) -> Result<String, Refusal> {
        let sender = Sender::Person(self.person(person)?);
        let content = self.content(chat, draft.into())?;
        Ok(self.platforms.send_message(chat, sender, Origin::Person, content)?.id)
    }

    /// A person edits their message.
    pub fn edit_message(
        &self,
        person: &str,
        chat: &str,
        message: &str,
        draft: impl Into<MessageDraft>,
    ) -> Result<(), Refusal> {
        let content = self.content(chat, draft.into())?;
        self.change(person, chat, message, MessageChange::Edit(content))
    }

    /// A person deletes their message.
    pub fn delete_message(&self, person: &str, chat: &str, message: &str) -> Result<(), Refusal> {
        self.change(person, chat, message, MessageChange::Delete)
    }

    /// A person undoes the deletion of their message.
    pub fn undelete_message(&self, person: &str, chat: &str, message: &str) -> Result<(), Refusal> {
        self.change(person, chat, message, MessageChange::Undelete)
    }

    /// A person reacts to a message.
    pub fn react(&self, person: &str, chat: &str, message: &str, kind: &str) -> Result<(), Refusal> {
        self.change(person, chat, message, MessageChange::React(kind.to_owned()))
    }

    /// A person takes a reaction back.
    pub fn unreact(&self, person: &str, chat: &str, message: &str, kind: &str) -> Result<(), Refusal> {
        self.change(person, chat, message, MessageChange::Unreact(kind.to_owned()))
    }

    fn change(&self, person: &str, chat: &str, message: &str, change: MessageChange) -> Result<(), Refusal> {
        let sender = Sender::Person(self.person(person)?);
        self.platforms.change_message(chat, message, &sender, Origin::Person, change).map(drop)
    }

    /// Turns a draft into what the platform stores: mentions by id, the quote in front.
    pub(super) fn content(&self, chat: &str, draft: MessageDraft) -> Result<Content, Refusal> {
        let world = self.platforms.world();
        let record = world.teams.chats.get(chat);
        let members = match record {
            Some(record) => Some(&record.chat.members),
            // The first message of a thread is written to the channel.
            None => world.teams.team_of(chat).map(|team| &team.members),
        };
        let members = members.ok_or_else(|| Refusal::NoChat(chat.to_owned()))?;
        let bot = world.teams.bot_app();
        let bot_name = bot.map(|bot| bot.bot_name.clone()).unwrap_or_default();
        let mut html = draft.html.unwrap_or_else(|| {
            let lines: Vec<String> = draft.text.lines().map(escape).collect();
            format!("<p>{}</p>", lines.join("<br>"))
        });
        if draft.mention_bot {
            let mention = format!("<at>{}</at>&nbsp;", escape(&bot_name));
            html = match html.strip_prefix("<p>") {
                Some(rest) => format!("<p>{mention}{rest}"),
                None => format!("<p>{mention}</p>{html}"),
            };
        }
        let mut content = Content::html("");
        let mut parts = html.split("<at>");
        content.markup.push_str(parts.next().unwrap_or_default());
        for part in parts {
            let Some((name, rest)) = part.split_once("</at>") else {
                return Err(Refusal::invalid("html", "an <at> is not closed"));
            };
            let id = content.mentions.len();
            let person = members.iter().map(|member| &member.person).find(|person| person.name == name);
            content.mentions.push(match (person, bot) {
                (Some(person), _) => mention_of(id, person),
                (None, Some(bot)) if name == bot.bot_name => mention_of_bot(id, &bot.client_id, name),
                _ => return Err(Refusal::invalid("html", "a mentioned name is not in the chat")),
            });
            let _ = write!(content.markup, "<at id=\"{id}\">{name}</at>{rest}");
        }
        content.hosted = draft.hosted;
        content.attachments = draft.references;
        if let Some(quoted) = draft.quote {
            let quoted =
                record.and_then(|record| record.message(&quoted)).ok_or(Refusal::NoMessage(quoted))?;
            content.quote(quoted);
        }
        Ok(content)
    }
}

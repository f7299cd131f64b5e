//! What the demo page shows: the issue, the chat, the people, and the events between them.

use serde::Serialize;
use serde_json::Value;
use threadline_simulator::{Comment, Issue, Message};

use super::files::{self, FileView};
use crate::ambient::Millis;
use crate::app::Storage;
use crate::bridge::{reason, word_of};
use crate::content::{Document, adf, markdown, teams_html};
use crate::ids::{AccountId, ObjectId, SiteId, TenantId};
use crate::queue::{Event, EventFilter, EventState};
use crate::stage::{PROJECT, Stage, TENANT};
use crate::vault::Subject;

/// How many events the page shows.
const EVENTS: u64 = 100;

/// The stage with the service behind it.
#[derive(Clone)]
pub(super) struct Theatre {
    pub(super) stage: Stage,
    pub(super) storage: Storage,
    pub(super) site: SiteId,
}

/// Everything on the page at one moment.
#[derive(Serialize)]
pub(super) struct Snapshot {
    urls: Urls,
    people: Vec<PersonView>,
    projects: [ProjectView; 1],
    issues: Vec<IssueView>,
    chats: Vec<ChatView>,
    events: Vec<EventView>,
}

#[derive(Serialize)]
struct Urls {
    threadline: String,
    panel: String,
}

#[derive(Serialize)]
struct PersonView {
    id: String,
    name: String,
    jira: bool,
    microsoft: bool,
    login_jira: String,
    login_microsoft: String,
}

#[derive(Serialize)]
struct ProjectView {
    key: &'static str,
    name: &'static str,
}

#[derive(Serialize)]
struct IssueView {
    key: String,
    status: String,
    summary: String,
    description_html: String,
    url: Option<String>,
    comments: Vec<CommentView>,
}

#[derive(Serialize)]
struct CommentView {
    id: String,
    author: String,
    html: String,
    files: Vec<FileView>,
    /// The words as they are typed.
    text: String,
    created: i64,
    edited: bool,
    /// Who may see it, if not everybody.
    restricted: Option<String>,
}

#[derive(Serialize)]
struct ChatView {
    id: String,
    topic: String,
    url: Option<String>,
    members: Vec<String>,
    messages: Vec<MessageView>,
}

#[derive(Serialize)]
struct MessageView {
    id: String,
    sender: String,
    bot: bool,
    html: String,
    files: Vec<FileView>,
    /// The words as they are typed.
    text: String,
    card: Option<String>,
    created: i64,
    edited: bool,
    deleted: bool,
}

#[derive(Serialize)]
pub(super) struct EventView {
    id: i64,
    at: i64,
    pub(super) direction: &'static str,
    /// Where it came from and what it is.
    pub(super) source: String,
    pub(super) reason: String,
    pub(super) took_ms: Option<i64>,
    pub(super) state: &'static str,
}

impl Theatre {
    pub(super) fn new(stage: Stage, storage: Storage, site: SiteId) -> Self {
        Self { stage, storage, site }
    }

    /// Everything as it is now.
    pub(super) async fn snapshot(&self) -> anyhow::Result<Snapshot> {
        let simulator = &self.stage.simulator;
        let mut people = Vec::new();
        for person in simulator.people() {
            let account = AccountId::new(person.account_id.as_str());
            let object = ObjectId::new(person.object_id.as_str());
            let microsoft = Subject::microsoft(&TenantId::new(TENANT), &object);
            people.push(PersonView {
                id: person.object_id.clone(),
                login_jira: format!("/demo/login/jira?person={}", person.object_id),
                login_microsoft: format!("/demo/login/microsoft?person={}", person.object_id),
                name: person.name.clone(),
                jira: self.storage.vault.is_connected(&Subject::jira(&account)).await?,
                microsoft: self.storage.vault.is_connected(&microsoft).await?,
            });
        }
        let issues = simulator.issues().iter().map(|issue| self.issue(issue)).collect();
        let chats = simulator.chats().iter().map(|chat| self.chat(chat)).collect();
        let projects = [ProjectView { key: PROJECT, name: "Alphabet" }];
        Ok(Snapshot { urls: self.urls(), people, projects, issues, chats, events: self.events().await? })
    }

    /// The latest events, the oldest first.
    pub(super) async fn events(&self) -> anyhow::Result<Vec<EventView>> {
        let filter = EventFilter { limit: EVENTS, ..EventFilter::default() };
        let mut events = self.storage.queue.events(&filter).await?;
        events.reverse();
        let now = self.storage.clock.now();
        Ok(events.iter().map(|event| EventView::of(event, now)).collect())
    }

    fn urls(&self) -> Urls {
        let base = &self.stage.public_url;
        Urls {
            threadline: base.to_string(),
            panel: format!("{base}panel?site={}&issue={}", self.site, self.stage.issue),
        }
    }

    fn issue(&self, issue: &Issue) -> IssueView {
        let simulator = &self.stage.simulator;
        IssueView {
            key: issue.key.clone(),
            status: issue.status.clone(),
            summary: issue.summary.clone(),
            description_html: issue.description.as_ref().map(adf_as_html).unwrap_or_default(),
            url: simulator.issue_url(&issue.key).map(String::from),
            comments: simulator
                .comments(&issue.key)
                .iter()
                .map(|comment| CommentView {
                    files: files::of_comment(simulator, &comment.body),
                    ..CommentView::from(comment)
                })
                .collect(),
        }
    }

    fn chat(&self, chat: &threadline_simulator::Chat) -> ChatView {
        let messages = self.stage.simulator.messages(&chat.id);
        ChatView {
            id: chat.id.clone(),
            topic: chat.topic.clone().unwrap_or_else(|| "Chat".to_owned()),
            url: self
                .stage
                .simulator
                .urls()
                .teams_web_url
                .join(&format!("chat/{}", chat.id))
                .ok()
                .map(String::from),
            members: chat.members.iter().map(|member| member.person.name.clone()).collect(),
            messages: messages
                .iter()
                .map(|message| MessageView {
                    files: files::of_message(&self.stage.simulator, message),
                    ..MessageView::from(message)
                })
                .collect(),
        }
    }
}

impl From<&Comment> for CommentView {
    fn from(comment: &Comment) -> Self {
        Self {
            id: comment.id.clone(),
            author: comment.author.name.clone(),
            html: adf_as_html(&comment.body),
            files: Vec::new(),
            text: markdown::write(&adf::read(&comment.body)),
            created: comment.created,
            edited: comment.updated > comment.created,
            restricted: comment.visibility.as_ref().map(|only| only.value.clone()),
        }
    }
}

impl From<&Message> for MessageView {
    fn from(message: &Message) -> Self {
        let read = |html: &str| teams_html::read(html, |_| None);
        let document = match (message.deleted, message.content_type.as_str()) {
            (Some(_), _) => Document::default(),
            (None, "html") => read(&message.content),
            (None, _) => markdown::read(&message.content),
        };
        Self {
            id: message.id.clone(),
            sender: message.sender.name().to_owned(),
            bot: message.sender.is_bot(),
            // Through our own reader and writer: what the page shows is what the writer lets out.
            html: teams_html::write(&document).html,
            files: Vec::new(),
            text: markdown::write(&document),
            card: message.attachments.iter().find_map(card_text),
            created: message.created,
            edited: message.edited.is_some(),
            deleted: message.deleted.is_some(),
        }
    }
}

/// The words of an Adaptive Card.
fn card_text(attachment: &Value) -> Option<String> {
    let kind = attachment.get("contentType").and_then(Value::as_str)?;
    if !kind.contains("card.adaptive") {
        return None;
    }
    let content = attachment.get("content")?;
    let card =
        content.as_str().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_else(|| content.clone());
    let mut words = Vec::new();
    gather(card.get("body")?, &mut words);
    Some(words.join("\n"))
}

/// The `text` of every element, from top to bottom.
fn gather(value: &Value, words: &mut Vec<String>) {
    match value {
        Value::Array(list) => list.iter().for_each(|each| gather(each, words)),
        Value::Object(map) => {
            words.extend(map.get("text").and_then(Value::as_str).map(str::to_owned));
            for (name, inner) in map {
                if name != "text" {
                    gather(inner, words);
                }
            }
        }
        _ => {}
    }
}

impl EventView {
    fn of(event: &Event, now: Millis) -> Self {
        let (direction, source) = match event.kind.as_str() {
            "comment created" | "comment edited" | "comment deleted" => ("to_chat", "jira"),
            "message" | "missed message" | "message edited" | "message deleted" | "message touched" => {
                ("to_issue", "teams")
            }
            "command" => ("command", "teams"),
            "create issue" => ("create", "teams"),
            "jira webhook" => ("none", "jira"),
            _ => ("none", "teams"),
        };
        Self {
            id: event.id,
            at: event.received_at,
            direction,
            source: if event.kind.contains(source) {
                event.kind.clone()
            } else {
                format!("{source}: {}", event.kind)
            },
            reason: event.reason.clone().unwrap_or_default(),
            took_ms: event.finished_at.map(|finished| finished - event.received_at),
            state: shown(event, now),
        }
    }
}

/// The page's words for how far an event has come.
fn shown(event: &Event, now: Millis) -> &'static str {
    let nothing = [
        reason::IGNORED,
        reason::ECHO,
        reason::DUPLICATE,
        reason::NOT_LINKED,
        reason::EMPTY,
        reason::UNCHANGED,
        reason::NOT_RELAYED,
    ];
    match EventState::of(event) {
        EventState::Done if event.reason.as_deref().is_some_and(|reason| nothing.contains(&reason)) => {
            "ignored"
        }
        EventState::Done => "done",
        EventState::Dead => "failed",
        EventState::Ready | EventState::Waiting => word_of(event, now),
    }
}

fn adf_as_html(document: &Value) -> String {
    teams_html::write(&adf::read(document)).html
}

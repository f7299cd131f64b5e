//! What the demo page shows: the issue, the chat, the people, and the events between them.

use serde::Serialize;
use serde_json::Value;
use threadline_simulator::{Comment, Issue, Message};

use crate::app::Storage;
use crate::content::{adf, teams_html};
use crate::ids::{AccountId, ObjectId, SiteId, TenantId};
use crate::queue::{Event, EventFilter, EventState};
use crate::stage::{Stage, TENANT};
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
    issues: Vec<IssueView>,
    chats: Vec<ChatView>,
    events: Vec<EventView>,
}

#[derive(Serialize)]
struct Urls {
    threadline: String,
    site: String,
    teams: String,
    panel: String,
}

#[derive(Serialize)]
struct PersonView {
    name: String,
    jira: bool,
    microsoft: bool,
}

#[derive(Serialize)]
struct IssueView {
    key: String,
    kind: String,
    status: String,
    summary: String,
    description_html: String,
    reporter: String,
    created: i64,
    url: Option<String>,
    comments: Vec<CommentView>,
}

#[derive(Serialize)]
struct CommentView {
    id: String,
    author: String,
    html: String,
    created: i64,
    /// Written by Threadline, as a person.
    relayed: bool,
}

#[derive(Serialize)]
struct ChatView {
    id: String,
    topic: Option<String>,
    members: Vec<String>,
    messages: Vec<MessageView>,
}

#[derive(Serialize)]
struct MessageView {
    id: String,
    author: String,
    bot: bool,
    html: String,
    card: Option<Value>,
    created: i64,
}

#[derive(Serialize)]
pub(super) struct EventView {
    id: i64,
    at: i64,
    pub(super) kind: String,
    pub(super) direction: &'static str,
    pub(super) source: &'static str,
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
                name: person.name.clone(),
                jira: self.storage.vault.is_connected(&Subject::jira(&account)).await?,
                microsoft: self.storage.vault.is_connected(&microsoft).await?,
            });
        }
        let issues = simulator.issues().iter().map(|issue| self.issue(issue)).collect();
        let chats = simulator.chats().iter().map(|chat| self.chat(chat)).collect();
        Ok(Snapshot { urls: self.urls(), people, issues, chats, events: self.events().await? })
    }

    /// The latest events, the oldest first.
    pub(super) async fn events(&self) -> anyhow::Result<Vec<EventView>> {
        let filter = EventFilter { limit: EVENTS, ..EventFilter::default() };
        let mut events = self.storage.queue.events(&filter).await?;
        events.reverse();
        Ok(events.iter().map(EventView::from).collect())
    }

    fn urls(&self) -> Urls {
        let urls = self.stage.simulator.urls();
        Urls {
            threadline: self.stage.public_url.to_string(),
            site: urls.site_url().to_string(),
            teams: urls.teams_web_url.to_string(),
            panel: format!("{}panel?site={}&issue={}", self.stage.public_url, self.site, self.stage.issue),
        }
    }

    fn issue(&self, issue: &Issue) -> IssueView {
        let simulator = &self.stage.simulator;
        IssueView {
            key: issue.key.clone(),
            kind: issue.issue_type.name.clone(),
            status: issue.status.clone(),
            summary: issue.summary.clone(),
            description_html: issue.description.as_ref().map(adf_as_html).unwrap_or_default(),
            reporter: issue.reporter.name.clone(),
            created: issue.created,
            url: simulator.issue_url(&issue.key).map(String::from),
            comments: simulator.comments(&issue.key).iter().map(CommentView::from).collect(),
        }
    }

    fn chat(&self, chat: &threadline_simulator::Chat) -> ChatView {
        let messages = self.stage.simulator.messages(&chat.id);
        ChatView {
            id: chat.id.clone(),
            topic: chat.topic.clone(),
            members: chat.members.iter().map(|member| member.person.name.clone()).collect(),
            messages: messages
                .iter()
                .filter(|message| message.deleted.is_none())
                .map(MessageView::from)
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
            created: comment.created,
            relayed: comment.properties.contains_key(crate::jira::ORIGIN_PROPERTY),
        }
    }
}

impl From<&Message> for MessageView {
    fn from(message: &Message) -> Self {
        let card = message.attachments.iter().find_map(|attachment| {
            let content = attachment.get("content")?;
            let kind = attachment.get("contentType").and_then(Value::as_str)?;
            let card = content
                .as_str()
                .and_then(|text| serde_json::from_str(text).ok())
                .unwrap_or_else(|| content.clone());
            kind.contains("card.adaptive").then_some(card)
        });
        Self {
            id: message.id.clone(),
            author: message.sender.name().to_owned(),
            bot: message.sender.is_bot(),
            // Through our own reader and writer: what the page shows is what the writer lets out.
            html: if message.content_type == "html" {
                teams_html::write(&teams_html::read(&message.content, |_| None)).html
            } else {
                teams_html::write(&crate::content::markdown::read(&message.content)).html
            },
            card,
            created: message.created,
        }
    }
}

impl From<&Event> for EventView {
    fn from(event: &Event) -> Self {
        let (direction, source) = match event.kind.as_str() {
            "comment created" => ("to_chat", "jira"),
            "message" => ("to_issue", "teams"),
            "command" | "create issue" => ("command", "teams"),
            "jira webhook" => ("none", "jira"),
            _ => ("none", "teams"),
        };
        Self {
            id: event.id,
            at: event.received_at,
            kind: event.kind.clone(),
            direction,
            source,
            reason: event.reason.clone().unwrap_or_default(),
            took_ms: event.finished_at.map(|finished| finished - event.received_at),
            state: EventState::of(event).word(),
        }
    }
}

fn adf_as_html(document: &Value) -> String {
    teams_html::write(&adf::read(document)).html
}

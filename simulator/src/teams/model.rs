//! What a Microsoft tenant holds.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use axum::body::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use crate::ambient::Millis;
use crate::escape::escape;
use crate::people::Identity;
use crate::teams::channel::{Team, Thread};
use crate::teams::grants::Grants;
use crate::teams::html;
use crate::teams::subscription::{Forgery, Subscription};

/// The kind of a chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ChatKind {
    /// Several people, with a topic.
    Group,
    /// Two people.
    OneOnOne,
    /// One person and the bot; its id (`a:…`) is none of Graph's.
    Personal,
    /// A thread of a channel; its id is the channel's with `;messageid=` and the root message.
    Channel,
}

impl ChatKind {
    /// `conversation.conversationType` of an activity.
    pub(crate) fn conversation_type(self) -> &'static str {
        match self {
            Self::Group => "groupChat",
            Self::OneOnOne | Self::Personal => "personal",
            Self::Channel => "channel",
        }
    }

    /// `chatType` in Graph.
    pub(crate) fn chat_type(self) -> &'static str {
        match self {
            // A thread is none of Graph's chats, so nobody is told its type.
            Self::Group | Self::Channel => "group",
            Self::OneOnOne | Self::Personal => "oneOnOne",
        }
    }
}

/// A chat without its messages.
#[derive(Debug, Clone)]
pub struct Chat {
    /// Conversation id.
    pub id: String,
    /// Its kind.
    pub kind: ChatKind,
    /// Its name, for groups.
    pub topic: Option<String>,
    /// Tenant it belongs to.
    pub tenant_id: String,
    /// Who is in it.
    pub members: Vec<Member>,
    /// Whether the bot is installed in it.
    pub bot_installed: bool,
    /// Where it stands, if it is a thread of a channel.
    pub thread: Option<Arc<Thread>>,
    /// Epoch milliseconds.
    pub created: Millis,
    /// Epoch milliseconds.
    pub updated: Millis,
}

impl Chat {
    pub(crate) fn member(&self, object_id: &str) -> Option<&Member> {
        self.members.iter().find(|member| member.person.object_id == object_id)
    }
}

/// A member of a chat.
#[derive(Debug, Clone)]
pub struct Member {
    /// Graph's id of the membership.
    pub id: String,
    /// Who.
    pub person: Arc<Identity>,
    /// `owner` or `guest`.
    pub role: String,
}

/// Who wrote a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sender {
    /// A person.
    Person(Arc<Identity>),
    /// The bot.
    Bot {
        /// The bot's app id.
        app_id: String,
        /// The bot's name.
        name: String,
    },
}

impl Sender {
    /// The name that people see.
    pub fn name(&self) -> &str {
        match self {
            Self::Person(person) => &person.name,
            Self::Bot { name, .. } => name,
        }
    }

    /// The object id of a person, the app id of the bot.
    pub fn id(&self) -> &str {
        match self {
            Self::Person(person) => &person.object_id,
            Self::Bot { app_id, .. } => app_id,
        }
    }

    /// Whether the bot wrote it.
    pub fn is_bot(&self) -> bool {
        matches!(self, Self::Bot { .. })
    }
}

/// A picture that is kept with a message (`hostedContents`).
#[derive(Debug, Clone)]
pub struct Hosted {
    /// Its id, unique in the simulator.
    pub id: String,
    /// Media type.
    pub mime: String,
    /// The bytes.
    pub content: Bytes,
}

/// A file on somebody's `OneDrive`.
#[derive(Debug, Clone)]
pub(crate) struct DriveItem {
    pub(crate) id: String,
    /// The GUID in the item's `eTag`.
    pub(crate) guid: String,
    /// Object id.
    pub(crate) owner: String,
    /// From the root, without a leading slash.
    pub(crate) path: String,
    pub(crate) mime: String,
    pub(crate) content: Bytes,
    /// Whether everybody of the organisation may read it.
    pub(crate) shared: bool,
}

impl DriveItem {
    pub(crate) fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }
}

/// A reaction of one person.
#[derive(Debug, Clone)]
pub struct Reaction {
    /// The emoji.
    pub kind: String,
    /// Who reacted.
    pub person: Arc<Identity>,
    /// Epoch milliseconds.
    pub at: Millis,
}

/// A message as it is stored.
#[derive(Debug, Clone)]
pub struct Message {
    /// Epoch milliseconds as text, unique in the chat.
    pub id: String,
    /// Who wrote it.
    pub sender: Sender,
    /// `html` or `text`.
    pub content_type: String,
    /// The content in Graph's form.
    pub content: String,
    /// Graph's `mentions`.
    pub mentions: Vec<Value>,
    /// Graph's `attachments`.
    pub attachments: Vec<Value>,
    /// Pictures that are kept with the message.
    pub hosted: Vec<Hosted>,
    /// Reactions.
    pub reactions: Vec<Reaction>,
    /// Epoch milliseconds.
    pub created: Millis,
    /// Epoch milliseconds; also changes with a reaction.
    pub modified: Millis,
    /// Epoch milliseconds of the last edit of the text.
    pub edited: Option<Millis>,
    /// Epoch milliseconds; the content of a deleted message is not shown.
    pub deleted: Option<Millis>,
}

impl Message {
    /// The content without its formatting.
    pub fn text(&self) -> String {
        if self.content_type == "html" { html::text(&self.content) } else { self.content.clone() }
    }

    /// The content as HTML that a page may show: foreign tags and attributes are taken out.
    pub fn html(&self) -> String {
        if self.content_type == "html" {
            html::safe(&self.content)
        } else {
            format!("<p>{}</p>", escape(&self.content))
        }
    }

    /// The beginnings of the messages that this one quotes.
    pub fn quotes(&self) -> Vec<String> {
        self.attached_texts(true)
    }

    /// Name and address of each attached file.
    pub fn files(&self) -> Vec<(String, String)> {
        let text = |file: &Value, name: &str| file.get(name).and_then(Value::as_str).map(str::to_owned);
        let files =
            self.attachments.iter().filter(|file| text(file, "contentType").as_deref() == Some("reference"));
        files.filter_map(|file| Some((text(file, "name")?, text(file, "contentUrl")?))).collect()
    }

    /// The texts of the attached cards, one text a card.
    pub fn cards(&self) -> Vec<String> {
        self.attached_texts(false)
    }

    fn attached_texts(&self, quotes: bool) -> Vec<String> {
        let is_quote = |attachment: &&Value| {
            attachment.get("contentType").is_some_and(|kind| kind == "messageReference") == quotes
        };
        let attachments = self.attachments.iter().filter(is_quote);
        attachments.map(attached_text).filter(|text| !text.is_empty()).collect()
    }
}

/// Every text of a card, or the preview of a quote.
fn attached_text(attachment: &Value) -> String {
    fn collect(value: &Value, out: &mut Vec<String>) {
        match value {
            Value::Object(map) => {
                for (name, inner) in map {
                    match inner {
                        Value::String(text)
                            if matches!(name.as_str(), "text" | "title" | "messagePreview") =>
                        {
                            out.push(text.clone());
                        }
                        _ => collect(inner, out),
                    }
                }
            }
            Value::Array(list) => list.iter().for_each(|inner| collect(inner, out)),
            _ => {}
        }
    }
    let content = attachment.get("content").and_then(Value::as_str).unwrap_or_default();
    let mut out = Vec::new();
    collect(&serde_json::from_str(content).unwrap_or_default(), &mut out);
    out.join(" · ")
}

#[derive(Debug)]
pub(crate) struct ChatRecord {
    pub(crate) chat: Chat,
    pub(crate) messages: BTreeMap<u64, Message>,
}

impl ChatRecord {
    pub(crate) fn message(&self, id: &str) -> Option<&Message> {
        self.messages.get(&id.parse().ok()?)
    }

    pub(crate) fn message_mut(&mut self, id: &str) -> Option<&mut Message> {
        self.messages.get_mut(&id.parse().ok()?)
    }
}

/// An app registration that is a bot at the same time.
#[derive(Debug, Clone)]
pub(crate) struct MicrosoftApp {
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
    pub(crate) redirect_uris: Vec<String>,
    pub(crate) tenant_id: String,
    pub(crate) bot_name: String,
}

#[derive(Debug, Default)]
pub(crate) struct Teams {
    /// Tenants by id, with their names.
    pub(crate) tenants: BTreeMap<String, String>,
    pub(crate) apps: HashMap<String, MicrosoftApp>,
    /// The app that is the bot.
    pub(crate) bot: Option<String>,
    pub(crate) bot_endpoint: Option<Url>,
    /// Chats and threads of channels, by conversation id.
    pub(crate) chats: BTreeMap<String, ChatRecord>,
    /// Scopes that an administrator has consented to for everybody.
    pub(crate) admin_consents: HashSet<String>,
    pub(crate) drives: Vec<DriveItem>,
    /// Teams, which are groups with channels.
    pub(crate) groups: Vec<Team>,
    pub(crate) grants: Grants,
    /// Graph's change notifications.
    pub(crate) subscriptions: Vec<Subscription>,
    /// What is wrong with every notification, if anything.
    pub(crate) forgery: Option<Forgery>,
}

impl Teams {
    pub(crate) fn bot_app(&self) -> Option<&MicrosoftApp> {
        self.bot.as_ref().and_then(|id| self.apps.get(id))
    }
}

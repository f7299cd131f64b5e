//! What an event is about: ids only. Content that had to be carried is sealed beside it.

use serde::{Deserialize, Serialize};

use super::Bridge;
use super::failure::Stop;
use crate::ids::{AccountId, CommentId, ConversationId, IssueId, LinkId, MessageId, TenantId};
use crate::queue::Event;
use crate::teams::activity::Activity;
use crate::teams::graph::ChatMessage;
use crate::vault::Place;

/// What an event is about.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Happening {
    /// A comment was written on a linked issue.
    CommentCreated(CommentOnLink),
    /// A comment was changed; what it says now, and to whom, is to be read.
    CommentEdited(CommentOnLink),
    /// A comment was deleted.
    CommentDeleted(CommentOnLink),
    /// A message was written in a linked chat.
    Message(MessageInChat),
    /// A message was changed, or its deletion undone.
    MessageEdited(MessageInChat),
    /// Something about a message changed, but hardly its text: a reaction was given or taken back,
    /// or its deletion undone.
    MessageTouched(MessageInChat),
    /// A message was deleted.
    MessageDeleted(MessageInChat),
    /// Somebody reacted to a message, or took that back.
    MessageReacted(MessageInChat),
    /// The bot was addressed.
    Command(MessageInChat),
    /// The form of the message action was filled in.
    CreateIssue(MessageInChat),
    /// A chat may have missed something.
    Compare(ChatToCompare),
}

/// A comment, and the link it may travel on.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CommentOnLink {
    /// The link.
    pub link: LinkId,
    /// The issue.
    pub issue: IssueId,
    /// The comment.
    pub comment: CommentId,
    /// Who wrote it, as the webhook says: a hint for whose token can read it.
    pub actor: Option<AccountId>,
}

/// A message or an invoke, carried sealed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct MessageInChat {
    /// The tenant.
    pub tenant: TenantId,
    /// The chat.
    pub conversation: ConversationId,
    /// The message.
    pub message: Option<MessageId>,
}

/// A chat that is compared with its issues.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ChatToCompare {
    /// The tenant.
    pub tenant: TenantId,
    /// The chat.
    pub conversation: ConversationId,
    /// Whether something is thought to be missing: then all is listed, whatever it costs.
    pub wanted: bool,
}

/// Kinds of events that are nothing without the content they carry.
pub const CARRYING: &[&str] = &["message", "command", "create issue"];

impl Happening {
    /// The word for metrics and lists.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::CommentCreated(_) => "comment created",
            Self::CommentEdited(_) => "comment edited",
            Self::CommentDeleted(_) => "comment deleted",
            Self::Message(_) => "message",
            Self::MessageEdited(_) => "message edited",
            Self::MessageTouched(_) => "message touched",
            Self::MessageDeleted(_) => "message deleted",
            Self::MessageReacted(_) => "message reacted",
            Self::Command(_) => "command",
            Self::CreateIssue(_) => "create issue",
            Self::Compare(_) => "comparison",
        }
    }

    /// Whether what happened has to be carried, because nobody can be asked for it later.
    pub(super) fn carries_content(&self) -> bool {
        !matches!(self, Self::MessageReacted(_))
    }

    /// The ids as the row keeps them.
    pub fn subject(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// Where the carried content of an event stands.
pub(super) fn payload_place(delivery_key: &str) -> Place<'_> {
    Place { table: "event", row: delivery_key, column: "payload" }
}

/// What an event about a message carries.
pub(super) enum Carried {
    /// What the Bot Connector posted.
    Activity(Box<Activity>),
    /// The message, as Graph told it.
    Message(Box<ChatMessage>),
}

/// Tells a message of Graph's from an activity.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Told {
    chat_message: Option<ChatMessage>,
}

/// A message of Graph's, in JSON, as the payload of an event.
pub(super) fn message_payload(chat_message: &[u8]) -> Vec<u8> {
    [br#"{"chatMessage":"#.as_slice(), chat_message, b"}"].concat()
}

impl Carried {
    fn read(body: &[u8]) -> Result<Self, Stop> {
        if let Ok(Told { chat_message: Some(message) }) = serde_json::from_slice(body) {
            return Ok(Self::Message(Box::new(message)));
        }
        let activity = Activity::parse(body).map_err(|_| Stop::unreadable())?;
        Ok(Self::Activity(Box::new(activity)))
    }
}

impl Bridge {
    /// Opens what an event carries; nothing if it only says where to look.
    pub(super) async fn carried(&self, event: &Event) -> Result<Option<Carried>, Stop> {
        let Some(sealed) = event.payload.as_deref() else { return Ok(None) };
        let body = self.vault.open(payload_place(&event.delivery_key), sealed).await?;
        Carried::read(&body).map(Some)
    }

    /// Opens the activity that an event carries; nothing if it only says where to look.
    pub(super) async fn activity_of(&self, event: &Event) -> Result<Option<Activity>, Stop> {
        match event.payload {
            Some(_) => self.carried_activity(event).await.map(Some),
            None => Ok(None),
        }
    }

    /// Opens the activity that an event carries.
    pub(super) async fn carried_activity(&self, event: &Event) -> Result<Activity, Stop> {
        let sealed = event.payload.as_deref().ok_or_else(Stop::unreadable)?;
        let body = self.vault.open(payload_place(&event.delivery_key), sealed).await?;
        Activity::parse(&body).map_err(|_| Stop::unreadable())
    }
}

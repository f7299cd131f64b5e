//! Reading messages of a chat.
//! Source: learn.microsoft.com/graph/api/resources/chatmessage.

use chrono::DateTime;
use serde::Deserialize;
use serde_json::Value;

use super::{Client, chat_id, object_id};
use crate::ambient::Millis;
use crate::call::{CallError, loose};
use crate::ids::{ConversationId, MessageId, ObjectId};
use crate::secret::Secret;
use crate::teams::{card, html_of};

/// The most messages that Graph lists at once.
const PAGE: usize = 50;

/// A message of a chat. It holds what people wrote: never log it.
#[derive(Clone, Deserialize)]
#[serde(from = "WireMessage")]
pub struct ChatMessage {
    /// Its id, the same as the id of the bot's activity for it.
    pub id: MessageId,
    /// The person who wrote it.
    pub from_user: Option<ObjectId>,
    /// Their name, as the chat shows it. Content: never log it.
    pub from_name: Option<String>,
    /// The application (a bot, by its app id) that wrote it.
    pub from_application: Option<String>,
    /// When it was written.
    pub created: Option<Millis>,
    /// When its text was last changed by its author; reactions don't count.
    pub edited: Option<Millis>,
    /// When it was deleted; its text is gone then.
    pub deleted: Option<Millis>,
    /// Whether a person or a bot wrote it, rather than Teams itself.
    pub is_message: bool,
    /// The text as HTML; plain text arrives escaped.
    pub body_html: String,
    /// What its cards say, a line each text; nothing if it has none.
    pub card_text: String,
    /// Whom it mentions.
    pub mentions: Vec<MessageMention>,
    /// The message that it quotes.
    pub quoted: Option<MessageId>,
    /// Files that hang on it.
    pub files: Vec<FileReference>,
}

/// A file of a message: it lies in SharePoint or on a drive.
#[derive(Clone, PartialEq, Eq)]
pub struct FileReference {
    /// What `<attachment id="…">` says for it in the text.
    pub id: String,
    /// Its address. Content: never log it.
    pub address: String,
    /// Its name. Content: never log it.
    pub name: String,
}

/// A mention inside a message.
#[derive(Clone, PartialEq, Eq)]
pub struct MessageMention {
    /// The `id` of the `<at>`.
    pub id: u32,
    /// The person, if it is one.
    pub object_id: Option<ObjectId>,
    /// The name, as it stands in the text.
    pub text: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireMessage {
    id: MessageId,
    message_type: Option<String>,
    #[serde(default, deserialize_with = "loose::object")]
    from: Option<WireFrom>,
    created_date_time: Option<String>,
    last_edited_date_time: Option<String>,
    deleted_date_time: Option<String>,
    body: Option<WireBody>,
    #[serde(default, deserialize_with = "loose::list")]
    mentions: Vec<WireMention>,
    #[serde(default, deserialize_with = "loose::list")]
    attachments: Vec<WireAttachment>,
}

#[derive(Deserialize)]
struct WireFrom {
    #[serde(default, deserialize_with = "loose::object")]
    user: Option<WireIdentity>,
    #[serde(default, deserialize_with = "loose::object")]
    application: Option<WireIdentity>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireIdentity {
    id: Option<String>,
    display_name: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireBody {
    content_type: Option<String>,
    content: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireMention {
    id: Option<u32>,
    mention_text: Option<String>,
    #[serde(default, deserialize_with = "loose::object")]
    mentioned: Option<WireFrom>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireAttachment {
    id: Option<String>,
    content_type: Option<String>,
    /// A card as JSON in a text.
    #[serde(default, deserialize_with = "loose::text")]
    content: Option<String>,
    #[serde(default, deserialize_with = "loose::text")]
    content_url: Option<String>,
    #[serde(default, deserialize_with = "loose::text")]
    name: Option<String>,
}

#[derive(Deserialize)]
struct MessagePage {
    value: Vec<ChatMessage>,
}

impl From<WireMessage> for ChatMessage {
    fn from(wire: WireMessage) -> Self {
        let (user, application) = wire.from.map_or((None, None), |from| (from.user, from.application));
        let cards: Vec<String> = wire.attachments.iter().filter_map(WireAttachment::card_text).collect();
        let files = wire.attachments.iter().filter_map(WireAttachment::file).collect();
        let quoted = wire
            .attachments
            .into_iter()
            .find(|attachment| attachment.content_type.as_deref() == Some("messageReference"));
        Self {
            id: wire.id,
            from_name: user.as_ref().and_then(|user| user.display_name.clone()),
            from_user: user.and_then(|user| user.id).map(|id| object_id(&id)),
            from_application: application.and_then(|application| application.id),
            created: wire.created_date_time.as_deref().and_then(moment),
            edited: wire.last_edited_date_time.as_deref().and_then(moment),
            deleted: wire.deleted_date_time.as_deref().and_then(moment),
            is_message: wire.message_type.as_deref() == Some("message"),
            card_text: cards.join("\n"),
            body_html: wire.body.map(WireBody::html).unwrap_or_default(),
            mentions: wire.mentions.into_iter().filter_map(WireMention::read).collect(),
            quoted: quoted.and_then(|attachment| attachment.id).map(MessageId::new),
            files,
        }
    }
}

impl WireAttachment {
    fn file(&self) -> Option<FileReference> {
        let is_file = self.content_type.as_deref() == Some("reference");
        let (id, address) = (self.id.clone()?, self.content_url.clone()?);
        is_file.then(|| FileReference { id, address, name: self.name.clone().unwrap_or_default() })
    }

    fn card_text(&self) -> Option<String> {
        if self.content_type.as_deref() != Some(card::CONTENT_TYPE) {
            return None;
        }
        let card: Value = serde_json::from_str(self.content.as_deref()?).ok()?;
        Some(card::text(&card))
    }
}

impl WireBody {
    fn html(self) -> String {
        html_of(self.content_type.as_deref(), &self.content.unwrap_or_default())
    }
}

impl WireMention {
    fn read(self) -> Option<MessageMention> {
        let user = self.mentioned.and_then(|mentioned| mentioned.user).and_then(|user| user.id);
        Some(MessageMention {
            id: self.id?,
            object_id: user.map(|id| object_id(&id)),
            text: self.mention_text.unwrap_or_default(),
        })
    }
}

impl Client {
    /// One message.
    ///
    /// # Errors
    /// As [`Client::send_message`].
    pub async fn message(
        &self,
        token: &Secret,
        conversation: &ConversationId,
        id: &MessageId,
    ) -> Result<ChatMessage, CallError> {
        let path = ["chats", chat_id(conversation)?, "messages", id.as_str()];
        self.get(token, &path, &[], "the message").await
    }

    /// The newest messages, newest first: at most `top`, and at most 50 of them. For looking what
    /// is there, not for polling: Graph's terms forbid that.
    ///
    /// # Errors
    /// As [`Client::send_message`].
    pub async fn recent_messages(
        &self,
        token: &Secret,
        conversation: &ConversationId,
        top: usize,
    ) -> Result<Vec<ChatMessage>, CallError> {
        let path = ["chats", chat_id(conversation)?, "messages"];
        let top = top.clamp(1, PAGE).to_string();
        let query = [("$top", top.as_str()), ("$orderby", "createdDateTime desc")];
        let page: MessagePage = self.get(token, &path, &query, "the list of messages").await?;
        Ok(page.value)
    }
}

fn moment(text: &str) -> Option<Millis> {
    DateTime::parse_from_rfc3339(text).ok().map(|moment| Millis(moment.timestamp_millis()))
}

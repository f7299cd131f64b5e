//! Reading messages of a chat or a channel thread.
//! Source: learn.microsoft.com/graph/api/resources/chatmessage, chatmessage-list-replies.

use chrono::DateTime;
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::{Client, Place, object_id};
use crate::ambient::Millis;
use crate::call::{CallError, loose};
use crate::ids::{MessageId, ObjectId};
use crate::secret::Secret;
use crate::teams::quote::Quoted;
use crate::teams::{card, html_of};

/// A message of a chat or a channel. It holds what people wrote: never log it.
#[derive(Clone, Deserialize)]
#[serde(from = "WireMessage")]
pub struct ChatMessage {
    /// Its id, the same as the id of the bot's activity for it.
    pub id: MessageId,
    /// The person who wrote it.
    pub from_user: Option<ObjectId>,
    /// The name of whoever wrote it, as the chat shows it. Content: never log it.
    pub from_name: Option<String>,
    /// The application (a bot, by its app id) that wrote it.
    pub from_application: Option<String>,
    /// When it was written.
    pub created: Option<Millis>,
    /// The message that begins its thread, if it is a reply in a channel.
    pub reply_to: Option<MessageId>,
    /// When anything about it last changed, a reaction too.
    pub modified: Option<Millis>,
    /// Graph's stamp of this state of it.
    pub etag: Option<String>,
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
    /// The message that it quotes; the first one, if there are several.
    pub quoted: Option<MessageId>,
    /// The messages that it quotes.
    pub quotes: Vec<Quoted>,
    /// Reactions, each by the name or the sign that Graph gives it.
    pub reactions: Vec<String>,
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
    /// The application (a bot, by its app id), if it is one.
    pub application: Option<String>,
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
    #[serde(default, deserialize_with = "loose::text")]
    reply_to_id: Option<String>,
    #[serde(default, deserialize_with = "loose::text")]
    etag: Option<String>,
    created_date_time: Option<String>,
    last_modified_date_time: Option<String>,
    last_edited_date_time: Option<String>,
    deleted_date_time: Option<String>,
    body: Option<WireBody>,
    #[serde(default, deserialize_with = "loose::list")]
    mentions: Vec<WireMention>,
    #[serde(default, deserialize_with = "loose::list")]
    attachments: Vec<WireAttachment>,
    #[serde(default, deserialize_with = "loose::list")]
    reactions: Vec<WireReaction>,
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
#[serde(rename_all = "camelCase")]
struct WireReaction {
    #[serde(default, deserialize_with = "loose::text")]
    reaction_type: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct MessagePage {
    pub(super) value: Vec<ChatMessage>,
    #[serde(rename = "@odata.nextLink")]
    pub(super) next: Option<Url>,
}

impl From<WireMessage> for ChatMessage {
    fn from(wire: WireMessage) -> Self {
        let (user, application) = wire.from.map_or((None, None), |from| (from.user, from.application));
        let cards: Vec<String> = wire.attachments.iter().filter_map(WireAttachment::card_text).collect();
        let files = wire.attachments.iter().filter_map(WireAttachment::file).collect();
        let quotes: Vec<Quoted> = wire.attachments.into_iter().filter_map(WireAttachment::quote).collect();
        let from_name = user.as_ref().or(application.as_ref()).and_then(|from| from.display_name.clone());
        Self {
            id: wire.id,
            from_name,
            from_user: user.and_then(|user| user.id).map(|id| object_id(&id)),
            from_application: application.and_then(|application| application.id),
            reply_to: wire.reply_to_id.map(MessageId::new),
            modified: wire.last_modified_date_time.as_deref().and_then(moment),
            etag: wire.etag,
            created: wire.created_date_time.as_deref().and_then(moment),
            edited: wire.last_edited_date_time.as_deref().and_then(moment),
            deleted: wire.deleted_date_time.as_deref().and_then(moment),
            is_message: wire.message_type.as_deref() == Some("message"),
            card_text: cards.join("\n"),
            body_html: wire.body.map(WireBody::html).unwrap_or_default(),
            mentions: wire.mentions.into_iter().filter_map(WireMention::read).collect(),
            quoted: quotes.first().map(|quote| quote.message.clone()),
            quotes,
            reactions: wire.reactions.into_iter().filter_map(|reaction| reaction.reaction_type).collect(),
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

    fn quote(self) -> Option<Quoted> {
        if self.content_type.as_deref() != Some("messageReference") {
            return None;
        }
        Quoted::from_reference(self.id, self.content.as_deref())
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
        let (user, application) = self.mentioned.map_or((None, None), |who| (who.user, who.application));
        Some(MessageMention {
            id: self.id?,
            object_id: user.and_then(|user| user.id).map(|id| object_id(&id)),
            application: application.and_then(|application| application.id),
            text: self.mention_text.unwrap_or_default(),
        })
    }
}

impl ChatMessage {
    /// Reads a message that Graph has told by itself.
    pub fn parse(body: &[u8]) -> Option<Self> {
        serde_json::from_slice(body).ok()
    }

    /// Whether it mentions this application, which makes it a command to its bot.
    pub fn mentions_application(&self, id: &str) -> bool {
        self.mentions.iter().any(|mention| mention.application.as_deref() == Some(id))
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
        place: &Place,
        id: &MessageId,
    ) -> Result<ChatMessage, CallError> {
        self.get(token, &place.message(id), &[], "the message").await
    }
}

fn moment(text: &str) -> Option<Millis> {
    DateTime::parse_from_rfc3339(text).ok().map(|moment| Millis(moment.timestamp_millis()))
}

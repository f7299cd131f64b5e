//! The shape of an activity on the wire.

use chrono::DateTime;
use serde::Deserialize;
use serde_json::Value;

use super::text::quoted_in_html;
use super::{ChannelData, Conversation, ConversationKind, Kind, Mention, Party};
use crate::ambient::Millis;
use crate::call::loose;
use crate::ids::{ConversationId, MessageId, ObjectId, TeamId, TenantId};
use crate::teams::quote::Quoted;

/// The most bytes that a name has (Entra: 256 characters); what is longer is none.
const MAX_NAME: usize = 1024;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Activity {
    #[serde(default, rename = "type", deserialize_with = "loose::text")]
    kind: Option<String>,
    #[serde(default, deserialize_with = "loose::text")]
    id: Option<String>,
    #[serde(default, deserialize_with = "loose::text")]
    reply_to_id: Option<String>,
    #[serde(default, deserialize_with = "loose::text")]
    timestamp: Option<String>,
    #[serde(default, deserialize_with = "loose::text")]
    channel_id: Option<String>,
    #[serde(default, deserialize_with = "loose::text")]
    service_url: Option<String>,
    #[serde(default, deserialize_with = "loose::object")]
    conversation: Option<WireConversation>,
    #[serde(default, deserialize_with = "loose::object")]
    from: Option<WireParty>,
    #[serde(default, deserialize_with = "loose::object")]
    recipient: Option<WireParty>,
    #[serde(default, deserialize_with = "loose::text")]
    text: Option<String>,
    #[serde(default, deserialize_with = "loose::list")]
    attachments: Vec<Attachment>,
    #[serde(default, deserialize_with = "loose::list")]
    entities: Vec<Entity>,
    #[serde(default, deserialize_with = "loose::list")]
    members_added: Vec<WireParty>,
    #[serde(default, deserialize_with = "loose::list")]
    members_removed: Vec<WireParty>,
    #[serde(default, deserialize_with = "loose::list")]
    reactions_added: Vec<Reaction>,
    #[serde(default, deserialize_with = "loose::list")]
    reactions_removed: Vec<Reaction>,
    #[serde(default, deserialize_with = "loose::object")]
    channel_data: Option<WireChannelData>,
    #[serde(default, deserialize_with = "loose::text")]
    action: Option<String>,
    #[serde(default, deserialize_with = "loose::text")]
    name: Option<String>,
    #[serde(default)]
    value: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireConversation {
    #[serde(default, deserialize_with = "loose::text")]
    id: Option<String>,
    #[serde(default, deserialize_with = "loose::text")]
    conversation_type: Option<String>,
    #[serde(default, deserialize_with = "loose::text")]
    tenant_id: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct WireParty {
    #[serde(default, deserialize_with = "loose::text")]
    id: Option<String>,
    #[serde(default, deserialize_with = "loose::text")]
    aad_object_id: Option<String>,
    #[serde(default, deserialize_with = "loose::text")]
    name: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Attachment {
    #[serde(default, deserialize_with = "loose::text")]
    content_type: Option<String>,
    /// A text for `text/html`, an object for a card.
    #[serde(default, deserialize_with = "loose::text")]
    content: Option<String>,
    #[serde(default, deserialize_with = "loose::text")]
    content_url: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entity {
    #[serde(default, rename = "type", deserialize_with = "loose::text")]
    kind: Option<String>,
    #[serde(default, deserialize_with = "loose::object")]
    mentioned: Option<WireParty>,
    #[serde(default, deserialize_with = "loose::text")]
    text: Option<String>,
    #[serde(default, deserialize_with = "loose::object")]
    quoted_reply: Option<QuotedReply>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct QuotedReply {
    #[serde(default, deserialize_with = "loose::text")]
    message_id: Option<String>,
}

#[derive(Deserialize)]
struct Reaction {
    #[serde(default, rename = "type", deserialize_with = "loose::text")]
    kind: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireChannelData {
    #[serde(default, deserialize_with = "loose::object")]
    tenant: Option<Named>,
    #[serde(default, deserialize_with = "loose::text")]
    event_type: Option<String>,
    #[serde(default, deserialize_with = "loose::object")]
    team: Option<Named>,
    #[serde(default, deserialize_with = "loose::object")]
    channel: Option<Named>,
    #[serde(default, deserialize_with = "loose::object")]
    settings: Option<ChannelSettings>,
}

/// Something with an id.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Named {
    #[serde(default, deserialize_with = "loose::text")]
    id: Option<String>,
    #[serde(default, deserialize_with = "loose::text")]
    aad_group_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ChannelSettings {
    #[serde(default, deserialize_with = "loose::object")]
    selected_channel: Option<Named>,
}

impl From<Activity> for super::Activity {
    fn from(wire: Activity) -> Self {
        let pictures = wire.attachments.iter().filter_map(Attachment::picture).collect();
        let html = wire.attachments.into_iter().find(|attachment| {
            attachment.content_type.as_deref().is_some_and(|kind| kind.eq_ignore_ascii_case("text/html"))
        });
        let html = html.and_then(|attachment| attachment.content);
        let quotes: Vec<Quoted> = wire.entities.iter().filter_map(Entity::quote).collect();
        let first_quoted = quotes
            .first()
            .map(|quote| quote.message.clone())
            .or_else(|| html.as_deref().and_then(quoted_in_html).map(MessageId::new));
        Self {
            kind: kind(wire.kind.unwrap_or_default()),
            id: wire.id.map(MessageId::new),
            reply_to: wire.reply_to_id.map(MessageId::new),
            timestamp: wire.timestamp.as_deref().and_then(moment),
            channel_id: wire.channel_id.unwrap_or_default(),
            service_url: wire.service_url.unwrap_or_default(),
            conversation: wire.conversation.and_then(WireConversation::read),
            from: wire.from.and_then(WireParty::read),
            recipient: wire.recipient.and_then(WireParty::read),
            text: wire.text,
            quoted: first_quoted,
            quotes,
            html,
            pictures,
            mentions: wire.entities.into_iter().filter_map(Entity::mention).collect(),
            members_added: parties(wire.members_added),
            members_removed: parties(wire.members_removed),
            reactions_added: reactions(wire.reactions_added),
            reactions_removed: reactions(wire.reactions_removed),
            channel_data: wire.channel_data.map(WireChannelData::read).unwrap_or_default(),
            action: wire.action,
            name: wire.name,
            value: wire.value,
        }
    }
}

fn kind(name: String) -> Kind {
    match name.as_str() {
        "message" => Kind::Message,
        "messageUpdate" => Kind::MessageUpdate,
        "messageDelete" => Kind::MessageDelete,
        "conversationUpdate" => Kind::ConversationUpdate,
        "installationUpdate" => Kind::InstallationUpdate,
        "invoke" => Kind::Invoke,
        "messageReaction" => Kind::MessageReaction,
        _ => Kind::Other(name),
    }
}

fn moment(text: &str) -> Option<Millis> {
    DateTime::parse_from_rfc3339(text).ok().map(|moment| Millis(moment.timestamp_millis()))
}

fn parties(wire: Vec<WireParty>) -> Vec<Party> {
    wire.into_iter().filter_map(WireParty::read).collect()
}

fn reactions(wire: Vec<Reaction>) -> Vec<String> {
    wire.into_iter().filter_map(|reaction| reaction.kind).collect()
}

fn tenant(id: &str) -> TenantId {
    TenantId::new(id.to_ascii_lowercase())
}

impl Attachment {
    fn picture(&self) -> Option<String> {
        let kind = self.content_type.as_deref()?;
        kind.get(..6).filter(|kind| kind.eq_ignore_ascii_case("image/"))?;
        self.content_url.clone()
    }
}

impl WireConversation {
    fn read(self) -> Option<Conversation> {
        let kind = match self.conversation_type.as_deref() {
            Some("personal") => ConversationKind::Personal,
            Some("groupChat") => ConversationKind::GroupChat,
            Some("channel") => ConversationKind::Channel,
            _ => ConversationKind::Other,
        };
        let id = ConversationId::new(self.id?);
        Some(Conversation { id, kind, tenant: self.tenant_id.as_deref().map(tenant) })
    }
}

impl WireParty {
    fn read(self) -> Option<Party> {
        let object_id = self.aad_object_id.map(|id| ObjectId::new(id.to_ascii_lowercase()));
        let name = self.name.filter(|name| name.len() <= MAX_NAME);
        Some(Party { id: self.id?, object_id, name })
    }
}

impl Entity {
    fn quote(&self) -> Option<Quoted> {
        let quote = self.quoted_reply.as_ref().filter(|_| self.kind.as_deref() == Some("quotedReply"))?;
        Some(Quoted { message: MessageId::new(quote.message_id.as_deref()?) })
    }

    fn mention(self) -> Option<Mention> {
        let is_mention = self.kind.as_deref().is_some_and(|kind| kind.eq_ignore_ascii_case("mention"));
        let who = if is_mention { self.mentioned?.read()? } else { return None };
        Some(Mention { who, text: self.text.unwrap_or_default() })
    }
}

impl WireChannelData {
    fn read(self) -> ChannelData {
        let id = |named: Option<Named>| named.and_then(|named| named.id);
        let (team_id, team_group_id) = self.team.map(|team| (team.id, team.aad_group_id)).unwrap_or_default();
        ChannelData {
            tenant: id(self.tenant).as_deref().map(tenant),
            event_type: self.event_type,
            team_id,
            team_group_id: team_group_id.map(|id| TeamId::new(id.to_ascii_lowercase())),
            channel_id: id(self.channel),
            selected_channel_id: id(self.settings.and_then(|settings| settings.selected_channel)),
        }
    }
}

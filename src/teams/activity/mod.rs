//! What Teams posts to the bot, read leniently: unknown types, events and fields never fail, and
//! an odd field counts as absent. Believe nothing in it before
//! [`bot_auth`](super::bot_auth) has checked the token.
//! Source: the Activity specification (microsoft/Agents, protocol-activity) and the Teams docs.

mod text;
mod wire;

use serde_json::Value;

use crate::ambient::Millis;
use crate::call::loose;
use crate::ids::{ConversationId, MessageId, ObjectId, TeamId, TenantId};
use crate::teams::quote::Quoted;

/// The body is not JSON, or not an object, or names one of its fields twice.
#[derive(Debug, thiserror::Error)]
#[error("the activity is not a JSON object")]
pub struct Malformed;

/// Something that has happened in a conversation. It holds what people wrote: never log it.
#[derive(Clone)]
pub struct Activity {
    /// What kind of thing.
    pub kind: Kind,
    /// Its id; for a message the message's id, also when it is edited or deleted.
    pub id: Option<MessageId>,
    /// The message it refers to: the card of a submit, the target of a reaction.
    pub reply_to: Option<MessageId>,
    /// When Teams sent it.
    pub timestamp: Option<Millis>,
    /// `msteams`.
    pub channel_id: String,
    /// Where to answer. Teams may change it: keep the latest.
    pub service_url: String,
    /// Where it happened.
    pub conversation: Option<Conversation>,
    /// Whose doing it was.
    pub from: Option<Party>,
    /// The bot, as this conversation knows it.
    pub recipient: Option<Party>,
    /// The text, flattened; mentions stand in it as `<at>Name</at>`.
    pub text: Option<String>,
    /// The text with its formatting, as Teams HTML.
    pub html: Option<String>,
    /// Addresses of the pictures in it, in order; reading them needs the bot's token.
    pub pictures: Vec<String>,
    /// Who is mentioned.
    pub mentions: Vec<Mention>,
    /// The message that is quoted; the first one, if there are several.
    pub quoted: Option<MessageId>,
    /// The quoted messages, as far as the entities tell; clients older than those tell them in
    /// the HTML.
    pub quotes: Vec<Quoted>,
    /// Who joined; the bot itself among them when it was installed.
    pub members_added: Vec<Party>,
    /// Who left.
    pub members_removed: Vec<Party>,
    /// Reactions given: `like`, `heart`, `1f440_eyes`; any text may come.
    pub reactions_added: Vec<String>,
    /// Reactions taken back.
    pub reactions_removed: Vec<String>,
    /// What Teams adds to the common shape.
    pub channel_data: ChannelData,
    /// `add`, `remove`, `add-upgrade`, … of an installation update.
    pub action: Option<String>,
    /// Name of an invoke (see [`invoke`](super::invoke)).
    pub name: Option<String>,
    /// What an invoke or a card's submit carries.
    pub value: Value,
}

/// Kinds of activities.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A new message, or a submit of a card.
    Message,
    /// An edited message, or one whose deletion was undone.
    MessageUpdate,
    /// A deleted message.
    MessageDelete,
    /// Members or names changed.
    ConversationUpdate,
    /// The app was added or removed.
    InstallationUpdate,
    /// A question that wants its answer in the response.
    Invoke,
    /// Reactions to a message of the bot.
    MessageReaction,
    /// Anything else, by its name.
    Other(String),
}

/// A conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversation {
    /// Its id; a channel thread's has `;messageid=` and the root message.
    pub id: ConversationId,
    /// What kind of conversation.
    pub kind: ConversationKind,
    /// Its tenant.
    pub tenant: Option<TenantId>,
}

/// Kinds of conversations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConversationKind {
    /// One person and the bot.
    Personal,
    /// A group chat or a meeting.
    GroupChat,
    /// A thread of a channel.
    Channel,
    /// Something that Teams has invented since, or did not say.
    Other,
}

/// A person or a bot in a conversation.
#[derive(Clone, PartialEq, Eq)]
pub struct Party {
    /// The bot's id for them (`29:…` a person, `28:…` a bot).
    pub id: String,
    /// Their object id; bots and people without an account have none.
    pub object_id: Option<ObjectId>,
    /// The name that people see. Content: never log it.
    pub name: Option<String>,
}

/// A mention inside a text.
#[derive(Clone, PartialEq, Eq)]
pub struct Mention {
    /// Who is mentioned.
    pub who: Party,
    /// How the mention stands in the text (`<at>Name</at>`).
    pub text: String,
}

/// What Teams adds to the common shape.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChannelData {
    /// The tenant it comes from.
    pub tenant: Option<TenantId>,
    /// `editMessage`, `softDeleteMessage`, `channelRenamed`, …
    pub event_type: Option<String>,
    /// Id of the team, as the bot knows it (`19:…`).
    pub team_id: Option<String>,
    /// Id of the team, as Graph knows it.
    pub team_group_id: Option<TeamId>,
    /// Id of the channel.
    pub channel_id: Option<String>,
    /// The channel that was chosen when the app was added.
    pub selected_channel_id: Option<String>,
}

impl Activity {
    /// Reads the body of a request.
    ///
    /// # Errors
    /// [`Malformed`] if it isn't a JSON object; answer 400.
    pub fn parse(body: &[u8]) -> Result<Self, Malformed> {
        loose::body::<wire::Activity>(body).map(Self::from).ok_or(Malformed)
    }

    /// The tenant it comes from. Check it against the allowed ones: a valid token doesn't say it.
    pub fn tenant(&self) -> Option<&TenantId> {
        let of_conversation = || self.conversation.as_ref().and_then(|place| place.tenant.as_ref());
        self.channel_data.tenant.as_ref().or_else(of_conversation)
    }

    /// Whether a bot sent it, this one or another.
    pub fn is_from_a_bot(&self) -> bool {
        self.from.as_ref().is_some_and(|from| from.id.starts_with("28:"))
    }

    /// Whether it is the bot itself that joined.
    pub fn bot_was_added(&self) -> bool {
        self.members_added.iter().any(|party| self.is_the_bot(party))
    }

    /// Whether it is the bot itself that left.
    pub fn bot_was_removed(&self) -> bool {
        self.members_removed.iter().any(|party| self.is_the_bot(party))
    }

    /// Whether the text mentions the bot, which makes it a command.
    pub fn mentions_the_bot(&self) -> bool {
        self.mentions.iter().any(|mention| self.is_the_bot(&mention.who))
    }

    fn is_the_bot(&self, party: &Party) -> bool {
        self.recipient.as_ref().is_some_and(|bot| bot.id == party.id)
    }
}

#[cfg(test)]
mod tests;

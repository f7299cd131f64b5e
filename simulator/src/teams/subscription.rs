//! Subscriptions to change notifications of messages.
//! Source: learn.microsoft.com/graph/api/resources/subscription, "Get change notifications for
//! messages in Teams channels and chats".

use serde::{Deserialize, Serialize};
use url::Url;

use crate::ambient::Millis;
use crate::teams::model::{Chat, Teams};

/// A subscription of an app.
#[derive(Debug, Clone)]
pub struct Subscription {
    /// A GUID.
    pub id: String,
    /// The app that made it.
    pub client_id: String,
    /// What is watched, as the app wrote it.
    pub resource: String,
    /// `created`, `updated`, `deleted`.
    pub change_types: Vec<String>,
    /// Where notifications go.
    pub notification_url: Url,
    /// Where news about the subscription itself go.
    pub lifecycle_url: Option<Url>,
    /// Comes back with every notification.
    pub client_state: Option<String>,
    /// Epoch milliseconds.
    pub expires: Millis,
    /// The app's name for its certificate.
    pub certificate_id: String,
    /// How often the app has authorised it anew.
    pub reauthorized: u32,
    /// Nothing is sent before it is authorised anew or renewed.
    pub suspended: bool,
    pub(crate) place: Watched,
    /// The certificate's `SubjectPublicKeyInfo`, in DER.
    pub(crate) public_key: Vec<u8>,
}

/// What is watched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Watched {
    Chat(String),
    Channel { group_id: String, channel: String },
}

/// News about a subscription itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum LifecycleEvent {
    /// It sleeps until it is authorised anew.
    ReauthorizationRequired,
    /// It is gone.
    SubscriptionRemoved,
    /// Notifications were lost.
    Missed,
}

impl LifecycleEvent {
    /// Graph's word.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::ReauthorizationRequired => "reauthorizationRequired",
            Self::SubscriptionRemoved => "subscriptionRemoved",
            Self::Missed => "missed",
        }
    }
}

/// What is wrong with a notification that somebody else than Graph made, or altered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Forgery {
    /// There is no validation token.
    NoToken,
    /// The validation token is signed with a key of somebody else.
    TokenSignature,
    /// The validation token is from another issuer.
    TokenIssuer,
    /// The validation token is for another app.
    TokenAudience,
    /// The validation token was made by another app than Graph's publisher.
    TokenPublisher,
    /// The validation token has expired.
    TokenExpired,
    /// Another client state.
    ClientState,
    /// A subscription that nobody made.
    Subscription,
    /// Another tenant.
    Tenant,
    /// The data does not fit its signature.
    DataSignature,
    /// The data was altered, and signed again with another key.
    Data,
    /// The key was encrypted for another certificate.
    DataKey,
    /// A certificate that nobody made.
    Certificate,
}

impl Watched {
    /// Reads `/chats/{id}/messages` or `/teams/{id}/channels/{id}/messages`.
    pub(crate) fn read(resource: &str) -> Option<Self> {
        let parts: Vec<&str> = resource.trim_start_matches('/').split('/').collect();
        match parts.as_slice() {
            ["chats", chat, "messages"] => Some(Self::Chat((*chat).to_owned())),
            ["teams", team, "channels", channel, "messages"] => {
                Some(Self::Channel { group_id: (*team).to_owned(), channel: (*channel).to_owned() })
            }
            _ => None,
        }
    }

    /// Whether the bot's consent opens it: it is installed there.
    pub(crate) fn is_open_to_the_bot(&self, teams: &Teams) -> bool {
        match self {
            Self::Chat(chat) => teams
                .chats
                .get(chat)
                .is_some_and(|record| record.chat.bot_installed && record.chat.thread.is_none()),
            Self::Channel { group_id, channel } => {
                teams.team(group_id).is_some_and(|team| team.bot_installed && team.channel(channel).is_some())
            }
        }
    }

    pub(crate) fn holds(&self, chat: &Chat) -> bool {
        match (self, &chat.thread) {
            (Self::Chat(id), None) => *id == chat.id,
            (Self::Channel { group_id, channel }, Some(thread)) => {
                *group_id == thread.group_id && *channel == thread.channel_id
            }
            _ => false,
        }
    }
}

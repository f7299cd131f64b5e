//! The clients of Microsoft: Entra ID for logins, Graph for what a person does, the Bot Connector
//! for what the bot does; and the wire types of what Teams sends. They decide nothing: every
//! failure is a [`CallError`](crate::call::CallError) for the caller to act on.

pub mod activity;
pub mod bot_auth;
pub mod card;
pub mod connector;
pub mod entra;
mod failure;
pub mod graph;
pub mod invoke;
#[cfg(test)]
mod issuer;
mod keys;
mod limits;
pub mod notification;
pub mod notification_key;
pub mod quote;
pub mod reaction;
mod token;

use url::Url;

use crate::ids::{ConversationId, MessageId, TenantId};
use crate::secret::Secret;

/// The hosts of the Bot Connector: public cloud, GCC, GCC High. The default of
/// `microsoft.service_url_hosts`.
pub const SERVICE_URL_HOSTS: [&str; 3] =
    ["smba.trafficmanager.net", "smba.infra.gcc.teams.microsoft.com", "smba.infra.gov.teams.microsoft.us"];

/// Where Microsoft is, and who Threadline is to it. One app registration is the login client and
/// the bot.
#[derive(Clone)]
pub struct Settings {
    /// Base of the login pages and the token endpoint (`https://login.microsoftonline.com`).
    pub login_url: Url,
    /// Base of Graph (`https://graph.microsoft.com/v1.0`).
    pub graph_url: Url,
    /// `OpenID` metadata of the Bot Connector
    /// (`https://login.botframework.com/v1/.well-known/openidconfiguration`).
    pub bot_openid_url: Url,
    /// Tenant of the app registration.
    pub tenant_id: TenantId,
    /// Application id, which is also the bot's id.
    pub client_id: String,
    /// A client secret of the application.
    pub client_secret: Secret,
    /// Hosts that may receive the bot's token.
    pub service_url_hosts: Vec<String>,
    /// Whether logins also ask for [`entra::CHANNEL_EDIT_SCOPE`].
    pub edit_in_channels: bool,
}

/// Where a chat or a channel thread opens in Teams.
/// Source: learn.microsoft.com/microsoftteams, "Create deep links".
pub fn chat_link(conversation: &ConversationId) -> Url {
    match graph::thread(conversation) {
        Some((_, root)) => message_link(conversation, &MessageId::new(root)),
        None => deep_link(&["l", "chat", conversation.as_str(), "0"]),
    }
}

/// Where a message opens in Teams.
pub fn message_link(conversation: &ConversationId, message: &MessageId) -> Url {
    let thread = graph::thread(conversation);
    let place = thread.map_or(conversation.as_str(), |(channel, _)| channel);
    let mut url = deep_link(&["l", "message", place, message.as_str()]);
    if let Some((_, root)) = thread {
        url.query_pairs_mut().append_pair("parentMessageId", root);
    } else if graph::is_chat(conversation) {
        url.set_query(Some("context=%7B%22contextType%22%3A%22chat%22%7D"));
    }
    url
}

#[expect(clippy::expect_used, reason = "the text is a constant")]
fn deep_link(segments: &[&str]) -> Url {
    let mut url = Url::parse("https://teams.microsoft.com/").expect("a well-formed URL");
    if let Ok(mut path) = url.path_segments_mut() {
        path.clear().extend(segments);
    }
    url
}

/// The content of a message as HTML: Teams sends `html`, or `text` that must be escaped first.
fn html_of(content_type: Option<&str>, content: &str) -> String {
    if content_type == Some("text") {
        content.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('\n', "<br>")
    } else {
        content.to_owned()
    }
}

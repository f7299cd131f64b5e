//! The client of the Bot Connector: what the bot itself writes, at the service URL that Teams
//! named. The bot's token goes to hosts on the list and to no other.
//! Source: learn.microsoft.com, Bot Framework REST API, "Send and receive messages".

use std::sync::Arc;

use reqwest::{Method, RequestBuilder};
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::failure::{Service, check, meaning};
use super::limits::ConnectorLimits;
use super::{Settings, entra};
use crate::budget::{Budget, Meter};
use crate::call::CallError;
use crate::call::address;
use crate::call::answer::Answer;
use crate::call::download::{Downloads, Opened, Source};
use crate::call::outside::is_loopback;
use crate::ids::{ConversationId, MessageId, ObjectId};
use crate::secret::Secret;

/// The client. Cheap to clone.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    hosts: Arc<[String]>,
    entra: entra::Client,
    meter: Meter,
}

/// A message of the bot: a text or a card, never both, since Teams would make two messages of
/// them and tell the id of neither.
pub struct NewActivity {
    content: Content,
    mentions: Vec<Value>,
}

enum Content {
    Text { text: String, format: TextFormat },
    Card { card: Value, summary: String },
}

/// How the text of a bot's message is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextFormat {
    /// As it is.
    Plain,
    /// Bold, italic, code, quotes, links, lists.
    Markdown,
    /// Simple HTML (`<b>`, `<i>`, `<s>`, `<a>`, lists, `<pre>`, `<blockquote>`, `<br>`).
    Xml,
}

/// Someone in a conversation, as the Bot Connector knows them.
#[derive(Clone, PartialEq, Eq)]
pub struct Member {
    /// Their object id; guests without an account have none.
    pub object_id: Option<ObjectId>,
    /// The name that people see. Content: never log it.
    pub name: Option<String>,
}

#[derive(Deserialize)]
struct WireMember {
    #[serde(rename = "aadObjectId")]
    aad_object_id: Option<String>,
    #[serde(rename = "objectId")]
    object_id: Option<String>,
    name: Option<String>,
}

#[derive(Deserialize)]
struct WrittenActivity {
    id: MessageId,
}

impl TextFormat {
    fn as_str(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Markdown => "markdown",
            Self::Xml => "xml",
        }
    }
}

impl NewActivity {
    /// A text of at most 40 KB.
    pub fn text(text: impl Into<String>, format: TextFormat) -> Self {
        Self { content: Content::Text { text: text.into(), format }, mentions: Vec::new() }
    }

    /// An Adaptive Card (see [`card`](super::card)) of at most 28 KB; `summary` is what
    /// notifications show.
    pub fn card(card: Value, summary: impl Into<String>) -> Self {
        Self { content: Content::Card { card, summary: summary.into() }, mentions: Vec::new() }
    }

    /// Mentions someone: `text` is the whole `<at>Name</at>` as it stands, once, in the message.
    #[must_use]
    pub fn mentioning(mut self, text: &str, person: &ObjectId, name: &str) -> Self {
        let mentioned = json!({ "id": person, "name": name });
        self.mentions.push(json!({ "type": "mention", "text": text, "mentioned": mentioned }));
        self
    }

    fn document(&self) -> Value {
        match &self.content {
            Content::Text { text, format } => json!({
                "type": "message",
                "text": text,
                "textFormat": format.as_str(),
                "entities": self.mentions,
            }),
            Content::Card { card, summary } => json!({
                "type": "message",
                "summary": summary,
                "attachments": [{ "contentType": super::card::CONTENT_TYPE, "content": card }],
                "entities": self.mentions,
            }),
        }
    }
}

impl Client {
    /// A client that calls through `http`, whose time-outs are set and redirects are off.
    pub fn new(http: reqwest::Client, settings: &Settings, entra: entra::Client) -> Self {
        let meter = Meter::new(Budget::unlimited(), ConnectorLimits(settings.tenant_id.clone()));
        Self { http, hosts: settings.service_url_hosts.clone().into(), entra, meter }
    }

    /// The same client, whose calls stay within this budget.
    #[must_use]
    pub fn within(self, budget: Budget) -> Self {
        Self { meter: self.meter.within(budget), ..self }
    }

    /// Whether Teams would take a message of the bot here now. Sends nothing.
    ///
    /// # Errors
    /// [`CallError::Throttled`] with the time until it would.
    pub fn room_to_send(&self, service_url: &str, conversation: &ConversationId) -> Result<(), CallError> {
        let url = self.conversation(service_url, conversation, &["activities"])?;
        self.meter.call(self.http.post(url)).look()
    }

    /// Writes a message to a conversation; a channel thread's id has its `;messageid=`.
    ///
    /// # Errors
    /// [`CallError::Forbidden`] once the bot is removed from the conversation, or if the service
    /// URL's host is not on the list (`ServiceUrlNotAllowed`).
    pub async fn send(
        &self,
        service_url: &str,
        conversation: &ConversationId,
        activity: &NewActivity,
    ) -> Result<MessageId, CallError> {
        let url = self.conversation(service_url, conversation, &["activities"])?;
        let answer = self.call(|http| http.post(url.clone()).json(&activity.document())).await?;
        Ok(answer.json::<WrittenActivity>("the written activity")?.id)
    }

    /// Replaces a message of the bot, whole.
    ///
    /// # Errors
    /// As [`Client::send`].
    pub async fn update(
        &self,
        service_url: &str,
        conversation: &ConversationId,
        id: &MessageId,
        activity: &NewActivity,
    ) -> Result<(), CallError> {
        let url = self.conversation(service_url, conversation, &["activities", id.as_str()])?;
        self.call(|http| http.put(url.clone()).json(&activity.document())).await.map(drop)
    }

    /// Deletes a message of the bot.
    ///
    /// # Errors
    /// As [`Client::send`].
    pub async fn delete(
        &self,
        service_url: &str,
        conversation: &ConversationId,
        id: &MessageId,
    ) -> Result<(), CallError> {
        let url = self.conversation(service_url, conversation, &["activities", id.as_str()])?;
        self.call(|http| http.request(Method::DELETE, url.clone())).await.map(drop)
    }

    /// Someone in a conversation, by the bot's id for them (`29:…`) or their object id.
    ///
    /// # Errors
    /// [`CallError::Gone`] if they are not in it.
    pub async fn member(
        &self,
        service_url: &str,
        conversation: &ConversationId,
        user_id: &str,
    ) -> Result<Member, CallError> {
        let url = self.conversation(service_url, conversation, &["members", user_id])?;
        let member: WireMember = self.call(|http| http.get(url.clone())).await?.json("the member")?;
        let object_id = member.aad_object_id.or(member.object_id);
        Ok(Member {
            object_id: object_id.map(|id| ObjectId::new(id.to_ascii_lowercase())),
            name: member.name,
        })
    }

    /// Opens a picture that somebody posted, at the address that the activity gave.
    ///
    /// # Errors
    /// [`CallError::Forbidden`] (`ServiceUrlNotAllowed`) if its host is not on the list.
    pub async fn open_picture(&self, downloads: &Downloads, address: &str) -> Result<Source, CallError> {
        let url = self.allowed(address)?;
        let token = self.entra.bot_token().await?;
        match downloads.open(self.meter.call(self.http.get(url).bearer_auth(token.expose()))).await? {
            Opened::File(source) => Ok(source),
            Opened::Failed(answer) => {
                if answer.status() == reqwest::StatusCode::UNAUTHORIZED {
                    self.entra.forget_bot_token(&token).await;
                    return Err(CallError::Throttled { retry_after: None });
                }
                Err(meaning(&answer, Service::Connector))
            }
        }
    }

    /// Whether the bot's token may go to this address.
    pub fn may_open(&self, address: &str) -> bool {
        self.allowed(address).is_ok()
    }

    fn conversation(
        &self,
        service_url: &str,
        conversation: &ConversationId,
        segments: &[&str],
    ) -> Result<Url, CallError> {
        let base = self.allowed(service_url)?;
        address::under(&base, &[&["v3", "conversations", conversation.as_str()], segments].concat())
    }

    /// The service URL, if the bot's token may go there: a listed host, over TLS unless it is
    /// this machine.
    fn allowed(&self, service_url: &str) -> Result<Url, CallError> {
        let allowed = Url::parse(service_url).ok().filter(|url| {
            let listed = url
                .host_str()
                .is_some_and(|host| self.hosts.iter().any(|allowed| allowed.eq_ignore_ascii_case(host)));
            listed && (url.scheme() == "https" || (url.scheme() == "http" && is_loopback(url)))
        });
        allowed.ok_or_else(|| CallError::Forbidden { code: "ServiceUrlNotAllowed".to_owned() })
    }

    /// Calls with the bot's token; one that is refused is renewed once.
    async fn call(&self, request: impl Fn(&reqwest::Client) -> RequestBuilder) -> Result<Answer, CallError> {
        let token = self.entra.bot_token().await?;
        let with = |token: &Secret| self.meter.call(request(&self.http).bearer_auth(token.expose())).fetch();
        let answer = with(&token).await?;
        if answer.status() != reqwest::StatusCode::UNAUTHORIZED {
            return check(answer, Service::Connector);
        }
        self.entra.forget_bot_token(&token).await;
        let renewed = self.entra.bot_token().await?;
        let answer = with(&renewed).await?;
        check(answer, Service::Connector).map_err(|error| match error {
            // No person's login is at stake here: the bot itself is refused.
            CallError::LoginNeeded => CallError::Misconfigured { code: "BotRefused".to_owned() },
            other => other,
        })
    }
}

#[cfg(test)]
mod tests;

//! The client of Microsoft Graph: chats, and messages of chats and channel threads, as the person
//! or the app whose token it is given.

mod changed;
mod chat;
mod drive;
mod hosted;
mod message;
mod place;
mod recent;
mod send;
mod subscription;

use std::sync::Arc;

use reqwest::Method;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use url::Url;

pub use self::chat::{Chat, ChatMember};
pub use self::drive::DriveItem;
pub use self::hosted::{HostedPicture, MAX_REQUEST, picture_in};
pub use self::message::{ChatMessage, FileReference, MessageMention};
pub use self::place::{Place, is_chat, thread};
pub use self::recent::RecentMessages;
pub use self::send::{Mention, OutgoingMessage};
pub use self::subscription::{Certificate, NewSubscription, Subscription, Watched};
use super::Settings;
use super::failure::{Service, check};
use super::limits::GraphLimits;
use crate::budget::{Budget, Call, Meter};
use crate::call::CallError;
use crate::call::address;
use crate::call::answer::Answer;
use crate::ids::{ConversationId, ObjectId};
use crate::secret::Secret;

/// The client. Cheap to clone.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    base: Arc<Url>,
    meter: Meter,
}

/// The person whose token was used.
#[derive(Clone, PartialEq, Eq)]
pub struct Me {
    /// Their object id.
    pub object_id: ObjectId,
    /// The name that people see. Content: never log it.
    pub display_name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireUser {
    id: String,
    display_name: Option<String>,
}

impl Client {
    /// A client that calls through `http`, whose time-outs are set and redirects are off.
    pub fn new(http: reqwest::Client, settings: &Settings) -> Self {
        let meter = Meter::new(Budget::unlimited(), GraphLimits(settings.tenant_id.clone()));
        Self { http, base: Arc::new(settings.graph_url.clone()), meter }
    }

    /// The same client, whose calls stay within this budget.
    #[must_use]
    pub fn within(self, budget: Budget) -> Self {
        Self { meter: self.meter.within(budget), ..self }
    }

    /// The person whose token this is.
    ///
    /// # Errors
    /// As every call.
    pub async fn me(&self, token: &Secret) -> Result<Me, CallError> {
        let user: WireUser = self.get(token, &["me"], &[("$select", "id,displayName")], "the caller").await?;
        Ok(Me { object_id: object_id(&user.id), display_name: user.display_name.unwrap_or_default() })
    }

    fn request(&self, token: &Secret, method: Method, segments: &[&str]) -> Result<Call, CallError> {
        let request = self.http.request(method, address::under(&self.base, segments)?);
        Ok(self.meter.call(request.bearer_auth(token.expose())))
    }

    async fn get<T: DeserializeOwned>(
        &self,
        token: &Secret,
        segments: &[&str],
        query: &[(&str, &str)],
        what: &'static str,
    ) -> Result<T, CallError> {
        send(self.request(token, Method::GET, segments)?.query(query)).await?.json(what)
    }

    /// The next page of a list.
    async fn follow<T: DeserializeOwned>(
        &self,
        token: &Secret,
        next: Url,
        what: &'static str,
    ) -> Result<T, CallError> {
        // The token goes to Graph alone, wherever an answer points.
        if next.origin() != self.base.origin() {
            return Err(CallError::Malformed { what });
        }
        send(self.meter.call(self.http.get(next).bearer_auth(token.expose()))).await?.json(what)
    }
}

/// The id of a chat, for a path.
fn chat_id(conversation: &ConversationId) -> Result<&str, CallError> {
    if is_chat(conversation) {
        Ok(conversation.as_str())
    } else {
        Err(CallError::Refused { status: 501, code: Some("NotAGraphChat".to_owned()) })
    }
}

async fn send(call: Call) -> Result<Answer, CallError> {
    check(call.fetch().await?, Service::Graph)
}

fn object_id(id: &str) -> ObjectId {
    ObjectId::new(id.to_ascii_lowercase())
}

#[cfg(test)]
mod tests;

//! The invokes of the message action "create issue", and what may be answered to them. Teams
//! waits five seconds, and sends an invoke that was not answered twice more.
//! Source: learn.microsoft.com/microsoftteams, "Action commands" of message extensions.

use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::card::CONTENT_TYPE;
use crate::call::loose;
use crate::ids::{MessageId, ObjectId};

/// Name of the invoke that asks for the dialog of an action.
pub const FETCH_TASK: &str = "composeExtension/fetchTask";

/// Name of the invoke that brings what was filled in.
pub const SUBMIT_ACTION: &str = "composeExtension/submitAction";

/// The value of either invoke. It holds what people wrote: never log it.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ActionRequest {
    /// The command, by its id in the app manifest.
    #[serde(default, deserialize_with = "loose::text")]
    pub command_id: Option<String>,
    /// `message`, `compose` or `commandBox`: where it was started.
    #[serde(default, deserialize_with = "loose::text")]
    pub command_context: Option<String>,
    /// The same for all repetitions of one request, where Teams sends it.
    #[serde(default, deserialize_with = "loose::text")]
    pub request_id: Option<String>,
    /// The message that the action was started on.
    #[serde(default, rename = "messagePayload", deserialize_with = "loose::object")]
    pub message: Option<MessagePayload>,
    /// What was filled in, with the card's own data.
    #[serde(default)]
    pub data: Value,
    /// The code that our sign-in page gave to Teams, when the invoke is repeated after it.
    #[serde(default, deserialize_with = "loose::text")]
    pub state: Option<String>,
}

/// A message that an action was started on.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MessagePayload {
    /// Its id.
    #[serde(default, deserialize_with = "loose::text")]
    id: Option<String>,
    #[serde(default, deserialize_with = "loose::text")]
    link_to_message: Option<String>,
    #[serde(default, deserialize_with = "loose::object")]
    from: Option<PayloadFrom>,
    #[serde(default, deserialize_with = "loose::object")]
    body: Option<PayloadBody>,
}

#[derive(Clone, Deserialize)]
struct PayloadFrom {
    #[serde(default, deserialize_with = "loose::object")]
    user: Option<PayloadUser>,
}

#[derive(Clone, Deserialize)]
struct PayloadUser {
    #[serde(default, deserialize_with = "loose::text")]
    id: Option<String>,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PayloadBody {
    #[serde(default, deserialize_with = "loose::text")]
    content_type: Option<String>,
    #[serde(default, deserialize_with = "loose::text")]
    content: Option<String>,
}

impl ActionRequest {
    /// Reads the value of an activity; nothing if it isn't an object.
    pub fn read(value: &Value) -> Option<Self> {
        Self::deserialize(value).ok()
    }

    /// One field of what was filled in.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.data.get(name).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty())
    }
}

impl MessagePayload {
    /// The message's id.
    pub fn id(&self) -> Option<MessageId> {
        self.id.clone().map(MessageId::new)
    }

    /// Where the message opens in Teams.
    pub fn link(&self) -> Option<Url> {
        let link = Url::parse(self.link_to_message.as_deref()?).ok()?;
        (link.scheme() == "https").then_some(link)
    }

    /// Who wrote it.
    pub fn author(&self) -> Option<ObjectId> {
        let id = self.from.as_ref()?.user.as_ref()?.id.as_deref()?;
        Some(ObjectId::new(id.to_ascii_lowercase()))
    }

    /// Its text as Teams HTML; plain text is escaped.
    pub fn html(&self) -> Option<String> {
        let body = self.body.as_ref()?;
        Some(super::html_of(body.content_type.as_deref(), body.content.as_deref()?))
    }
}

/// Answers with a dialog that shows a card.
pub fn show_card(title: &str, card: &Value) -> Value {
    let content = json!({ "contentType": CONTENT_TYPE, "content": card });
    json!({ "task": { "type": "continue", "value": {
        "title": title, "height": "medium", "width": "medium", "card": content,
    } } })
}

/// Answers with a line of text in the dialog.
pub fn show_message(text: &str) -> Value {
    json!({ "task": { "type": "message", "value": text } })
}

/// Answers that the person must sign in first, in a pop-up at `url`. Its host must be among the
/// manifest's `validDomains`; the invoke is repeated afterwards with
/// [`state`](ActionRequest::state).
pub fn sign_in(title: &str, url: &Url) -> Value {
    let action = json!({ "type": "openUrl", "value": url, "title": title });
    json!({ "composeExtension": { "type": "auth", "suggestedActions": { "actions": [action] } } })
}

/// Answers that all is done: the dialog closes.
pub fn close() -> Value {
    json!({})
}

#[cfg(test)]
mod tests;

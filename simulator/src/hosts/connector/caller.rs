//! Which bot calls, what it sent, and how it is refused.

use axum::Json;
use axum::body::Bytes;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use crate::hosts::wire;
use crate::platforms::{Shared, World};
use crate::refusal::Refusal;
use crate::teams::grants::Bearer;
use crate::teams::messages::BOT_LIMIT;
use crate::teams::model::{ChatRecord, Sender};

/// Refusals in the Connector's words.
#[derive(Debug)]
pub(super) enum ConnectorError {
    UnknownPath,
    Unauthorized,
    BadArgument(String),
    NotInRoster,
    NoConversation,
    NoActivity,
    TooBig,
    NotAllowed,
}

impl IntoResponse for ConnectorError {
    fn into_response(self) -> Response {
        let (status, code, message) = match self {
            Self::UnknownPath => (StatusCode::NOT_FOUND, "NotFound", "No such operation.".to_owned()),
            Self::Unauthorized => (
                StatusCode::UNAUTHORIZED,
                "Unauthorized",
                "Authorization has been denied for this request.".to_owned(),
            ),
            Self::BadArgument(text) => (StatusCode::BAD_REQUEST, "Bad Argument", text),
            Self::NotInRoster => (
                StatusCode::FORBIDDEN,
                "BotNotInConversationRoster",
                "The bot is not part of the conversation roster.".to_owned(),
            ),
            Self::NoConversation => {
                (StatusCode::NOT_FOUND, "ConversationNotFound", "Conversation not found.".to_owned())
            }
            Self::NoActivity => (
                StatusCode::NOT_FOUND,
                "ActivityNotFoundInConversation",
                "The activity was not found in the conversation.".to_owned(),
            ),
            Self::TooBig => {
                (StatusCode::PAYLOAD_TOO_LARGE, "MessageSizeTooBig", "Message size too large.".to_owned())
            }
            Self::NotAllowed => (
                StatusCode::FORBIDDEN,
                "NotEnoughPermissions",
                "The bot may change its own messages only.".to_owned(),
            ),
        };
        (status, Json(json!({"error": {"code": code, "message": message}}))).into_response()
    }
}

impl From<Refusal> for ConnectorError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NoChat(_) => Self::NoConversation,
            Refusal::NoMessage(_) => Self::NoActivity,
            Refusal::NotAuthor => Self::NotAllowed,
            Refusal::TooLarge => Self::TooBig,
            other => Self::BadArgument(other.to_string()),
        }
    }
}

/// The bot behind the token.
pub(super) struct Bot {
    pub(super) client_id: String,
    name: String,
}

impl FromRequestParts<Shared> for Bot {
    type Rejection = ConnectorError;

    async fn from_request_parts(parts: &mut Parts, platforms: &Shared) -> Result<Self, ConnectorError> {
        let token = wire::bearer(&parts.headers).ok_or(ConnectorError::Unauthorized)?;
        let world = platforms.world();
        let client_id = match world.teams.grants.bearer(token, platforms.now()) {
            Some(Bearer::Bot { client_id }) => client_id.clone(),
            _ => return Err(ConnectorError::Unauthorized),
        };
        let app = world.teams.apps.get(&client_id).ok_or(ConnectorError::Unauthorized)?;
        Ok(Self { name: app.bot_name.clone(), client_id })
    }
}

impl Bot {
    /// The bot as the writer of a message.
    pub(super) fn sender(&self) -> Sender {
        Sender::Bot { app_id: self.client_id.clone(), name: self.name.clone() }
    }
}

/// The conversation, if the bot is in it.
pub(super) fn conversation_of<'a>(world: &'a World, id: &str) -> Result<&'a ChatRecord, ConnectorError> {
    let record = world.teams.chats.get(id).ok_or(ConnectorError::NoConversation)?;
    if record.chat.bot_installed { Ok(record) } else { Err(ConnectorError::NotInRoster) }
}

/// The JSON object of a body that is not too large.
pub(super) fn object(headers: &HeaderMap, body: &Bytes) -> Result<Map<String, Value>, ConnectorError> {
    if wire::media_type(headers) != Some("application/json") {
        return Err(ConnectorError::BadArgument("Content-Type must be application/json.".to_owned()));
    }
    let bad = || ConnectorError::BadArgument("Unable to deserialize the activity.".to_owned());
    let value: Value = serde_json::from_slice(body).map_err(|_| bad())?;
    // A text never has more UTF-16 units than bytes, so most need no count.
    if body.len() * 2 > BOT_LIMIT && value.to_string().encode_utf16().count() * 2 > BOT_LIMIT {
        return Err(ConnectorError::TooBig);
    }
    match value {
        Value::Object(map) => Ok(map),
        _ => Err(bad()),
    }
}

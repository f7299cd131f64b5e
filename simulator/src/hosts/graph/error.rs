//! Refusals in Graph's words, and who calls.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use crate::ambient::iso_date;
use crate::hosts::wire;
use crate::people::Identity;
use crate::platforms::Shared;
use crate::refusal::Refusal;
use crate::teams::grants::Bearer;

/// Why a call is refused.
#[derive(Debug)]
pub(super) enum GraphError {
    /// No token, or one that is unknown or expired.
    Unauthorized(&'static str),
    /// The token lacks every scope that would do.
    MissingScope { wanted: String, given: String },
    /// The person is not in the chat.
    NotMember,
    /// 400 with a text.
    Bad(String),
    /// 404.
    NotFound(String),
    /// 405.
    WrongMethod,
    /// 409 with a text.
    Conflict(&'static str),
    /// 400: an endpoint of a subscription did not pass its validation.
    Validation(String),
    /// 403 with a text.
    Forbidden(&'static str),
    /// 413.
    TooLarge,
    /// 415.
    MediaType,
}

impl From<Refusal> for GraphError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotMember => Self::NotMember,
            Refusal::NoChat(_) => Self::NotFound("No thread found.".to_owned()),
            Refusal::NoMessage(id) => Self::NotFound(format!("Message '{id}' was not found.")),
            Refusal::NotAuthor => Self::Forbidden("Only the author may change this message."),
            Refusal::TooLarge => Self::TooLarge,
            Refusal::Invalid { message, .. } => Self::Bad(message),
            other => Self::Bad(other.to_string()),
        }
    }
}

impl IntoResponse for GraphError {
    fn into_response(self) -> Response {
        let challenge = matches!(self, Self::Unauthorized(_));
        let (status, code, message) = match self {
            Self::Unauthorized(text) => {
                (StatusCode::UNAUTHORIZED, "InvalidAuthenticationToken", text.to_owned())
            }
            Self::MissingScope { wanted, given } => (
                StatusCode::FORBIDDEN,
                "Forbidden",
                format!(
                    "Missing scope permissions on the request. API requires one of '{wanted}'. Scopes on the request '{given}'"
                ),
            ),
            Self::NotMember => (
                StatusCode::FORBIDDEN,
                "Forbidden",
                "InsufficientPrivileges: The user is not a member of the chat.".to_owned(),
            ),
            Self::Bad(text) => (StatusCode::BAD_REQUEST, "BadRequest", text),
            Self::NotFound(text) => (StatusCode::NOT_FOUND, "NotFound", text),
            Self::WrongMethod => (
                StatusCode::METHOD_NOT_ALLOWED,
                "Request_BadRequest",
                "Specified HTTP method is not allowed for the request target.".to_owned(),
            ),
            Self::Conflict(text) => (StatusCode::CONFLICT, "Conflict", text.to_owned()),
            Self::Validation(text) => (StatusCode::BAD_REQUEST, "ValidationError", text),
            Self::Forbidden(text) => (StatusCode::FORBIDDEN, "Forbidden", text.to_owned()),
            Self::TooLarge => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "RequestEntityTooLarge",
                "MessageSizeTooBig: the message is larger than about 28 KB.".to_owned(),
            ),
            Self::MediaType => (
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "BadRequest",
                "Write requests must contain the Content-Type header declaration application/json."
                    .to_owned(),
            ),
        };
        let mut response = status.into_response();
        response.extensions_mut().insert(Failure { code, message });
        if challenge {
            response.headers_mut().insert(
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static("Bearer realm=\"\", authorization_uri=\"https://login.microsoftonline.com/common/oauth2/authorize\", error=\"invalid_token\""),
            );
        }
        response
    }
}

/// The code and text of a refusal, until [`complete`] writes its body.
#[derive(Debug, Clone)]
struct Failure {
    code: &'static str,
    message: String,
}

/// Writes the body of a refusal, with the ids that Graph gives every answer.
pub(super) async fn complete(State(platforms): State<Shared>, response: Response) -> Response {
    let Some(Failure { code, message }) = response.extensions().get::<Failure>().cloned() else {
        return response;
    };
    let id = platforms.ids.guid();
    let body = json!({"error": {"code": code, "message": message, "innerError": {
        "date": iso_date(platforms.now()), "request-id": id, "client-request-id": id}}});
    let (mut parts, _) = response.into_parts();
    parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Response::from_parts(parts, body.to_string().into())
}

/// The answer to a path that Graph does not know: 400, not 404.
pub(super) async fn unknown_segment(uri: Uri) -> GraphError {
    let segment = uri.path().rsplit('/').next().unwrap_or_default();
    GraphError::Bad(format!("Resource not found for the segment '{segment}'."))
}

/// Who reads messages: a person, or an app in the chats whose members consented to it.
pub(super) enum Reader {
    /// A person.
    Person(Caller),
    /// An app, by resource-specific consent (`ChatMessage.Read.Chat`), which a chat gives by
    /// having the app's bot installed.
    App { client_id: String },
}

impl FromRequestParts<Shared> for Reader {
    type Rejection = GraphError;

    async fn from_request_parts(parts: &mut Parts, platforms: &Shared) -> Result<Self, GraphError> {
        let token = wire::bearer(&parts.headers).unwrap_or_default();
        let bearer = platforms.world().teams.grants.bearer(token, platforms.now()).cloned();
        match bearer {
            Some(Bearer::App { client_id }) => Ok(Self::App { client_id }),
            _ => Caller::from_request_parts(parts, platforms).await.map(Self::Person),
        }
    }
}

/// The person of a valid token.
pub(super) struct Caller {
    pub(super) person: Arc<Identity>,
    scopes: Arc<BTreeSet<String>>,
    pub(super) headers: HeaderMap,
}

impl FromRequestParts<Shared> for Caller {
    type Rejection = GraphError;

    async fn from_request_parts(parts: &mut Parts, platforms: &Shared) -> Result<Self, GraphError> {
        let token = wire::bearer(&parts.headers).ok_or(GraphError::Unauthorized("Access token is empty."))?;
        let world = platforms.world();
        let (object_id, scopes) = match world.teams.grants.bearer(token, platforms.now()) {
            Some(Bearer::Person { object_id, scopes }) => (object_id, Arc::clone(scopes)),
            Some(Bearer::App { .. }) => {
                return Err(GraphError::Forbidden("Application-only tokens are not supported by this API."));
            }
            Some(Bearer::Bot { .. }) => {
                return Err(GraphError::Unauthorized("Access token validation failure. Invalid audience."));
            }
            None => {
                return Err(GraphError::Unauthorized("Lifetime validation failed, the token is expired."));
            }
        };
        let person = world
            .people
            .find(object_id)
            .ok_or(GraphError::Unauthorized("The user or administrator is not known."))?;
        Ok(Self { person, scopes, headers: parts.headers.clone() })
    }
}

impl Caller {
    /// Refuses a token with none of these scopes.
    pub(super) fn needs(&self, any: &[&str]) -> Result<(), GraphError> {
        if any.iter().any(|scope| self.scopes.contains(*scope)) {
            return Ok(());
        }
        Err(GraphError::MissingScope {
            wanted: any.join(", "),
            given: self.scopes.iter().map(String::as_str).collect::<Vec<_>>().join(" "),
        })
    }

    /// The JSON object of a body that has only properties of the type.
    pub(super) fn object(
        &self,
        body: &Bytes,
        kind: &str,
        properties: &[&str],
    ) -> Result<Map<String, Value>, GraphError> {
        if wire::media_type(&self.headers) != Some("application/json") {
            return Err(GraphError::MediaType);
        }
        let Ok(Value::Object(map)) = serde_json::from_slice(body) else {
            return Err(GraphError::Bad("Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.".to_owned()));
        };
        match map.keys().find(|name| !name.contains('@') && !properties.contains(&name.as_str())) {
            None => Ok(map),
            Some(name) => Err(GraphError::Bad(format!(
                "The property '{name}' does not exist on type '{kind}'. Make sure to only use property names that are defined by the type."
            ))),
        }
    }
}

//! Refusals in the words of Jira and of Atlassian's gateway.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::refusal::Refusal;

/// Why a call is refused.
#[derive(Debug)]
pub(super) enum ApiError {
    /// Gateway: no token, or one that is unknown or expired.
    Unauthorized,
    /// Gateway: the token lacks a scope. 401, not 403.
    Scope,
    /// Gateway: no such host path. The real body is not documented.
    UnknownPath,
    /// Gateway: the grant does not cover this cloud id. The real answer is not documented;
    /// it does not tell whether the site exists.
    UnknownCloud,
    /// 405 as problem details.
    WrongMethod,
    /// 415 as problem details.
    WrongMediaType,
    /// 400 as problem details: a parameter is of the wrong type.
    BadParameter(&'static str),
    /// A message without a field.
    Message(StatusCode, String),
    /// A message of a field.
    Field(String, String),
    /// A body that can't be read: the answer has no `errors`.
    Unreadable(&'static str),
}

impl ApiError {
    pub(super) fn message(status: StatusCode, text: &str) -> Self {
        Self::Message(status, text.to_owned())
    }

    pub(super) fn field(name: &str, text: &str) -> Self {
        Self::Field(name.to_owned(), text.to_owned())
    }

    /// The issue is absent or hidden; Jira does not say which.
    pub(super) fn no_issue() -> Self {
        Self::message(StatusCode::NOT_FOUND, "Issue does not exist or you do not have permission to see it.")
    }

    pub(super) fn no_comment(id: &str) -> Self {
        Self::Message(StatusCode::NOT_FOUND, format!("Can not find a comment for the id: {id}."))
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NoIssue(_) => Self::no_issue(),
            Refusal::NoComment(id) => Self::no_comment(&id),
            Refusal::NoProject(_) => Self::field("project", "valid project is required"),
            Refusal::NotAuthor => {
                Self::message(StatusCode::BAD_REQUEST, "You do not have the permission for this comment.")
            }
            Refusal::Invalid { field, message } => Self::Field(field, message),
            Refusal::TooLarge => Self::message(StatusCode::PAYLOAD_TOO_LARGE, "The entity is too large."),
            other => Self::Message(StatusCode::BAD_REQUEST, other.to_string()),
        }
    }
}

fn problem(status: StatusCode, detail: &str) -> Response {
    let title = status.canonical_reason().unwrap_or_default();
    let body = json!({"type": "about:blank", "title": title, "status": status.as_u16(), "detail": detail,
        "instance": ""});
    let kind = HeaderValue::from_static("application/problem+json;charset=UTF-8");
    (status, [(header::CONTENT_TYPE, kind)], body.to_string()).into_response()
}

/// JSON with Jira's own content type.
pub(super) fn jira_json(status: StatusCode, body: &Value) -> Response {
    let kind = HeaderValue::from_static("application/json;charset=UTF-8");
    (status, [(header::CONTENT_TYPE, kind)], body.to_string()).into_response()
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let gateway = |status: StatusCode, message: &str| {
            jira_json(status, &json!({"code": status.as_u16(), "message": message}))
        };
        match self {
            Self::Unauthorized => gateway(StatusCode::UNAUTHORIZED, "Unauthorized"),
            Self::Scope => gateway(StatusCode::UNAUTHORIZED, "Unauthorized; scope does not match"),
            Self::UnknownPath | Self::UnknownCloud => gateway(StatusCode::NOT_FOUND, "Not Found"),
            Self::WrongMethod => problem(StatusCode::METHOD_NOT_ALLOWED, "The method is not supported."),
            Self::WrongMediaType => {
                problem(StatusCode::UNSUPPORTED_MEDIA_TYPE, "The content type is not supported.")
            }
            Self::BadParameter(name) => {
                problem(StatusCode::BAD_REQUEST, &format!("Failed to convert '{name}'."))
            }
            Self::Message(status, text) => jira_json(status, &json!({"errorMessages": [text], "errors": {}})),
            Self::Field(name, text) => {
                jira_json(StatusCode::BAD_REQUEST, &json!({"errorMessages": [], "errors": {name: text}}))
            }
            Self::Unreadable(text) => jira_json(StatusCode::BAD_REQUEST, &json!({"errorMessages": [text]})),
        }
    }
}

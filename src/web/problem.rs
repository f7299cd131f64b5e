//! Refusals as problem details (RFC 9457): one plain sentence that says what to do, never internals.

use askama::Template;
use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::Door;
use super::assets::page;
use crate::bridge::{ActivityRefused, LinkRefused, ListRefused, LoginRefused, NotificationRefused};

/// A refusal.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Problem {
    /// HTTP status.
    #[serde(serialize_with = "status_code")]
    #[schema(value_type = u16)]
    pub status: StatusCode,
    /// The kind of problem, in a few words.
    pub title: &'static str,
    /// What happened and what to do.
    pub detail: String,
    /// Seconds to wait before trying again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u32>,
}

/// What a refusal says, kept beside the response for whoever shows it as a page.
#[derive(Clone)]
struct Words(String);

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage {
    title: &'static str,
    detail: String,
}

/// A heading that says more to people than a status does.
fn for_people(status: StatusCode) -> &'static str {
    match status {
        StatusCode::UNAUTHORIZED => "Please log in",
        StatusCode::FORBIDDEN => "Not allowed",
        StatusCode::NOT_FOUND => "Nothing here",
        status if status.is_server_error() => "Not just now",
        _ => "That did not work",
    }
}

/// Shows a refusal as a page where a person asked with a browser.
pub(super) async fn as_page(State(door): State<Door>, request: Request, next: Next) -> Response {
    let wants_page = request
        .headers()
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"));
    let refused = next.run(request).await;
    let Some(Words(detail)) = refused.extensions().get::<Words>().filter(|_| wants_page).cloned() else {
        return refused;
    };
    let title = for_people(refused.status());
    let mut shown = page(&ProblemPage { title, detail }, &door.frames());
    *shown.status_mut() = refused.status();
    if let Some(wait) = refused.headers().get(header::RETRY_AFTER) {
        shown.headers_mut().insert(header::RETRY_AFTER, wait.clone());
    }
    shown
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn status_code<S: serde::Serializer>(status: &StatusCode, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u16(status.as_u16())
}

impl Problem {
    /// A refusal with this status.
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        let title = status.canonical_reason().unwrap_or("Refused");
        Self { status, title, detail: detail.into(), retry_after: None }
    }

    /// It can't be stored, or a platform does not answer: come back.
    pub fn unavailable(detail: impl Into<String>) -> Self {
        Self { retry_after: Some(5), ..Self::new(StatusCode::SERVICE_UNAVAILABLE, detail) }
    }

    fn storage(error: &(dyn std::error::Error + 'static)) -> Self {
        tracing::error!(%error, "a request could not be served");
        Self::unavailable("Threadline's storage does not answer just now; try again in a moment.")
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        metrics::counter!("threadline_refused_total", "status" => self.status.as_str().to_owned())
            .increment(1);
        let retry_after = self.retry_after;
        let words = Words(self.detail.clone());
        let mut response = (self.status, Json(self)).into_response();
        response.extensions_mut().insert(words);
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl From<sea_orm::DbErr> for Problem {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::storage(&error)
    }
}

impl From<crate::vault::VaultError> for Problem {
    fn from(error: crate::vault::VaultError) -> Self {
        Self::storage(&error)
    }
}

impl From<ActivityRefused> for Problem {
    fn from(refused: ActivityRefused) -> Self {
        let status = match &refused {
            ActivityRefused::Token(_) => StatusCode::UNAUTHORIZED,
            ActivityRefused::Malformed => StatusCode::BAD_REQUEST,
            ActivityRefused::UnknownTenant => StatusCode::FORBIDDEN,
            ActivityRefused::KeysUnavailable => return Self::unavailable(refused.to_string()),
            ActivityRefused::Storage(error) => return Self::storage(error),
        };
        Self::new(status, sentence(&refused.to_string()))
    }
}

impl From<NotificationRefused> for Problem {
    fn from(refused: NotificationRefused) -> Self {
        match &refused {
            NotificationRefused::KeysUnavailable => Self::unavailable(sentence(&refused.to_string())),
            NotificationRefused::Storage(error) => Self::storage(error),
        }
    }
}

impl From<LinkRefused> for Problem {
    fn from(refused: LinkRefused) -> Self {
        let status = match &refused {
            LinkRefused::NotConnected => StatusCode::UNAUTHORIZED,
            LinkRefused::UnknownSite | LinkRefused::NoSuchIssue | LinkRefused::NoSuchChat => {
                StatusCode::NOT_FOUND
            }
            LinkRefused::BotMissing | LinkRefused::NoReader => StatusCode::CONFLICT,
            LinkRefused::Call(_) => return Self::unavailable(sentence(&refused.to_string())),
            LinkRefused::Vault(error) => return Self::storage(error),
        };
        Self::new(status, sentence(&refused.to_string()))
    }
}

impl From<ListRefused> for Problem {
    fn from(refused: ListRefused) -> Self {
        let status = match &refused {
            ListRefused::LoginNeeded => StatusCode::UNAUTHORIZED,
            ListRefused::NoSuchIssue => StatusCode::NOT_FOUND,
            ListRefused::Call(_) => return Self::unavailable(sentence(&refused.to_string())),
            ListRefused::Vault(error) => return Self::storage(error),
        };
        Self::new(status, sentence(&refused.to_string()))
    }
}

impl From<LoginRefused> for Problem {
    fn from(refused: LoginRefused) -> Self {
        let status = match &refused {
            LoginRefused::Expired | LoginRefused::Declined | LoginRefused::NoSite => StatusCode::BAD_REQUEST,
            LoginRefused::UnknownTenant => StatusCode::FORBIDDEN,
            LoginRefused::Identity(_) => StatusCode::UNAUTHORIZED,
            LoginRefused::Call(_) => StatusCode::BAD_GATEWAY,
            LoginRefused::Vault(error) => return Self::storage(error),
        };
        Self::new(status, sentence(&refused.to_string()))
    }
}

/// What somebody reads whose request was cut off.
const TOO_LONG: &str = "This took too long. Try again in a moment.";

/// Explains a refusal that a layer or an extractor made with a bare status, or with words that
/// repeat what was sent.
pub(super) async fn explain(response: Response) -> Response {
    let is_json = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"application/"));
    if is_json {
        return response;
    }
    let detail = match response.status() {
        StatusCode::BAD_REQUEST => "The request can't be read. /api/openapi.json shows its form.",
        StatusCode::FORBIDDEN => {
            "This request comes from another site's page. Open Threadline itself and try again."
        }
        StatusCode::METHOD_NOT_ALLOWED => {
            "This address does not take that method. /api/openapi.json shows which it takes."
        }
        StatusCode::PAYLOAD_TOO_LARGE => {
            "The body is too large. Send less: 1 MiB is taken here, 2 MiB from Graph's and 25 MiB from Jira's webhooks."
        }
        StatusCode::UNSUPPORTED_MEDIA_TYPE => {
            "The body has another form than JSON. Send it as application/json."
        }
        StatusCode::UNPROCESSABLE_ENTITY => {
            "A field is missing, unknown or of the wrong kind. /api/openapi.json shows the fields."
        }
        StatusCode::SERVICE_UNAVAILABLE => return with(response, Problem::unavailable(TOO_LONG)),
        StatusCode::INTERNAL_SERVER_ERROR => {
            "Something went wrong here. Try again; the operator finds more in the log."
        }
        _ => return response,
    };
    let status = response.status();
    with(response, Problem::new(status, detail))
}

/// The problem in the place of what a response says, with the response's other headers.
fn with(response: Response, problem: Problem) -> Response {
    let (mut parts, _) = response.into_parts();
    let (explained, body) = problem.into_response().into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.extend(explained.headers);
    parts.extensions.extend(explained.extensions);
    Response::from_parts(parts, body)
}

/// A message as a sentence: a capital in front, a full stop behind.
pub(super) fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let mut sentence: String =
        letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default();
    if !sentence.ends_with(['.', '!', '?']) {
        sentence.push('.');
    }
    sentence
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_is_cut_off_is_told_when_to_come_back() {
        let explained = explain(StatusCode::SERVICE_UNAVAILABLE.into_response()).await;
        assert_eq!(explained.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(explained.headers()[header::RETRY_AFTER], "5");
        assert_eq!(explained.headers()[header::CONTENT_TYPE], "application/problem+json");
    }
}

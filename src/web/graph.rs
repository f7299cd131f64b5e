//! `POST /webhooks/graph` and `/webhooks/graph/lifecycle`: Graph's change notifications, proven by
//! what is in their bodies; and its question, when a subscription is made, whether they are wanted.

use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::problem::Problem;
use super::{Door, aside};
use crate::bridge::read_notifications;

/// The longest token that is said back; Graph's have some hundred characters.
const MAX_TOKEN: usize = 2048;

/// What Graph asks when a subscription is made.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Question {
    validation_token: Option<String>,
}

/// Takes a delivery, or says a validation token back. Whatever is not believed is answered like
/// what is: nobody learns here what would be.
pub(super) async fn notifications(
    State(door): State<Door>,
    Query(question): Query<Question>,
    body: Bytes,
) -> Result<Response, Problem> {
    match question.validation_token {
        Some(token) if token.len() > MAX_TOKEN => {
            Err(Problem::new(StatusCode::BAD_REQUEST, "The validation token is too long."))
        }
        Some(token) => Ok(said_back(token)),
        None => {
            let batch = aside::read(body, read_notifications).await;
            door.bridge().accept_notifications(batch).await?;
            Ok(StatusCode::ACCEPTED.into_response())
        }
    }
}

/// The token as plain text that no browser takes for a page.
fn said_back(token: String) -> Response {
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    let policy = HeaderValue::from_static("default-src 'none'; sandbox");
    ([(header::CONTENT_TYPE, plain), (header::CONTENT_SECURITY_POLICY, policy)], token).into_response()
}

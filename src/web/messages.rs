//! `POST /api/messages`: what the Bot Connector has to say, proven by its token.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::Door;
use super::problem::Problem;
use crate::bridge::Answer;

/// Takes an activity; an invoke is answered in the response.
pub(super) async fn activity(
    State(door): State<Door>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let authorization = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    Ok(match door.bridge().accept_activity(authorization, &body).await? {
        Answer::Accepted => StatusCode::ACCEPTED.into_response(),
        Answer::Body(body) => Json(body).into_response(),
    })
}

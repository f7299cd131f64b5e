//! `teams.microsoft.com`: people's pages of the chats.

use axum::Router;
use axum::http::StatusCode;

use crate::platforms::Shared;

pub(crate) fn routes(platforms: Shared) -> Router {
    Router::new().fallback(async || StatusCode::NOT_FOUND).with_state(platforms)
}

//! `x.atlassian.net`: people's pages of one site.

use axum::Router;
use axum::http::StatusCode;

use crate::platforms::Shared;

pub(crate) fn routes(platforms: Shared, _site: usize) -> Router {
    Router::new().fallback(async || StatusCode::NOT_FOUND).with_state(platforms)
}

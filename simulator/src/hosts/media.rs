//! `api.media.atlassian.com` and `contoso.sharepoint.com`: the stores behind both platforms. An
//! address is signed and needs no token; one that is given all the same is refused, as S3-like
//! stores refuse a second authorization.

use std::collections::HashMap;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::hosts::wire;
use crate::platforms::{Platforms, Shared};

/// What signed addresses lead to.
#[derive(Debug, Default)]
pub(crate) struct Signed {
    files: HashMap<String, (String, Bytes)>,
    /// Where both platforms send everybody instead, if they are made to.
    pub(crate) elsewhere: Option<String>,
}

impl Platforms {
    /// An address for these bytes that needs no token.
    pub(crate) fn signed_address(&self, mime: &str, content: &Bytes) -> String {
        let token = self.ids.token("");
        let place = format!("{}signed/{token}", self.urls.media_url);
        let signed = &mut self.world().signed;
        signed.files.insert(token, (mime.to_owned(), content.clone()));
        signed.elsewhere.clone().unwrap_or(place)
    }
}

pub(crate) fn routes(platforms: Shared) -> Router {
    Router::new()
        .route("/signed/{token}", get(signed))
        .route("/personal/{owner}/{*path}", get(of_a_drive))
        .fallback(async || StatusCode::NOT_FOUND)
        .with_state(platforms)
}

async fn signed(State(platforms): State<Shared>, Path(token): Path<String>, headers: HeaderMap) -> Response {
    if wire::bearer(&headers).is_some() {
        return StatusCode::BAD_REQUEST.into_response();
    }
    let Some((mime, content)) = platforms.world().signed.files.get(&token).cloned() else {
        return StatusCode::FORBIDDEN.into_response();
    };
    // In pieces and without a length, as a store behind a proxy may answer.
    let pieces: Vec<Bytes> = content.chunks(64 * 1024).map(Bytes::copy_from_slice).collect();
    let stream = tokio_stream::iter(pieces.into_iter().map(Ok::<_, std::io::Error>));
    ([(header::CONTENT_TYPE, mime)], Body::from_stream(stream)).into_response()
}

/// A file of somebody's drive, for people's pages.
async fn of_a_drive(
    State(platforms): State<Shared>,
    Path((owner, path)): Path<(String, String)>,
) -> Response {
    let world = platforms.world();
    let item = world.teams.drives.iter().find(|item| item.owner == owner && item.path == path);
    match item {
        Some(item) => ([(header::CONTENT_TYPE, item.mime.clone())], item.content.clone()).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

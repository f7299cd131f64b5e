//! `GET /files/{token}`: a picture of a comment that the bot has shown in a chat. Nothing else can
//! be read here: what is not a picture by its bytes, or not named by a token of ours, is not here.
//! Where too many are read at once, it asks to come back.

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::Door;
use super::problem::Problem;
use crate::bridge::PictureRefused;

/// Shown as a picture or not at all: no script, no frame, no guessing of types. Who may see it is
/// asked anew when the copy of an hour is old.
const HEADERS: [(HeaderName, &str); 5] = [
    (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::CONTENT_DISPOSITION, "inline"),
    (header::CACHE_CONTROL, "private, max-age=3600"),
    (HeaderName::from_static("cross-origin-resource-policy"), "cross-origin"),
];

/// Streams the picture.
pub(super) async fn show(State(door): State<Door>, Path(token): Path<String>) -> Result<Response, Problem> {
    let picture = door.bridge().show_picture(&token).await.map_err(|refused| {
        let sentence = super::problem::sentence(&refused.to_string());
        match refused {
            PictureRefused::NotHere => Problem::new(StatusCode::NOT_FOUND, sentence),
            PictureRefused::Busy => Problem::unavailable(sentence),
            PictureRefused::Unavailable => Problem::new(StatusCode::BAD_GATEWAY, sentence),
            PictureRefused::Vault(error) => error.into(),
        }
    })?;
    let body = Body::from_stream(picture.stream);
    Ok((HEADERS, [(header::CONTENT_TYPE, picture.media_type)], body).into_response())
}

//! What people's pages post: the fields of a form, and a picture or file if one was chosen.

use std::collections::HashMap;

use axum::extract::{FromRequest, Multipart, Request};
use axum::http::StatusCode;

use crate::simulator::FileDraft;

/// A form that was filled in.
pub(super) struct Posted {
    fields: HashMap<String, String>,
    /// The file that was chosen.
    pub(super) file: Option<FileDraft>,
}

impl Posted {
    /// What a field says; nothing if it is not there.
    pub(super) fn field(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", String::as_str)
    }
}

impl<S: Send + Sync> FromRequest<S> for Posted {
    type Rejection = StatusCode;

    async fn from_request(request: Request, state: &S) -> Result<Self, StatusCode> {
        let bad = |_| StatusCode::BAD_REQUEST;
        let mut form = Multipart::from_request(request, state).await.map_err(|_| StatusCode::BAD_REQUEST)?;
        let mut posted = Self { fields: HashMap::new(), file: None };
        while let Some(part) = form.next_field().await.map_err(bad)? {
            let name = part.name().unwrap_or_default().to_owned();
            match part.file_name().map(str::to_owned) {
                // A form sends the field also when nothing was chosen.
                Some(chosen) if chosen.is_empty() => {}
                Some(chosen) => {
                    let mime = part.content_type().unwrap_or("application/octet-stream").to_owned();
                    let content = part.bytes().await.map_err(bad)?;
                    posted.file = Some(FileDraft::new(&chosen, &mime, content));
                }
                None => {
                    posted.fields.insert(name, part.text().await.map_err(bad)?);
                }
            }
        }
        Ok(posted)
    }
}

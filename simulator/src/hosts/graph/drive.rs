//! `OneDrive`: a person's own files, and files that others have shared.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::hosts::graph::error::{Caller, GraphError};
use crate::hosts::wire;
use crate::platforms::Shared;
use crate::teams::model::DriveItem;
use crate::teams::shown::{drive_address, encoded};

const FILES: [&str; 2] = ["Files.ReadWrite", "Files.ReadWrite.All"];
/// Most bytes of an upload in one request.
const MOST: usize = 250 * 1024 * 1024;
/// What `OneDrive` allows in no name.
const FORBIDDEN: [char; 8] = ['"', '*', ':', '<', '>', '?', '\\', '|'];

fn shown(platforms: &Shared, item: &DriveItem) -> Value {
    let place = drive_address(&platforms.urls.media_url, item);
    json!({"id": item.id, "name": item.name(), "size": item.content.len(),
        "eTag": format!("\"{{{}}},1\"", item.guid.to_uppercase()),
        "webUrl": format!("{place}?web=1"), "webDavUrl": place, "file": {"mimeType": item.mime}})
}

/// `PUT /me/drive/root:/{path}:/content`: creates the file or replaces its content.
pub(super) async fn upload(
    State(platforms): State<Shared>,
    caller: Caller,
    Path(place): Path<String>,
    body: Bytes,
) -> Result<Response, GraphError> {
    caller.needs(&FILES)?;
    let path = place
        .strip_suffix(":/content")
        .ok_or_else(|| GraphError::Bad("Resource not found for the segment.".to_owned()))?;
    if path.contains(FORBIDDEN) || path.split('/').any(|part| part.trim_matches(['.', ' ']).is_empty()) {
        return Err(GraphError::Bad("The name contains characters that are not allowed.".to_owned()));
    }
    if body.len() > MOST {
        return Err(GraphError::TooLarge);
    }
    let mime = wire::media_type(&caller.headers).unwrap_or("application/octet-stream").to_owned();
    let new = DriveItem {
        id: format!("01{}", platforms.ids.hex24().to_uppercase()),
        guid: platforms.ids.guid().to_string(),
        owner: caller.person.object_id.clone(),
        path: path.to_owned(),
        mime,
        content: body,
        shared: false,
    };
    let mut world = platforms.world();
    let drives = &mut world.teams.drives;
    let found = drives.iter_mut().find(|item| item.owner == new.owner && item.path == new.path);
    let (status, item) = if let Some(item) = found {
        item.content = new.content;
        (StatusCode::OK, item.clone())
    } else {
        drives.push(new.clone());
        (StatusCode::CREATED, new)
    };
    Ok((status, Json(shown(&platforms, &item))).into_response())
}

pub(super) async fn one(
    State(platforms): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, GraphError> {
    caller.needs(&FILES)?;
    let world = platforms.world();
    let item = world.teams.drives.iter().find(|item| item.id == id && item.owner == caller.person.object_id);
    item.map(|item| Json(shown(&platforms, item)))
        .ok_or_else(|| GraphError::NotFound("The resource could not be found.".to_owned()))
}

/// `DELETE /me/drive/items/{id}`: 204 without a body.
pub(super) async fn delete(
    State(platforms): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, GraphError> {
    caller.needs(&FILES)?;
    let drives = &mut platforms.world().teams.drives;
    let found = drives.iter().position(|item| item.id == id && item.owner == caller.person.object_id);
    let found = found.ok_or_else(|| GraphError::NotFound("The resource could not be found.".to_owned()))?;
    drives.remove(found);
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn share(
    State(platforms): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Response, GraphError> {
    caller.needs(&FILES)?;
    let body = caller.object(&body, "action", &["type", "scope"])?;
    let says = |name: &str, wanted: &str| body.get(name).is_some_and(|value| value == wanted);
    if !says("type", "view") || !says("scope", "organization") {
        return Err(GraphError::Bad("Only links to view within the organization are made here.".to_owned()));
    }
    let mut world = platforms.world();
    let owner = &caller.person.object_id;
    let item = world.teams.drives.iter_mut().find(|item| item.id == id && item.owner == *owner);
    let item = item.ok_or_else(|| GraphError::NotFound("The resource could not be found.".to_owned()))?;
    let status = if item.shared { StatusCode::OK } else { StatusCode::CREATED };
    item.shared = true;
    let link = json!({"type": "view", "scope": "organization",
        "webUrl": format!("{}:b:/g/{}", platforms.urls.media_url, encoded(&item.id))});
    Ok((status, Json(json!({"id": item.id, "roles": ["read"], "link": link}))).into_response())
}

/// `GET /shares/u!{base64url}/driveItem/content`: 302 to a signed address.
pub(super) async fn shared_content(
    State(platforms): State<Shared>,
    caller: Caller,
    Path(share): Path<String>,
) -> Result<Response, GraphError> {
    caller.needs(&FILES)?;
    let bad = || GraphError::Bad("The sharing link is not valid.".to_owned());
    let url = URL_SAFE_NO_PAD.decode(share.strip_prefix("u!").ok_or_else(bad)?).map_err(|_| bad())?;
    let url = String::from_utf8(url).map_err(|_| bad())?;
    let item = {
        let world = platforms.world();
        let found =
            world.teams.drives.iter().find(|item| drive_address(&platforms.urls.media_url, item) == url);
        let seen = found.filter(|item| item.shared || item.owner == caller.person.object_id);
        seen.cloned().ok_or(GraphError::Forbidden("The sharing link can't be opened by the user."))?
    };
    let place = platforms.signed_address(&item.mime, &item.content);
    Ok((StatusCode::FOUND, [(header::LOCATION, place)]).into_response())
}

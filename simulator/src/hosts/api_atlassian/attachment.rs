//! Files on issues.

use axum::extract::{Multipart, Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::ambient::jira_date;
use crate::hosts::api_atlassian::caller::Caller;
use crate::hosts::api_atlassian::error::{ApiError, jira_json};
use crate::jira::model::Attachment;
use crate::jira::shown::{self, Version};
use crate::platforms::Shared;

/// Most files of one request.
const MOST: usize = 60;

pub(super) async fn add(
    State(platforms): State<Shared>,
    caller: Caller,
    Path((_, key)): Path<(String, String)>,
    multipart: Result<Multipart, axum::extract::multipart::MultipartRejection>,
) -> Result<Response, ApiError> {
    caller.needs("write:jira-work")?;
    if caller.header("x-atlassian-token") != Some("no-check") {
        return Err(ApiError::message(StatusCode::FORBIDDEN, "XSRF check failed"));
    }
    let mut multipart = multipart.map_err(|_| ApiError::WrongMediaType)?;
    let unreadable = |_| ApiError::Unreadable("The multipart body can't be read.");
    let mut files = Vec::new();
    while let Some(part) = multipart.next_field().await.map_err(unreadable)? {
        if part.name() != Some("file") {
            continue;
        }
        let filename = part.file_name().unwrap_or("file").to_owned();
        let mime = part.content_type().unwrap_or("application/octet-stream").to_owned();
        files.push((filename, mime, part.bytes().await.map_err(unreadable)?));
    }
    if files.is_empty() || files.len() > MOST {
        return Err(ApiError::message(StatusCode::BAD_REQUEST, "Send 1 to 60 parts named 'file'."));
    }
    let now = platforms.now();
    let mut media_ids =
        files.iter().map(|_| platforms.ids.guid().to_string()).collect::<Vec<_>>().into_iter();
    let mut world = platforms.world();
    let site = world.jira.sites.get_mut(caller.site).ok_or(ApiError::UnknownCloud)?;
    caller.issue(site, &key)?;
    let mut answer = Vec::new();
    for (filename, mime, content) in files {
        let attachment = Attachment {
            id: site.next_id(),
            media_id: media_ids.next().unwrap_or_default(),
            filename,
            mime,
            content,
            claimed_size: None,
            author: caller.person.clone(),
            created: now,
        };
        answer.push(shown_attachment(site, &attachment));
        site.issue_mut(&key).ok_or_else(ApiError::no_issue)?.attachments.push(attachment);
    }
    Ok(jira_json(StatusCode::OK, &answer.into()))
}

/// An attachment as the API shows it to a 3LO app: with the API's own addresses.
pub(super) fn shown_attachment(site: &crate::jira::model::Site, attachment: &Attachment) -> Value {
    let base = format!("https://api.atlassian.com/ex/jira/{}/rest/api/3/attachment", site.cloud_id);
    json!({"self": format!("{base}/{}", attachment.id),
        "id": attachment.id.to_string(), "filename": attachment.filename, "mimeType": attachment.mime,
        "size": attachment.claimed_size.unwrap_or(attachment.content.len() as u64), "created": jira_date(attachment.created),
        "author": shown::user(site, Version::Three, &attachment.author),
        "content": format!("{base}/content/{}", attachment.id)})
}

/// `DELETE /attachment/{id}`: 204. People delete what they added; the simulator has no
/// administrators.
pub(super) async fn delete(
    State(platforms): State<Shared>,
    caller: Caller,
    Path((_, id)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    caller.needs("write:jira-work")?;
    let mut world = platforms.world();
    let site = world.jira.sites.get_mut(caller.site).ok_or(ApiError::UnknownCloud)?;
    let seen = site.issues.values_mut().filter(|record| record.issue.shows_to(&caller.person.account_id));
    for record in seen {
        let Some(file) = record.attachments.iter().find(|file| file.id.to_string() == id) else { continue };
        if file.author.account_id != caller.person.account_id {
            let text = "You do not have permission to delete attachments in this project.";
            return Err(ApiError::message(StatusCode::FORBIDDEN, text));
        }
        record.attachments.retain(|file| file.id.to_string() != id);
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    Err(ApiError::Message(StatusCode::NOT_FOUND, format!("The attachment with id '{id}' does not exist")))
}

/// The bytes: 303 to a signed address in the media store, or themselves with `redirect=false`.
pub(super) async fn content(
    State(platforms): State<Shared>,
    caller: Caller,
    Path((_, id)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    caller.needs("read:jira-work")?;
    let attachment = {
        let world = platforms.world();
        let site = world.jira.sites.get(caller.site).ok_or(ApiError::UnknownCloud)?;
        let seen = site.issues.values().filter(|record| record.issue.shows_to(&caller.person.account_id));
        seen.flat_map(|record| &record.attachments).find(|file| file.id.to_string() == id).cloned()
    };
    let attachment = attachment.ok_or_else(|| {
        ApiError::Message(StatusCode::NOT_FOUND, format!("The attachment with id '{id}' does not exist"))
    })?;
    if caller.query.get("redirect").is_some_and(|redirect| redirect == "false") {
        return Ok(([(header::CONTENT_TYPE, attachment.mime)], attachment.content).into_response());
    }
    let place = platforms.signed_address(&attachment.mime, &attachment.content);
    Ok((StatusCode::SEE_OTHER, [(header::LOCATION, place)]).into_response())
}

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
    let mut world = platforms.world();
    let site = world.jira.sites.get_mut(caller.site).ok_or(ApiError::UnknownCloud)?;
    caller.issue(site, &key)?;
    let mut answer = Vec::new();
    for (filename, mime, content) in files {
        let attachment = Attachment {
            id: site.next_id(),
            filename,
            mime,
            content,
            author: caller.person.clone(),
            created: now,
        };
        answer.push(shown_attachment(site, &attachment));
        site.issue_mut(&key).ok_or_else(ApiError::no_issue)?.attachments.push(attachment);
    }
    Ok(jira_json(StatusCode::OK, &answer.into()))
}

fn shown_attachment(site: &crate::jira::model::Site, attachment: &Attachment) -> Value {
    json!({"self": format!("{}rest/api/3/attachment/{}", site.url, attachment.id),
        "id": attachment.id.to_string(), "filename": attachment.filename, "mimeType": attachment.mime,
        "size": attachment.content.len(), "created": jira_date(attachment.created),
        "author": shown::user(site, Version::Three, &attachment.author),
        "content": format!("{}rest/api/3/attachment/content/{}", site.url, attachment.id)})
}

/// The bytes. The real platform redirects to a signed address unless `redirect=false`; the
/// simulator has no such host and always answers as with `redirect=false`.
pub(super) async fn content(
    State(platforms): State<Shared>,
    caller: Caller,
    Path((_, id)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    caller.needs("read:jira-work")?;
    let world = platforms.world();
    let site = world.jira.sites.get(caller.site).ok_or(ApiError::UnknownCloud)?;
    let attachment = site
        .issues
        .values()
        .filter(|record| record.issue.shows_to(&caller.person.account_id))
        .flat_map(|record| &record.attachments)
        .find(|attachment| attachment.id.to_string() == id)
        .ok_or_else(|| {
            ApiError::Message(StatusCode::NOT_FOUND, format!("The attachment with id '{id}' does not exist"))
        })?;
    let kind = [(header::CONTENT_TYPE, attachment.mime.clone())];
    Ok((kind, attachment.content.clone()).into_response())
}

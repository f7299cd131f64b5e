//! Pictures that people post: the bot reads them here.

use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};

use crate::hosts::connector::caller::{Bot, ConnectorError};
use crate::platforms::Shared;

/// `GET /v3/attachments/{id}/views/original`, where the bot is in the conversation.
pub(super) async fn view(
    State(platforms): State<Shared>,
    _bot: Bot,
    Path((id, view)): Path<(String, String)>,
) -> Result<Response, ConnectorError> {
    let world = platforms.world();
    let chats = world.teams.chats.values().filter(|record| record.chat.bot_installed);
    let messages = chats.flat_map(|record| record.messages.values());
    let picture = messages.flat_map(|message| &message.hosted).find(|picture| picture.id == id);
    match picture.filter(|_| view == "original") {
        Some(picture) => {
            Ok(([(header::CONTENT_TYPE, picture.mime.clone())], picture.content.clone()).into_response())
        }
        None => Err(ConnectorError::NoActivity),
    }
}

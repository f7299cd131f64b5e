//! Activities: the bot writes, edits and deletes.

use std::fmt::Write;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use crate::escape::escape;
use crate::hosts::connector::caller::{Bot, ConnectorError, conversation_of, object};
use crate::journal::Origin;
use crate::platforms::Shared;
use crate::teams::channel::Team;
use crate::teams::markdown;
use crate::teams::messages::{Content, MessageChange, mention_of};
use crate::teams::model::Chat;

fn text_of<'a>(activity: &'a Map<String, Value>, name: &str) -> &'a str {
    activity.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// What an activity becomes as a message: its text as HTML, its mentions by their entities.
/// A mention in `xml` that no entity explains, or of somebody who is not in the chat, is
/// refused with the message; what Teams does with it is not documented.
fn content(activity: &Map<String, Value>, chat: &Chat) -> Content {
    let text = text_of(activity, "text");
    let mut html = match text_of(activity, "textFormat") {
        "xml" => text.to_owned(),
        "markdown" => markdown::to_html(text),
        // The current specification's default; older ones said markdown.
        _ => format!("<p>{}</p>", escape(text).replace('\n', "<br>")),
    };
    let mut mentions = Vec::new();
    for entity in activity.get("entities").and_then(Value::as_array).into_iter().flatten() {
        let mentioned = entity.get("mentioned").and_then(|mentioned| mentioned.get("id")?.as_str());
        let marked = entity.get("text").and_then(Value::as_str).unwrap_or_default();
        let person = chat.members.iter().map(|member| &member.person).find(|person| {
            Some(person.teams_id.as_str()) == mentioned
                || Some(person.object_id.as_str()) == mentioned
                || Some(person.email.as_str()) == mentioned
        });
        // An entity whose text does not occur is ignored, as on the real platform.
        let spelled = [marked.to_owned(), escape(marked)];
        let Some(found) = spelled.iter().find(|spelled| !spelled.is_empty() && html.contains(*spelled))
        else {
            continue;
        };
        if let Some(person) = person {
            let id = mentions.len();
            html = html.replacen(found, &format!("<at id=\"{id}\">{}</at>", escape(&person.name)), 1);
            mentions.push(mention_of(id, person));
        }
    }
    let listed = activity.get("attachments").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let attachments: Vec<Value> = listed
        .iter()
        .enumerate()
        .map(|(index, attachment)| {
            let content = attachment.get("content").map(ToString::to_string);
            json!({"id": format!("card-{index}"), "contentType": attachment.get("contentType"),
                "content": content, "contentUrl": attachment.get("contentUrl"),
                "name": attachment.get("name")})
        })
        .collect();
    let markup = if text.is_empty() { tags_of(&attachments) } else { html };
    Content { kind: "html".to_owned(), markup, mentions, attachments, hosted: Vec::new() }
}

/// The body of a message that is nothing but its attachments.
fn tags_of(attachments: &[Value]) -> String {
    (0..attachments.len()).fold(String::new(), |mut tags, index| {
        let _ = write!(tags, "<attachment id=\"card-{index}\"></attachment>");
        tags
    })
}

pub(super) async fn send(
    State(platforms): State<Shared>,
    bot: Bot,
    Path(conversation): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ConnectorError> {
    let activity = object(&headers, &body)?;
    post_activity(&platforms, &bot, &conversation, &activity)
}

pub(super) async fn reply(
    State(platforms): State<Shared>,
    bot: Bot,
    Path((conversation, _)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ConnectorError> {
    let activity = object(&headers, &body)?;
    post_activity(&platforms, &bot, &conversation, &activity)
}

/// Sending to a channel itself, without `;messageid=`, starts a thread.
fn start_thread(
    platforms: &Shared,
    bot: &Bot,
    channel: &str,
    activity: &Map<String, Value>,
) -> Option<Result<Response, ConnectorError>> {
    let team = platforms.world().teams.team_of(channel).cloned()?;
    if !team.bot_installed {
        return Some(Err(ConnectorError::NotInRoster));
    }
    let started = new_thread(platforms, bot, &team, channel, activity);
    Some(started.map(|(_, id)| (StatusCode::CREATED, Json(json!({"id": id}))).into_response()))
}

/// Starts a thread with a message of the bot: gives its conversation id and the message's.
pub(super) fn new_thread(
    platforms: &Shared,
    bot: &Bot,
    team: &Team,
    channel: &str,
    activity: &Map<String, Value>,
) -> Result<(String, String), ConnectorError> {
    let place = team.channel(channel).ok_or(ConnectorError::NoConversation)?;
    let whole = content(activity, &Chat::thread(team, place, 0, 0));
    if text_of(activity, "text").is_empty() && whole.attachments.is_empty() {
        return Err(ConnectorError::BadArgument("Activity must have text or attachments.".to_owned()));
    }
    let (thread, message) = platforms.start_thread(channel, bot.sender(), Origin::App, whole)?;
    Ok((thread, message.id))
}

fn post_activity(
    platforms: &Shared,
    bot: &Bot,
    conversation: &str,
    activity: &Map<String, Value>,
) -> Result<Response, ConnectorError> {
    if let Some(answer) = start_thread(platforms, bot, conversation, activity) {
        return answer;
    }
    let chat = conversation_of(&platforms.world(), conversation)?.chat.clone();
    match text_of(activity, "type") {
        "message" => {}
        "typing" => return Ok((StatusCode::ACCEPTED, Json(json!({}))).into_response()),
        other => return Err(ConnectorError::BadArgument(format!("Unknown activity type '{other}'."))),
    }
    let whole = content(activity, &chat);
    let has_text = !text_of(activity, "text").is_empty();
    if !has_text && whole.attachments.is_empty() {
        return Err(ConnectorError::BadArgument("Activity must have text or attachments.".to_owned()));
    }
    if has_text && !whole.attachments.is_empty() {
        // Teams splits text and card into two messages and gives no id back.
        let markup = tags_of(&whole.attachments);
        let card = Content { markup, mentions: Vec::new(), ..whole.clone() };
        let text = Content { attachments: Vec::new(), ..whole };
        platforms.send_message(conversation, bot.sender(), Origin::App, text)?;
        platforms.send_message(conversation, bot.sender(), Origin::App, card)?;
        return Ok((StatusCode::CREATED, Json(json!({}))).into_response());
    }
    let message = platforms.send_message(conversation, bot.sender(), Origin::App, whole)?;
    Ok((StatusCode::CREATED, Json(json!({"id": message.id}))).into_response())
}

pub(super) async fn update(
    State(platforms): State<Shared>,
    bot: Bot,
    Path((conversation, id)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ConnectorError> {
    let activity = object(&headers, &body)?;
    let chat = conversation_of(&platforms.world(), &conversation)?.chat.clone();
    let change = MessageChange::Edit(content(&activity, &chat));
    platforms.change_message(&conversation, &id, &bot.sender(), Origin::App, change)?;
    Ok(Json(json!({"id": id})).into_response())
}

pub(super) async fn delete(
    State(platforms): State<Shared>,
    bot: Bot,
    Path((conversation, id)): Path<(String, String)>,
) -> Result<Response, ConnectorError> {
    conversation_of(&platforms.world(), &conversation)?;
    platforms.change_message(&conversation, &id, &bot.sender(), Origin::App, MessageChange::Delete)?;
    Ok(StatusCode::OK.into_response())
}

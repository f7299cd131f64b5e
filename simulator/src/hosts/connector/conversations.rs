//! Conversations: who is in them, and opening a personal one.

use std::collections::BTreeMap;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::hosts::connector::activities::new_thread;
use crate::hosts::connector::caller::{Bot, ConnectorError, conversation_of, object};
use crate::journal::Change;
use crate::people::Identity;
use crate::platforms::Shared;
use crate::teams::model::{Chat, ChatKind, ChatRecord, Member};

fn shown_member(person: &Identity, tenant_id: &str) -> Value {
    json!({"id": person.teams_id, "name": person.name, "aadObjectId": person.object_id,
        "objectId": person.object_id, "email": person.email, "userPrincipalName": person.email,
        "tenantId": tenant_id, "userRole": "user"})
}

pub(super) async fn members(
    State(platforms): State<Shared>,
    _bot: Bot,
    Path(conversation): Path<String>,
) -> Result<Response, ConnectorError> {
    let world = platforms.world();
    let chat = &conversation_of(&world, &conversation)?.chat;
    let all: Vec<Value> =
        chat.members.iter().map(|member| shown_member(&member.person, &chat.tenant_id)).collect();
    Ok(Json(all).into_response())
}

#[derive(Deserialize)]
pub(super) struct Paging {
    #[serde(rename = "pageSize")]
    page_size: Option<usize>,
    #[serde(rename = "continuationToken")]
    continuation_token: Option<usize>,
}

pub(super) async fn paged_members(
    State(platforms): State<Shared>,
    _bot: Bot,
    Path(conversation): Path<String>,
    Query(paging): Query<Paging>,
) -> Result<Response, ConnectorError> {
    let start = paging.continuation_token.unwrap_or(0);
    let size = paging.page_size.unwrap_or(200).clamp(50, 500);
    let world = platforms.world();
    let chat = &conversation_of(&world, &conversation)?.chat;
    let page: Vec<Value> = chat
        .members
        .iter()
        .skip(start)
        .take(size)
        .map(|member| shown_member(&member.person, &chat.tenant_id))
        .collect();
    let next = (start + size < chat.members.len()).then(|| (start + size).to_string());
    Ok(Json(json!({"members": page, "continuationToken": next})).into_response())
}

pub(super) async fn member(
    State(platforms): State<Shared>,
    _bot: Bot,
    Path((conversation, id)): Path<(String, String)>,
) -> Result<Response, ConnectorError> {
    let world = platforms.world();
    let chat = &conversation_of(&world, &conversation)?.chat;
    chat.members
        .iter()
        .find(|member| member.person.teams_id == id || member.person.object_id == id)
        .map(|member| Json(shown_member(&member.person, &chat.tenant_id)).into_response())
        .ok_or(ConnectorError::NoActivity)
}

/// Starts a thread of a channel with an activity of the bot.
fn create_thread(
    platforms: &Shared,
    bot: &Bot,
    channel: &str,
    body: &Map<String, Value>,
) -> Result<Response, ConnectorError> {
    let team = platforms.world().teams.team_of(channel).cloned().ok_or(ConnectorError::NoConversation)?;
    if !team.bot_installed {
        return Err(ConnectorError::NotInRoster);
    }
    let activity = body.get("activity").and_then(Value::as_object);
    let activity =
        activity.ok_or_else(|| ConnectorError::BadArgument("The activity is missing.".to_owned()))?;
    let (thread, message) = new_thread(platforms, bot, &team, channel, activity)?;
    let service_url = &platforms.urls.service_url;
    let answer = json!({"id": thread, "activityId": message, "serviceUrl": service_url});
    Ok((StatusCode::CREATED, Json(answer)).into_response())
}

/// Opens the personal chat with one person; the same person gives the same id. New group
/// chats can't be made by a bot.
pub(super) async fn create(
    State(platforms): State<Shared>,
    bot: Bot,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ConnectorError> {
    let bad = |text: &str| ConnectorError::BadArgument(text.to_owned());
    let body = object(&headers, &body)?;
    let channel = body.get("channelData").and_then(|data| data.pointer("/channel/id")?.as_str());
    if let Some(channel) = channel {
        return create_thread(&platforms, &bot, channel, &body);
    }
    let members = body.get("members").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let [member] = members else {
        return Err(bad("A conversation with exactly one member can be created."));
    };
    let tenant = body
        .get("tenantId")
        .or_else(|| body.get("channelData")?.get("tenant")?.get("id"))
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    let now = platforms.now();
    let mut world = platforms.world();
    if !world.teams.tenants.contains_key(&tenant) {
        return Err(bad("The tenant is missing or unknown."));
    }
    let handle = member.get("id").and_then(Value::as_str).unwrap_or_default();
    let person = world
        .people
        .all()
        .iter()
        .find(|person| person.teams_id == handle || person.object_id == handle)
        .cloned()
        .ok_or_else(|| bad("The member is unknown."))?;
    let id = format!("a:1{}-{}", person.object_id, bot.client_id);
    let fresh = !world.teams.chats.contains_key(&id);
    if fresh {
        let chat = Chat {
            id: id.clone(),
            kind: ChatKind::Personal,
            topic: None,
            tenant_id: tenant,
            members: vec![Member { id: platforms.ids.token("MCMj"), person, role: "owner".to_owned() }],
            bot_installed: true,
            thread: None,
            created: now,
            updated: now,
        };
        world.teams.chats.insert(id.clone(), ChatRecord { chat, messages: BTreeMap::new() });
    }
    drop(world);
    if fresh {
        platforms.journal.add(now, Change::ChatCreated { chat: id.clone() });
    }
    let status = if fresh { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(json!({"id": id, "serviceUrl": platforms.urls.service_url}))).into_response())
}

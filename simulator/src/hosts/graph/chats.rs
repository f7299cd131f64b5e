//! Chats and their members.

use std::collections::BTreeMap;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::hosts::graph::error::{Caller, GraphError};
use crate::journal::Change;
use crate::platforms::{Shared, World};
use crate::teams::model::{Chat, ChatKind, ChatRecord, Member};
use crate::teams::shown;

const READ: [&str; 3] = ["Chat.ReadBasic", "Chat.Read", "Chat.ReadWrite"];

/// Whether Graph knows it as a chat: not a personal chat with the bot, not a thread of a channel.
pub(super) fn is_graph_chat(record: &ChatRecord) -> bool {
    !matches!(record.chat.kind, ChatKind::Personal | ChatKind::Channel)
}

/// A chat that the caller is in. A personal chat with the bot has no Graph id.
pub(super) fn own<'a>(world: &'a World, caller: &Caller, id: &str) -> Result<&'a ChatRecord, GraphError> {
    let record = world
        .teams
        .chats
        .get(id)
        .filter(|record| is_graph_chat(record))
        .ok_or_else(|| GraphError::NotFound("No thread found.".to_owned()))?;
    record.chat.member(&caller.person.object_id).ok_or(GraphError::NotMember)?;
    Ok(record)
}

pub(super) async fn mine(State(platforms): State<Shared>, caller: Caller) -> Result<Json<Value>, GraphError> {
    caller.needs(&READ)?;
    let world = platforms.world();
    let chats: Vec<Value> = world
        .teams
        .chats
        .values()
        .filter(|record| is_graph_chat(record))
        .filter(|record| record.chat.member(&caller.person.object_id).is_some())
        .map(|record| shown::chat(&platforms.urls.teams_web_url, &record.chat))
        .collect();
    Ok(Json(json!({"@odata.context": "https://graph.microsoft.com/v1.0/$metadata#chats",
        "@odata.count": chats.len(), "value": chats})))
}

pub(super) async fn one(
    State(platforms): State<Shared>,
    caller: Caller,
    Path(chat): Path<String>,
) -> Result<Json<Value>, GraphError> {
    caller.needs(&READ)?;
    let world = platforms.world();
    Ok(Json(shown::chat(&platforms.urls.teams_web_url, &own(&world, &caller, &chat)?.chat)))
}

pub(super) async fn members(
    State(platforms): State<Shared>,
    caller: Caller,
    Path(chat): Path<String>,
) -> Result<Json<Value>, GraphError> {
    caller.needs(&READ)?;
    let world = platforms.world();
    let chat = &own(&world, &caller, &chat)?.chat;
    let members: Vec<Value> =
        chat.members.iter().map(|member| shown::member(member, &chat.tenant_id)).collect();
    Ok(Json(json!({"@odata.count": members.len(), "value": members})))
}

/// The id or address in `https://graph.microsoft.com/v1.0/users('…')`.
fn bound_user(member: &Value) -> Option<&str> {
    let bind = member.get("user@odata.bind")?.as_str()?;
    bind.split_once("users('")?.1.strip_suffix("')")
}

pub(super) async fn create(
    State(platforms): State<Shared>,
    caller: Caller,
    body: Bytes,
) -> Result<Response, GraphError> {
    caller.needs(&["Chat.Create", "Chat.ReadWrite"])?;
    let body =
        caller.object(&body, "microsoft.graph.chat", &["chatType", "topic", "members", "installedApps"])?;
    let bad = |text: &str| GraphError::Bad(text.to_owned());
    let kind = match body.get("chatType").and_then(Value::as_str) {
        Some("group") => ChatKind::Group,
        Some("oneOnOne") => ChatKind::OneOnOne,
        _ => return Err(bad("Invalid chatType.")),
    };
    let topic = body.get("topic").and_then(Value::as_str).map(str::to_owned);
    if topic.as_ref().is_some_and(|topic| topic.contains(':') || topic.chars().count() > 250) {
        return Err(bad("The topic may not contain ':' and may have at most 250 characters."));
    }
    if kind == ChatKind::OneOnOne && topic.is_some() {
        return Err(bad("A oneOnOne chat has no topic."));
    }
    let now = platforms.now();
    let mut world = platforms.world();
    let mut members = Vec::new();
    for member in body.get("members").and_then(Value::as_array).into_iter().flatten() {
        let handle = bound_user(member).ok_or_else(|| bad("A member needs user@odata.bind."))?;
        let person = world
            .people
            .all()
            .iter()
            .find(|person| person.object_id == handle || person.email.eq_ignore_ascii_case(handle))
            .ok_or_else(|| GraphError::NotFound(format!("The user '{handle}' was not found.")))?;
        let role = member.pointer("/roles/0").and_then(Value::as_str);
        let role = role
            .filter(|role| matches!(*role, "owner" | "guest"))
            .ok_or_else(|| bad("Each member needs the role 'owner' or 'guest'."))?;
        members.push(Member {
            id: platforms.ids.token("MCMj"),
            person: person.clone(),
            role: role.to_owned(),
        });
    }
    if !members.iter().any(|member| member.person == caller.person) {
        return Err(bad("The caller must be one of the members."));
    }
    if kind == ChatKind::OneOnOne && members.len() != 2 {
        return Err(bad("A oneOnOne chat has exactly two members."));
    }
    let id = if kind == ChatKind::OneOnOne {
        let mut pair: Vec<&str> = members.iter().map(|member| member.person.object_id.as_str()).collect();
        pair.sort_unstable();
        format!("19:{}@unq.gbl.spaces", pair.join("_"))
    } else {
        format!("19:{}@thread.v2", platforms.ids.guid().simple())
    };
    let tenant_id = world.teams.tenants.keys().next().cloned().unwrap_or_default();
    let fresh = !world.teams.chats.contains_key(&id);
    let record = world.teams.chats.entry(id.clone()).or_insert_with(|| ChatRecord {
        chat: Chat {
            id: id.clone(),
            kind,
            topic,
            tenant_id,
            members,
            bot_installed: false,
            thread: None,
            created: now,
            updated: now,
        },
        messages: BTreeMap::new(),
    });
    let shown = shown::chat(&platforms.urls.teams_web_url, &record.chat);
    drop(world);
    if fresh {
        platforms.journal.add(now, Change::ChatCreated { chat: id });
    }
    Ok((StatusCode::CREATED, Json(shown)).into_response())
}

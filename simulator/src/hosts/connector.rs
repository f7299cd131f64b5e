//! `smba.trafficmanager.net`: what the bot itself does in conversations.

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, FromRequestParts, Path, Query, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::hosts::wire;
use crate::jira::adf::escape;
use crate::journal::{Change, Origin};
use crate::people::Identity;
use crate::platforms::{Shared, World};
use crate::refusal::Refusal;
use crate::teams::grants::Bearer;
use crate::teams::markdown;
use crate::teams::messages::{BOT_LIMIT, Content, MessageChange};
use crate::teams::model::{Chat, ChatKind, ChatRecord, Member, Sender};

pub(crate) fn routes(platforms: Shared) -> Router {
    let v3 = Router::new()
        .route("/conversations", post(create))
        .route("/conversations/{conversation}/activities", post(send))
        .route("/conversations/{conversation}/activities/{activity}", post(reply).put(update).delete(delete))
        .route("/conversations/{conversation}/members", get(members))
        .route("/conversations/{conversation}/pagedmembers", get(paged_members))
        .route("/conversations/{conversation}/members/{member}", get(member));
    Router::new()
        .nest("/teams/v3", v3)
        .fallback(async || ConnectorError::UnknownPath)
        .layer(DefaultBodyLimit::max(4 * BOT_LIMIT))
        .with_state(platforms)
}

/// Refusals in the Connector's words.
#[derive(Debug)]
enum ConnectorError {
    UnknownPath,
    Unauthorized,
    BadArgument(String),
    NotInRoster,
    NoConversation,
    NoActivity,
    TooBig,
    NotAllowed,
}

impl IntoResponse for ConnectorError {
    fn into_response(self) -> Response {
        let (status, code, message) = match self {
            Self::UnknownPath => (StatusCode::NOT_FOUND, "NotFound", "No such operation.".to_owned()),
            Self::Unauthorized => (
                StatusCode::UNAUTHORIZED,
                "Unauthorized",
                "Authorization has been denied for this request.".to_owned(),
            ),
            Self::BadArgument(text) => (StatusCode::BAD_REQUEST, "Bad Argument", text),
            Self::NotInRoster => (
                StatusCode::FORBIDDEN,
                "BotNotInConversationRoster",
                "The bot is not part of the conversation roster.".to_owned(),
            ),
            Self::NoConversation => {
                (StatusCode::NOT_FOUND, "ConversationNotFound", "Conversation not found.".to_owned())
            }
            Self::NoActivity => (
                StatusCode::NOT_FOUND,
                "ActivityNotFoundInConversation",
                "The activity was not found in the conversation.".to_owned(),
            ),
            Self::TooBig => {
                (StatusCode::PAYLOAD_TOO_LARGE, "MessageSizeTooBig", "Message size too large.".to_owned())
            }
            Self::NotAllowed => (
                StatusCode::FORBIDDEN,
                "NotEnoughPermissions",
                "The bot may change its own messages only.".to_owned(),
            ),
        };
        (status, Json(json!({"error": {"code": code, "message": message}}))).into_response()
    }
}

impl From<Refusal> for ConnectorError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NoChat(_) => Self::NoConversation,
            Refusal::NoMessage(_) => Self::NoActivity,
            Refusal::NotAuthor => Self::NotAllowed,
            Refusal::TooLarge => Self::TooBig,
            other => Self::BadArgument(other.to_string()),
        }
    }
}

/// The bot behind the token.
struct Bot {
    client_id: String,
    name: String,
}

impl FromRequestParts<Shared> for Bot {
    type Rejection = ConnectorError;

    async fn from_request_parts(parts: &mut Parts, platforms: &Shared) -> Result<Self, ConnectorError> {
        let token = wire::bearer(&parts.headers).ok_or(ConnectorError::Unauthorized)?;
        let world = platforms.world();
        let client_id = match world.teams.grants.bearer(token, platforms.now()) {
            Some(Bearer::Bot { client_id }) => client_id.clone(),
            _ => return Err(ConnectorError::Unauthorized),
        };
        let app = world.teams.apps.get(&client_id).ok_or(ConnectorError::Unauthorized)?;
        Ok(Self { name: app.bot_name.clone(), client_id })
    }
}

impl Bot {
    /// The bot as the writer of a message.
    fn sender(&self) -> Sender {
        Sender::Bot { app_id: self.client_id.clone(), name: self.name.clone() }
    }
}

/// The conversation, if the bot is in it.
fn conversation_of<'a>(world: &'a World, id: &str) -> Result<&'a ChatRecord, ConnectorError> {
    let record = world.teams.chats.get(id).ok_or(ConnectorError::NoConversation)?;
    if record.chat.bot_installed { Ok(record) } else { Err(ConnectorError::NotInRoster) }
}

fn activity(headers: &HeaderMap, body: &Bytes) -> Result<Map<String, Value>, ConnectorError> {
    if wire::media_type(headers) != Some("application/json") {
        return Err(ConnectorError::BadArgument("Content-Type must be application/json.".to_owned()));
    }
    let bad = || ConnectorError::BadArgument("Unable to deserialize the activity.".to_owned());
    let value: Value = serde_json::from_slice(body).map_err(|_| bad())?;
    // A text never has more UTF-16 units than bytes, so most need no count.
    if body.len() * 2 > BOT_LIMIT && value.to_string().encode_utf16().count() * 2 > BOT_LIMIT {
        return Err(ConnectorError::TooBig);
    }
    match value {
        Value::Object(map) => Ok(map),
        _ => Err(bad()),
    }
}

fn text_of<'a>(activity: &'a Map<String, Value>, name: &str) -> &'a str {
    activity.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// What an activity becomes as a message: its text as HTML, its mentions by their entities.
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
            mentions.push(crate::teams::messages::mention_of(id, person));
        }
    }
    let attachments = activity
        .get("attachments")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .enumerate()
        .map(|(index, attachment)| {
            let content = attachment.get("content").map(ToString::to_string);
            json!({"id": format!("card-{index}"), "contentType": attachment.get("contentType"),
                "content": content, "contentUrl": attachment.get("contentUrl"),
                "name": attachment.get("name")})
        })
        .collect();
    Content { kind: "html".to_owned(), markup: html, mentions, attachments }
}

async fn send(
    State(platforms): State<Shared>,
    bot: Bot,
    Path(conversation): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ConnectorError> {
    let activity = activity(&headers, &body)?;
    post_activity(&platforms, &bot, &conversation, &activity)
}

async fn reply(
    State(platforms): State<Shared>,
    bot: Bot,
    Path((conversation, _)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ConnectorError> {
    let activity = activity(&headers, &body)?;
    post_activity(&platforms, &bot, &conversation, &activity)
}

fn post_activity(
    platforms: &Shared,
    bot: &Bot,
    conversation: &str,
    activity: &Map<String, Value>,
) -> Result<Response, ConnectorError> {
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
    if whole.attachments.is_empty() {
        let message = platforms.send_message(conversation, bot.sender(), Origin::App, whole)?;
        return Ok((StatusCode::CREATED, Json(json!({"id": message.id}))).into_response());
    }
    let ids = 0..whole.attachments.len();
    let markup = ids.fold(String::new(), |markup, index| {
        markup + &format!("<attachment id=\"card-{index}\"></attachment>")
    });
    let card = Content { markup, mentions: Vec::new(), ..whole.clone() };
    if has_text {
        // Teams splits text and card into two messages and gives no id back.
        let text = Content { attachments: Vec::new(), ..whole };
        platforms.send_message(conversation, bot.sender(), Origin::App, text)?;
        platforms.send_message(conversation, bot.sender(), Origin::App, card)?;
        return Ok((StatusCode::CREATED, Json(json!({}))).into_response());
    }
    let message = platforms.send_message(conversation, bot.sender(), Origin::App, card)?;
    Ok((StatusCode::CREATED, Json(json!({"id": message.id}))).into_response())
}

async fn update(
    State(platforms): State<Shared>,
    bot: Bot,
    Path((conversation, id)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ConnectorError> {
    let activity = activity(&headers, &body)?;
    let chat = conversation_of(&platforms.world(), &conversation)?.chat.clone();
    let change = MessageChange::Edit(content(&activity, &chat));
    platforms.change_message(&conversation, &id, &bot.sender(), Origin::App, change)?;
    Ok(Json(json!({"id": id})).into_response())
}

async fn delete(
    State(platforms): State<Shared>,
    bot: Bot,
    Path((conversation, id)): Path<(String, String)>,
) -> Result<Response, ConnectorError> {
    conversation_of(&platforms.world(), &conversation)?;
    platforms.change_message(&conversation, &id, &bot.sender(), Origin::App, MessageChange::Delete)?;
    Ok(StatusCode::OK.into_response())
}

fn shown_member(person: &Identity, tenant_id: &str) -> Value {
    json!({"id": person.teams_id, "name": person.name, "aadObjectId": person.object_id,
        "objectId": person.object_id, "email": person.email, "userPrincipalName": person.email,
        "tenantId": tenant_id, "userRole": "user"})
}

async fn members(
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
struct Paging {
    #[serde(rename = "pageSize")]
    page_size: Option<usize>,
    #[serde(rename = "continuationToken")]
    continuation_token: Option<usize>,
}

async fn paged_members(
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

async fn member(
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

/// Opens the personal chat with one person; the same person gives the same id. New group
/// chats can't be made by a bot.
async fn create(
    State(platforms): State<Shared>,
    bot: Bot,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ConnectorError> {
    let bad = |text: &str| ConnectorError::BadArgument(text.to_owned());
    let body = activity(&headers, &body)?;
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
            created: now,
            updated: now,
        };
        world
            .teams
            .chats
            .insert(id.clone(), ChatRecord { chat, messages: std::collections::BTreeMap::new() });
    }
    drop(world);
    if fresh {
        platforms.journal.add(now, Change::ChatCreated { chat: id.clone() });
    }
    let status = if fresh { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(json!({"id": id, "serviceUrl": platforms.urls.service_url}))).into_response())
}

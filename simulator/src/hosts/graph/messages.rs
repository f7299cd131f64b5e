//! Messages of a chat, as the person who logged in.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use crate::hosts::graph::chats::{is_graph_chat, own};
use crate::hosts::graph::error::{Caller, GraphError, Reader};
use crate::journal::Origin;
use crate::platforms::{Shared, World};
use crate::teams::html;
use crate::teams::messages::{Content, MessageChange};
use crate::teams::model::{ChatRecord, Hosted, Message, Sender};
use crate::teams::shown;

const SEND: [&str; 2] = ["ChatMessage.Send", "Chat.ReadWrite"];
const READ: [&str; 3] = ["Chat.Read", "Chat.ReadWrite", "ChatMessage.Read"];
pub(super) const TYPE: &str = "microsoft.graph.chatMessage";
/// Properties of a message that a caller may set.
pub(super) const SETTABLE: [&str; 8] =
    ["body", "mentions", "attachments", "hostedContents", "importance", "subject", "summary", "locale"];

impl Reader {
    fn needs(&self, any: &[&str]) -> Result<(), GraphError> {
        match self {
            Self::Person(caller) => caller.needs(any),
            Self::App { .. } => Ok(()),
        }
    }

    /// The chat, if this reader may read it.
    fn chat<'a>(&self, world: &'a World, id: &str) -> Result<&'a ChatRecord, GraphError> {
        match self {
            Self::Person(caller) => own(world, caller, id),
            Self::App { client_id } => {
                let record = world.teams.chats.get(id).filter(|record| is_graph_chat(record));
                let record = record.ok_or_else(|| GraphError::NotFound("No thread found.".to_owned()))?;
                let is_bot = world.teams.bot_app().is_some_and(|app| app.client_id == *client_id);
                if is_bot && record.chat.bot_installed {
                    return Ok(record);
                }
                Err(GraphError::Forbidden("Missing role permissions on the request: ChatMessage.Read.Chat."))
            }
        }
    }
}

fn list_of(body: &Map<String, Value>, name: &str) -> Result<Vec<Value>, GraphError> {
    match body.get(name) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(list)) => Ok(list.clone()),
        Some(_) => Err(GraphError::Bad(format!("The property '{name}' must be a collection."))),
    }
}

/// Reads and checks the content of a message.
pub(super) fn content(platforms: &Shared, body: &Map<String, Value>) -> Result<Content, GraphError> {
    let missing = || GraphError::Bad("Missing body content.".to_owned());
    let message_body = body.get("body").ok_or_else(missing)?;
    let text = message_body.get("content").and_then(Value::as_str).ok_or_else(missing)?;
    let content_type = match message_body.get("contentType").map(Value::as_str) {
        None | Some(Some("text")) => "text",
        Some(Some("html")) => "html",
        Some(_) => return Err(GraphError::Bad("Invalid contentType of the body.".to_owned())),
    };
    let content = Content {
        kind: content_type.to_owned(),
        markup: text.to_owned(),
        mentions: list_of(body, "mentions")?,
        attachments: list_of(body, "attachments")?,
        hosted: hosted(platforms, &list_of(body, "hostedContents")?)?,
    };
    if text.is_empty() && content.attachments.is_empty() {
        return Err(missing());
    }
    check_hosted(&content, &list_of(body, "hostedContents")?)?;
    Ok(content)
}

/// The pictures that come with a message.
fn hosted(platforms: &Shared, entries: &[Value]) -> Result<Vec<(String, Hosted)>, GraphError> {
    let text = |entry: &Value, name: &str| entry.get(name).and_then(Value::as_str).map(str::to_owned);
    let read = |entry: &Value| {
        let temporary = text(entry, "@microsoft.graph.temporaryId")?;
        let content = STANDARD.decode(text(entry, "contentBytes")?).ok()?;
        let mime = text(entry, "contentType")?;
        let id = format!("aWQ9{}", platforms.ids.hex24());
        Some((temporary, Hosted { id, mime, content: content.into() }))
    };
    let bad = || GraphError::Bad("A hosted content lacks its id, bytes or type.".to_owned());
    entries.iter().map(|entry| read(entry).ok_or_else(bad)).collect()
}

/// Every `<img src="../hostedContents/{id}/$value">` needs its entry, and each entry its
/// bytes and type.
fn check_hosted(content: &Content, hosted: &[Value]) -> Result<(), GraphError> {
    let id_of = |entry: &Value| entry.get("@microsoft.graph.temporaryId")?.as_str().map(str::to_owned);
    for entry in hosted {
        let whole = ["contentBytes", "contentType"].iter().all(|name| entry.get(*name).is_some());
        if id_of(entry).is_none() || !whole {
            return Err(GraphError::Bad("A hosted content lacks its id, bytes or type.".to_owned()));
        }
    }
    for source in html::attributes_of(&content.markup, "img", "src") {
        let wanted = source.strip_prefix("../hostedContents/").and_then(|rest| rest.split('/').next());
        if let Some(wanted) = wanted
            && !hosted.iter().any(|entry| id_of(entry).as_deref() == Some(wanted))
        {
            return Err(GraphError::Bad(format!("There is no hosted content with the id '{wanted}'.")));
        }
    }
    Ok(())
}

fn answer(
    platforms: &Shared,
    caller: &Caller,
    chat: &str,
    message: &Message,
) -> Result<Response, GraphError> {
    let world = platforms.world();
    let shown = shown::message(&own(&world, caller, chat)?.chat, message);
    Ok((StatusCode::CREATED, Json(shown)).into_response())
}

pub(super) async fn send(
    State(platforms): State<Shared>,
    caller: Caller,
    Path(chat): Path<String>,
    body: Bytes,
) -> Result<Response, GraphError> {
    caller.needs(&SEND)?;
    own(&platforms.world(), &caller, &chat)?;
    let content = content(&platforms, &caller.object(&body, TYPE, &SETTABLE)?)?;
    let sender = Sender::Person(caller.person.clone());
    let message = platforms.send_message(&chat, sender, Origin::App, content)?;
    answer(&platforms, &caller, &chat, &message)
}

pub(super) async fn reply_with_quote(
    State(platforms): State<Shared>,
    caller: Caller,
    Path(chat): Path<String>,
    body: Bytes,
) -> Result<Response, GraphError> {
    caller.needs(&SEND)?;
    let body = caller.object(&body, "microsoft.graph.replyWithQuote", &["messageIds", "replyMessage"])?;
    let ids: Vec<String> =
        list_of(&body, "messageIds")?.iter().filter_map(|id| id.as_str().map(str::to_owned)).collect();
    if ids.is_empty() || ids.len() > 10 {
        return Err(GraphError::Bad("Give 1 to 10 messageIds.".to_owned()));
    }
    let reply = body.get("replyMessage").and_then(Value::as_object);
    let mut content =
        content(&platforms, reply.ok_or_else(|| GraphError::Bad("Missing replyMessage.".to_owned()))?)?;
    {
        let world = platforms.world();
        let record = own(&world, &caller, &chat)?;
        for id in ids.iter().rev() {
            let quoted = record
                .message(id)
                .ok_or_else(|| GraphError::NotFound(format!("Message '{id}' was not found.")))?;
            content.quote(quoted);
        }
    }
    let sender = Sender::Person(caller.person.clone());
    let message = platforms.send_message(&chat, sender, Origin::App, content)?;
    answer(&platforms, &caller, &chat, &message)
}

pub(super) async fn one(
    State(platforms): State<Shared>,
    reader: Reader,
    Path((chat, id)): Path<(String, String)>,
) -> Result<Json<Value>, GraphError> {
    reader.needs(&READ)?;
    let world = platforms.world();
    let record = reader.chat(&world, &chat)?;
    let message =
        record.message(&id).ok_or_else(|| GraphError::NotFound(format!("Message '{id}' was not found.")))?;
    Ok(Json(shown::message(&record.chat, message)))
}

pub(super) async fn edit(
    State(platforms): State<Shared>,
    caller: Caller,
    Path((chat, id)): Path<(String, String)>,
    body: Bytes,
) -> Result<Response, GraphError> {
    caller.needs(&["Chat.ReadWrite"])?;
    own(&platforms.world(), &caller, &chat)?;
    let content = content(&platforms, &caller.object(&body, TYPE, &SETTABLE)?)?;
    change(&platforms, &caller, &chat, &id, MessageChange::Edit(content))
}

pub(super) fn change(
    platforms: &Shared,
    caller: &Caller,
    chat: &str,
    id: &str,
    change: MessageChange,
) -> Result<Response, GraphError> {
    let sender = Sender::Person(caller.person.clone());
    platforms.change_message(chat, id, &sender, Origin::App, change)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Only one's own messages can be deleted; the user in the path must be the caller.
fn check_user(caller: &Caller, user: &str) -> Result<(), GraphError> {
    if user == caller.person.object_id || user.eq_ignore_ascii_case(&caller.person.email) {
        Ok(())
    } else {
        Err(GraphError::Forbidden("The user of the path must be the user of the token."))
    }
}

pub(super) async fn soft_delete(
    State(platforms): State<Shared>,
    caller: Caller,
    Path((user, chat, id)): Path<(String, String, String)>,
) -> Result<Response, GraphError> {
    caller.needs(&["Chat.ReadWrite"])?;
    check_user(&caller, &user)?;
    change(&platforms, &caller, &chat, &id, MessageChange::Delete)
}

pub(super) async fn undo_soft_delete(
    State(platforms): State<Shared>,
    caller: Caller,
    Path((user, chat, id)): Path<(String, String, String)>,
) -> Result<Response, GraphError> {
    caller.needs(&["Chat.ReadWrite"])?;
    check_user(&caller, &user)?;
    change(&platforms, &caller, &chat, &id, MessageChange::Undelete)
}

/// The bytes of a picture that is kept with a message. Version 1.0 of Graph gives them to people,
/// and to apps with consent to all chats of the tenant, not with a chat's own consent.
pub(super) async fn hosted_content(
    State(platforms): State<Shared>,
    reader: Caller,
    Path((chat, id, content)): Path<(String, String, String)>,
) -> Result<Response, GraphError> {
    reader.needs(&READ)?;
    let world = platforms.world();
    let message = own(&world, &reader, &chat)?.message(&id);
    let picture = message.and_then(|message| message.hosted.iter().find(|found| found.id == content));
    let picture =
        picture.ok_or_else(|| GraphError::NotFound("The hosted content was not found.".to_owned()))?;
    Ok(([(header::CONTENT_TYPE, picture.mime.clone())], picture.content.clone()).into_response())
}

pub(super) fn reaction(caller: &Caller, body: &Bytes) -> Result<String, GraphError> {
    let body = caller.object(body, "microsoft.graph.chatMessageReaction", &["reactionType"])?;
    body.get("reactionType")
        .and_then(Value::as_str)
        .filter(|kind| !kind.is_empty())
        .map(str::to_owned)
        .ok_or_else(|| GraphError::Bad("Missing reactionType.".to_owned()))
}

pub(super) async fn set_reaction(
    State(platforms): State<Shared>,
    caller: Caller,
    Path((chat, id)): Path<(String, String)>,
    body: Bytes,
) -> Result<Response, GraphError> {
    caller.needs(&SEND)?;
    let kind = reaction(&caller, &body)?;
    change(&platforms, &caller, &chat, &id, MessageChange::React(kind))
}

pub(super) async fn unset_reaction(
    State(platforms): State<Shared>,
    caller: Caller,
    Path((chat, id)): Path<(String, String)>,
    body: Bytes,
) -> Result<Response, GraphError> {
    caller.needs(&SEND)?;
    let kind = reaction(&caller, &body)?;
    change(&platforms, &caller, &chat, &id, MessageChange::Unreact(kind))
}

/// The moment that a message is ordered and filtered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    Created,
    Modified,
}

impl By {
    fn named(name: &str) -> Option<Self> {
        match name {
            "createdDateTime" => Some(Self::Created),
            "lastModifiedDateTime" => Some(Self::Modified),
            _ => None,
        }
    }

    fn of(self, message: &Message) -> i64 {
        if self == Self::Created { message.created } else { message.modified }
    }
}

#[derive(Debug, Default)]
struct Listing {
    top: usize,
    skip: usize,
    by: Option<By>,
    after: Option<i64>,
    before: Option<i64>,
}

/// Reads `$top`, `$orderby` and `$filter` with the limits that this list has.
fn listing(query: &str) -> Result<Listing, GraphError> {
    let bad = |text: &str| GraphError::Bad(text.to_owned());
    let mut listing = Listing { top: 20, ..Listing::default() };
    let mut filter = String::new();
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        match name.as_ref() {
            "$top" => {
                listing.top = value
                    .parse()
                    .ok()
                    .filter(|top| (1..=50).contains(top))
                    .ok_or_else(|| bad("The limit of '50' for Top query has been exceeded."))?;
            }
            "$orderby" => {
                let by = value.strip_suffix(" desc").and_then(By::named);
                listing.by =
                    Some(by.ok_or_else(|| bad("QueryOptions to order by this property are not allowed."))?);
            }
            "$filter" => filter = value.into_owned(),
            "$skiptoken" => listing.skip = value.parse().map_err(|_| bad("Invalid skip token."))?,
            "$count" => {}
            other => return Err(GraphError::Bad(format!("Query option '{other}' is not allowed."))),
        }
    }
    for part in filter.split(" and ").filter(|part| !part.trim().is_empty()) {
        let mut words = part.split_whitespace();
        let by = words.next().and_then(By::named);
        let operator = words.next().unwrap_or_default();
        let moment = words.next().and_then(|text| chrono::DateTime::parse_from_rfc3339(text).ok());
        let (Some(by), Some(moment), None) = (by, moment, words.next()) else {
            return Err(bad("Invalid filter clause."));
        };
        let moment = moment.timestamp_millis();
        match (by, operator) {
            // The filter is ignored unless the list is ordered by the same property.
            (by, "gt" | "lt") if listing.by != Some(by) && by == By::Modified => {}
            (By::Modified, "gt") => listing.after = Some(moment),
            (By::Modified, "lt") => listing.before = Some(moment),
            (By::Created, "lt") => {
                if listing.by == Some(By::Created) {
                    listing.before = Some(moment);
                }
            }
            _ => return Err(bad("This filter is not supported.")),
        }
    }
    Ok(listing)
}

pub(super) async fn list(
    State(platforms): State<Shared>,
    reader: Reader,
    Path(chat): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, GraphError> {
    reader.needs(&READ)?;
    let listing = listing(query.as_deref().unwrap_or_default())?;
    let by = listing.by.unwrap_or(By::Created);
    let world = platforms.world();
    let record = reader.chat(&world, &chat)?;
    // Newest first; the order of ids is the order of creation already.
    let mut found: Vec<&Message> = record
        .messages
        .values()
        .rev()
        .filter(|message| listing.after.is_none_or(|after| by.of(message) > after))
        .filter(|message| listing.before.is_none_or(|before| by.of(message) < before))
        .collect();
    if by == By::Modified {
        found.sort_by_key(|message| std::cmp::Reverse(message.modified));
    }
    let total = found.len();
    let page: Vec<Value> = found
        .into_iter()
        .skip(listing.skip)
        .take(listing.top)
        .map(|message| shown::message(&record.chat, message))
        .collect();
    let next = listing.skip + page.len();
    let mut body = json!({"@odata.count": page.len(), "value": page});
    if let (true, Some(map)) = (next < total, body.as_object_mut()) {
        let mut url = platforms.urls.graph_url.clone();
        url.set_path(&format!("/v1.0/chats/{chat}/messages"));
        let kept: Vec<(String, String)> = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes())
            .filter(|(name, _)| name != "$skiptoken")
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect();
        url.query_pairs_mut().extend_pairs(kept).append_pair("$skiptoken", &next.to_string());
        map.insert("@odata.nextLink".to_owned(), url.as_str().into());
    }
    Ok(Json(body))
}

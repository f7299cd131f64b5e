//! Messages of channels: threads with a root message and its replies.
//! Source: learn.microsoft.com/graph/api/channel-list-messages, chatmessage-list-replies,
//! chatmessage-post-replies, chatmessage-update, chatmessage-softdelete.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::hosts::graph::error::{Caller, GraphError, Reader};
use crate::hosts::graph::messages::{SETTABLE, TYPE, change, content, reaction};
use crate::journal::Origin;
use crate::platforms::{Shared, World};
use crate::teams::channel::Team;
use crate::teams::messages::MessageChange;
use crate::teams::model::{ChatRecord, Message, Sender};
use crate::teams::shown;

const SEND: [&str; 1] = ["ChannelMessage.Send"];
const READ: [&str; 1] = ["ChannelMessage.Read.All"];
const WRITE: [&str; 1] = ["ChannelMessage.ReadWrite"];

fn no_thread() -> GraphError {
    GraphError::NotFound("No thread found.".to_owned())
}

fn no_message(id: &str) -> GraphError {
    GraphError::NotFound(format!("Message '{id}' was not found."))
}

/// The conversation id of the thread that begins with this message.
fn thread_id(channel: &str, root: &str) -> String {
    format!("{channel};messageid={root}")
}

fn team_with<'a>(world: &'a World, group_id: &str, channel: &str) -> Result<&'a Team, GraphError> {
    world.teams.team(group_id).filter(|team| team.channel(channel).is_some()).ok_or_else(no_thread)
}

fn thread<'a>(world: &'a World, channel: &str, root: &str) -> Result<&'a ChatRecord, GraphError> {
    world.teams.chats.get(&thread_id(channel, root)).ok_or_else(no_thread)
}

impl Caller {
    /// Refuses who is not in the team.
    fn is_in(&self, world: &World, group_id: &str, channel: &str) -> Result<(), GraphError> {
        team_with(world, group_id, channel)?
            .member(&self.person.object_id)
            .map(drop)
            .ok_or(GraphError::NotMember)
    }
}

impl Reader {
    /// Refuses who may not read this team's channels: an app reads by resource-specific consent
    /// (`ChannelMessage.Read.Group`), which a team gives by having the app's bot installed.
    fn may_read(&self, world: &World, group_id: &str, channel: &str) -> Result<(), GraphError> {
        match self {
            Self::Person(caller) => {
                caller.needs(&READ)?;
                caller.is_in(world, group_id, channel)
            }
            Self::App { client_id } => {
                let is_bot = world.teams.bot_app().is_some_and(|app| app.client_id == *client_id);
                if team_with(world, group_id, channel)?.bot_installed && is_bot {
                    return Ok(());
                }
                Err(GraphError::Forbidden(
                    "Missing role permissions on the request: ChannelMessage.Read.Group.",
                ))
            }
        }
    }
}

/// Reads `$top` and `$skiptoken`: these lists know no order and no filter.
fn paging(query: &str) -> Result<(usize, usize), GraphError> {
    let (mut top, mut skip) = (20, 0);
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        match name.as_ref() {
            "$top" => {
                let number = value.parse().ok().filter(|top| (1..=50).contains(top));
                top = number.ok_or_else(|| {
                    GraphError::Bad("The limit of '50' for Top query has been exceeded.".to_owned())
                })?;
            }
            "$skiptoken" => {
                skip = value.parse().map_err(|_| GraphError::Bad("Invalid skip token.".to_owned()))?;
            }
            other => return Err(GraphError::Bad(format!("Query option '{other}' is not allowed."))),
        }
    }
    Ok((top, skip))
}

/// One page of messages that come newest first.
fn page(
    platforms: &Shared,
    path: &str,
    query: Option<&str>,
    found: &[(&ChatRecord, &Message)],
) -> Result<Json<Value>, GraphError> {
    let (top, skip) = paging(query.unwrap_or_default())?;
    let shown = found.iter().skip(skip).take(top);
    let list: Vec<Value> = shown.map(|(record, message)| shown::message(&record.chat, message)).collect();
    let next = skip + list.len();
    let mut body = json!({"@odata.count": list.len(), "value": list});
    if let (true, Some(map)) = (next < found.len(), body.as_object_mut()) {
        let mut url = platforms.urls.graph_url.clone();
        url.set_path(path);
        let (top, next) = (top.to_string(), next.to_string());
        url.query_pairs_mut().append_pair("$top", &top).append_pair("$skiptoken", &next);
        map.insert("@odata.nextLink".to_owned(), url.as_str().into());
    }
    Ok(Json(body))
}

/// The first messages of the threads of a channel.
pub(super) async fn roots(
    State(platforms): State<Shared>,
    reader: Reader,
    Path((team, channel)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, GraphError> {
    let world = platforms.world();
    reader.may_read(&world, &team, &channel)?;
    let mut found: Vec<(&ChatRecord, &Message)> = world
        .teams
        .threads(&channel)
        .filter_map(|record| Some((record, record.messages.first_key_value()?.1)))
        .collect();
    found.sort_by_key(|(_, message)| std::cmp::Reverse(message.created));
    page(&platforms, &format!("/v1.0/teams/{team}/channels/{channel}/messages"), query.as_deref(), &found)
}

/// The replies of a thread, without its first message.
pub(super) async fn replies(
    State(platforms): State<Shared>,
    reader: Reader,
    Path((team, channel, root)): Path<(String, String, String)>,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, GraphError> {
    let world = platforms.world();
    reader.may_read(&world, &team, &channel)?;
    let record = thread(&world, &channel, &root)?;
    let found: Vec<(&ChatRecord, &Message)> =
        record.messages.values().skip(1).rev().map(|message| (record, message)).collect();
    let path = format!("/v1.0/teams/{team}/channels/{channel}/messages/{root}/replies");
    page(&platforms, &path, query.as_deref(), &found)
}

fn read(
    platforms: &Shared,
    reader: &Reader,
    [team, channel, root, id]: [&str; 4],
) -> Result<Json<Value>, GraphError> {
    let world = platforms.world();
    reader.may_read(&world, team, channel)?;
    let record = thread(&world, channel, root)?;
    let message = record.message(id).ok_or_else(|| no_message(id))?;
    Ok(Json(shown::message(&record.chat, message)))
}

pub(super) async fn root(
    State(platforms): State<Shared>,
    reader: Reader,
    Path((team, channel, root)): Path<(String, String, String)>,
) -> Result<Json<Value>, GraphError> {
    read(&platforms, &reader, [&team, &channel, &root, &root])
}

pub(super) async fn reply(
    State(platforms): State<Shared>,
    reader: Reader,
    Path((team, channel, root, id)): Path<(String, String, String, String)>,
) -> Result<Json<Value>, GraphError> {
    if root == id {
        return Err(no_message(&id));
    }
    read(&platforms, &reader, [&team, &channel, &root, &id])
}

fn created(platforms: &Shared, thread: &str, message: &Message) -> Result<Response, GraphError> {
    let world = platforms.world();
    let record = world.teams.chats.get(thread).ok_or_else(no_thread)?;
    Ok((StatusCode::CREATED, Json(shown::message(&record.chat, message))).into_response())
}

pub(super) async fn start(
    State(platforms): State<Shared>,
    caller: Caller,
    Path((team, channel)): Path<(String, String)>,
    body: Bytes,
) -> Result<Response, GraphError> {
    caller.needs(&SEND)?;
    caller.is_in(&platforms.world(), &team, &channel)?;
    let content = content(&platforms, &caller.object(&body, TYPE, &SETTABLE)?)?;
    let sender = Sender::Person(caller.person.clone());
    let (thread, message) = platforms.start_thread(&channel, sender, Origin::App, content)?;
    created(&platforms, &thread, &message)
}

pub(super) async fn answer(
    State(platforms): State<Shared>,
    caller: Caller,
    Path((team, channel, root)): Path<(String, String, String)>,
    body: Bytes,
) -> Result<Response, GraphError> {
    caller.needs(&SEND)?;
    caller.is_in(&platforms.world(), &team, &channel)?;
    let content = content(&platforms, &caller.object(&body, TYPE, &SETTABLE)?)?;
    let (thread, sender) = (thread_id(&channel, &root), Sender::Person(caller.person.clone()));
    let message = platforms.send_message(&thread, sender, Origin::App, content)?;
    created(&platforms, &thread, &message)
}

/// What a person does to a message of a thread.
#[derive(Debug, Clone, Copy)]
pub(super) enum Deed {
    Edit,
    Delete,
    Undelete,
    React,
    Unreact,
}

fn act(
    platforms: &Shared,
    caller: &Caller,
    [team, channel, root, id]: [&str; 4],
    deed: Deed,
    body: &Bytes,
) -> Result<Response, GraphError> {
    caller.needs(if matches!(deed, Deed::React | Deed::Unreact) { &SEND } else { &WRITE })?;
    caller.is_in(&platforms.world(), team, channel)?;
    let wanted = match deed {
        Deed::Edit => MessageChange::Edit(content(platforms, &caller.object(body, TYPE, &SETTABLE)?)?),
        Deed::Delete => MessageChange::Delete,
        Deed::Undelete => MessageChange::Undelete,
        Deed::React => MessageChange::React(reaction(caller, body)?),
        Deed::Unreact => MessageChange::Unreact(reaction(caller, body)?),
    };
    change(platforms, caller, &thread_id(channel, root), id, wanted)
}

macro_rules! deeds {
    ($($deed:expr => $of_root:ident, $of_reply:ident;)+) => {$(
        pub(super) async fn $of_root(
            State(platforms): State<Shared>,
            caller: Caller,
            Path((team, channel, root)): Path<(String, String, String)>,
            body: Bytes,
        ) -> Result<Response, GraphError> {
            act(&platforms, &caller, [&team, &channel, &root, &root], $deed, &body)
        }

        pub(super) async fn $of_reply(
            State(platforms): State<Shared>,
            caller: Caller,
            Path((team, channel, root, id)): Path<(String, String, String, String)>,
            body: Bytes,
        ) -> Result<Response, GraphError> {
            act(&platforms, &caller, [&team, &channel, &root, &id], $deed, &body)
        }
    )+};
}

deeds! {
    Deed::Edit => edit_root, edit_reply;
    Deed::Delete => delete_root, delete_reply;
    Deed::Undelete => undelete_root, undelete_reply;
    Deed::React => react_root, react_reply;
    Deed::Unreact => unreact_root, unreact_reply;
}

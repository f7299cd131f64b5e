//! `teams.microsoft.com`: people's pages of the chats, and where links to messages lead.

use std::collections::HashMap;
use std::fmt::Write;

use askama::Template;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};

use crate::ambient::iso_date;
use crate::hosts::faces::Face;
use crate::hosts::posted::Posted;
use crate::hosts::site::ListPage;
use crate::hosts::wire;
use crate::simulator::{MessageDraft, Simulator};
use crate::teams::channel::Channel;
use crate::teams::model::{Chat, Message};
use crate::teams::shown::encoded;

pub(crate) fn routes(simulator: Simulator) -> Router {
    Router::new()
        .route("/", get(list))
        .route("/chat/{chat}", get(chat))
        .route("/chat/{chat}/message", post(send).layer(DefaultBodyLimit::disable()))
        .route("/hosted/{content}", get(hosted))
        .route("/channel/{channel}", get(channel))
        .route("/channel/{channel}/message", post(start))
        .route("/l/chat/{chat}/{rest}", get(to_chat))
        .route("/l/message/{chat}/{message}", get(to_message))
        .fallback(async || StatusCode::NOT_FOUND)
        .with_state(simulator)
}

/// A picture of a message, for people's pages.
async fn hosted(State(simulator): State<Simulator>, Path(id): Path<String>) -> Response {
    let world = simulator.platforms().world();
    let messages = world.teams.chats.values().flat_map(|record| record.messages.values());
    match messages.flat_map(|message| &message.hosted).find(|picture| picture.id == id) {
        Some(picture) => {
            ([(axum::http::header::CONTENT_TYPE, picture.mime.clone())], picture.content.clone())
                .into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn to_chat(Path((chat, _)): Path<(String, String)>) -> Redirect {
    Redirect::to(&format!("/chat/{}", encoded(&chat)))
}

async fn to_message(
    Path((chat, message)): Path<(String, String)>,
    Query(query): Query<HashMap<String, String>>,
) -> Redirect {
    let root = query.get("parentMessageId").map(|root| format!(";messageid={root}"));
    let chat = format!("{chat}{}", root.unwrap_or_default());
    Redirect::to(&format!("/chat/{}#message-{}", encoded(&chat), encoded(&message)))
}

fn title(chat: &Chat) -> String {
    let thread = chat.thread.as_ref().map(|thread| format!("{} › {}", thread.team, thread.channel));
    thread.or_else(|| chat.topic.clone()).unwrap_or_else(|| names(chat))
}

fn names(chat: &Chat) -> String {
    chat.members.iter().map(|member| member.person.name.as_str()).collect::<Vec<_>>().join(", ")
}

async fn list(State(simulator): State<Simulator>) -> Response {
    let (chats, teams) = (simulator.chats(), simulator.teams());
    let chats = chats
        .iter()
        .filter(|chat| chat.thread.is_none())
        .map(|chat| (format!("/chat/{}", encoded(&chat.id)), title(chat), names(chat)));
    let channels = teams.iter().flat_map(|team| {
        let entry = |channel: &Channel| {
            let head = format!("{} › {}", team.name, channel.name);
            (format!("/channel/{}", encoded(&channel.id)), head, "channel".to_owned())
        };
        team.channels.iter().map(entry)
    });
    let page = ListPage {
        title: "Chats".to_owned(),
        mark: "…",
        what: "chat",
        entries: chats.chain(channels).collect(),
    };
    wire::page(page.render())
}

struct ShownMessage {
    id: String,
    face: Face,
    bot: bool,
    at: String,
    edited: bool,
    gone: bool,
    html: String,
    /// The beginnings of quoted messages.
    quotes: Vec<String>,
    /// The texts of attached cards.
    cards: Vec<String>,
    /// Name and address of attached files.
    files: Vec<(String, String)>,
    reactions: Vec<String>,
}

impl ShownMessage {
    fn of(message: &Message) -> Self {
        Self {
            id: message.id.clone(),
            face: Face::named(message.sender.name()),
            bot: message.sender.is_bot(),
            at: iso_date(message.created),
            edited: message.edited.is_some(),
            gone: message.deleted.is_some(),
            html: message.html(),
            quotes: message.quotes(),
            cards: message.cards(),
            files: message.files(),
            reactions: message.reactions.iter().map(|reaction| reaction.kind.clone()).collect(),
        }
    }
}

#[derive(Template)]
#[template(path = "chat.html")]
struct ChatPage {
    topic: String,
    members: String,
    messages: Vec<ShownMessage>,
    people: Vec<Face>,
    action: String,
    feed: String,
    chat: String,
}

async fn chat(
    State(simulator): State<Simulator>,
    Path(id): Path<String>,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    let Some(chat) = simulator.chat(&id) else { return StatusCode::NOT_FOUND.into_response() };
    let acting = query.get("as");
    let page = ChatPage {
        topic: title(&chat),
        members: names(&chat),
        messages: simulator.messages(&id).iter().map(ShownMessage::of).collect(),
        people: chat
            .members
            .iter()
            .map(|member| &member.person)
            .map(|person| Face::choice(person, &person.object_id, acting == Some(&person.object_id)))
            .collect(),
        action: format!("/chat/{}/message", encoded(&id)),
        feed: format!("{}feed", simulator.urls().control_url),
        chat: chat.id,
    };
    wire::page(page.render())
}

async fn send(State(simulator): State<Simulator>, Path(id): Path<String>, posted: Posted) -> Response {
    let (person, text) = (posted.field("person").to_owned(), posted.field("text").to_owned());
    let sent = if let Some(file) = posted.file {
        simulator.send_with_files(&person, &id, &text, [file])
    } else {
        let mut draft = MessageDraft::text(&text);
        draft.mention_bot = !posted.field("mention_bot").is_empty();
        simulator.send_message(&person, &id, draft)
    };
    match sent {
        Ok(_) => Redirect::to(&format!("/chat/{}?as={}", encoded(&id), encoded(&person))).into_response(),
        Err(refusal) => (StatusCode::UNPROCESSABLE_ENTITY, refusal.to_string()).into_response(),
    }
}

/// A channel: the first message of each of its threads, and a form to start another.
async fn channel(
    State(simulator): State<Simulator>,
    Path(id): Path<String>,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    let teams = simulator.teams();
    let found = teams.iter().find_map(|team| Some((team, team.channel(&id)?)));
    let Some((team, channel)) = found else { return StatusCode::NOT_FOUND.into_response() };
    let acting = query.get("as");
    let mut chats = simulator.chats();
    chats.retain(|chat| chat.thread.as_ref().is_some_and(|thread| thread.channel_id == id));
    let messages = chats.iter().filter_map(|chat| {
        let thread = simulator.messages(&chat.id);
        let mut shown = ShownMessage::of(thread.first()?);
        let address = format!("/chat/{}", encoded(&chat.id));
        let answers = thread.len().saturating_sub(1);
        let _ = write!(shown.html, "<p><a href=\"{address}\">Open the thread ({answers} replies)</a></p>");
        Some(shown)
    });
    let page = ChatPage {
        topic: format!("{} › {}", team.name, channel.name),
        members: team.members.iter().map(|member| member.person.name.as_str()).collect::<Vec<_>>().join(", "),
        messages: messages.collect(),
        people: team
            .members
            .iter()
            .map(|member| &member.person)
            .map(|person| Face::choice(person, &person.object_id, acting == Some(&person.object_id)))
            .collect(),
        action: format!("/channel/{}/message", encoded(&id)),
        feed: format!("{}feed", simulator.urls().control_url),
        chat: id,
    };
    wire::page(page.render())
}

async fn start(State(simulator): State<Simulator>, Path(id): Path<String>, posted: Posted) -> Response {
    let person = posted.field("person");
    let mut draft = MessageDraft::text(posted.field("text"));
    draft.mention_bot = !posted.field("mention_bot").is_empty();
    match simulator.start_thread(person, &id, draft) {
        Ok(thread) => {
            Redirect::to(&format!("/chat/{}?as={}", encoded(&thread), encoded(person))).into_response()
        }
        Err(refusal) => (StatusCode::UNPROCESSABLE_ENTITY, refusal.to_string()).into_response(),
    }
}

//! The demo page: its files, its state, its live feed, and what people do on it.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::json;
use threadline_simulator::{CommentDraft, MessageDraft, Refusal};
use tokio_stream::Stream;
use tokio_stream::wrappers::ReceiverStream;

use super::state::{Snapshot, Theatre};
use super::{change, gallery, logins};

/// How often the page's feed looks for something new.
const LOOK: Duration = Duration::from_millis(100);

pub(super) fn router(theatre: Theatre) -> Router {
    Router::new()
        .route("/", get(|| async { Html(include_str!("../../web/assets/demo/index.html")) }))
        .route(
            "/demo/demo.css",
            get(|| async { file("text/css", include_str!("../../web/assets/demo/demo.css")) }),
        )
        .route(
            "/demo/demo.js",
            get(|| async { file("text/javascript", include_str!("../../web/assets/demo/demo.js")) }),
        )
        .route("/gallery", get(gallery::page))
        .route(
            "/demo/gallery.css",
            get(|| async { file("text/css", include_str!("../../web/assets/demo/gallery.css")) }),
        )
        .route("/demo/state", get(state))
        .route("/demo/feed", get(feed))
        .route("/demo/comment", post(comment))
        .route("/demo/message", post(message))
        .route("/demo/create", post(create))
        .merge(change::router())
        .route("/demo/login/{provider}", get(logins::begin))
        // Only this page's own scripts may act for the people of the stage.
        .layer(tower_http::csrf::CsrfLayer::new())
        .with_state(theatre)
}

fn file(kind: &'static str, text: &'static str) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, format!("{kind}; charset=utf-8"))], text)
}

/// What a person of the stage can't do, in the simulator's words.
pub(super) struct Refused(pub(super) String);

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        (StatusCode::BAD_REQUEST, Json(json!({ "error": self.0 }))).into_response()
    }
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self(refusal.to_string())
    }
}

async fn state(State(theatre): State<Theatre>) -> Result<Json<Snapshot>, Refused> {
    theatre.snapshot().await.map(Json).map_err(|error| Refused(error.to_string()))
}

/// A word each time something has changed; the page then reads the state again.
async fn feed(State(theatre): State<Theatre>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let (sender, receiver) = tokio::sync::mpsc::channel(4);
    tokio::spawn(async move {
        let mut last = String::new();
        while !sender.is_closed() {
            let now =
                theatre.snapshot().await.ok().and_then(|snapshot| serde_json::to_string(&snapshot).ok());
            if let Some(now) = now.filter(|now| *now != last) {
                last = now;
                let changed = Event::default().data(json!({ "type": "changed" }).to_string());
                if sender.send(Ok(changed)).await.is_err() {
                    return;
                }
            }
            tokio::time::sleep(LOOK).await;
        }
    });
    Sse::new(ReceiverStream::new(receiver)).keep_alive(KeepAlive::default())
}

#[derive(Deserialize)]
struct WrittenComment {
    person: String,
    issue: String,
    text: String,
}

async fn comment(
    State(theatre): State<Theatre>,
    Json(written): Json<WrittenComment>,
) -> Result<StatusCode, Refused> {
    let body = crate::content::adf::write(&crate::content::markdown::read(&written.text));
    theatre.stage.simulator.comment(&written.person, &written.issue, CommentDraft::adf(body))?;
    Ok(StatusCode::CREATED)
}

#[derive(Deserialize)]
struct WrittenMessage {
    person: String,
    chat: String,
    text: String,
    mention_bot: bool,
}

async fn message(
    State(theatre): State<Theatre>,
    Json(written): Json<WrittenMessage>,
) -> Result<StatusCode, Refused> {
    let text = written.text.trim();
    let draft = if written.mention_bot {
        MessageDraft::to_bot(text)
    } else {
        MessageDraft::html(&crate::content::teams_html::write(&crate::content::markdown::read(text)).html)
    };
    theatre.stage.simulator.send_message(&written.person, &written.chat, draft)?;
    Ok(StatusCode::CREATED)
}

#[derive(Deserialize)]
struct Create {
    person: String,
    chat: String,
    message_id: String,
    project: String,
    summary: String,
}

/// The message action, as Teams would do it: open the form, change two fields, send it.
async fn create(
    State(theatre): State<Theatre>,
    Json(wish): Json<Create>,
) -> Result<Json<serde_json::Value>, Refused> {
    let simulator = &theatre.stage.simulator;
    let (_, form) = simulator.fetch_task(&wish.person, &wish.chat, &wish.message_id, "createIssue").await?;
    if form.pointer("/composeExtension/type").is_some() {
        let detail =
            format!("{} connects Jira and Microsoft first: use the buttons beside the name.", wish.person);
        return Err(Refused(detail));
    }
    if let Some(text) = form.pointer("/task/value").and_then(|value| value.as_str()) {
        return Err(Refused(text.to_owned()));
    }
    let mut data = filled_in(&form);
    if let Some(fields) = data.as_object_mut() {
        fields.insert("project".to_owned(), wish.project.into());
        fields.insert("summary".to_owned(), wish.summary.into());
    }
    let (_, answer) =
        simulator.submit_action(&wish.person, &wish.chat, &wish.message_id, "createIssue", data).await?;
    let text = answer.pointer("/task/value").and_then(|value| value.as_str()).unwrap_or("Done.");
    Ok(Json(json!({ "detail": text })))
}

/// What Teams sends when a person leaves the form as it is: every input's value and the hidden data.
pub(super) fn filled_in(form: &serde_json::Value) -> serde_json::Value {
    let card = form.pointer("/task/value/card/content").cloned().unwrap_or_default();
    let mut data =
        card.pointer("/actions/0/data").and_then(|data| data.as_object()).cloned().unwrap_or_default();
    for input in card.get("body").and_then(|body| body.as_array()).into_iter().flatten() {
        let id = input.get("id").and_then(|id| id.as_str());
        if let (Some(id), Some(value)) = (id, input.get("value")) {
            data.insert(id.to_owned(), value.clone());
        }
    }
    serde_json::Value::Object(data)
}

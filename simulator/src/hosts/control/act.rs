//! Acting as a person.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};

use super::ControlError;
use crate::jira::model::Visibility;
use crate::simulator::{CommentDraft, IssueDraft, MessageDraft, Simulator};

#[derive(Deserialize)]
pub(super) struct Comment {
    person: String,
    issue: String,
    #[serde(default)]
    text: String,
    adf: Option<Value>,
    visibility: Option<Visibility>,
    #[serde(default)]
    internal: bool,
    /// The comment that it answers.
    parent: Option<String>,
}

pub(super) async fn comment(
    State(simulator): State<Simulator>,
    Json(asked): Json<Comment>,
) -> Result<Json<Value>, ControlError> {
    let mut draft = asked.adf.map_or_else(|| CommentDraft::text(&asked.text), CommentDraft::adf);
    draft.visibility = asked.visibility;
    draft.internal = asked.internal;
    draft.parent = asked.parent;
    Ok(Json(json!({"id": simulator.comment(&asked.person, &asked.issue, draft)?})))
}

#[derive(Deserialize)]
pub(super) struct CommentEdit {
    person: String,
    issue: String,
    comment: String,
    #[serde(default)]
    text: String,
    adf: Option<Value>,
}

pub(super) async fn edit_comment(
    State(simulator): State<Simulator>,
    Json(asked): Json<CommentEdit>,
) -> Result<Json<Value>, ControlError> {
    let draft = asked.adf.map_or_else(|| CommentDraft::text(&asked.text), CommentDraft::adf);
    simulator.edit_comment(&asked.person, &asked.issue, &asked.comment, draft)?;
    Ok(Json(json!({"id": asked.comment})))
}

pub(super) async fn delete_comment(
    State(simulator): State<Simulator>,
    Json(asked): Json<CommentEdit>,
) -> Result<Json<Value>, ControlError> {
    simulator.delete_comment(&asked.person, &asked.issue, &asked.comment)?;
    Ok(Json(json!({"id": asked.comment})))
}

#[derive(Deserialize)]
pub(super) struct NewIssue {
    person: String,
    #[serde(flatten)]
    draft: IssueDraft,
}

pub(super) async fn create_issue(
    State(simulator): State<Simulator>,
    Json(asked): Json<NewIssue>,
) -> Result<Json<Value>, ControlError> {
    let issue = simulator.create_issue(&asked.person, asked.draft)?;
    Ok(Json(json!({"id": issue.id, "key": issue.key})))
}

#[derive(Deserialize)]
pub(super) struct NewMessage {
    person: String,
    chat: String,
    #[serde(flatten)]
    draft: MessageDraft,
}

pub(super) async fn message(
    State(simulator): State<Simulator>,
    Json(asked): Json<NewMessage>,
) -> Result<Json<Value>, ControlError> {
    Ok(Json(json!({"id": simulator.send_message(&asked.person, &asked.chat, asked.draft)?})))
}

#[derive(Deserialize)]
pub(super) struct NewThread {
    person: String,
    channel: String,
    #[serde(flatten)]
    draft: MessageDraft,
}

pub(super) async fn thread(
    State(simulator): State<Simulator>,
    Json(asked): Json<NewThread>,
) -> Result<Json<Value>, ControlError> {
    Ok(Json(json!({"chat": simulator.start_thread(&asked.person, &asked.channel, asked.draft)?})))
}

#[derive(Deserialize)]
pub(super) struct Reaction {
    person: String,
    chat: String,
    message: String,
    /// The emoji, or Teams' word for it.
    kind: String,
}

pub(super) async fn react(
    State(simulator): State<Simulator>,
    Json(asked): Json<Reaction>,
) -> Result<Json<Value>, ControlError> {
    simulator.react(&asked.person, &asked.chat, &asked.message, &asked.kind)?;
    Ok(Json(json!({"id": asked.message})))
}

pub(super) async fn unreact(
    State(simulator): State<Simulator>,
    Json(asked): Json<Reaction>,
) -> Result<Json<Value>, ControlError> {
    simulator.unreact(&asked.person, &asked.chat, &asked.message, &asked.kind)?;
    Ok(Json(json!({"id": asked.message})))
}

#[derive(Deserialize)]
pub(super) struct MessageEdit {
    person: String,
    chat: String,
    message: String,
    #[serde(flatten)]
    draft: MessageDraft,
}

pub(super) async fn edit_message(
    State(simulator): State<Simulator>,
    Json(asked): Json<MessageEdit>,
) -> Result<Json<Value>, ControlError> {
    simulator.edit_message(&asked.person, &asked.chat, &asked.message, asked.draft)?;
    Ok(Json(json!({"id": asked.message})))
}

pub(super) async fn delete_message(
    State(simulator): State<Simulator>,
    Json(asked): Json<MessageEdit>,
) -> Result<Json<Value>, ControlError> {
    simulator.delete_message(&asked.person, &asked.chat, &asked.message)?;
    Ok(Json(json!({"id": asked.message})))
}

#[derive(Deserialize)]
pub(super) struct Invoke {
    person: String,
    chat: String,
    name: String,
    value: Value,
}

pub(super) async fn invoke(
    State(simulator): State<Simulator>,
    Json(asked): Json<Invoke>,
) -> Result<Json<Value>, ControlError> {
    let (status, body) = simulator.invoke(&asked.person, &asked.chat, &asked.name, asked.value).await?;
    Ok(Json(json!({"status": status, "body": body})))
}

#[derive(Deserialize)]
pub(super) struct MessageAction {
    person: String,
    chat: String,
    message: String,
    command: String,
    /// The form's values; without them the form itself is asked for.
    data: Option<Value>,
}

pub(super) async fn message_action(
    State(simulator): State<Simulator>,
    Json(asked): Json<MessageAction>,
) -> Result<Json<Value>, ControlError> {
    let (status, body) = match asked.data {
        None => simulator.fetch_task(&asked.person, &asked.chat, &asked.message, &asked.command).await?,
        Some(data) => {
            simulator.submit_action(&asked.person, &asked.chat, &asked.message, &asked.command, data).await?
        }
    };
    Ok(Json(json!({"status": status, "body": body})))
}

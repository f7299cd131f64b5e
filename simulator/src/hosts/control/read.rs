//! Reading the world.

use axum::Json;
use axum::extract::{Path, State};
use serde_json::{Value, json};

use super::ControlError;
use crate::delivery::Delivery;
use crate::jira::model::{Comment, Issue};
use crate::options::Urls;
use crate::people::Identity;
use crate::recorder::CallCount;
use crate::refusal::Refusal;
use crate::simulator::Simulator;
use crate::teams::channel::Team;
use crate::teams::model::{Chat, Message, Sender};

pub(super) async fn urls(State(simulator): State<Simulator>) -> Json<Urls> {
    Json(simulator.urls().clone())
}

fn person(person: &Identity) -> Value {
    json!({"name": person.name, "account_id": person.account_id, "object_id": person.object_id})
}

fn shown_comment(comment: &Comment) -> Value {
    json!({"id": comment.id, "parent": comment.parent, "author": person(&comment.author), "text": comment.text(),
        "html": comment.html(), "body": comment.body, "created": comment.created,
        "updated": comment.updated, "visibility": comment.visibility, "internal": comment.internal,
        "properties": comment.properties})
}

fn shown_issue(simulator: &Simulator, issue: &Issue) -> Value {
    let comments: Vec<Value> = simulator.comments(&issue.key).iter().map(shown_comment).collect();
    json!({"id": issue.id, "key": issue.key, "project": issue.project, "type": issue.issue_type.name,
        "summary": issue.summary, "status": issue.status, "reporter": person(&issue.reporter),
        "assignee": issue.assignee.as_deref().map(person), "created": issue.created,
        "updated": issue.updated, "description": issue.description,
        "description_text": issue.description_text(),
        "description_html": issue.description_html(),
        "properties": issue.properties, "remote_links": issue.remote_links, "comments": comments})
}

fn shown_message(message: &Message) -> Value {
    let gone = message.deleted.is_some();
    let sender = match &message.sender {
        Sender::Person(sender) => person(sender),
        Sender::Bot { name, .. } => json!({"name": name, "bot": true}),
    };
    json!({"id": message.id, "sender": sender, "text": if gone { String::new() } else { message.text() },
        "html": if gone { String::new() } else { message.html() }, "content": message.content,
        "attachments": message.attachments, "quotes": message.quotes(), "cards": message.cards(),
        "mentions": message.mentions, "created": message.created,
        "edited": message.edited, "deleted": message.deleted,
        "reactions": message.reactions.iter().map(|reaction| json!({"kind": reaction.kind,
            "person": person(&reaction.person)})).collect::<Vec<_>>()})
}

fn shown_chat(simulator: &Simulator, chat: &Chat) -> Value {
    let messages: Vec<Value> = simulator.messages(&chat.id).iter().map(shown_message).collect();
    json!({"id": chat.id, "topic": chat.topic, "kind": chat.kind, "tenant_id": chat.tenant_id,
        "bot_installed": chat.bot_installed,
        "channel": chat.thread.as_ref().map(|thread| &thread.channel_id),
        "members": chat.members.iter().map(|member| person(&member.person)).collect::<Vec<_>>(),
        "messages": messages})
}

fn shown_team(team: &Team) -> Value {
    let channels = team.channels.iter().map(|channel| json!({"id": channel.id, "name": channel.name}));
    json!({"id": team.id, "group_id": team.group_id, "name": team.name, "tenant_id": team.tenant_id,
        "bot_installed": team.bot_installed, "channels": channels.collect::<Vec<_>>(),
        "members": team.members.iter().map(|member| person(&member.person)).collect::<Vec<_>>()})
}

pub(super) async fn world(State(simulator): State<Simulator>) -> Json<Value> {
    let issues: Vec<Value> = simulator.issues().iter().map(|issue| shown_issue(&simulator, issue)).collect();
    let chats: Vec<Value> = simulator.chats().iter().map(|chat| shown_chat(&simulator, chat)).collect();
    let teams: Vec<Value> = simulator.teams().iter().map(shown_team).collect();
    let people: Vec<Value> = simulator.people().iter().map(|found| json!(found.as_ref())).collect();
    Json(json!({"urls": simulator.urls(), "people": people, "issues": issues, "chats": chats,
        "teams": teams}))
}

pub(super) async fn issue(
    State(simulator): State<Simulator>,
    Path(key): Path<String>,
) -> Result<Json<Value>, ControlError> {
    let issue = simulator.issue(&key).ok_or(Refusal::NoIssue(key))?;
    Ok(Json(shown_issue(&simulator, &issue)))
}

pub(super) async fn chat(
    State(simulator): State<Simulator>,
    Path(id): Path<String>,
) -> Result<Json<Value>, ControlError> {
    let chat = simulator.chat(&id).ok_or(Refusal::NoChat(id))?;
    Ok(Json(shown_chat(&simulator, &chat)))
}

pub(super) async fn deliveries(State(simulator): State<Simulator>) -> Json<Vec<Delivery>> {
    Json(simulator.deliveries())
}

pub(super) async fn calls(State(simulator): State<Simulator>) -> Json<Vec<CallCount>> {
    Json(simulator.calls())
}

//! Clicks that go to the bot as invokes: their answer comes back to whoever clicked.

use serde_json::{Value, json};

use crate::ambient::iso_date;
use crate::refusal::Refusal;
use crate::simulator::Simulator;
use crate::teams::activity;
use crate::teams::model::{Chat, Message};

impl Simulator {
    /// Sends an invoke activity as Teams does for a person's click, and gives the bot's
    /// status and JSON body (`null` if the body is empty).
    pub async fn invoke(
        &self,
        person: &str,
        chat: &str,
        name: &str,
        value: Value,
    ) -> Result<(u16, Value), Refusal> {
        let id = format!("f:{}", self.platforms.ids.guid());
        self.invoke_as(person, chat, &id, name, value).await
    }

    /// Like [`Simulator::invoke`] with a chosen activity id, so that it can be repeated as
    /// Teams repeats it.
    pub async fn invoke_as(
        &self,
        person: &str,
        chat: &str,
        activity_id: &str,
        name: &str,
        value: Value,
    ) -> Result<(u16, Value), Refusal> {
        let person = self.person(person)?;
        let (activity, endpoint) = {
            let world = self.platforms.world();
            let record = world.teams.chats.get(chat).ok_or_else(|| Refusal::NoChat(chat.to_owned()))?;
            let (Some(bot), Some(endpoint)) = (world.teams.bot_app(), world.teams.bot_endpoint.clone())
            else {
                return Err(Refusal::NoAnswer);
            };
            let click = activity::Invoke { id: activity_id, name, value };
            let now = self.platforms.now();
            let service = &self.urls().service_url;
            (activity::invoke(service, bot, &record.chat, &person, click, now), endpoint)
        };
        let token = self.platforms.bot_authorization().ok_or(Refusal::NoAnswer)?;
        let answer = self
            .platforms
            .http
            .post(endpoint)
            .headers(activity::headers())
            .header(reqwest::header::AUTHORIZATION, token)
            .body(activity.to_string())
            .send()
            .await
            .map_err(|_| Refusal::NoAnswer)?;
        let status = answer.status().as_u16();
        let body = answer.bytes().await.map_err(|_| Refusal::NoAnswer)?;
        Ok((status, serde_json::from_slice(&body).unwrap_or_default()))
    }

    /// A person opens a message action (`composeExtension/fetchTask`) on a message.
    pub async fn fetch_task(
        &self,
        person: &str,
        chat: &str,
        message: &str,
        command: &str,
    ) -> Result<(u16, Value), Refusal> {
        let value = self.action_value(chat, message, command, None)?;
        self.invoke(person, chat, "composeExtension/fetchTask", value).await
    }

    /// A person submits the form of a message action (`composeExtension/submitAction`).
    pub async fn submit_action(
        &self,
        person: &str,
        chat: &str,
        message: &str,
        command: &str,
        data: Value,
    ) -> Result<(u16, Value), Refusal> {
        let value = self.action_value(chat, message, command, Some(data))?;
        self.invoke(person, chat, "composeExtension/submitAction", value).await
    }

    /// The `value` of a message action: what Teams sends for a click on this message.
    pub fn action_value(
        &self,
        chat: &str,
        message: &str,
        command: &str,
        data: Option<Value>,
    ) -> Result<Value, Refusal> {
        let world = self.platforms.world();
        let record = world.teams.chats.get(chat).ok_or_else(|| Refusal::NoChat(chat.to_owned()))?;
        let found = record.message(message).ok_or_else(|| Refusal::NoMessage(message.to_owned()))?;
        let mut value = json!({
            "commandId": command,
            "commandContext": "message",
            "requestId": self.platforms.ids.guid().simple().to_string(),
            "context": {"theme": "default"},
            "messagePayload": payload(self, &record.chat, found),
        });
        if let (Some(data), Some(map)) = (data, value.as_object_mut()) {
            map.insert("data".to_owned(), data);
        }
        Ok(value)
    }
}

/// The message as a message action carries it.
fn payload(simulator: &Simulator, chat: &Chat, message: &Message) -> Value {
    let shown = crate::teams::shown::message(chat, message);
    let part = |pointer: &str| shown.pointer(pointer).cloned().unwrap_or_default();
    json!({
        "id": message.id,
        "replyToId": null,
        "createdDateTime": iso_date(message.created),
        "lastModifiedDateTime": message.edited.map(iso_date),
        "linkToMessage": format!("{}l/message/{}/{}", simulator.urls().teams_web_url,
            crate::teams::shown::encoded(&chat.id), message.id),
        "importance": "normal",
        "locale": "en-us",
        "subject": null,
        "summary": null,
        "deleted": message.deleted.is_some(),
        "body": {"contentType": message.content_type, "content": message.content},
        "from": {"device": null, "conversation": null, "user": part("/from/user"),
            "application": part("/from/application")},
        "attachmentLayout": null,
        "attachments": message.attachments,
        "mentions": message.mentions,
        "reactions": part("/reactions"),
    })
}

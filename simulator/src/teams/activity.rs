//! The activities that the Bot Connector sends to the bot endpoint.

use std::sync::Arc;

use axum::body::Bytes;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue, USER_AGENT};
use serde_json::{Value, json};
use url::Url;

use crate::ambient::{Millis, iso_date};
use crate::delivery::{Outgoing, Receiver, enqueue};
use crate::people::Identity;
use crate::platforms::Platforms;
use crate::teams::html;
use crate::teams::model::{Chat, Message, MicrosoftApp, Sender};

/// What an activity about a message tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    Message,
    Edited,
    Deleted,
    Undeleted,
}

impl Event {
    /// Activity type and `channelData.eventType`.
    fn names(self) -> (&'static str, Option<&'static str>) {
        match self {
            Self::Message => ("message", None),
            Self::Edited => ("messageUpdate", Some("editMessage")),
            Self::Deleted => ("messageDelete", Some("softDeleteMessage")),
            Self::Undeleted => ("messageUpdate", Some("undeleteMessage")),
        }
    }
}

/// Queues the activity for a person's message, if the bot is in the chat.
pub(crate) fn send(
    platforms: &Arc<Platforms>,
    bot: &MicrosoftApp,
    endpoint: &Url,
    chat: &Chat,
    message: &Message,
    event: Event,
    now: Millis,
) {
    let Sender::Person(person) = &message.sender else { return };
    if !chat.bot_installed {
        return;
    }
    let (kind, event_type) = event.names();
    let mut activity = envelope(&platforms.urls.service_url, bot, chat, person, kind, &message.id, now);
    if event == Event::Deleted {
        activity.put("channelData", channel_data(chat, event_type));
    } else {
        activity.put("textFormat", "plain");
        activity.put("locale", "en-GB");
        activity.put("text", flat_text(message));
        activity.put("attachments", attachments(&platforms.urls.service_url, message));
        activity.put("entities", entities(message, chat));
        activity.put("channelData", channel_data(chat, event_type));
    }
    queue(platforms, endpoint, chat, event_type.unwrap_or(kind), &message.id, &activity.0);
}

/// Queues the activity for a person's reaction to a message of the bot; Teams tells the bot of
/// no other reactions.
pub(crate) fn send_reaction(
    platforms: &Arc<Platforms>,
    bot: &MicrosoftApp,
    endpoint: &Url,
    chat: &Chat,
    message: &Message,
    person: &Identity,
    (change, kind): (&'static str, &str),
) {
    if !chat.bot_installed || message.sender.id() != bot.client_id {
        return;
    }
    let id = format!("f:{}", platforms.ids.guid());
    let mut activity =
        envelope(&platforms.urls.service_url, bot, chat, person, "messageReaction", &id, platforms.now());
    activity.put("replyToId", message.id.as_str());
    activity.put(change, json!([{"type": kind}]));
    activity.put("channelData", channel_data(chat, None));
    queue(platforms, endpoint, chat, "messageReaction", &message.id, &activity.0);
}

/// Queues an activity about the chat itself: `installationUpdate`, `conversationUpdate`.
pub(crate) fn send_about_chat(
    platforms: &Arc<Platforms>,
    bot: &MicrosoftApp,
    endpoint: &Url,
    chat: &Chat,
    person: &Identity,
    (kind, extra): (&str, &Value),
    now: Millis,
) {
    let id = format!("f:{}", platforms.ids.guid());
    let mut activity = envelope(&platforms.urls.service_url, bot, chat, person, kind, &id, now);
    activity.put("channelData", channel_data(chat, None));
    for (name, value) in extra.as_object().into_iter().flatten() {
        activity.put(name, value.clone());
    }
    queue(platforms, endpoint, chat, kind, &id, &activity.0);
}

/// A click that the bot answers.
pub(crate) struct Invoke<'a> {
    pub(crate) id: &'a str,
    pub(crate) name: &'a str,
    pub(crate) value: Value,
}

/// An invoke activity; its answer goes back to whoever clicked.
pub(crate) fn invoke(
    service_url: &Url,
    bot: &MicrosoftApp,
    chat: &Chat,
    person: &Identity,
    click: Invoke<'_>,
    now: Millis,
) -> Value {
    let mut activity = envelope(service_url, bot, chat, person, "invoke", click.id, now);
    activity.put("name", click.name);
    activity.put("value", click.value);
    activity.put("locale", "en-GB");
    let mut data = channel_data(chat, None);
    if let Some(map) = data.as_object_mut() {
        map.insert("source".to_owned(), json!({"name": "message"}));
    }
    activity.put("channelData", data);
    activity.0
}

struct Activity(Value);

impl Activity {
    fn put(&mut self, name: &str, value: impl Into<Value>) {
        if let Some(map) = self.0.as_object_mut() {
            map.insert(name.to_owned(), value.into());
        }
    }
}

fn envelope(
    service_url: &Url,
    bot: &MicrosoftApp,
    chat: &Chat,
    person: &Identity,
    kind: &str,
    id: &str,
    now: Millis,
) -> Activity {
    let mut conversation = json!({"id": chat.id, "conversationType": chat.kind.conversation_type(),
        "isGroup": chat.members.len() > 1, "tenantId": chat.tenant_id});
    if let (Some(topic), Some(map)) = (&chat.topic, conversation.as_object_mut()) {
        map.insert("name".to_owned(), topic.clone().into());
    }
    Activity(json!({
        "type": kind,
        "id": id,
        "timestamp": iso_date(now),
        "localTimestamp": iso_date(now),
        "localTimezone": "Etc/UTC",
        "serviceUrl": service_url,
        "channelId": "msteams",
        "from": {"id": person.teams_id, "name": person.name, "aadObjectId": person.object_id},
        "recipient": {"id": format!("28:{}", bot.client_id), "name": bot.bot_name},
        "conversation": conversation,
    }))
}

fn channel_data(chat: &Chat, event_type: Option<&str>) -> Value {
    let mut data = json!({"tenant": {"id": chat.tenant_id}});
    if let (Some(thread), Some(map)) = (&chat.thread, data.as_object_mut()) {
        let team = json!({"id": thread.team_id, "name": thread.team, "aadGroupId": thread.group_id});
        map.insert("team".to_owned(), team);
        let channel = json!({"id": thread.channel_id, "name": thread.channel, "type": "standard"});
        map.insert("channel".to_owned(), channel);
    }
    if let (Some(event_type), Some(map)) = (event_type, data.as_object_mut()) {
        map.insert("eventType".to_owned(), event_type.into());
    }
    data
}

/// The name behind each `<at id>` of a message.
fn mention_name(message: &Message, id: &str) -> Option<String> {
    message
        .mentions
        .iter()
        .find(|mention| mention.get("id").is_some_and(|found| found.to_string().trim_matches('"') == id))
        .and_then(|mention| mention.get("mentionText")?.as_str().map(str::to_owned))
}

/// The text without its formatting; a quote is a mark in front of it.
fn flat_text(message: &Message) -> String {
    let text = if message.content_type == "html" {
        html::activity_text(&message.content, |id| mention_name(message, id))
    } else {
        message.content.clone()
    };
    let marks =
        quotes(message).map(|id| format!("<quoted messageId=\"{id}\"/>")).collect::<Vec<_>>().concat();
    format!("{marks}{text}")
}

/// The ids of the messages that a message quotes.
fn quotes(message: &Message) -> impl Iterator<Item = &str> {
    references(message).filter_map(|entry| entry.get("id")?.as_str())
}

/// The attachments that refer to quoted messages.
fn references(message: &Message) -> impl Iterator<Item = &Value> {
    let is_quote = |entry: &&Value| entry.get("contentType") == Some(&"messageReference".into());
    message.attachments.iter().filter(is_quote)
}

/// The pictures of a message, each at the Connector, and its text.
fn attachments(service_url: &Url, message: &Message) -> Value {
    let mut found: Vec<Value> = message
        .hosted
        .iter()
        .map(|picture| {
            let place = format!("{service_url}v3/attachments/{}/views/original", picture.id);
            json!({"contentType": picture.mime, "contentUrl": place})
        })
        .collect();
    found.push(json!({"contentType": "text/html", "content": html_attachment(message)}));
    found.into()
}

/// The text as HTML. Pictures stand in it with an address of Teams' own that apps can't read.
fn html_attachment(message: &Message) -> String {
    if message.content_type == "html" {
        let mut text = html::activity_html(&message.content);
        for picture in &message.hosted {
            for source in html::attributes_of(&message.content, "img", "src") {
                if source.ends_with(&format!("/hostedContents/{}/$value", picture.id)) {
                    let place = format!("https://eu-api.asm.skype.com/v1/objects/{}/views/imgo", picture.id);
                    text = text.replace(source, &place);
                }
            }
        }
        text
    } else {
        format!("<p>{}</p>", crate::escape::escape(&message.content))
    }
}

/// One entity for each mention and each quote, in order, and the client's own.
fn entities(message: &Message, chat: &Chat) -> Value {
    let mut entities: Vec<Value> = message
        .mentions
        .iter()
        .filter_map(|mention| {
            let name = mention.get("mentionText")?.as_str()?;
            let mentioned = mention.get("mentioned")?;
            let user = mentioned.pointer("/user/id").and_then(Value::as_str);
            let id = match user {
                Some(object_id) => chat.member(object_id)?.person.teams_id.clone(),
                None => format!("28:{}", mentioned.pointer("/application/id")?.as_str()?),
            };
            let mut shown = json!({"id": id, "name": name});
            if let (Some(object_id), Some(map)) = (user, shown.as_object_mut()) {
                map.insert("aadObjectId".to_owned(), object_id.into());
            }
            let text = format!("<at>{}</at>", crate::escape::escape(name));
            Some(json!({"type": "mention", "mentioned": shown, "text": text}))
        })
        .collect();
    entities.extend(references(message).map(|reference| {
        let text = reference.get("content").and_then(Value::as_str).unwrap_or_default();
        let content: Value = serde_json::from_str(text).unwrap_or_default();
        let sender = ["user", "application"].iter().find_map(|kind| content.get("messageSender")?.get(kind));
        json!({"type": "quotedReply", "quotedReply": {
            "messageId": reference.get("id"),
            "senderId": sender.and_then(|sender| sender.get("id")),
            "senderName": sender.and_then(|sender| sender.get("displayName")),
            "preview": content.get("messagePreview"),
        }})
    }));
    entities.push(json!({"type": "clientInfo", "locale": "en-GB", "country": "GB", "platform": "Web",
        "timezone": "Etc/UTC"}));
    entities.into()
}

fn queue(
    platforms: &Arc<Platforms>,
    endpoint: &Url,
    chat: &Chat,
    event: &str,
    subject: &str,
    activity: &Value,
) {
    enqueue(
        platforms,
        Outgoing {
            to: Receiver::Bot,
            event: event.to_owned(),
            lane: chat.id.clone(),
            subject: subject.to_owned(),
            url: endpoint.clone(),
            headers: headers(),
            body: Bytes::from(activity.to_string()),
            signed_for: None,
        },
    );
}

/// The headers of every activity; the token is added when it is sent.
pub(crate) fn headers() -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    headers
        .insert(USER_AGENT, HeaderValue::from_static("Microsoft-SkypeBotApi (Microsoft-BotFramework/3.0)"));
    headers
}

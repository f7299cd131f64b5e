//! Sending, editing, deleting and reacting, by people and by apps.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::escape::escape;
use crate::journal::{Change, Origin};
use crate::people::Identity;
use crate::platforms::Platforms;
use crate::refusal::Refusal;
use crate::teams::activity::{self, Event};
use crate::teams::html;
use crate::teams::model::{ChatRecord, Hosted, Message, Reaction, Sender};
use crate::teams::notification;
use crate::teams::shown;

/// Most bytes of a person's message in UTF-16 ("approximately 28 KB" in the limits of Teams).
const PERSON_LIMIT: usize = 28 * 1024;
/// Most bytes of a bot's activity in UTF-16, counted over the whole payload.
pub(crate) const BOT_LIMIT: usize = 100 * 1024;

/// What a message says.
#[derive(Debug, Clone, Default)]
pub(crate) struct Content {
    /// `html` or `text`.
    pub(crate) kind: String,
    pub(crate) markup: String,
    pub(crate) mentions: Vec<Value>,
    pub(crate) attachments: Vec<Value>,
    /// New pictures; `../hostedContents/{temporary id}/$value` stands for each in the markup.
    pub(crate) hosted: Vec<(String, Hosted)>,
}

impl Content {
    /// Gives the new pictures their addresses, once the message's own is known.
    fn settle(&mut self, graph: &url::Url, chat: &str, message: &str) -> Vec<Hosted> {
        for (temporary, picture) in &self.hosted {
            let place = hosted_address(graph, chat, message, &picture.id);
            self.markup = self.markup.replace(&format!("../hostedContents/{temporary}/$value"), &place);
        }
        self.hosted.drain(..).map(|(_, picture)| picture).collect()
    }

    /// Chat HTML without mentions.
    pub(crate) fn html(html: &str) -> Self {
        Self { kind: "html".to_owned(), markup: html.to_owned(), ..Self::default() }
    }

    /// Puts a quoted message in front, as Teams stores it: an attachment that refers to it.
    pub(crate) fn quote(&mut self, quoted: &Message) {
        if self.kind == "text" {
            self.markup = format!("<p>{}</p>", escape(&self.markup));
            "html".clone_into(&mut self.kind);
        }
        let preview: String = quoted.text().chars().take(120).collect();
        let reference = json!({"messageId": quoted.id, "messagePreview": preview,
            "messageSender": shown::identity(&quoted.sender)});
        self.markup = format!("<attachment id=\"{}\"></attachment>{}", quoted.id, self.markup);
        self.attachments.push(json!({"id": quoted.id, "contentType": "messageReference",
            "contentUrl": null, "content": reference.to_string(), "name": null, "thumbnailUrl": null}));
    }

    /// Refuses a text over the limit, and a mention or an attachment in the HTML that has no
    /// entry.
    fn check(&self, sender: &Sender) -> Result<(), Refusal> {
        let limit = if sender.is_bot() { BOT_LIMIT } else { PERSON_LIMIT };
        // A text never has more UTF-16 units than bytes, so most need no count.
        if self.markup.len() * 2 > limit && self.markup.encode_utf16().count() * 2 > limit {
            return Err(Refusal::TooLarge);
        }
        if self.kind != "html" {
            return Ok(());
        }
        for id in html::attributes_of(&self.markup, "at", "id") {
            if !self.mentions.iter().any(|mention| has_id(mention, id)) {
                return Err(Refusal::invalid(
                    "mentions",
                    &format!("Neither Mentions nor Attachments has an entry for the id '{id}' of the body."),
                ));
            }
        }
        for id in html::attributes_of(&self.markup, "attachment", "id") {
            if !self.attachments.iter().any(|attachment| has_id(attachment, id)) {
                return Err(Refusal::invalid(
                    "attachments",
                    &format!("Neither Mentions nor Attachments has an entry for the id '{id}' of the body."),
                ));
            }
        }
        Ok(())
    }
}

fn has_id(entry: &Value, wanted: &str) -> bool {
    match entry.get("id") {
        Some(Value::Number(id)) => id.to_string() == wanted,
        Some(Value::String(id)) => id == wanted,
        _ => false,
    }
}

/// Where Graph serves a picture of a message.
pub(crate) fn hosted_address(graph: &url::Url, chat: &str, message: &str, id: &str) -> String {
    format!("{graph}/chats/{}/messages/{message}/hostedContents/{id}/$value", shown::encoded(chat))
}

/// Graph's entry for a mention of a person.
pub(crate) fn mention_of(id: usize, person: &Identity) -> Value {
    json!({"id": id, "mentionText": person.name, "mentioned": {"application": null, "device": null,
        "conversation": null, "tag": null, "user": {"id": person.object_id, "displayName": person.name,
            "userIdentityType": "aadUser"}}})
}

/// Graph's entry for a mention of the bot.
pub(crate) fn mention_of_bot(id: usize, app_id: &str, name: &str) -> Value {
    json!({"id": id, "mentionText": name, "mentioned": {"user": null, "device": null, "conversation": null,
        "tag": null, "application": {"id": app_id, "displayName": name, "applicationIdentityType": "bot"}}})
}

/// What changes in a message.
#[derive(Debug, Clone)]
pub(crate) enum MessageChange {
    Edit(Content),
    Delete,
    Undelete,
    React(String),
    Unreact(String),
}

impl Platforms {
    /// Writes a message. What a person writes is also told to the bot (resource-specific
    /// consent), whatever way it was written; what the bot writes is not.
    pub(crate) fn send_message(
        self: &Arc<Self>,
        chat: &str,
        sender: Sender,
        by: Origin,
        mut content: Content,
    ) -> Result<Message, Refusal> {
        content.check(&sender)?;
        let now = self.now();
        let mut world = self.world();
        let teams = &mut world.teams;
        let bot = teams.bot_app().cloned();
        let endpoint = teams.bot_endpoint.clone();
        let record = teams.chats.get_mut(chat).ok_or_else(|| Refusal::NoChat(chat.to_owned()))?;
        if let Sender::Person(person) = &sender {
            record.chat.member(&person.object_id).ok_or(Refusal::NotMember)?;
        }
        let after_last = record.messages.last_key_value().map_or(0, |(last, _)| last + 1);
        let root = record.chat.thread.as_ref().and_then(|thread| thread.root.parse().ok());
        let id = match root {
            // A thread is called after its first message.
            Some(root) if record.messages.is_empty() => root,
            _ => u64::try_from(now).unwrap_or(0).max(after_last),
        };
        let hosted = content.settle(&self.urls.graph_url, chat, &id.to_string());
        let message = Message {
            id: id.to_string(),
            sender,
            content_type: content.kind,
            content: content.markup,
            mentions: content.mentions,
            attachments: content.attachments,
            hosted,
            reactions: Vec::new(),
            created: now,
            modified: now,
            edited: None,
            deleted: None,
        };
        record.chat.updated = now;
        if let (Some(bot), Some(endpoint)) = (&bot, &endpoint) {
            activity::send(self, bot, endpoint, &record.chat, &message, Event::Message, now);
        }
        record.messages.insert(id, message.clone());
        notification::send(self, &world.teams, chat, &message, "created");
        drop(world);
        self.journal.add(
            now,
            Change::MessageCreated {
                chat: chat.to_owned(),
                message: message.id.clone(),
                author: message.sender.id().to_owned(),
                by,
            },
        );
        Ok(message)
    }

    /// Edits, deletes or reacts to a message. Only its author may edit or delete it.
    pub(crate) fn change_message(
        self: &Arc<Self>,
        chat: &str,
        id: &str,
        sender: &Sender,
        by: Origin,
        mut change: MessageChange,
    ) -> Result<Message, Refusal> {
        if let MessageChange::Edit(content) = &change {
            content.check(sender)?;
        }
        let new_pictures = match &mut change {
            MessageChange::Edit(content) => content.settle(&self.urls.graph_url, chat, id),
            _ => Vec::new(),
        };
        let now = self.now();
        let mut world = self.world();
        let teams = &mut world.teams;
        let bot = teams.bot_app().cloned();
        let endpoint = teams.bot_endpoint.clone();
        let record = teams.chats.get_mut(chat).ok_or_else(|| Refusal::NoChat(chat.to_owned()))?;
        if let Sender::Person(person) = sender {
            record.chat.member(&person.object_id).ok_or(Refusal::NotMember)?;
        }
        let reaction = match &change {
            MessageChange::React(kind) => Some(("reactionsAdded", kind.clone())),
            MessageChange::Unreact(kind) => Some(("reactionsRemoved", kind.clone())),
            _ => None,
        };
        let event = apply(record, id, sender, change, now)?;
        if let Some(message) = record.message_mut(id) {
            message.hosted.extend(new_pictures);
        }
        let message = record.message(id).cloned().ok_or_else(|| Refusal::NoMessage(id.to_owned()))?;
        if let (Some(bot), Some(endpoint), Some(event)) = (&bot, &endpoint, event) {
            activity::send(self, bot, endpoint, &record.chat, &message, event, now);
        }
        if let (Some(bot), Some(endpoint), Some((change, kind)), Sender::Person(person)) =
            (&bot, &endpoint, &reaction, sender)
        {
            activity::send_reaction(
                self,
                bot,
                endpoint,
                &record.chat,
                &message,
                person,
                (*change, kind.as_str()),
            );
        }
        let kind = if event == Some(Event::Deleted) { "deleted" } else { "updated" };
        notification::send(self, &world.teams, chat, &message, kind);
        drop(world);
        let (chat, id, author) = (chat.to_owned(), id.to_owned(), sender.id().to_owned());
        let change = if message.deleted.is_some() {
            Change::MessageDeleted { chat, message: id, author, by }
        } else {
            Change::MessageUpdated { chat, message: id, author, by }
        };
        self.journal.add(now, change);
        Ok(message)
    }
}

/// Carries out a change; says which event the bot gets, if any.
fn apply(
    record: &mut ChatRecord,
    id: &str,
    sender: &Sender,
    change: MessageChange,
    now: i64,
) -> Result<Option<Event>, Refusal> {
    let message = record.message_mut(id).ok_or_else(|| Refusal::NoMessage(id.to_owned()))?;
    let own = message.sender.id() == sender.id();
    // Milliseconds order the changes of one message, so no two may share one.
    let now = now.max(message.modified + 1);
    let event = match (change, sender) {
        (MessageChange::Edit(content), _) if own && message.deleted.is_none() => {
            message.content_type = content.kind;
            message.content = content.markup;
            message.mentions = content.mentions;
            message.attachments = content.attachments;
            message.edited = Some(now);
            Some(Event::Edited)
        }
        (MessageChange::Delete, _) if own && message.deleted.is_none() => {
            message.deleted = Some(now);
            Some(Event::Deleted)
        }
        (MessageChange::Undelete, _) if own && message.deleted.is_some() => {
            message.deleted = None;
            Some(Event::Undeleted)
        }
        (MessageChange::React(kind), Sender::Person(person)) => {
            message.reactions.retain(|old| old.kind != kind || old.person != *person);
            message.reactions.push(Reaction { kind, person: Arc::clone(person), at: now });
            None
        }
        (MessageChange::Unreact(kind), Sender::Person(person)) => {
            message.reactions.retain(|old| old.kind != kind || old.person != *person);
            None
        }
        (MessageChange::Edit(_) | MessageChange::Delete, _) if own => {
            return Err(Refusal::NoMessage(id.to_owned()));
        }
        _ => return Err(Refusal::NotAuthor),
    };
    message.modified = now;
    Ok(event)
}

//! The JSON in which Graph shows what a tenant holds.

use serde_json::{Value, json};
use url::Url;

use crate::ambient::iso_date;
use crate::people::Identity;
use crate::teams::model::{Chat, DriveItem, Member, Message, Sender};

pub(crate) fn user(person: &Identity) -> Value {
    json!({"id": person.object_id, "displayName": person.name, "userPrincipalName": person.email,
        "mail": person.email, "givenName": null, "surname": null, "jobTitle": null, "mobilePhone": null,
        "officeLocation": null, "preferredLanguage": null, "businessPhones": []})
}

pub(crate) fn chat(teams_web: &Url, chat: &Chat) -> Value {
    json!({"id": chat.id, "topic": chat.topic, "createdDateTime": iso_date(chat.created),
        "lastUpdatedDateTime": iso_date(chat.updated), "chatType": chat.kind.chat_type(),
        "webUrl": format!("{teams_web}l/chat/{}/0?tenantId={}", encoded(&chat.id), chat.tenant_id),
        "tenantId": chat.tenant_id, "onlineMeetingInfo": null, "viewpoint": null})
}

pub(crate) fn member(member: &Member, tenant_id: &str) -> Value {
    json!({"@odata.type": "#microsoft.graph.aadUserConversationMember", "id": member.id,
        "roles": [member.role], "displayName": member.person.name, "userId": member.person.object_id,
        "email": member.person.email, "tenantId": tenant_id,
        "visibleHistoryStartDateTime": "0001-01-01T00:00:00Z"})
}

/// Who wrote a quoted message.
pub(crate) fn identity(sender: &Sender) -> Value {
    match sender {
        Sender::Person(person) => json!({"user": {"id": person.object_id, "displayName": person.name,
            "userIdentityType": "aadUser"}}),
        Sender::Bot { app_id, name } => json!({"application": {"id": app_id, "displayName": name,
            "applicationIdentityType": "bot"}}),
    }
}

fn from(sender: &Sender, tenant_id: &str) -> Value {
    match sender {
        Sender::Person(person) => {
            json!({"application": null, "device": null, "user": {
                "@odata.type": "#microsoft.graph.teamworkUserIdentity", "id": person.object_id,
                "displayName": person.name, "userIdentityType": "aadUser", "tenantId": tenant_id}})
        }
        Sender::Bot { app_id, name } => {
            json!({"user": null, "device": null, "application": {
                "@odata.type": "#microsoft.graph.teamworkApplicationIdentity", "id": app_id,
                "displayName": name, "applicationIdentityType": "bot"}})
        }
    }
}

pub(crate) fn message(chat: &Chat, message: &Message) -> Value {
    let gone = message.deleted.is_some();
    let thread = chat.thread.as_deref();
    let answers = thread.map(|thread| &thread.root).filter(|root| **root != message.id);
    let channel = thread.map(|thread| json!({"teamId": thread.group_id, "channelId": thread.channel_id}));
    let reactions: Vec<Value> = message
        .reactions
        .iter()
        .map(|reaction| {
            json!({"reactionType": reaction.kind, "displayName": reaction.kind,
                "createdDateTime": iso_date(reaction.at),
                "user": {"application": null, "device": null, "user": {"id": reaction.person.object_id,
                    "displayName": reaction.person.name, "userIdentityType": "aadUser"}}})
        })
        .collect();
    json!({
        "id": message.id, "replyToId": answers, "etag": message.modified.to_string(), "messageType": "message",
        "createdDateTime": iso_date(message.created), "lastModifiedDateTime": iso_date(message.modified),
        "lastEditedDateTime": message.edited.map(iso_date), "deletedDateTime": message.deleted.map(iso_date),
        "subject": null, "summary": null, "chatId": thread.is_none().then_some(&chat.id), "importance": "normal", "locale": "en-us",
        "webUrl": null, "channelIdentity": channel, "policyViolation": null, "eventDetail": null,
        "from": from(&message.sender, &chat.tenant_id),
        "body": {"contentType": message.content_type, "content": if gone { "" } else { &message.content }},
        "attachments": if gone { json!([]) } else { json!(message.attachments) },
        "mentions": if gone { json!([]) } else { json!(message.mentions) },
        "reactions": reactions,
    })
}

/// A conversation id as part of a path.
pub(crate) fn encoded(id: &str) -> String {
    percent_encoding::utf8_percent_encode(id, percent_encoding::NON_ALPHANUMERIC).to_string()
}

/// Where a file of somebody's drive is on the web.
pub(crate) fn drive_address(media: &Url, item: &DriveItem) -> String {
    let path: Vec<String> = item.path.split('/').map(encoded).collect();
    format!("{media}personal/{}/{}", item.owner, path.join("/"))
}

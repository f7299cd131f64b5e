//! Writing, changing and deleting messages as a person. In channels the first needs
//! `ChannelMessage.Send`, the others `ChannelMessage.ReadWrite`, which only an admin grants.
//! Source: learn.microsoft.com/graph/api/chat-post-messages, chatmessage-post-replies,
//! chatmessage-update, chatmessage-softdelete.

use reqwest::Method;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Client, DriveItem, HostedPicture, Place, send};
use crate::call::CallError;
use crate::ids::{MessageId, ObjectId};
use crate::secret::Secret;

/// A message to write.
#[derive(Default)]
pub struct OutgoingMessage {
    /// The text: Teams HTML of at most 25 KB. An `<at id="0">Name</at>` in it needs the mention
    /// with that id.
    pub html: String,
    /// Whom it mentions.
    pub mentions: Vec<Mention>,
    /// Pictures that stand in the text; in base64 below 4 MB together.
    pub pictures: Vec<HostedPicture>,
    /// Files that stand in the text as `<attachment id="guid">`; others are left out.
    pub files: Vec<DriveItem>,
}

/// A person whom a message mentions.
#[derive(Clone, PartialEq, Eq)]
pub struct Mention {
    /// The `id` of the `<at>`.
    pub id: u32,
    /// The person.
    pub object_id: ObjectId,
    /// Their name, as it stands in the `<at>`.
    pub name: String,
}

#[derive(Deserialize)]
struct WrittenMessage {
    id: MessageId,
}

impl OutgoingMessage {
    fn document(&self) -> Value {
        let mentions = self.mentions.iter().map(|mention| {
            json!({
                "id": mention.id,
                "mentionText": mention.name,
                "mentioned": { "user": {
                    "id": mention.object_id,
                    "displayName": mention.name,
                    "userIdentityType": "aadUser",
                } },
            })
        });
        let mut message = Map::new();
        message.insert("body".to_owned(), json!({ "contentType": "html", "content": self.html }));
        message.insert("mentions".to_owned(), mentions.collect());
        // Absent rather than empty: a message without files is what it always was.
        if !self.files.is_empty() {
            let files = self.files.iter().filter(|file| self.html.contains(&file.guid));
            message.insert("attachments".to_owned(), files.map(DriveItem::reference).collect());
        }
        if !self.pictures.is_empty() {
            let pictures = self.pictures.iter().filter(|picture| picture.stands_in(&self.html));
            let pictures = pictures.map(HostedPicture::document);
            message.insert("hostedContents".to_owned(), pictures.collect());
        }
        message.into()
    }
}

impl Client {
    /// Writes a message; in a channel thread it is a reply. Graph knows no idempotency key: after an unclear outcome look in
    /// [`Client::recent_messages`] before writing again.
    ///
    /// # Errors
    /// [`CallError::Forbidden`] if the person is not in the chat or the team, or lacks the
    /// permission.
    pub async fn send_message(
        &self,
        token: &Secret,
        place: &Place,
        message: &OutgoingMessage,
    ) -> Result<MessageId, CallError> {
        let path = place.messages();
        let answer = send(self.request(token, Method::POST, &path)?.json(&message.document())).await?;
        Ok(answer.json::<WrittenMessage>("the written message")?.id)
    }

    /// Whether Graph would take a message of this person here now. Sends nothing.
    ///
    /// # Errors
    /// [`CallError::Throttled`] with the time until it would.
    pub fn room_to_send(&self, token: &Secret, place: &Place) -> Result<(), CallError> {
        self.request(token, Method::POST, &place.messages())?.look()
    }

    /// Replaces the text of one's own message.
    ///
    /// # Errors
    /// As [`Client::send_message`].
    pub async fn update_message(
        &self,
        token: &Secret,
        place: &Place,
        id: &MessageId,
        message: &OutgoingMessage,
    ) -> Result<(), CallError> {
        let path = place.message(id);
        send(self.request(token, Method::PATCH, &path)?.json(&message.document())).await.map(drop)
    }

    /// Deletes one's own message; `author` is the person whose token it is.
    ///
    /// # Errors
    /// As [`Client::send_message`].
    pub async fn soft_delete_message(
        &self,
        token: &Secret,
        author: &ObjectId,
        place: &Place,
        id: &MessageId,
    ) -> Result<(), CallError> {
        self.act_on_own(token, author, place, id, "softDelete").await
    }

    /// Brings one's own deleted message back; `author` is the person whose token it is.
    ///
    /// # Errors
    /// As [`Client::send_message`].
    pub async fn undo_soft_delete_message(
        &self,
        token: &Secret,
        author: &ObjectId,
        place: &Place,
        id: &MessageId,
    ) -> Result<(), CallError> {
        self.act_on_own(token, author, place, id, "undoSoftDelete").await
    }

    async fn act_on_own(
        &self,
        token: &Secret,
        author: &ObjectId,
        place: &Place,
        id: &MessageId,
        action: &str,
    ) -> Result<(), CallError> {
        let message = place.message(id);
        let path = match place {
            Place::Chat { .. } => [&["users", author.as_str()], message.as_slice(), &[action]].concat(),
            Place::Thread { .. } => [message.as_slice(), &[action]].concat(),
        };
        send(self.request(token, Method::POST, &path)?).await.map(drop)
    }
}

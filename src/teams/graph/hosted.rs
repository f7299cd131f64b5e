//! Pictures inside messages (`hostedContents`).
//! Source: learn.microsoft.com/graph/api/resources/chatmessagehostedcontent, chat-post-messages.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::Method;
use serde_json::{Value, json};
use url::Url;

use super::{Client, Place, Service};
use crate::call::CallError;
use crate::call::download::{Downloads, Opened, Source};
use crate::ids::{FileId, MessageId};
use crate::secret::Secret;
use crate::teams::failure::meaning;

/// The most bytes that Graph takes in one request (4 MB), with the pictures in base64.
pub const MAX_REQUEST: u64 = 4_000_000;

/// A picture that goes out with a message.
#[derive(Clone)]
pub struct HostedPicture {
    /// What `../hostedContents/{id}/$value` says for it in the text.
    pub temporary_id: String,
    /// `image/png`, `image/jpeg` or `image/gif`.
    pub media_type: &'static str,
    /// The bytes.
    pub bytes: Vec<u8>,
}

impl HostedPicture {
    /// Whether a text shows it; a text that was cut may not.
    pub(super) fn stands_in(&self, html: &str) -> bool {
        html.contains(&format!("../hostedContents/{}/$value", self.temporary_id))
    }

    pub(super) fn document(&self) -> Value {
        json!({
            "@microsoft.graph.temporaryId": self.temporary_id,
            "contentBytes": STANDARD.encode(&self.bytes),
            "contentType": self.media_type,
        })
    }
}

/// The message and the id of a picture that stands in a text with this address.
pub fn picture_in(address: &str) -> Option<(MessageId, FileId)> {
    let url = Url::parse(address).ok()?;
    let segments: Vec<&str> = url.path_segments()?.collect();
    match segments.as_slice() {
        [.., "messages" | "replies", message, "hostedContents", id, "$value"] if !id.is_empty() => {
            Some((MessageId::new(*message), FileId::new(*id)))
        }
        _ => None,
    }
}

impl Client {
    /// Opens a picture of a message.
    ///
    /// # Errors
    /// As [`Client::send_message`].
    pub async fn open_picture(
        &self,
        downloads: &Downloads,
        token: &Secret,
        place: &Place,
        (message, picture): (&MessageId, &FileId),
    ) -> Result<Source, CallError> {
        let path = path(place, message, picture);
        match downloads.open(self.request(token, Method::GET, &path)?).await? {
            Opened::File(source) => Ok(source),
            Opened::Failed(answer) => Err(meaning(&answer, Service::Graph)),
        }
    }

    /// The address that a picture of a message has in its text.
    ///
    /// # Errors
    /// [`CallError::Gone`] for an id that is none.
    pub fn picture_address(
        &self,
        place: &Place,
        message: &MessageId,
        picture: &FileId,
    ) -> Result<Url, CallError> {
        crate::call::address::under(&self.base, &path(place, message, picture))
    }
}

fn path<'a>(place: &'a Place, message: &'a MessageId, picture: &'a FileId) -> Vec<&'a str> {
    [place.message(message).as_slice(), &["hostedContents", picture.as_str(), "$value"]].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_known_by_its_address() {
        let address = "https://graph.microsoft.com/v1.0/chats/19%3Ax%40thread.v2/messages/17/hostedContents/aWQ9/$value";
        assert_eq!(picture_in(address), Some((MessageId::new("17"), FileId::new("aWQ9"))));
        assert_eq!(picture_in("https://example.com/picture.png"), None);
        assert_eq!(picture_in("../hostedContents/1/$value"), None);
    }
}

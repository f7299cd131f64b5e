//! What a message tells about a message that it quotes.

use serde::Deserialize;

use crate::call::loose;
use crate::ids::MessageId;

/// A quoted message. It holds what people wrote: never log it.
#[derive(Clone, PartialEq, Eq)]
pub struct Quoted {
    /// The message.
    pub message: MessageId,
    /// The name of who wrote it.
    pub author: Option<String>,
    /// How it begins, as plain text.
    pub preview: Option<String>,
}

/// The content of an attachment of the type `messageReference`, JSON in a text.
/// Source: learn.microsoft.com/graph/api/resources/chatmessageattachment.
#[derive(Deserialize)]
struct Reference {
    #[serde(default, rename = "messageId", deserialize_with = "loose::text")]
    id: Option<String>,
    #[serde(default, rename = "messagePreview", deserialize_with = "loose::text")]
    preview: Option<String>,
    #[serde(default, rename = "messageSender", deserialize_with = "loose::object")]
    sender: Option<Sender>,
}

#[derive(Deserialize)]
struct Sender {
    #[serde(default, deserialize_with = "loose::object")]
    user: Option<Named>,
    #[serde(default, deserialize_with = "loose::object")]
    application: Option<Named>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Named {
    #[serde(default, deserialize_with = "loose::text")]
    display_name: Option<String>,
}

impl Quoted {
    /// Reads the `messageReference` attachment with this id.
    pub(super) fn from_reference(id: Option<String>, content: Option<&str>) -> Option<Self> {
        let reference: Option<Reference> = content.and_then(|content| loose::body(content.as_bytes()));
        let (told, preview, sender) = reference
            .map_or((None, None, None), |reference| (reference.id, reference.preview, reference.sender));
        let sender = sender.and_then(|sender| sender.user.or(sender.application));
        Some(Self {
            message: MessageId::new(id.or(told)?),
            author: sender.and_then(|sender| sender.display_name),
            preview,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Quoted;

    #[test]
    fn a_reference_is_read_as_far_as_it_goes() {
        let content = r#"{"messageId":"17","messagePreview":"It rains","messageSender":{"application":null,
            "user":{"displayName":"Ada"}}}"#;
        let quoted = Quoted::from_reference(None, Some(content)).expect("a quote");
        assert_eq!((quoted.message.as_str(), quoted.author.as_deref()), ("17", Some("Ada")));
        assert_eq!(quoted.preview.as_deref(), Some("It rains"));
        let odd = Quoted::from_reference(Some("17".to_owned()), Some("[]")).expect("a quote");
        assert!(odd.author.is_none() && odd.preview.is_none());
        assert!(Quoted::from_reference(None, Some("{}")).is_none());
    }
}

//! Which message a message quotes.
//!
//! What else it tells of that message (who wrote it, how it begins) is not read: whoever sends the
//! quoting message can write there what they like.

use serde::Deserialize;

use crate::call::loose;
use crate::ids::MessageId;

/// A quoted message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quoted {
    /// The message.
    pub message: MessageId,
}

/// The content of an attachment of the type `messageReference`, JSON in a text.
/// Source: learn.microsoft.com/graph/api/resources/chatmessageattachment.
#[derive(Deserialize)]
struct Reference {
    #[serde(default, rename = "messageId", deserialize_with = "loose::text")]
    id: Option<String>,
}

impl Quoted {
    /// Reads the `messageReference` attachment with this id.
    pub(super) fn from_reference(id: Option<String>, content: Option<&str>) -> Option<Self> {
        let told = || content.and_then(|content| loose::body::<Reference>(content.as_bytes()))?.id;
        Some(Self { message: MessageId::new(id.or_else(told)?) })
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
        assert_eq!(quoted.message.as_str(), "17");
        assert!(Quoted::from_reference(Some("17".to_owned()), Some("[]")).is_some());
        assert!(Quoted::from_reference(None, Some("{}")).is_none());
    }
}

//! Changes that a later one of the same thing has overtaken: both only say where to look, so that
//! one look is enough.

use super::happening::Happening;
use super::{Bridge, failure::Stop};
use crate::ids::{CommentId, ConversationId, LinkId, MessageId};
use crate::queue::Event;

/// What changes again and again.
#[derive(PartialEq, Eq)]
enum Thing {
    Comment(LinkId, CommentId),
    Message(ConversationId, MessageId),
    Reactions(ConversationId, MessageId),
}

// The kinds of events that tell of one of them.
const COMMENT: [&str; 2] = ["comment edited", "comment deleted"];
const MESSAGE: [&str; 2] = ["message edited", "message deleted"];
const REACTIONS: [&str; 1] = ["message reacted"];

impl Bridge {
    /// Whether what happened is told again by an event behind this one. Only what may be left out
    /// is asked about: an edit or a reaction, never what was written or deleted.
    pub(super) async fn is_overtaken(&self, event: &Event, happening: &Happening) -> Result<bool, Stop> {
        let kinds: &[&str] = match happening {
            Happening::CommentEdited(_) => &COMMENT,
            Happening::MessageEdited(_) => &MESSAGE,
            Happening::MessageReacted(_) => &REACTIONS,
            _ => return Ok(false),
        };
        let Some(thing) = of(happening) else { return Ok(false) };
        let behind = self.queue.behind(event, kinds).await?;
        let same = |subject: &String| {
            serde_json::from_str(subject).is_ok_and(|later| of(&later).as_ref() == Some(&thing))
        };
        Ok(behind.iter().any(same))
    }
}

/// The thing that changed.
fn of(happening: &Happening) -> Option<Thing> {
    match happening {
        Happening::CommentEdited(on) | Happening::CommentDeleted(on) => {
            Some(Thing::Comment(on.link, on.comment.clone()))
        }
        Happening::MessageEdited(message) | Happening::MessageDeleted(message) => {
            Some(Thing::Message(message.conversation.clone(), message.message.clone()?))
        }
        Happening::MessageReacted(message) => {
            Some(Thing::Reactions(message.conversation.clone(), message.message.clone()?))
        }
        _ => None,
    }
}

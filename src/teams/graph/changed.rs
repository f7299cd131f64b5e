//! What has changed in a chat or a channel thread since a moment: for making good what was missed
//! after an outage, never for polling, which Graph's terms forbid.
//! Source: learn.microsoft.com/graph/api/chat-list-messages.

use chrono::{DateTime, SecondsFormat};

use super::message::MessagePage;
use super::{ChatMessage, Client, Place};
use crate::ambient::Millis;
use crate::call::CallError;
use crate::ids::MessageId;
use crate::secret::Secret;

/// The most that one page holds.
const PAGE: usize = 50;

impl Client {
    /// The messages that were written, edited, deleted or reacted to after `since` and, in a chat,
    /// before `until`; deleted ones come without their text. Of a thread, its first message is among
    /// them. And whether those are all: about `most` are read, in a chat those that changed last.
    ///
    /// # Errors
    /// As [`Client::send_message`].
    pub async fn messages_changed_since(
        &self,
        token: &Secret,
        place: &Place,
        since: Millis,
        until: Option<Millis>,
        most: usize,
    ) -> Result<(Vec<ChatMessage>, bool), CallError> {
        let what = "the list of changed messages";
        // The filter is passed over unless the list is ordered by the same property.
        let mut filter = format!("lastModifiedDateTime gt {}", moment(since));
        if let Some(until) = until {
            filter = format!("{filter} and lastModifiedDateTime lt {}", moment(until));
        }
        let page = PAGE.to_string();
        let query = [
            ("$top", page.as_str()),
            ("$orderby", "lastModifiedDateTime desc"),
            ("$filter", filter.as_str()),
        ];
        // Replies can be neither ordered nor filtered: they are read to their end.
        let query = match place {
            Place::Chat { .. } => query.as_slice(),
            Place::Thread { .. } => query.get(..1).unwrap_or_default(),
        };
        let mut page: MessagePage = self.get(token, &place.messages(), query, what).await?;
        let is_new = |message: &ChatMessage| message.modified.or(message.created).is_none_or(|at| at > since);
        let mut found = Vec::new();
        found.extend(std::mem::take(&mut page.value).into_iter().filter(is_new));
        for _ in 1..most.div_ceil(PAGE) {
            let Some(next) = page.next.take() else { break };
            page = self.follow(token, next, what).await?;
            found.extend(std::mem::take(&mut page.value).into_iter().filter(is_new));
        }
        if let Place::Thread { root, .. } = place {
            let root = self.message(token, place, &MessageId::new(root.as_str())).await?;
            found.extend(Some(root).filter(is_new));
        }
        Ok((found, page.next.is_none()))
    }
}

fn moment(at: Millis) -> String {
    let at = DateTime::from_timestamp_millis(at.0);
    at.map(|at| at.to_rfc3339_opts(SecondsFormat::Millis, true)).unwrap_or_default()
}

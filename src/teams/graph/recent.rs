//! What was written to a chat or a channel thread since a moment, page by page: for looking what is
//! there, never for polling, which Graph's terms forbid.
//! Source: learn.microsoft.com/graph/api/chat-list-messages, chatmessage-list-replies.

use url::Url;

use super::message::MessagePage;
use super::{ChatMessage, Client, Place};
use crate::ambient::Millis;
use crate::call::CallError;
use crate::secret::Secret;

/// The most that one page holds.
const PAGE: &str = "50";
/// The most pages that are read.
const MAX_PAGES: usize = 100;
/// What is read.
const WHAT: &str = "the list of messages";

/// The messages of a place, from the newest back to a moment.
pub struct RecentMessages<'a> {
    client: &'a Client,
    token: &'a Secret,
    place: &'a Place,
    since: Millis,
    next: Next,
    read: usize,
}

/// What comes next.
enum Next {
    /// The first page.
    First,
    /// The page at this address.
    Page(Url),
    /// Nothing: all was read.
    Nothing,
    /// There is more, but it is not read.
    CutShort,
}

impl Client {
    /// The messages of a place that were written since, read page by page, the newest ones first; of
    /// a thread its replies, without its first message.
    pub fn recent_messages<'a>(
        &'a self,
        token: &'a Secret,
        place: &'a Place,
        since: Millis,
    ) -> RecentMessages<'a> {
        RecentMessages { client: self, token, place, since, next: Next::First, read: 0 }
    }
}

impl RecentMessages<'_> {
    /// The next messages; nothing if there are no more, or no more are read.
    ///
    /// # Errors
    /// As [`Client::send_message`].
    pub async fn next_page(&mut self) -> Result<Option<Vec<ChatMessage>>, CallError> {
        let page = match std::mem::replace(&mut self.next, Next::Nothing) {
            Next::First => self.first_page().await?,
            Next::Page(address) => match self.client.follow(self.token, address, WHAT).await {
                // Whoever comes back would begin at the first page again, and be stopped here again.
                Err(CallError::Throttled { .. }) => {
                    self.next = Next::CutShort;
                    return Ok(None);
                }
                page => page?,
            },
            ended => {
                self.next = ended;
                return Ok(None);
            }
        };
        self.read += 1;
        self.next = match page.next {
            Some(_) if reaches_back(&page.value, self.since) => Next::Nothing,
            Some(_) if self.read >= MAX_PAGES => Next::CutShort,
            Some(address) => Next::Page(address),
            None => Next::Nothing,
        };
        let mut messages = page.value;
        messages.retain(|message| message.created.is_none_or(|created| created >= self.since));
        Ok(Some(messages))
    }

    /// Whether nothing that was written since is left to read: else there are more than 5,000
    /// messages, or Graph takes no more calls for now.
    pub fn is_complete(&self) -> bool {
        matches!(self.next, Next::Nothing)
    }

    async fn first_page(&self) -> Result<MessagePage, CallError> {
        let query = [("$top", PAGE), ("$orderby", "createdDateTime desc")];
        // Replies can't be ordered: Graph refuses `$orderby` there.
        let query = match self.place {
            Place::Chat { .. } => query.as_slice(),
            Place::Thread { .. } => query.get(..1).unwrap_or_default(),
        };
        self.client.get(self.token, &self.place.messages(), query, WHAT).await
    }
}

/// Whether all that comes behind this page is older. Replies come newest first in practice, but Graph
/// documents no order, nor by which stamp: what is in neither order is read to its end.
fn reaches_back(page: &[ChatMessage], since: Millis) -> bool {
    let (Some(first), Some(last)) = (page.first(), page.last()) else { return false };
    let created: fn(&ChatMessage) -> Option<Millis> = |message| message.created;
    // What was changed was written before: this stamp is never the older one.
    let changed: fn(&ChatMessage) -> Option<Millis> = |message| message.modified.max(message.created);
    let newest_first = |stamp: fn(&ChatMessage) -> Option<Millis>| {
        stamp(first) > stamp(last) && page.is_sorted_by(|one, next| stamp(one) >= stamp(next))
    };
    changed(last).is_some_and(|at| at < since) && (newest_first(created) || newest_first(changed))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::call::recorder::{Recorder, Reply, http};
    use crate::ids::{ConversationId, TeamId};
    use crate::teams::issuer::settings;

    const CHAT: &str = "19:abc@thread.v2";
    const THREAD: &str = "19:x@thread.tacv2;messageid=17";

    /// A message that was written in this second.
    fn message(second: u8) -> Value {
        let created = format!("2026-11-21T10:00:{second:02}Z");
        json!({ "id": second.to_string(), "messageType": "message", "createdDateTime": created })
    }

    /// The same, changed since.
    fn changed(second: u8, modified: u8) -> Value {
        let mut message = message(second);
        message["lastModifiedDateTime"] = json!(format!("2026-11-21T10:00:{modified:02}Z"));
        message
    }

    /// Reads all that was written since second 30 from a Graph with these pages, and with this answer
    /// to whoever wants more: answers the ids, whether those are all, and how many calls were made.
    async fn listed(place: &str, pages: Vec<Vec<Value>>, more: Option<Reply>) -> (Vec<u8>, bool, usize) {
        let platform = Recorder::start::<Reply>([]).await;
        let next = platform.url().join("v1.0/next").unwrap();
        let last = pages.len();
        for (page, number) in pages.into_iter().zip(1..) {
            let next = (number < last || more.is_some()).then_some(&next);
            platform.answer((200, json!({ "value": page, "@odata.nextLink": next })));
        }
        if let Some(more) = more {
            platform.answer(more);
        }
        let client = Client::new(http(), &settings(&platform.url()));
        let place = Place::of(&ConversationId::new(place), Some(&TeamId::new("g"))).unwrap();
        let token = Secret::new("token");
        let mut recent = client.recent_messages(&token, &place, Millis(1_795_255_230_000));
        let mut found = Vec::new();
        while let Some(page) = recent.next_page().await.unwrap() {
            found.extend(page.iter().map(|message| message.id.as_str().parse::<u8>().unwrap()));
        }
        let complete = recent.is_complete();
        assert!(recent.next_page().await.unwrap().is_none(), "once it is over it stays over");
        let seen = platform.seen();
        let ordered = matches!(place, Place::Chat { .. });
        assert!(seen[0].has("$top", "50"));
        assert_eq!(seen[0].has("$orderby", "createdDateTime desc"), ordered, "replies can't be ordered");
        (found, complete, seen.len())
    }

    /// Nobody asks for it.
    fn unasked() -> Reply {
        Reply::from((500, json!({})))
    }

    #[tokio::test]
    async fn pages_are_read_until_they_are_older() {
        for place in [CHAT, THREAD] {
            let pages = || vec![vec![message(50), message(40)], vec![message(35), message(29)]];
            assert_eq!(listed(place, pages(), Some(unasked())).await, (vec![50, 40, 35], true, 2));
            let all = vec![vec![message(50), message(40)], vec![message(35)]];
            assert_eq!(listed(place, all, None).await, (vec![50, 40, 35], true, 2), "there are no more");
        }
        assert_eq!(listed(CHAT, vec![vec![]], None).await, (vec![], true, 1));
    }

    #[tokio::test]
    async fn replies_in_another_order_are_read_to_their_end() {
        let oldest_first = vec![vec![message(10), message(20)], vec![], vec![message(29)], vec![message(40)]];
        assert_eq!(listed(THREAD, oldest_first, None).await, (vec![40], true, 4));
        let by_change = vec![vec![changed(28, 50), changed(20, 45)], vec![message(40), changed(20, 29)]];
        assert_eq!(
            listed(THREAD, by_change, Some(unasked())).await,
            (vec![40], true, 2),
            "changed last, first"
        );
    }

    #[tokio::test]
    async fn a_list_that_is_not_read_to_its_end_says_so() {
        let wait = Reply::from((429, json!({}))).header("retry-after", "9");
        let page = || vec![message(50), message(40)];
        assert_eq!(listed(CHAT, vec![page()], Some(wait)).await, (vec![50, 40], false, 2));
        let (found, complete, calls) = listed(CHAT, vec![page(); MAX_PAGES], Some(unasked())).await;
        assert_eq!((found.len(), complete, calls), (2 * MAX_PAGES, false, MAX_PAGES));
    }
}

//! What waits in a linked chat for people to connect: how much, never whose, except one's own.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{Bridge, Happening};
use crate::ids::LinkId;
use crate::queue::{LaneKey, Waiting};
use crate::store::{Link, Session, person_account, unmapped_account};

/// What waits for somebody's login: comments of the link, messages of its chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, utoipa::ToSchema)]
pub struct WaitingCount {
    /// Comments on the issue.
    pub comments: usize,
    /// Messages in the chat, whichever of its issues they are for.
    pub messages: usize,
    /// How many of both are the viewer's own.
    pub yours: usize,
}

impl Bridge {
    /// What waits where this link is, as this person may know it.
    pub(super) async fn waiting_at(
        &self,
        link: &Link,
        viewer: &Session,
    ) -> Result<WaitingCount, sea_orm::DbErr> {
        let lane = LaneKey::new(&link.tenant, &link.conversation);
        Ok(count(&self.queue.waiting_in(&lane).await?, link.id, &names_of(viewer)))
    }
}

/// Under which names events wait for this person.
fn names_of(viewer: &Session) -> Vec<String> {
    let jira =
        viewer.account.iter().flat_map(|account| [format!("jira/{account}"), unmapped_account(account)]);
    let microsoft = viewer.microsoft.iter().map(|(tenant, object)| person_account(tenant, object));
    jira.chain(microsoft).collect()
}

fn count(waiting: &[Waiting], link: LinkId, names: &[String]) -> WaitingCount {
    let (mut comments, mut messages, mut yours) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for event in waiting {
        // One that was changed while it waits is still one.
        let words = match serde_json::from_str(&event.subject) {
            Ok(Happening::CommentCreated(on) | Happening::CommentEdited(on)) if on.link == link => {
                let words = on.comment.to_string();
                comments.insert(words.clone());
                words
            }
            Ok(
                Happening::Message(seen) | Happening::MessageEdited(seen) | Happening::MessageTouched(seen),
            ) => {
                let words = seen.message.map(String::from).unwrap_or_default();
                messages.insert(words.clone());
                words
            }
            _ => continue,
        };
        if names.contains(&event.account) {
            yours.insert(words);
        }
    }
    WaitingCount { comments: comments.len(), messages: messages.len(), yours: yours.len() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use uuid::Uuid;

    use super::*;

    fn waiting(subject: &serde_json::Value, account: &str) -> Waiting {
        Waiting { subject: subject.to_string(), account: account.to_owned() }
    }

    #[test]
    fn what_waits_is_counted_once_and_for_its_own_link() {
        let link = LinkId::from_uuid(Uuid::from_u128(7));
        let other = LinkId::from_uuid(Uuid::from_u128(8));
        let comment = |kind: &str, link: LinkId, id: &str| json!({ kind: { "link": link, "issue": "1", "comment": id, "actor": null } });
        let message =
            |kind: &str, id: &str| json!({ kind: { "tenant": "t", "conversation": "c", "message": id } });
        let events = [
            waiting(&comment("comment_created", link, "1"), "unmapped/ann"),
            waiting(&comment("comment_edited", link, "1"), "unmapped/ann"),
            waiting(&comment("comment_created", link, "2"), "unmapped/ben"),
            waiting(&comment("comment_created", other, "3"), "unmapped/ann"),
            waiting(&message("message", "10"), "t/ann"),
            waiting(&message("message_edited", "10"), "t/ann"),
            waiting(&message("command", "11"), "t/ann"),
            waiting(&json!("odd"), "t/ann"),
        ];
        let names = ["unmapped/ann".to_owned(), "t/ann".to_owned()];
        assert_eq!(count(&events, link, &names), WaitingCount { comments: 2, messages: 1, yours: 2 });
        assert_eq!(count(&events, link, &[]).yours, 0);
    }
}

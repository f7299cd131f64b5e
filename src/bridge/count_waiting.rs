//! What waits in a linked chat for people to connect: how much, never whose, except one's own.

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
    let mut count = WaitingCount::default();
    for event in waiting {
        match serde_json::from_str(&event.subject) {
            Ok(Happening::CommentCreated(comment)) if comment.link == link => count.comments += 1,
            Ok(Happening::Message(_)) => count.messages += 1,
            _ => continue,
        }
        count.yours += usize::from(names.contains(&event.account));
    }
    count
}

//! What this process has just written: its echo is recognised at the door, and needs no lane.
//!
//! A shortcut only. What it does not know (another replica wrote it, or this one before a
//! restart) is recognised in the lane, by its pair.

use std::time::Duration;

use moka::future::Cache;

use crate::ids::{CommentId, ConversationId, LinkId, MessageId, TenantId};

/// How long an echo may take.
const LIFE: Duration = Duration::from_mins(5);
/// How many writes are remembered: some minutes of a busy site.
const MOST: u64 = 20_000;

/// Ids of what was just written.
pub(super) struct Echoes(Cache<String, ()>);

impl Default for Echoes {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(MOST).time_to_live(LIFE).build())
    }
}

impl Echoes {
    /// We wrote this message.
    pub(super) async fn expect_message(
        &self,
        tenant: &TenantId,
        conversation: &ConversationId,
        message: &MessageId,
    ) {
        self.0.insert(message_key(tenant, conversation, message), ()).await;
    }

    /// Whether we wrote this message.
    pub(super) fn has_message(
        &self,
        tenant: &TenantId,
        conversation: &ConversationId,
        message: &MessageId,
    ) -> bool {
        self.0.contains_key(&message_key(tenant, conversation, message))
    }

    /// We wrote this comment, on behalf of this link. To the other chats it is news.
    pub(super) async fn expect_comment(&self, link: LinkId, comment: &CommentId) {
        self.0.insert(comment_key(link, comment), ()).await;
    }

    /// Whether we wrote this comment on behalf of this link.
    pub(super) fn has_comment(&self, link: LinkId, comment: &CommentId) -> bool {
        self.0.contains_key(&comment_key(link, comment))
    }
}

fn message_key(tenant: &TenantId, conversation: &ConversationId, message: &MessageId) -> String {
    format!("{tenant}/{conversation}/{message}")
}

fn comment_key(link: LinkId, comment: &CommentId) -> String {
    format!("{link}/{comment}")
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[tokio::test]
    async fn a_comment_is_an_echo_for_the_link_that_wrote_it_alone() {
        let echoes = Echoes::default();
        let [one, other] = [1, 2].map(|number| LinkId::from_uuid(Uuid::from_u128(number)));
        let comment = CommentId::new("10001");
        echoes.expect_comment(one, &comment).await;
        assert!(echoes.has_comment(one, &comment));
        assert!(!echoes.has_comment(other, &comment), "the issue's other chat must still get it");
    }

    #[tokio::test]
    async fn a_message_is_known_in_its_own_chat() {
        let echoes = Echoes::default();
        let (tenant, message) = (TenantId::new("t"), MessageId::new("1700000000000"));
        let [here, there] = ["19:a@thread.v2", "19:b@thread.v2"].map(ConversationId::new);
        echoes.expect_message(&tenant, &here, &message).await;
        assert!(echoes.has_message(&tenant, &here, &message));
        assert!(!echoes.has_message(&tenant, &there, &message), "ids are unique in a chat only");
    }
}

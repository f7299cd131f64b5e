//! Who is in a conversation: Graph answers for a chat, with the person's own token; the bot's
//! roster of the team for a channel thread, which no permission of a person opens.

use super::Bridge;
use crate::call::CallError;
use crate::ids::{ConversationId, ObjectId, TenantId};
use crate::teams::graph;
use crate::vault::TokenError;

impl Bridge {
    /// The chat or thread as this person sees it; none if they are not in it.
    pub(super) async fn chat_of_member(
        &self,
        tenant: &TenantId,
        conversation: &ConversationId,
        object: &ObjectId,
    ) -> Result<Option<graph::Chat>, TokenError> {
        let seen = if graph::thread(conversation).is_some() {
            self.thread_of_member(tenant, conversation, object).await
        } else {
            let token = self.microsoft_token(tenant, object).await?;
            self.graph.chat(&token.access, conversation).await.map(Some)
        };
        match seen {
            Err(CallError::Forbidden { .. } | CallError::Gone | CallError::Refused { .. }) => Ok(None),
            other => other.map_err(TokenError::Call),
        }
    }

    async fn thread_of_member(
        &self,
        tenant: &TenantId,
        conversation: &ConversationId,
        object: &ObjectId,
    ) -> Result<Option<graph::Chat>, CallError> {
        let Ok(Some(place)) = self.store.conversation(tenant, conversation).await else { return Ok(None) };
        self.connector.member(&place.service_url, conversation, object.as_str()).await?;
        Ok(Some(graph::Chat { topic: None, chat_type: None, web_url: None }))
    }
}

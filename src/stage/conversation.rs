//! Further issues with chats of their own, linked: for those who need many.

use threadline_simulator::{ChatKind, IssueDraft};

use super::{PEOPLE, PROJECT, Stage, StageError};
use crate::app::Storage;
use crate::ids::{ConversationId, IssueId, IssueKey, SiteId, TenantId};
use crate::store::{Access, NewLink};

/// An issue and the chat that is linked to it.
#[derive(Debug, Clone)]
pub struct Conversation {
    /// Key of the issue.
    pub issue: String,
    /// Id of the chat.
    pub chat: String,
}

impl Stage {
    /// Adds an issue and a chat with everybody and the bot in it, and links them as an operator would.
    pub async fn add_conversation(
        &self,
        storage: &Storage,
        site: SiteId,
        topic: &str,
    ) -> Result<Conversation, StageError> {
        let [first, ..] = PEOPLE;
        let issue = self.simulator.create_issue(first, IssueDraft::new(PROJECT, topic))?;
        let chat = self.simulator.add_chat(topic, &PEOPLE, ChatKind::Group)?;
        self.simulator.install_bot(&chat)?;
        let link = NewLink {
            site,
            issue: IssueId::new(issue.id),
            issue_key: IssueKey::new(issue.key.as_str()),
            tenant: TenantId::new(super::TENANT),
            conversation: ConversationId::new(chat.as_str()),
            created_by: None,
            access: Access::Private,
        };
        storage.store.add_link(link).await?;
        Ok(Conversation { issue: issue.key, chat })
    }
}

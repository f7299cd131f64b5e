//! The chats of an issue, as one viewer may see them: with the viewer's own tokens.

use serde::Serialize;

use super::reactions::{Reactions, property_key};
use super::{Bridge, Standing, WaitingCount, in_plain_words, project_of};
use crate::call::CallError;
use crate::ids::{ConversationId, IssueKey, LinkId};
use crate::store::{Access, Link, LinkState, Session, Site};
use crate::teams::graph;
use crate::vault::{TokenError, VaultError};

/// A chat of an issue.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct ChatOfIssue {
    /// Id of the link.
    #[schema(value_type = String)]
    pub link: LinkId,
    /// Teams conversation id; only for members of the chat.
    #[schema(value_type = Option<String>)]
    pub conversation_id: Option<ConversationId>,
    /// Its name, if it has one and the viewer is a member.
    pub topic: Option<String>,
    /// Whether the viewer is a member.
    pub member: bool,
    /// `private`, `shared` or `open`.
    pub access: &'static str,
    /// Whether it relays.
    pub active: bool,
    /// Why it does not.
    pub paused_reason: Option<String>,
    /// Where it opens in Teams; only for members.
    pub url: Option<String>,
    /// When it was linked, epoch milliseconds.
    pub linked_at: i64,
    /// How it stands just now: what is on its way, and what keeps the rest.
    pub standing: Standing,
    /// What holds for it, in plain words.
    pub rules: Vec<String>,
    /// What waits in it for people to connect.
    pub waiting: WaitingCount,
    /// Reactions to its relayed messages, in one line.
    #[schema(example = "👍 3 ❤️ 1 on 2 messages")]
    pub reactions: Option<String>,
}

impl ChatOfIssue {
    /// What waits, as a sentence: how much, and never whose.
    pub fn waits(&self) -> String {
        let counted = |count: usize, thing: &str| match count {
            0 => None,
            1 => Some(format!("1 {thing}")),
            many => Some(format!("{many} {thing}s")),
        };
        let WaitingCount { comments, messages, .. } = self.waiting;
        let parts: Vec<String> =
            [counted(comments, "comment"), counted(messages, "message")].into_iter().flatten().collect();
        let verb = if comments + messages == 1 { "waits for its author" } else { "wait for their authors" };
        format!("{} {verb} to connect.", parts.join(" and "))
    }
}

/// Why there is no list.
#[derive(Debug, thiserror::Error)]
pub enum ListRefused {
    /// The viewer has not logged in with Jira.
    #[error("log in with Jira to see the chats of this issue")]
    LoginNeeded,
    /// The viewer may not see the issue, or there is none.
    #[error("there is no such issue, or you may not see it")]
    NoSuchIssue,
    /// A platform.
    #[error("the platform did not answer as it should: {0}")]
    Call(#[from] CallError),
    /// Sealing or the database.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

impl From<sea_orm::DbErr> for ListRefused {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Vault(error.into())
    }
}

impl From<TokenError> for ListRefused {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::NotConnected | TokenError::LoginNeeded => Self::LoginNeeded,
            TokenError::Call(error) => Self::Call(error),
            TokenError::Vault(error) => Self::Vault(error),
        }
    }
}

impl Bridge {
    /// The chats of an issue that this viewer may know of, and the issue's key.
    pub async fn chats_of_issue(
        &self,
        site: &Site,
        issue: &str,
        viewer: &Session,
    ) -> Result<(IssueKey, Vec<ChatOfIssue>), ListRefused> {
        let account = viewer.account.as_ref().ok_or(ListRefused::LoginNeeded)?;
        let token = self.jira_token(site, account, format!("jira/{account}")).await?;
        let issue = match token.site(&self.jira).issue(issue, &[]).await {
            Ok(issue) => issue,
            Err(CallError::Gone | CallError::Forbidden { .. } | CallError::Refused { .. }) => {
                return Err(ListRefused::NoSuchIssue);
            }
            Err(CallError::LoginNeeded | CallError::ScopeMissing) => return Err(ListRefused::LoginNeeded),
            Err(error) => return Err(error.into()),
        };
        let mut chats = Vec::new();
        for link in self.store.links_of_issue(site.id, &issue.id).await? {
            let chat = self.as_seen_by(viewer, &link).await;
            let hidden = link.access == Access::Private && chat.is_none();
            if !hidden {
                let policy = self.store.policy(&link, Some(&project_of(site, &issue))).await?;
                let rules = in_plain_words(&policy, site.integration_account.is_some());
                let waiting = self.waiting_at(&link, viewer).await?;
                let standing = self.standing(&link).await?;
                let property = token.site(&self.jira).issue_property(&issue.id, &property_key(link.id)).await;
                let reactions = property.ok().flatten().and_then(|value| Reactions::read(&value).summary());
                chats.push(ChatOfIssue { reactions, ..describe(link, chat, standing, rules, waiting) });
            }
        }
        Ok((issue.key, chats))
    }

    /// The chat, if the viewer is a member: Graph answers with the viewer's own token.
    pub(super) async fn as_seen_by(&self, viewer: &Session, link: &Link) -> Option<graph::Chat> {
        let (tenant, object) = viewer.microsoft.as_ref()?;
        if *tenant != link.tenant {
            return None;
        }
        self.chat_of_member(tenant, &link.conversation, object).await.ok().flatten()
    }
}

fn describe(
    link: Link,
    chat: Option<graph::Chat>,
    standing: Standing,
    rules: Vec<String>,
    waiting: WaitingCount,
) -> ChatOfIssue {
    let member = chat.is_some();
    let address = crate::teams::chat_link(&link.conversation);
    ChatOfIssue {
        link: link.id,
        conversation_id: member.then_some(link.conversation),
        topic: chat.as_ref().and_then(|chat| chat.topic.clone()),
        member,
        access: link.access.word(),
        active: link.state == LinkState::Active,
        paused_reason: link.paused_reason,
        url: chat.map(|chat| chat.web_url.unwrap_or(address).to_string()),
        linked_at: link.created_at.0,
        standing,
        rules,
        waiting,
        reactions: None,
    }
}

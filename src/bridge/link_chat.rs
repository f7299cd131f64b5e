//! Linking an issue and a chat: by the bot, by the API, by the operator.

use super::Bridge;
use crate::call::CallError;
use crate::ids::{AccountId, ConversationId, IssueId, IssueKey, ObjectId, SiteId, TenantId};
use crate::store::{Access, Link, NewLink, Site, person_account};
use crate::vault::{TokenError, VaultError};

/// A wish to link.
#[derive(Debug, Clone)]
pub struct LinkRequest {
    /// The issue's site.
    pub site: SiteId,
    /// Key or id of the issue.
    pub issue: String,
    /// The chat's tenant.
    pub tenant: TenantId,
    /// The chat.
    pub conversation: ConversationId,
    /// Who may see the chat.
    pub access: Access,
}

/// Why an issue and a chat are not linked.
#[derive(Debug, thiserror::Error)]
pub enum LinkRefused {
    /// No such site, or it may not talk to this tenant.
    #[error(
        "this Jira site is not connected to this Microsoft tenant; an admin adds it with `threadline site add`"
    )]
    UnknownSite,
    /// The person has no mapping on the site.
    #[error("connect your Jira account first")]
    NotConnected,
    /// The person can't see the issue, or there is none.
    #[error("there is no such issue, or you may not see it; check the key")]
    NoSuchIssue,
    /// The person is not in the chat, or there is none.
    #[error("there is no such chat, or you are not in it")]
    NoSuchChat,
    /// The bot is not in the chat, so that nothing said there would be heard.
    #[error("add Threadline to the chat first: in Teams, open the chat's apps and add it")]
    BotMissing,
    /// Nobody who is connected can read the issue for the operator.
    #[error(
        "nobody who is connected can read this issue yet; log in with Jira once, or give --issue-id with --issue"
    )]
    NoReader,
    /// A platform.
    #[error("the platform did not answer as it should: {0}")]
    Call(#[from] CallError),
    /// Sealing or the database.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

impl From<sea_orm::DbErr> for LinkRefused {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Vault(error.into())
    }
}

impl LinkRefused {
    pub(super) fn from_token(error: TokenError) -> Self {
        match error {
            TokenError::NotConnected | TokenError::LoginNeeded => Self::NotConnected,
            TokenError::Call(error) => Self::Call(error),
            TokenError::Vault(error) => Self::Vault(error),
        }
    }
}

impl Bridge {
    /// Links for a person, who must see the issue and be in the chat.
    pub async fn link_for_person(
        &self,
        request: LinkRequest,
        account: &AccountId,
        object: &ObjectId,
    ) -> Result<Link, LinkRefused> {
        let seen = self.chat_of_member(&request.tenant, &request.conversation, object).await;
        seen.map_err(LinkRefused::from_token)?.ok_or(LinkRefused::NoSuchChat)?;
        self.link_in_chat(request, account).await
    }

    /// Links for a person who is in the chat beyond doubt: they have just spoken there.
    pub(super) async fn link_in_chat(
        &self,
        request: LinkRequest,
        account: &AccountId,
    ) -> Result<Link, LinkRefused> {
        let site = self.permitted_site(&request).await?;
        let token = self
            .jira_token(&site, account, format!("jira/{account}"))
            .await
            .map_err(LinkRefused::from_token)?;
        let issue = match token.site(&self.jira).issue(&request.issue, &[]).await {
            Ok(issue) => issue,
            Err(CallError::Gone | CallError::Forbidden { .. } | CallError::Refused { .. }) => {
                return Err(LinkRefused::NoSuchIssue);
            }
            Err(error) => return Err(error.into()),
        };
        self.make_link(request, issue.id, issue.key, Some(account.clone())).await
    }

    /// Links for the operator: `known_id` is the issue's id, for sites where nobody is connected yet.
    pub async fn link_for_operator(
        &self,
        request: LinkRequest,
        known_id: Option<IssueId>,
    ) -> Result<Link, LinkRefused> {
        let site = self.permitted_site(&request).await?;
        if let Some(id) = known_id {
            let key = IssueKey::new(request.issue.clone());
            return self.make_link(request, id, key, None).await;
        }
        let mut readers: Vec<AccountId> = site.integration_account.iter().cloned().collect();
        readers.extend(self.store.accounts_of_site(site.id, 10).await?);
        for account in readers {
            let Ok(token) = self.jira_token(&site, &account, format!("jira/{account}")).await else {
                continue;
            };
            if let Ok(issue) = token.site(&self.jira).issue(&request.issue, &[]).await {
                return self.make_link(request, issue.id, issue.key, None).await;
            }
        }
        Err(LinkRefused::NoReader)
    }

    async fn permitted_site(&self, request: &LinkRequest) -> Result<Site, LinkRefused> {
        let site = self.store.site(request.site).await?.ok_or(LinkRefused::UnknownSite)?;
        if !self.store.may_talk(site.id, &request.tenant).await? {
            return Err(LinkRefused::UnknownSite);
        }
        Ok(site)
    }

    async fn make_link(
        &self,
        request: LinkRequest,
        issue: IssueId,
        issue_key: IssueKey,
        created_by: Option<AccountId>,
    ) -> Result<Link, LinkRefused> {
        let place = self.store.conversation(&request.tenant, &request.conversation).await?;
        if !place.is_some_and(|place| place.installed) {
            return Err(LinkRefused::BotMissing);
        }
        let LinkRequest { site, tenant, conversation, access, .. } = request;
        let new = NewLink { site, issue, issue_key, tenant, conversation, created_by, access };
        let link = self.store.add_link(new).await?;
        self.webhook_bell.ring();
        Ok(link)
    }

    /// Whether a Microsoft account may act on a link: its owner is mapped and sees the issue.
    pub(super) async fn may_unlink(&self, link: &Link, object: &ObjectId) -> Result<bool, LinkRefused> {
        let Some(person) = self.store.person_by_object(link.site, &link.tenant, object).await? else {
            return Ok(false);
        };
        let Some(site) = self.store.site(link.site).await? else { return Ok(false) };
        let token = self
            .jira_token(&site, &person.account, person_account(&link.tenant, object))
            .await
            .map_err(LinkRefused::from_token)?;
        Ok(token.site(&self.jira).issue(link.issue.as_str(), &[]).await.is_ok())
    }

    /// Removes a link for a person who may see its issue; answers whether it was removed.
    pub async fn unlink_for_person(
        &self,
        link: &Link,
        account: &AccountId,
        object: &ObjectId,
    ) -> Result<bool, LinkRefused> {
        if !self.may_unlink(link, object).await? {
            return Ok(false);
        }
        Ok(self.store.remove_link(link, format!("jira/{account}")).await?)
    }
}

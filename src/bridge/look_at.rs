//! The truth: a comment or a message as it is now, read from its platform. What an event carries
//! is old by the time its turn comes.

use super::failure::{Actor, Stop};
use super::happening::{CommentOnLink, MessageInChat};
use super::tokens::JiraToken;
use super::words::Said;
use super::{Bridge, project_of, reason, visibility};
use crate::call::CallError;
use crate::ids::{AccountId, MessageId};
use crate::jira::{Comment, Issue};
use crate::queue::Event;
use crate::store::{Link, Site};
use crate::vault::TokenError;

/// A comment as it is now.
pub(super) enum CommentNow {
    /// It may be shown in the chat.
    Shown(Box<Comment>),
    /// It may not, for this reason.
    Withheld(&'static str),
    /// It is deleted, or hidden from all who could read it for us.
    Gone,
    /// The whole issue can't be seen.
    IssueGone,
}

/// A message as it is now.
#[derive(Clone)]
pub(super) enum MessageNow {
    /// It stands, and says this.
    Said(Box<Said>),
    /// It is deleted.
    Gone,
    /// Teams itself wrote it, or it can't be read here.
    Unreadable,
}

impl Bridge {
    /// The comment as it is now; read by somebody who can see it.
    pub(super) async fn look_at_comment(
        &self,
        event: &Event,
        site: &Site,
        link: &Link,
        on: &CommentOnLink,
    ) -> Result<CommentNow, Stop> {
        let (issue, comment) = match self.read_comment(event, site, link, on).await? {
            Ok(read) => read,
            Err(gone) => return Ok(gone),
        };
        let policy = self.store.policy(link, Some(&project_of(site, &issue))).await?;
        Ok(match visibility::withheld(&comment, &issue, &policy) {
            Some(reason) => CommentNow::Withheld(reason),
            None => CommentNow::Shown(Box::new(comment)),
        })
    }

    /// The comment and its issue as they are now, for whomever they are; else what is gone.
    pub(super) async fn read_comment(
        &self,
        event: &Event,
        site: &Site,
        link: &Link,
        on: &CommentOnLink,
    ) -> Result<Result<(Issue, Comment), CommentNow>, Stop> {
        let reader = self.reader(event, site, link, on.actor.as_ref()).await?;
        let jira = reader.site(&self.jira);
        // Both at once: who may see it, and what it says.
        let (issue, comment) =
            tokio::join!(jira.issue(on.issue.as_str(), &[]), jira.comment(&on.issue, &on.comment));
        match (issue, comment) {
            (Ok(issue), Ok(comment)) => {
                self.store.note_issue(link, &issue.key, &issue.project_id).await?;
                Ok(Ok((issue, comment)))
            }
            (Err(CallError::Gone), _) => Ok(Err(CommentNow::IssueGone)),
            (Ok(_), Err(CallError::Gone)) => Ok(Err(CommentNow::Gone)),
            (Err(error), _) | (_, Err(error)) => Err(self.failed_as(event, &reader.token, error).await?),
        }
    }

    /// Whose token reads: the author's, the integration account's, then the creator's of the link.
    pub(super) async fn reader(
        &self,
        event: &Event,
        site: &Site,
        link: &Link,
        actor: Option<&AccountId>,
    ) -> Result<JiraToken, Stop> {
        let candidates = [actor, site.integration_account.as_ref(), link.created_by.as_ref()];
        for account in candidates.into_iter().flatten() {
            match self.jira_token(site, account, format!("jira/{account}")).await {
                Ok(token) => return Ok(token),
                Err(TokenError::NotConnected | TokenError::LoginNeeded) => {}
                Err(other) => return Err(self.verdict_of_token(event, other, &format!("jira/{account}"))),
            }
        }
        for account in self.store.accounts_of_site(site.id, 5).await? {
            if let Ok(token) = self.jira_token(site, &account, format!("jira/{account}")).await {
                return Ok(token);
            }
        }
        // Whoever connects on this site first may be able to read it.
        Err(Stop::with(self.wait_for(&site.id.to_string(), reason::NO_READER)))
    }

    /// The message as it is now; read with the bot's own consent to the chat or the team.
    pub(super) async fn look_at_message(
        &self,
        event: &Event,
        seen: &MessageInChat,
        message: &MessageId,
    ) -> Result<MessageNow, Stop> {
        let Some(place) = self.graph_place(&seen.tenant, &seen.conversation).await? else {
            return Ok(MessageNow::Unreadable);
        };
        match self.message_as_app(&place, message).await {
            Ok(message) if message.deleted.is_some() => Ok(MessageNow::Gone),
            Ok(message) if message.is_message => Ok(MessageNow::Said(Box::new(Said::read(message)))),
            // Without that consent, what the activity says has to do. A message that can't be
            // found is not taken for deleted: that would delete a comment.
            Ok(_) | Err(CallError::Forbidden { .. } | CallError::ScopeMissing | CallError::Gone) => {
                Ok(MessageNow::Unreadable)
            }
            Err(error) => Err(Stop::with(self.verdict_of(event, &error, &Actor::Bot(None)))),
        }
    }
}

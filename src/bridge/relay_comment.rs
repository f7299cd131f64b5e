//! Comment → message: as the author where they are connected and in the chat, else by the bot
//! under the author's name.

use super::Bridge;
use super::failure::{Actor, Stop};
use super::files::CommentTrip;
use super::happening::CommentOnLink;
use super::tokens::JiraToken;
use super::voice::Voice;
use super::write_once::{Write, Written};
use super::{reason, visibility};
use crate::call::CallError;
use crate::content::Document;
use crate::ids::{AccountId, CommentId};
use crate::jira::Comment;
use crate::queue::{Event, Lease, Verdict};
use crate::store::{Author, Intent, Link, LinkState, Origin, Pair, Site};
use crate::vault::TokenError;

/// How keys of these writes begin.
pub(super) const KEY: &str = "message/";

impl Bridge {
    pub(super) async fn relay_comment(
        &self,
        lease: &Lease,
        event: &Event,
        created: CommentOnLink,
    ) -> Result<Verdict, Stop> {
        let (link, pair) = tokio::try_join!(
            self.store.link(created.link),
            self.store.pair_of_comment(created.link, &created.comment)
        )?;
        let link = link.ok_or_else(|| Stop::done(reason::NOT_LINKED))?;
        if link.state == LinkState::Paused {
            return Ok(Verdict::done(reason::LINK_PAUSED));
        }
        if let Some(pair) = pair {
            return Ok(Verdict::done(known(&pair)));
        }
        let site = self.store.site(link.site).await?.ok_or_else(|| Stop::done(reason::NOT_LINKED))?;
        let comment = self.read_comment(event, &site, &link, &created).await?;
        let document = self.words_of_comment(&link, &comment).await?;
        let voice =
            self.voice(event, &link, comment.author.as_ref().map(|author| &author.account_id)).await?;
        self.write_message(lease, event, &site, &link, &comment, document, voice).await
    }

    /// The comment as it is now, if it may be shown; read by somebody who can see it.
    async fn read_comment(
        &self,
        event: &Event,
        site: &Site,
        link: &Link,
        created: &CommentOnLink,
    ) -> Result<Comment, Stop> {
        let reader = self.reader(event, site, link, created.actor.as_ref()).await?;
        let jira = reader.site(&self.jira);
        // Both at once: who may see it, and what it says.
        let (issue, comment) = tokio::join!(
            jira.issue(created.issue.as_str(), &[]),
            jira.comment(&created.issue, &created.comment)
        );
        let (issue, comment) = match (issue, comment) {
            (Ok(issue), Ok(comment)) => (issue, comment),
            (Err(CallError::Gone), _) | (_, Err(CallError::Gone)) => {
                return Err(Stop::done(reason::COMMENT_GONE));
            }
            (Err(error), _) | (_, Err(error)) => {
                return Err(self.failed_as(event, &reader.token, error).await?);
            }
        };
        if let Some(reason) = visibility::withheld(&comment, &issue) {
            return Err(Stop::done(reason));
        }
        if is_marked(&comment, link) {
            return Err(Stop::done(reason::ECHO));
        }
        Ok(comment)
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

    #[expect(clippy::too_many_arguments, reason = "what one message is made of, used nowhere else")]
    async fn write_message(
        &self,
        lease: &Lease,
        event: &Event,
        site: &Site,
        link: &Link,
        comment: &Comment,
        document: Document,
        voice: Voice,
    ) -> Result<Verdict, Stop> {
        let fingerprint = self.fingerprint(&document).await?;
        let whole = comment_address(site, link, &comment.id);
        let trip = CommentTrip { lease, event, site, link, comment, whole: &whole };
        let luggage = self.files_to_teams(trip, &document, &voice, None).await?;
        let write = Write {
            lease,
            event,
            key: format!("{KEY}{}/{}", link.id, comment.id),
            fingerprint: self.print_to_look_for(&document).await?,
        };
        let author = voice.person.as_ref().map(|(person, _)| person.object.clone());
        let written = self
            .write_once(
                write,
                |_| None,
                |intent: Intent| async move {
                    self.find_message(&link.tenant, &link.conversation, author.as_ref(), &intent).await
                },
                |_| self.post(link, comment, &luggage, &voice, &whole),
            )
            .await?;
        match written {
            Ok(Written { intent, value: (message, author) }) => {
                self.echoes.expect_message(&link.tenant, &link.conversation, &message).await;
                if author == Author::Person {
                    self.remember_pictures(trip, &luggage, &message).await?;
                }
                let pair = Pair {
                    link: link.id,
                    comment: Some(comment.id.clone()),
                    tenant: link.tenant.clone(),
                    conversation: link.conversation.clone(),
                    message,
                    origin: Origin::Jira,
                    author,
                    fingerprint,
                };
                Ok(self.relayed(pair, intent).in_part(&luggage.left))
            }
            Err(error) => match (&error, &voice.person) {
                (CallError::LoginNeeded, Some((_, token))) => {
                    Err(self.failed_as(event, token, error).await?)
                }
                _ => Err(Stop::with(self.verdict_of(event, &error, &Actor::Bot(Some(link.id))))),
            },
        }
    }
}

/// Why a comment with a pair is not relayed again.
fn known(pair: &Pair) -> &'static str {
    match pair.origin {
        Origin::Jira => reason::DUPLICATE,
        Origin::Teams => reason::ECHO,
    }
}

/// Whether we wrote this comment ourselves, through this very link.
fn is_marked(comment: &Comment, link: &Link) -> bool {
    let mark = comment.origin.as_ref().and_then(|origin| origin.get("link")).and_then(|id| id.as_str());
    mark == Some(link.id.to_string().as_str())
}

/// Where people read the whole comment.
fn comment_address(site: &Site, link: &Link, comment: &CommentId) -> String {
    format!("{}/browse/{}?focusedCommentId={comment}", site.url, link.issue_key)
}

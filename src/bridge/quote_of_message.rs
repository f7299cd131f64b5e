//! What a message quotes, for the comment that it becomes.
//!
//! Who quotes tells which message it is, and nothing else that is believed: the name and the
//! words come from the paired comment, or from the chat. The comment that they go into is read
//! by more people than the chat, so only words are quoted that these may read anyway.

use super::failure::Stop;
use super::happening::{CommentOnLink, Happening};
use super::quotation::quotation;
use super::turn::Turn;
use super::words::Said;
use super::{Bridge, project_of, reason, visibility};
use crate::ambient::Millis;
use crate::content::{Block, Document, adf, teams_html};
use crate::ids::{CommentId, MessageId};
use crate::jira::{Comment, Issue};
use crate::store::{Author, Link, Pair, Policy, ServiceReplies, ShowSecured};
use crate::teams::graph;

/// What is quoted of a comment that not everybody may read, or nobody here can.
pub(super) const EARLIER_COMMENT: &str = "An earlier comment";
/// What is quoted of a message whose words are not for this issue, or nobody here can read.
const EARLIER_MESSAGE: &str = "An earlier message";

impl Bridge {
    /// The quotes that stand in front of a message's words: each with its author and its first
    /// words, linked to the comment that it is paired with, else to the message.
    pub(super) async fn quote_of_message(&self, turn: &Turn<'_>, said: &Said) -> Result<Document, Stop> {
        let mut blocks = Vec::with_capacity(said.quotes.len());
        for quote in &said.quotes {
            blocks.push(self.quote_of_one(turn, &quote.message).await?);
        }
        Ok(Document { blocks })
    }

    async fn quote_of_one(&self, turn: &Turn<'_>, message: &MessageId) -> Result<Block, Stop> {
        let link = &turn.link;
        let pairs = self.store.pairs_of_message(&link.tenant, &link.conversation, message).await?;
        let ours = pairs.iter().find(|pair| pair.link == link.id);
        if let Some((pair, comment)) = ours.and_then(|pair| Some((pair, pair.comment.as_ref()?))) {
            return self.quote_of_paired(turn, pair, comment).await;
        }
        let address = crate::teams::message_link(&link.conversation, message);
        let may_be_read = match ours {
            // It became the issue itself, unless it was deleted before it was relayed.
            Some(pair) => !pair.was_never_relayed(),
            // It belongs to another issue of this chat.
            None if !pairs.is_empty() => false,
            // A message's id is the moment when it was written.
            None => message.as_str().parse().is_ok_and(|written| turn.is_younger(Millis(written))),
        };
        let read = if may_be_read { self.quoted_message(link, message).await? } else { None };
        Ok(match read {
            Some(read) => {
                let words = teams_html::read(&read.body_html, |_| None);
                let name = read.from_name.as_deref().unwrap_or(EARLIER_MESSAGE);
                quotation(name, address.as_str(), &words.text())
            }
            None => quotation(EARLIER_MESSAGE, address.as_str(), ""),
        })
    }

    /// The quote of a message that is a comment too: it says what the comment says now, if all
    /// who will read the quote may read that.
    async fn quote_of_paired(
        &self,
        turn: &Turn<'_>,
        pair: &Pair,
        comment: &CommentId,
    ) -> Result<Block, Stop> {
        let address = turn.comment_address(comment);
        let on = CommentOnLink {
            link: turn.link.id,
            issue: turn.link.issue.clone(),
            comment: comment.clone(),
            actor: pair.comment_author.clone(),
        };
        let read = self.read_comment(turn.event, &turn.site, &turn.link, &on).await?;
        let Ok((issue, comment)) = read else { return Ok(quotation(EARLIER_COMMENT, &address, "")) };
        if !self.is_for_all_readers(turn, &issue, &comment).await? {
            return Ok(quotation(EARLIER_COMMENT, &address, ""));
        }
        let mut words = adf::read(&comment.body);
        let mut name = comment.author.map(|author| author.display_name);
        if pair.author == Author::Integration
            && let Some(head) =
                words.blocks.first().map(|head| Document { blocks: vec![head.clone()] }.text())
            && let Some(headed) = head.strip_suffix(" (Teams)")
        {
            name = Some(headed.to_owned());
            words.blocks.remove(0);
        }
        // Not what it quotes itself.
        let words = turn.own_words(&words).text();
        Ok(quotation(name.as_deref().unwrap_or("Someone"), &address, &words))
    }

    /// Whether everybody may read this comment who will read the one that quotes it.
    async fn is_for_all_readers(
        &self,
        turn: &Turn<'_>,
        issue: &Issue,
        comment: &Comment,
    ) -> Result<bool, Stop> {
        // Both are on the same issue, under the same security level.
        let everybody = Policy { show_secured: ShowSecured::Yes, ..Policy::default() };
        match visibility::withheld(comment, issue, &everybody) {
            None => Ok(true),
            Some(reason::INTERNAL_COMMENT) => self.becomes_internal(turn, issue).await,
            Some(_) => Ok(false),
        }
    }

    /// Whether this turn's message becomes, or is, an internal comment.
    async fn becomes_internal(&self, turn: &Turn<'_>, issue: &Issue) -> Result<bool, Stop> {
        let Turn { event, link, site, .. } = turn;
        let policy = self.store.policy(link, Some(&project_of(site, issue))).await?;
        if !issue.project_is_service_desk || policy.service_replies != ServiceReplies::Internal {
            return Ok(false);
        }
        // An earlier comment may have been written while replies were public.
        let subject = serde_json::from_str(&event.subject);
        let Ok(Happening::Message(seen) | Happening::MessageEdited(seen) | Happening::MessageTouched(seen)) =
            subject
        else {
            return Ok(false);
        };
        let Some(message) = &seen.message else { return Ok(false) };
        let pairs = self.store.pairs_of_message(&link.tenant, &link.conversation, message).await?;
        let Some(pair) = pairs.into_iter().find(|pair| pair.link == link.id) else { return Ok(true) };
        let Some(comment) = pair.comment else { return Ok(false) };
        let (issue, actor) = (link.issue.clone(), pair.comment_author);
        let on = CommentOnLink { link: link.id, issue, comment, actor };
        let read = self.read_comment(event, site, link, &on).await?;
        Ok(read.is_ok_and(|(_, comment)| comment.jsd_public == Some(false)))
    }

    /// A quoted message of a person, as it stands in the chat; the bot's may be from an issue that
    /// was linked once. A quote is a courtesy: where the message can't be read, it says only that
    /// there is one.
    async fn quoted_message(
        &self,
        link: &Link,
        message: &MessageId,
    ) -> Result<Option<graph::ChatMessage>, Stop> {
        let Some(place) = self.graph_place(&link.tenant, &link.conversation).await? else { return Ok(None) };
        let read = self.message_as_app(&place, message).await.ok();
        Ok(read.filter(|read| read.from_user.is_some() && read.is_message && read.deleted.is_none()))
    }
}

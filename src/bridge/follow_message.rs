//! A message was changed, deleted or brought back: its comment follows.

use super::converge::{Step, after_message};
use super::failure::Stop;
use super::files::MessageTrip;
use super::follow_comment::settled;
use super::happening::{CommentOnLink, MessageInChat};
use super::look_at::MessageNow;
use super::say::Saying;
use super::tokens::JiraToken;
use super::turn::Turn;
use super::words::Said;
use super::{Bridge, fit, reason};
use crate::ambient::Millis;
use crate::call::CallError;
use crate::ids::{CommentId, MessageId, ObjectId};
use crate::queue::{Event, Lease, Record, Verdict};
use crate::store::{Author, CommentSide, MessageSide, Origin, Pair, Sides, person_account};

impl Bridge {
    pub(super) async fn follow_message(
        &self,
        lease: &Lease,
        event: &Event,
        seen: MessageInChat,
        deleted: bool,
    ) -> Result<Verdict, Stop> {
        let message = seen.message.clone().ok_or_else(Stop::unreadable)?;
        let pairs = self.store.pairs_of_message(&seen.tenant, &seen.conversation, &message).await?;
        if pairs.iter().any(|pair| pair.comment.is_none() && !pair.was_never_relayed()) {
            // It became the issue itself, which has a life of its own since.
            return Ok(Verdict::done(reason::UNCHANGED));
        }
        let activity = self.carried_activity(event).await?;
        if pairs.is_empty() && activity.mentions_the_bot() {
            return Ok(Verdict::done(reason::NOT_RELAYED));
        }
        let now = self.look_at_message(event, &seen, &message).await?;
        let told = matches!(now, MessageNow::Unreadable);
        let now = match now {
            MessageNow::Unreadable if deleted => MessageNow::Gone,
            MessageNow::Unreadable => {
                let mut said = self.said_by(&activity, &seen).await?;
                said.edited = activity.timestamp;
                MessageNow::Said(Box::new(said))
            }
            now => now,
        };
        let mut verdict = match (&now, pairs.is_empty()) {
            (MessageNow::Said(said), true) => {
                return self.relay_unknown_message(lease, event, &seen, &message, said).await;
            }
            (_, true) => return self.remember_unrelayed(&seen, message).await,
            _ => Verdict::done(reason::UNCHANGED),
        };
        for pair in pairs {
            // An activity has no stamp of the edit to know our own by: there the text decides.
            if let (true, MessageNow::Said(said)) = (told, &now)
                && self.fingerprint(&said.document).await? == pair.fingerprint
            {
                continue;
            }
            let turn = self.turn(lease, event, pair.link).await?;
            verdict = verdict.and(self.carry_to_issue(&turn, &pair, &now).await?);
        }
        Ok(verdict)
    }

    /// A changed message without a pair: it is relayed if it is younger than the link, since then
    /// its first event was lost, or comes later.
    async fn relay_unknown_message(
        &self,
        lease: &Lease,
        event: &Event,
        seen: &MessageInChat,
        message: &MessageId,
        said: &Said,
    ) -> Result<Verdict, Stop> {
        let turn = self.turn_of_said(lease, event, seen, said).await?;
        // A message's id is the moment when it was written.
        let written = message.as_str().parse().map_or(Millis(0), Millis);
        if !turn.is_younger(written) {
            return Ok(Verdict::done(reason::NOT_RELAYED));
        }
        self.write_comment(&turn, message, said, None).await
    }

    /// A message that is deleted before it was relayed: its words may still be under way.
    async fn remember_unrelayed(&self, seen: &MessageInChat, message: MessageId) -> Result<Verdict, Stop> {
        let links = self.store.links_of_chat(&seen.tenant, &seen.conversation).await?;
        let Some(link) = links.first() else { return Ok(Verdict::done(reason::NOT_LINKED)) };
        let (tenant, conversation) = (seen.tenant.clone(), seen.conversation.clone());
        let (mark, now) = (Pair::never_relayed(link.id, tenant, conversation, message), self.clock.now());
        let record: Record = Box::new(move |transaction| Box::pin(mark.record(transaction, now)));
        Ok(Verdict::Done { reason: reason::NOT_RELAYED, record: Some(record) })
    }

    /// Makes the comment follow its message.
    async fn carry_to_issue(&self, turn: &Turn<'_>, pair: &Pair, now: &MessageNow) -> Result<Verdict, Stop> {
        if pair.origin == Origin::Jira && pair.author == Author::Bot {
            // Nobody but the bot changes it.
            return Ok(Verdict::done(reason::ECHO));
        }
        let (seen, said) = match now {
            MessageNow::Said(said) => (MessageSide::Live(said.edited), Some(said)),
            MessageNow::Gone | MessageNow::Unreadable => (MessageSide::Gone, None),
        };
        let step = after_message(pair.sides, seen);
        if let (Step::RestoreComment, Some(said)) = (step, said) {
            return self.write_comment(turn, &pair.message, said, Some(pair)).await;
        }
        let Some(comment) = &pair.comment else { return Ok(Verdict::done(reason::UNCHANGED)) };
        match (step, said) {
            (Step::WriteComment, Some(said)) => self.rewrite_comment(turn, pair, comment, said).await,
            (Step::RemoveComment, _) => self.remove_comment(turn, pair, comment).await,
            (Step::Remember, _) => {
                let sides = Sides { message: seen, ..pair.sides };
                Ok(settled(reason::COMMENT_GONE, pair, sides, None))
            }
            (Step::LookAtComment, _) => {
                let on = CommentOnLink {
                    link: pair.link,
                    issue: turn.link.issue.clone(),
                    comment: comment.clone(),
                    actor: pair.comment_author.clone(),
                };
                let comment = self.look_at_comment(turn.event, &turn.site, &turn.link, &on).await?;
                let back = Pair { sides: Sides { message: seen, ..pair.sides }, ..pair.clone() };
                self.carry_to_chat(turn, &back, comment, false).await
            }
            (Step::LeaveGone, _) => Ok(Verdict::done(reason::COMMENT_GONE)),
            // Nobody has edited it, but somebody may have reacted.
            (Step::Nothing, Some(said)) if !said.reactions.is_empty() => {
                self.carry_reactions(turn, pair, &said.reactions).await
            }
            (Step::Nothing, _) => Ok(Verdict::done(reason::UNCHANGED)),
            _ => Err(Stop::unreadable()),
        }
    }

    /// The comment says what its message says now.
    async fn rewrite_comment(
        &self,
        turn: &Turn<'_>,
        pair: &Pair,
        comment: &CommentId,
        said: &Said,
    ) -> Result<Verdict, Stop> {
        let Turn { link, .. } = turn;
        let mut document = self.words_of_message(turn, said).await?;
        let fingerprint = self.fingerprint(&document).await?;
        if pair.author == Author::Integration {
            document = said.headed(document);
        }
        let token = self.comment_writer(turn, pair, said.edited).await?;
        let nobody = ObjectId::new("");
        let author = said.author.as_ref().or(pair.message_author.as_ref()).unwrap_or(&nobody);
        let trip = MessageTrip { turn, message: &pair.message, author, token: &token };
        let (document, left) = self.files_to_jira(trip, document).await?;
        let address = crate::teams::message_link(&pair.conversation, &pair.message);
        let body = fit::for_jira(document, address.as_str());
        match token.site(&self.jira).update_comment(&link.issue, comment, &body).await {
            Ok(written) => {
                self.tell_what_is_left(turn, &pair.message, &left).await?;
                let sides = Sides {
                    comment: CommentSide::Shown(written.updated),
                    message: MessageSide::Live(said.edited),
                };
                Ok(settled(reason::UPDATED, pair, sides, Some(fingerprint)))
            }
            // Its own event will say so.
            Err(CallError::Gone) => Ok(Verdict::done(reason::COMMENT_GONE)),
            Err(error) => self.issue_refused(turn, pair, &token, error, said.edited).await,
        }
    }

    /// The comment goes: its message was deleted.
    async fn remove_comment(
        &self,
        turn: &Turn<'_>,
        pair: &Pair,
        comment: &CommentId,
    ) -> Result<Verdict, Stop> {
        let token = self.comment_writer(turn, pair, None).await?;
        match token.site(&self.jira).delete_comment(&turn.link.issue, comment).await {
            Ok(()) | Err(CallError::Gone) => {
                self.take_back_from_issue(turn, &pair.message, &token).await?;
                let sides = Sides { comment: CommentSide::Gone, message: MessageSide::Gone };
                Ok(settled(reason::REMOVED, pair, sides, None))
            }
            Err(error) => self.issue_refused(turn, pair, &token, error, None).await,
        }
    }

    /// The account whose comment it is. If its owner has to log in again, the chat is told and
    /// the change waits.
    async fn comment_writer(
        &self,
        turn: &Turn<'_>,
        pair: &Pair,
        version: Option<Millis>,
    ) -> Result<JiraToken, Stop> {
        let Some(account) = &pair.comment_author else { return Err(Stop::done(reason::AUTHOR_UNKNOWN)) };
        let waits_as = match &pair.message_author {
            Some(object) if pair.author == Author::Person => person_account(&pair.tenant, object),
            _ => format!("jira/{account}"),
        };
        match self.jira_token(&turn.site, account, waits_as.clone()).await {
            Ok(token) => Ok(token),
            Err(error) => {
                let stop = self.verdict_of_token(turn.event, error, &waits_as);
                if stop.waits_for_login() {
                    self.tell_of_refusal(turn, pair, version).await?;
                }
                Err(stop)
            }
        }
    }

    /// Jira did not take the change over: the chat is told.
    async fn issue_refused(
        &self,
        turn: &Turn<'_>,
        pair: &Pair,
        token: &JiraToken,
        error: CallError,
        version: Option<Millis>,
    ) -> Result<Verdict, Stop> {
        match error {
            CallError::Forbidden { .. } | CallError::ScopeMissing | CallError::Refused { .. } => {
                self.tell_of_refusal(turn, pair, version).await?;
                Ok(Verdict::done(reason::CHANGE_REFUSED))
            }
            error => Err(self.failed_as(turn.event, &token.token, error).await?),
        }
    }

    /// One line in the chat: Jira does not say what is read here. No version: it was deleted.
    async fn tell_of_refusal(
        &self,
        turn: &Turn<'_>,
        pair: &Pair,
        version: Option<Millis>,
    ) -> Result<(), Stop> {
        let Turn { lease, event, link, .. } = turn;
        let Some(comment) = &pair.comment else { return Ok(()) };
        let (address, issue) = (turn.comment_address(comment), &link.issue_key);
        let what = if version.is_some() { "An edit" } else { "A deletion" };
        let text = format!(
            "{what} of a message here is not in Jira: its author may not change the [comment on {issue}]({address}), or has to connect again."
        );
        let stamp = version.map_or_else(|| "deleted".to_owned(), |version| version.0.to_string());
        let key = format!("refused/{}/{}/{stamp}", link.id, pair.message);
        let saying = Saying { key, tenant: &link.tenant, conversation: &link.conversation, text };
        self.say(lease, event, saying).await
    }
}

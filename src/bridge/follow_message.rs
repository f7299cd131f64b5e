//! A message was changed, deleted or brought back: its comment follows.

use super::converge::{Step, after_message};
use super::failure::Stop;
use super::files::MessageTrip;
use super::fit::is_partial;
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
use crate::ids::{AccountId, CommentId, MessageId, ObjectId};
use crate::queue::{Event, Lease, Record, Verdict};
use crate::store::{Author, CommentSide, MessageSide, Origin, Pair, Sides, person_account};
use crate::teams::activity::Activity;

impl Bridge {
    pub(super) async fn follow_message(
        &self,
        lease: &Lease,
        event: &Event,
        seen: MessageInChat,
        deleted: bool,
    ) -> Result<Verdict, Stop> {
        let message = seen.message.clone().ok_or_else(Stop::unreadable)?;
        let mut pairs = self.store.pairs_of_message(&seen.tenant, &seen.conversation, &message).await?;
        // What became an issue itself has a life of its own since.
        let became_issue = |pair: &Pair| pair.comment.is_none() && !pair.was_never_relayed();
        if !pairs.is_empty() && pairs.iter().all(became_issue) {
            return Ok(Verdict::done(reason::UNCHANGED));
        }
        pairs.retain(|pair| !became_issue(pair));
        let activity = self.activity_of(event).await?;
        if pairs.is_empty() && activity.as_ref().is_some_and(Activity::mentions_the_bot) {
            return Ok(Verdict::done(reason::NOT_RELAYED));
        }
        let now = self.look_at_message(event, &seen, &message).await?;
        let told = matches!(now, MessageNow::Unreadable);
        let now = match now {
            MessageNow::Unreadable if deleted => MessageNow::Gone,
            MessageNow::Unreadable => {
                let Some(activity) = &activity else { return Ok(Verdict::done(reason::MESSAGE_GONE)) };
                let mut said = self.said_by(activity, &seen).await?;
                said.edited = activity.timestamp;
                MessageNow::Said(Box::new(said))
            }
            now => now,
        };
        let mut verdict = match (&now, pairs.is_empty()) {
            (MessageNow::Said(said), true) => {
                return self.relay_unknown_message(lease, event, &seen, &message, said).await;
            }
            (_, true) => {
                return match self.take_back_begun_comment(lease, event, &seen, &message).await? {
                    Some(verdict) => Ok(verdict),
                    None => self.remember_unrelayed(&seen, message).await,
                };
            }
            _ => Verdict::done(reason::UNCHANGED),
        };
        for pair in pairs {
            // An activity has no stamp of the edit to know our own by: there the text decides.
            if let (true, MessageNow::Said(said), MessageSide::Live(_)) = (told, &now, pair.sides.message)
                && self.fingerprint(&said.document).await? == pair.fingerprint
            {
                continue;
            }
            let turn = match &now {
                // Which issue its words belong to was not looked at yet.
                MessageNow::Said(said) if pair.was_never_relayed() => {
                    self.turn_of_said(lease, event, &seen, said).await?
                }
                _ => self.turn(lease, event, pair.link).await?,
            };
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
    pub(super) async fn carry_to_issue(
        &self,
        turn: &Turn<'_>,
        pair: &Pair,
        now: &MessageNow,
    ) -> Result<Verdict, Stop> {
        if pair.origin == Origin::Jira && pair.author == Author::Bot {
            // Nobody but the bot changes it.
            return Ok(Verdict::done(reason::ECHO));
        }
        let (seen, said) = match now {
            MessageNow::Said(said) => (MessageSide::Live(said.edited), Some(said)),
            MessageNow::Gone | MessageNow::Unreadable => (MessageSide::Gone, None),
        };
        let adopted = if said.is_none() && pair.sides.comment == CommentSide::Gone {
            // It may have been written anew by a try that did not live to say so.
            self.adopt_comment(turn, &pair.message, Some(pair)).await?
        } else {
            None
        };
        let pair = adopted.as_ref().unwrap_or(pair);
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
                self.carry_to_chat(turn, &back, comment, pair.comment_author.as_ref(), false).await
            }
            (Step::LookForComment, Some(said)) => {
                let comment = comment.clone();
                self.keep_comment(turn, pair, comment, said).await
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

    /// The message is back while its comment was being deleted: if the comment is still there it
    /// stays, else it is written anew.
    async fn keep_comment(
        &self,
        turn: &Turn<'_>,
        pair: &Pair,
        comment: CommentId,
        said: &Said,
    ) -> Result<Verdict, Stop> {
        let token = self.comment_writer(turn, pair, None).await?;
        match token.site(&self.jira).comment(&turn.link.issue, &comment).await {
            Ok(_) => self.rewrite_comment(turn, pair, &comment, said).await,
            Err(CallError::Gone) => self.write_comment(turn, &pair.message, said, Some(pair)).await,
            Err(error) => Err(self.failed_as(turn.event, &token.token, error).await?),
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
        if pair.origin == Origin::Jira && is_partial(&said.document) {
            // The comment says more than the message: that must not be lost.
            self.tell_of_refusal(turn, pair, said.edited).await?;
            let sides = Sides { message: MessageSide::Live(said.edited), ..pair.sides };
            return Ok(settled(reason::CHANGE_REFUSED, pair, sides, None));
        }
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
        let jira = token.site(&self.jira);
        let written = async {
            let visibility = jira.comment(&link.issue, comment).await?.visibility;
            jira.update_comment(&link.issue, comment, &body, visibility.as_ref()).await
        };
        match written.await {
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
        let gone = |comment| Sides { comment, message: MessageSide::Gone };
        self.begin(turn, pair, gone(CommentSide::Going)).await?;
        match token.site(&self.jira).delete_comment(&turn.link.issue, comment).await {
            Ok(()) | Err(CallError::Gone) => {
                self.take_back_from_issue(turn, &pair.message, &token).await?;
                Ok(settled(reason::REMOVED, pair, gone(CommentSide::Gone), None))
            }
            Err(error) => {
                let refused = self.issue_refused(turn, pair, &token, error, None).await?;
                // It stays, without its message.
                Ok(refused.and(settled(reason::CHANGE_REFUSED, pair, gone(CommentSide::STALE), None)))
            }
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
        let Some(account) = &self.author_of(turn, pair).await? else {
            self.tell_of_refusal(turn, pair, version).await?;
            return Err(Stop::done(reason::AUTHOR_UNKNOWN));
        };
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

    /// Whose comment it is; a pair from before this was remembered asks Jira.
    async fn author_of(&self, turn: &Turn<'_>, pair: &Pair) -> Result<Option<AccountId>, Stop> {
        let (None, Some(comment)) = (&pair.comment_author, &pair.comment) else {
            return Ok(pair.comment_author.clone());
        };
        let reader = self.reader(turn.event, &turn.site, &turn.link, None).await?;
        match reader.site(&self.jira).comment(&turn.link.issue, comment).await {
            Ok(comment) => Ok(comment.author.map(|author| author.account_id)),
            Err(CallError::Gone) => Ok(None),
            Err(error) => Err(self.failed_as(turn.event, &reader.token, error).await?),
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
            "{what} of a message here is not in Jira: its author may not change the [comment on {issue}]({address}), has to connect again, or sees only a part of it here."
        );
        let key = format!("refused/{}/{}/{}", link.id, pair.message, event.id);
        let saying = Saying { key, tenant: &link.tenant, conversation: &link.conversation, text };
        self.say(lease, event, saying).await
    }
}

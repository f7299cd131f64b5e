//! A comment was changed, deleted, or shown to other people: its message follows.

use super::converge::{Step, after_comment};
use super::failure::{Actor, Stop};
use super::files::CommentTrip;
use super::fit::is_partial;
use super::happening::CommentOnLink;
use super::look_at::CommentNow;
use super::say::Saying;
use super::speaker::Speaker;
use super::turn::Turn;
use super::{Bridge, reason};
use crate::call::CallError;
use crate::ids::{AccountId, CommentId};
use crate::jira::Comment;
use crate::queue::{Event, Lease, Verdict};
use crate::store::{Author, CommentSide, MessageSide, Origin, Pair, Sides};

impl Bridge {
    pub(super) async fn follow_comment(
        &self,
        lease: &Lease,
        event: &Event,
        on: CommentOnLink,
        deleted: bool,
    ) -> Result<Verdict, Stop> {
        let turn = self.turn(lease, event, on.link).await?;
        let pair = self.store.pair_of_comment(&turn.link.tenant, on.link, &on.comment).await?;
        let (now, deleted) = self.changed_comment(&turn, pair.as_ref(), &on, deleted).await?;
        match pair {
            Some(pair) => self.carry_to_chat(&turn, &pair, now, on.actor.as_ref(), deleted).await,
            None => self.relay_unknown_comment(&turn, &on, now).await,
        }
    }

    /// The comment as it is after a change, and whether it is known to be deleted. Who cannot see
    /// it does not decide: where the one who changed it finds nothing, its author is asked.
    async fn changed_comment(
        &self,
        turn: &Turn<'_>,
        pair: Option<&Pair>,
        on: &CommentOnLink,
        deleted: bool,
    ) -> Result<(CommentNow, bool), Stop> {
        let author = pair.and_then(|pair| pair.comment_author.clone());
        let again = author.filter(|author| on.actor.as_ref() != Some(author));
        let again = again.map(|author| CommentOnLink { actor: Some(author), ..on.clone() });
        for on in [Some(on), again.as_ref()].into_iter().flatten() {
            match self.look_at_comment(turn.event, &turn.site, &turn.link, on).await {
                Ok(CommentNow::Gone | CommentNow::IssueGone) => {}
                Ok(now) => return Ok((now, false)),
                // Nobody can look: a signed delivery of a deletion is believed.
                Err(stop) if deleted && stop.waits_for_login() => {}
                Err(stop) => return Err(stop),
            }
        }
        Ok((CommentNow::Gone, deleted))
    }

    /// A changed comment without a pair: it is relayed if it is younger than the link, since then
    /// it was withheld until now, or its first event was lost.
    async fn relay_unknown_comment(
        &self,
        turn: &Turn<'_>,
        on: &CommentOnLink,
        now: CommentNow,
    ) -> Result<Verdict, Stop> {
        match now {
            CommentNow::Shown(comment) if turn.is_younger(comment.created) => {
                self.relay_new_comment(turn, &comment).await
            }
            CommentNow::Shown(_) => Ok(Verdict::done(reason::NOT_RELAYED)),
            hidden => self.take_back_begun(turn, on, hidden, reason::NOT_RELAYED).await,
        }
    }

    /// Makes the message follow its comment.
    pub(super) async fn carry_to_chat(
        &self,
        turn: &Turn<'_>,
        pair: &Pair,
        now: CommentNow,
        author: Option<&AccountId>,
        deleted: bool,
    ) -> Result<Verdict, Stop> {
        let (seen, comment, withheld) = match now {
            CommentNow::Shown(comment) => (CommentSide::Shown(comment.updated), Some(comment), None),
            CommentNow::Withheld(reason) => (CommentSide::Withheld, None, Some(reason)),
            CommentNow::Gone if deleted => (CommentSide::Gone, None, None),
            // Hidden from all who could read it for us: then it is not for the chat either.
            CommentNow::Gone | CommentNow::IssueGone => (CommentSide::Withheld, None, None),
        };
        let Some(id) = &pair.comment else { return Ok(Verdict::done(reason::NOT_RELAYED)) };
        let adopted = if comment.is_none() && pair.sides.message == MessageSide::Gone {
            // It may have been brought back by a try that did not live to say so.
            self.adopt_message(turn, id, author, Some(pair)).await?
        } else {
            None
        };
        let pair = adopted.as_ref().unwrap_or(pair);
        let step = after_comment(pair.sides, seen);
        match (step, comment) {
            (Step::WriteMessage | Step::RestoreMessage, Some(comment)) => {
                self.rewrite_message(turn, pair, &comment, step == Step::RestoreMessage).await
            }
            (Step::RemoveMessage, _) => self.remove_message(turn, pair, id, seen).await,
            (Step::Remember, _) => {
                let why = withheld.unwrap_or(reason::COMMENT_GONE);
                Ok(settled(why, pair, Sides { comment: seen, ..pair.sides }, None))
            }
            (Step::LeaveGone, _) => Ok(Verdict::done(reason::MESSAGE_GONE)),
            (Step::Nothing, _) => Ok(Verdict::done(withheld.unwrap_or(reason::ECHO))),
            _ => Err(Stop::unreadable()),
        }
    }

    /// The message says what its comment says now.
    async fn rewrite_message(
        &self,
        turn: &Turn<'_>,
        pair: &Pair,
        comment: &Comment,
        restore: bool,
    ) -> Result<Verdict, Stop> {
        let Turn { event, link, .. } = turn;
        let mut document = self.words_of_comment(turn, comment).await?;
        if pair.author == Author::Integration {
            // The message's own author says it, and needs no name above it.
            document = document.unheaded("Teams");
        }
        let fingerprint = self.fingerprint(&document).await?;
        let whole = turn.comment_address(&comment.id);
        let trip = CommentTrip { turn, comment, whole: &whole };
        let done = |message, reason| {
            let sides = Sides { comment: CommentSide::Shown(comment.updated), message };
            settled(reason, pair, sides, Some(fingerprint.clone()))
        };
        if pair.origin == Origin::Teams && is_partial(&document) {
            // The message says more than the comment: that must not be lost.
            let carried = done(pair.sides.message, reason::CHANGE_REFUSED);
            return self.tell_chat(turn, pair, Change::Partial, carried).await;
        }
        match self.speaker(event, pair).await? {
            // What the bot has deleted can't be brought back.
            Speaker::Bot(_) if restore => self.write_message(turn, comment, Some(pair)).await,
            Speaker::Bot(place) => {
                let luggage = self.files_to_teams(trip, &document, None, None).await?;
                let said = self.update_as_bot(&place, pair, comment, &luggage, &whole).await;
                match said {
                    // Nobody but the bot edits it, so there is no stamp to remember.
                    Ok(()) => Ok(done(MessageSide::Live(None), reason::UPDATED)),
                    Err(CallError::Gone) => Ok(done(MessageSide::Gone, reason::MESSAGE_GONE)),
                    Err(error) => Err(Stop::with(self.verdict_of(event, &error, &Actor::Bot(Some(link.id))))),
                }
            }
            Speaker::Person(person) => {
                let message = Some(&pair.message);
                let luggage = self
                    .files_to_teams(trip, &document, Some((&person.object, &person.token)), message)
                    .await?;
                let carried = self.update_as_person(pair, &person, &luggage, &whole, restore).await;
                match carried {
                    Ok(edited) => {
                        self.remember_luggage(trip, &luggage, &pair.message).await?;
                        let reason = if restore { reason::RESTORED } else { reason::UPDATED };
                        Ok(done(MessageSide::Live(edited), reason))
                    }
                    // Its own event will say so, unless it is brought back before that is read:
                    // then what it says is carried over, whatever it is.
                    Err(CallError::Gone) => Ok(done(MessageSide::STALE, reason::MESSAGE_GONE)),
                    Err(error) => self.chat_refused(turn, pair, &person.token, error, Change::Text).await,
                }
            }
            Speaker::Nobody(why) => self.tell_chat(turn, pair, Change::Text, why).await,
        }
    }

    /// The message goes: its comment is deleted, or not for this chat any more.
    async fn remove_message(
        &self,
        turn: &Turn<'_>,
        pair: &Pair,
        comment: &CommentId,
        seen: CommentSide,
    ) -> Result<Verdict, Stop> {
        let Turn { event, link, .. } = turn;
        let reason = if seen == CommentSide::Gone { reason::REMOVED } else { reason::TAKEN_OUT };
        tracing::info!(event = event.id, link = %link.id, %comment, reason, "a message is taken back");
        let done = || settled(reason, pair, Sides { comment: seen, message: MessageSide::Gone }, None);
        let going = Sides { comment: seen, message: MessageSide::Going };
        match self.speaker(event, pair).await? {
            Speaker::Bot(place) => {
                self.begin(turn, pair, going).await?;
                match self.connector.delete(&place.service_url, &place.id, &pair.message).await {
                    Ok(()) | Err(CallError::Gone) => Ok(done()),
                    Err(error) => Err(Stop::with(self.verdict_of(event, &error, &Actor::Bot(Some(link.id))))),
                }
            }
            Speaker::Person(person) => {
                self.begin(turn, pair, going).await?;
                self.take_back_from_drive(turn, comment, &person.token).await?;
                match self.delete_as_person(pair, &person).await {
                    Ok(()) | Err(CallError::Gone) => Ok(done()),
                    Err(error) => self.chat_refused(turn, pair, &person.token, error, Change::Removal).await,
                }
            }
            Speaker::Nobody(why) => self.tell_chat(turn, pair, Change::Removal, why).await,
        }
    }

    /// Remembers that something is about to be deleted: whoever dies meanwhile leaves word of it,
    /// and the deletion that is heard of then is known to be ours.
    pub(super) async fn begin(&self, turn: &Turn<'_>, pair: &Pair, sides: Sides) -> Result<(), Stop> {
        if pair.comment.is_none() {
            return Ok(());
        }
        let pair = pair.clone();
        Ok(turn.lease.write(move |transaction| Box::pin(pair.settle(transaction, sides, None))).await?)
    }

    /// Teams did not let the author change their message: the chat is told.
    async fn chat_refused(
        &self,
        turn: &Turn<'_>,
        pair: &Pair,
        token: &super::tokens::PersonToken,
        error: CallError,
        change: Change,
    ) -> Result<Verdict, Stop> {
        match error {
            CallError::Forbidden { .. } | CallError::ScopeMissing | CallError::Refused { .. } => {
                let why = Verdict::done(reason::CHANGE_REFUSED);
                self.tell_chat(turn, pair, change, why).await
            }
            error => Err(self.failed_as(turn.event, token, error).await?),
        }
    }

    /// One line in the chat: what is read there is not what Jira says.
    async fn tell_chat(
        &self,
        turn: &Turn<'_>,
        pair: &Pair,
        change: Change,
        then: Verdict,
    ) -> Result<Verdict, Stop> {
        let Turn { lease, event, link, .. } = turn;
        let Some(comment) = &pair.comment else { return Ok(then) };
        let (address, issue) = (turn.comment_address(comment), &link.issue_key);
        let text = match change {
            Change::Text => format!(
                "A comment on {issue} was edited in Jira. Its message here could not be changed: [read the comment]({address})."
            ),
            Change::Partial => format!(
                "A comment on {issue} was edited in Jira. It holds only a part of its message here, which stays as it is: [read the comment]({address})."
            ),
            Change::Removal => format!(
                "A comment on {issue} was deleted in Jira, or is not for everyone any more. Its message here could not be removed: whoever wrote it has to delete it."
            ),
        };
        let key = format!("changed/{}/{comment}/{}", link.id, event.id);
        self.say(lease, event, Saying { key, tenant: &link.tenant, conversation: &link.conversation, text })
            .await?;
        Ok(then)
    }
}

/// What could not be carried over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    Text,
    /// The text of a copy that was cut, or lacks files.
    Partial,
    Removal,
}

/// Ends an event whose change has been carried over: the pair remembers it in the same commit.
pub(super) fn settled(
    reason: &'static str,
    pair: &Pair,
    sides: Sides,
    fingerprint: Option<String>,
) -> Verdict {
    if pair.comment.is_none() {
        return Verdict::done(reason);
    }
    let pair = pair.clone();
    Verdict::Done {
        reason,
        record: Some(Box::new(move |transaction| Box::pin(pair.settle(transaction, sides, fingerprint)))),
    }
}

//! A comment was changed, deleted, or shown to other people: its message follows.

use super::converge::{Step, after_comment};
use super::failure::{Actor, Stop};
use super::files::CommentTrip;
use super::happening::CommentOnLink;
use super::look_at::CommentNow;
use super::say::Saying;
use super::speaker::Speaker;
use super::turn::Turn;
use super::{Bridge, reason};
use crate::ambient::Millis;
use crate::call::CallError;
use crate::ids::CommentId;
use crate::jira::Comment;
use crate::queue::{Event, Lease, Verdict};
use crate::store::{CommentSide, MessageSide, Pair, Sides};

impl Bridge {
    pub(super) async fn follow_comment(
        &self,
        lease: &Lease,
        event: &Event,
        on: CommentOnLink,
        deleted: bool,
    ) -> Result<Verdict, Stop> {
        let turn = self.turn(lease, event, on.link).await?;
        let pair = self.store.pair_of_comment(on.link, &on.comment).await?;
        // The delivery is signed, and no comment comes back under its id: nothing to look at.
        let now = if deleted {
            CommentNow::Gone
        } else {
            self.look_at_comment(event, &turn.site, &turn.link, &on).await?
        };
        match pair {
            Some(pair) => self.carry_to_chat(&turn, &pair, now, deleted).await,
            None => self.relay_unknown_comment(&turn, now).await,
        }
    }

    /// A changed comment without a pair: it is relayed if it is younger than the link, since then
    /// it was withheld until now, or its first event was lost.
    async fn relay_unknown_comment(&self, turn: &Turn<'_>, now: CommentNow) -> Result<Verdict, Stop> {
        match now {
            CommentNow::Shown(comment) if turn.is_younger(comment.created) => {
                self.relay_new_comment(turn, &comment).await
            }
            CommentNow::Withheld(reason) => Ok(Verdict::done(reason)),
            CommentNow::Shown(_) | CommentNow::Gone | CommentNow::IssueGone => {
                Ok(Verdict::done(reason::NOT_RELAYED))
            }
        }
    }

    /// Makes the message follow its comment.
    pub(super) async fn carry_to_chat(
        &self,
        turn: &Turn<'_>,
        pair: &Pair,
        now: CommentNow,
        deleted: bool,
    ) -> Result<Verdict, Stop> {
        let (seen, comment, withheld) = match now {
            CommentNow::Shown(comment) => (CommentSide::Shown(comment.updated), Some(comment), None),
            CommentNow::Withheld(reason) => (CommentSide::Withheld, None, Some(reason)),
            CommentNow::Gone if deleted => (CommentSide::Gone, None, None),
            // Hidden from all who could read it for us: then it is not for the chat either.
            CommentNow::Gone => (CommentSide::Withheld, None, None),
            CommentNow::IssueGone => return Ok(Verdict::done(reason::ISSUE_GONE)),
        };
        let (Some(id), step) = (&pair.comment, after_comment(pair.sides, seen)) else {
            return Ok(Verdict::done(reason::NOT_RELAYED));
        };
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
        let document = self.words_of_comment(turn, comment).await?;
        let fingerprint = self.fingerprint(&document).await?;
        let whole = turn.comment_address(&comment.id);
        let trip = CommentTrip { turn, comment, whole: &whole };
        let done = |message, reason| {
            let sides = Sides { comment: CommentSide::Shown(comment.updated), message };
            settled(reason, pair, sides, Some(fingerprint.clone()))
        };
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
                    Err(error) => {
                        self.chat_refused(turn, pair, &person.token, error, Change::Text, comment.updated)
                            .await
                    }
                }
            }
            Speaker::Nobody(why) => self.tell_chat(turn, pair, Change::Text, comment.updated, why).await,
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
        match self.speaker(event, pair).await? {
            Speaker::Bot(place) => {
                match self.connector.delete(&place.service_url, &place.id, &pair.message).await {
                    Ok(()) | Err(CallError::Gone) => Ok(done()),
                    Err(error) => Err(Stop::with(self.verdict_of(event, &error, &Actor::Bot(Some(link.id))))),
                }
            }
            Speaker::Person(person) => {
                self.take_back_from_drive(turn, comment, &person.token).await?;
                match self.delete_as_person(pair, &person).await {
                    Ok(()) | Err(CallError::Gone) => Ok(done()),
                    Err(error) => {
                        self.chat_refused(turn, pair, &person.token, error, Change::Removal, Millis(0)).await
                    }
                }
            }
            Speaker::Nobody(why) => self.tell_chat(turn, pair, Change::Removal, Millis(0), why).await,
        }
    }

    /// Teams did not let the author change their message: the chat is told.
    async fn chat_refused(
        &self,
        turn: &Turn<'_>,
        pair: &Pair,
        token: &super::tokens::PersonToken,
        error: CallError,
        change: Change,
        version: Millis,
    ) -> Result<Verdict, Stop> {
        match error {
            CallError::Forbidden { .. } | CallError::ScopeMissing | CallError::Refused { .. } => {
                let why = Verdict::done(reason::CHANGE_REFUSED);
                self.tell_chat(turn, pair, change, version, why).await
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
        version: Millis,
        then: Verdict,
    ) -> Result<Verdict, Stop> {
        let Turn { lease, event, link, .. } = turn;
        let Some(comment) = &pair.comment else { return Ok(then) };
        let (address, issue) = (turn.comment_address(comment), &link.issue_key);
        let text = match change {
            Change::Text => format!(
                "A comment on {issue} was edited in Jira. Its message here could not be changed: [read the comment]({address})."
            ),
            Change::Removal => format!(
                "A comment on {issue} was deleted in Jira, or is not for everyone any more. Its message here could not be removed: whoever wrote it has to delete it."
            ),
        };
        let key = format!("changed/{}/{comment}/{}/{}", link.id, change.word(), version.0);
        self.say(lease, event, Saying { key, tenant: &link.tenant, conversation: &link.conversation, text })
            .await?;
        Ok(then)
    }
}

/// What could not be carried over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    Text,
    Removal,
}

impl Change {
    fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Removal => "removal",
        }
    }
}

/// Ends an event whose change has been carried over: the pair remembers it in the same commit.
pub(super) fn settled(
    reason: &'static str,
    pair: &Pair,
    sides: Sides,
    fingerprint: Option<String>,
) -> Verdict {
    let Some(comment) = pair.comment.clone() else { return Verdict::done(reason) };
    let link = pair.link;
    Verdict::Done {
        reason,
        record: Some(Box::new(move |transaction| {
            Box::pin(async move { Pair::settle(transaction, link, &comment, sides, fingerprint).await })
        })),
    }
}

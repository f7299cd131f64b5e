//! A comment was changed, deleted, or shown to other people: its message follows.

use super::failure::{Actor, Stop};
use super::files::CommentTrip;
use super::fit::is_partial;
use super::happening::CommentOnLink;
use super::look_at::CommentNow;
use super::machine::turn::{CommentSeen, Heard, Observation};
use super::relay_comment::is_marked;
use super::say::Saying;
use super::speaker::Speaker;
use super::take_turn::{About, Made, Task};
use super::turn::Turn;
use super::{Bridge, reason};
use crate::ambient::Millis;
use crate::call::CallError;
use crate::points::{Point, reach};
use crate::queue::{Event, Lease, Verdict};
use crate::store::{Author, MessageSide, Origin, Pair, Sides};

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
        let task = Task { turn: Some(turn), pair, ..Task::new(lease, event, About::Comment { on, deleted }) };
        self.take_turn(task, Heard::CommentChanged).await
    }

    /// The comment as it is now: that of the event, or of the pair of a message that is back.
    pub(super) async fn see_comment(&self, task: &mut Task<'_>, heard: Heard) -> Result<CommentSeen, Stop> {
        let turn = task.turn()?;
        let (now, deleted) = match (&task.about, &task.pair) {
            (About::Comment { on, .. }, _) if heard == Heard::CommentWritten => {
                (self.look_at_comment(turn.event, &turn.site, &turn.link, on).await?, false)
            }
            (About::Comment { on, deleted }, pair) => {
                self.changed_comment(turn, pair.as_ref(), on, *deleted).await?
            }
            (About::Message { .. }, Some(Pair { link, comment: Some(comment), comment_author, .. })) => {
                let on = CommentOnLink {
                    link: *link,
                    issue: turn.link.issue.clone(),
                    comment: comment.clone(),
                    actor: comment_author.clone(),
                };
                (self.look_at_comment(turn.event, &turn.site, &turn.link, &on).await?, false)
            }
            (About::Message { .. }, _) => return Err(Stop::unreadable()),
        };
        Ok(match now {
            CommentNow::Shown(comment) => {
                let seen = CommentSeen::Shown {
                    created: comment.created,
                    updated: comment.updated,
                    marked: is_marked(&comment, &turn.link),
                    younger: turn.is_younger(comment.created),
                };
                task.comment = Some(comment);
                seen
            }
            CommentNow::Withheld(reason) => CommentSeen::Withheld(reason),
            CommentNow::Gone if deleted => CommentSeen::Gone,
            CommentNow::Gone | CommentNow::IssueGone => CommentSeen::Hidden,
        })
    }

    /// The comment as it is after a change, and whether it is known to be deleted. Who cannot see
    /// it does not decide: where the one who is said to have changed it finds nothing, its author is
    /// asked, or whoever else may read for the link if nobody knows the author.
    async fn changed_comment(
        &self,
        turn: &Turn<'_>,
        pair: Option<&Pair>,
        on: &CommentOnLink,
        deleted: bool,
    ) -> Result<(CommentNow, bool), Stop> {
        let author = pair.and_then(|pair| pair.comment_author.clone());
        let again = (author != on.actor).then(|| CommentOnLink { actor: author, ..on.clone() });
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

    /// The message says what its comment says now; `before` is the stamp that it had so far.
    pub(super) async fn edit_message(
        &self,
        task: &mut Task<'_>,
        restore: bool,
        before: Option<Millis>,
    ) -> Result<Observation<Made>, Stop> {
        let (turn, pair, comment) = (task.turn()?, task.pair()?, task.comment()?);
        let Turn { event, link, .. } = turn;
        let mut document = self.words_of_comment(turn, comment).await?;
        if pair.author == Author::Integration {
            // The message's own author says it, and needs no name above it.
            document = document.unheaded("Teams");
        }
        let print = self.fingerprint(&document).await?;
        let whole = turn.comment_address(&comment.id);
        let trip = CommentTrip { turn, comment, whole: &whole };
        let seen = if pair.origin == Origin::Teams && is_partial(&document) {
            // The message says more than the comment: that must not be lost.
            self.tell_chat(turn, pair, Change::Partial).await?;
            Observation::Partial
        } else {
            match self.speaker(event, pair).await? {
                Ok(Speaker::Bot(_)) if restore => Observation::NotRestorable,
                Ok(Speaker::Bot(place)) => {
                    let luggage = self.files_to_teams(trip, &document, None, None).await?;
                    task.lease.hold_for_call().await?;
                    match self.update_as_bot(&place, pair, comment, &luggage, &whole).await {
                        // Nobody but the bot edits it, so there is no stamp to remember.
                        Ok(()) => Observation::MessageEdited(None),
                        Err(CallError::Gone) => Observation::Missing,
                        Err(error) => return Err(self.bot_failed(event, &error, link.id)),
                    }
                }
                Ok(Speaker::Person(person)) => {
                    let message = Some(&pair.message);
                    let luggage = self
                        .files_to_teams(trip, &document, Some((&person.object, &person.token)), message)
                        .await?;
                    task.lease.hold_for_call().await?;
                    match self.update_as_person(pair, &person, &luggage, &whole, restore, before).await {
                        Ok(edited) => {
                            self.remember_luggage(trip, &luggage, &pair.message).await?;
                            Observation::MessageEdited(edited)
                        }
                        Err(CallError::Gone) => Observation::Missing,
                        Err(error) => {
                            self.chat_refused(turn, pair, &person.token, error, Change::Text).await?
                        }
                    }
                }
                Err(why) => self.nobody_can(turn, pair, Change::Text, why).await?,
            }
        };
        task.print = Some(print);
        Ok(seen)
    }

    /// Remembers that something is about to be deleted: whoever dies meanwhile leaves word of it,
    /// and the deletion that is heard of then is known to be ours.
    pub(super) async fn begin(&self, task: &mut Task<'_>, sides: Sides) -> Result<Observation<Made>, Stop> {
        let (turn, pair) = (task.turn()?, task.pair()?);
        if sides.message == MessageSide::Going {
            match self.speaker(turn.event, pair).await? {
                Ok(speaker) => task.speaker = Some(speaker),
                Err(why) => return self.nobody_can(turn, pair, Change::Removal, why).await,
            }
        } else {
            task.writer = Some(self.comment_writer(turn, pair, None).await?);
        }
        let pair = task.pair()?.clone();
        if pair.comment.is_some() {
            task.lease.write(move |transaction| Box::pin(pair.settle(transaction, sides, None))).await?;
        }
        reach(Point::GoingStored);
        Ok(Observation::Begun)
    }

    /// The message goes: its comment is deleted, or not for this chat any more.
    pub(super) async fn delete_message(&self, task: &mut Task<'_>) -> Result<Observation<Made>, Stop> {
        let speaker = task.speaker.take();
        let (turn, pair) = (task.turn()?, task.pair()?);
        let Turn { event, link, .. } = turn;
        let comment = pair.comment.as_ref().ok_or_else(Stop::unreadable)?;
        tracing::info!(event = event.id, link = %link.id, %comment, "a message is taken back");
        match speaker {
            Some(Speaker::Bot(place)) => {
                match self.connector.delete(&place.service_url, &place.id, &pair.message).await {
                    Ok(()) | Err(CallError::Gone) => Ok(Observation::Deleted),
                    Err(error) => Err(self.bot_failed(event, &error, link.id)),
                }
            }
            Some(Speaker::Person(person)) => {
                self.take_back_from_drive(turn, comment, &person.token).await?;
                match self.delete_as_person(pair, &person).await {
                    Ok(()) | Err(CallError::Gone) => Ok(Observation::Deleted),
                    Err(error) => self.chat_refused(turn, pair, &person.token, error, Change::Removal).await,
                }
            }
            None => Err(Stop::unreadable()),
        }
    }

    fn bot_failed(&self, event: &Event, error: &CallError, link: crate::ids::LinkId) -> Stop {
        Stop::with(self.verdict_of(event, error, &Actor::Bot(Some(link))))
    }

    /// Nobody whom we can act as may change the message: the chat is told.
    async fn nobody_can(
        &self,
        turn: &Turn<'_>,
        pair: &Pair,
        change: Change,
        why: Verdict,
    ) -> Result<Observation<Made>, Stop> {
        self.tell_chat(turn, pair, change).await?;
        match why {
            Verdict::Done { reason, record: None } => Ok(Observation::Refused(reason)),
            waits => Err(Stop::with(waits)),
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
    ) -> Result<Observation<Made>, Stop> {
        match error {
            CallError::Forbidden { .. } | CallError::ScopeMissing | CallError::Refused { .. } => {
                self.tell_chat(turn, pair, change).await?;
                Ok(Observation::Refused(reason::CHANGE_REFUSED))
            }
            error => Err(self.failed_as(turn.event, token, error).await?),
        }
    }

    /// One line in the chat: what is read there is not what Jira says.
    async fn tell_chat(&self, turn: &Turn<'_>, pair: &Pair, change: Change) -> Result<(), Stop> {
        let Turn { lease, event, link, .. } = turn;
        let Some(comment) = &pair.comment else { return Ok(()) };
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
            .await
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

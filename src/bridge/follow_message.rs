//! A message was changed, deleted or brought back: its comment follows.

use super::failure::Stop;
use super::files::MessageTrip;
use super::fit::is_partial;
use super::happening::MessageInChat;
use super::look_at::MessageNow;
use super::machine::turn::{Heard, MessageSeen, Observation};
use super::say::Saying;
use super::take_turn::{About, Made, Task};
use super::tokens::JiraToken;
use super::turn::Turn;
use super::{Bridge, fit, reason};
use crate::ambient::Millis;
use crate::call::CallError;
use crate::ids::{AccountId, MessageId, ObjectId};
use crate::queue::{Event, Lease, Record, Verdict};
use crate::store::{Author, MessageSide, Origin, Pair, person_account};
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
        if let (MessageNow::Said(said), true) = (&now, pairs.is_empty())
            && said.addresses(&self.settings.bot_id)
        {
            return Ok(Verdict::done(reason::NOT_RELAYED));
        }
        let about = || About::Message { seen: seen.clone(), message: message.clone() };
        if pairs.is_empty() {
            let task = Task { now: Some(now), ..Task::new(lease, event, about()) };
            return self.take_turn(task, Heard::MessageChanged).await;
        }
        let mut verdict = Verdict::done(reason::UNCHANGED);
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
                    self.turn_of_said(lease, event, &seen, &message, said).await?
                }
                _ => self.turn(lease, event, pair.link).await?,
            };
            let task = Task {
                turn: Some(turn),
                pair: Some(pair),
                now: Some(now.clone()),
                ..Task::new(lease, event, about())
            };
            verdict = verdict.and(self.take_turn(task, Heard::MessageChanged).await?);
        }
        Ok(verdict)
    }

    /// The message as it is now.
    pub(super) async fn see_message(&self, task: &mut Task<'_>, heard: Heard) -> Result<MessageSeen, Stop> {
        let About::Message { seen, message } = &task.about else { return Err(Stop::unreadable()) };
        if task.now.is_none() {
            task.now = Some(self.new_message(task.event, seen, message).await?);
        }
        let Some(MessageNow::Said(said)) = &task.now else { return Ok(MessageSeen::Gone) };
        let mut younger = true;
        if heard == Heard::MessageChanged && task.pair.is_none() {
            // Its first event was lost, or comes later, if it is younger than the link.
            let turn = self.turn_of_said(task.lease, task.event, seen, message, said).await?;
            // A message's id is the moment when it was written.
            younger = turn.is_younger(message.as_str().parse().map_or(Millis(0), Millis));
            task.turn = Some(turn);
        }
        Ok(MessageSeen::Said { edited: said.edited, younger })
    }

    /// A message that is deleted before it was relayed: its words may still be under way.
    pub(super) async fn remember_unrelayed(
        &self,
        reason: &'static str,
        seen: &MessageInChat,
        message: MessageId,
    ) -> Result<Verdict, Stop> {
        let links = self.store.links_of_chat(&seen.tenant, &seen.conversation).await?;
        let Some(link) = links.first() else { return Ok(Verdict::done(reason::NOT_LINKED)) };
        let (tenant, conversation) = (seen.tenant.clone(), seen.conversation.clone());
        let (mark, now) = (Pair::never_relayed(link.id, tenant, conversation, message), self.clock.now());
        let record: Record = Box::new(move |transaction| Box::pin(mark.record(transaction, now)));
        Ok(Verdict::Done { reason, record: Some(record) })
    }

    /// Nobody has edited the message, but somebody may have reacted.
    pub(super) async fn show_reactions(&self, task: &Task<'_>) -> Result<Verdict, Stop> {
        let said = task.said()?;
        if said.reactions.is_empty() {
            return Ok(Verdict::done(reason::UNCHANGED));
        }
        self.carry_reactions(task.turn()?, task.pair()?, &said.reactions).await
    }

    /// Whether the comment of a message that is back is still there.
    pub(super) async fn find_comment(&self, task: &mut Task<'_>) -> Result<bool, Stop> {
        let (turn, pair) = (task.turn()?, task.pair()?);
        let comment = pair.comment.as_ref().ok_or_else(Stop::unreadable)?;
        let token = self.comment_writer(turn, pair, None).await?;
        match token.site(&self.jira).comment(&turn.link.issue, comment).await {
            Ok(_) => Ok(true),
            Err(CallError::Gone) => Ok(false),
            Err(error) => Err(self.failed_as(turn.event, &token.token, error).await?),
        }
    }

    /// The comment says what its message says now.
    pub(super) async fn edit_comment(&self, task: &mut Task<'_>) -> Result<Observation<Made>, Stop> {
        let (turn, pair, said) = (task.turn()?, task.pair()?, task.said()?);
        let comment = pair.comment.as_ref().ok_or_else(Stop::unreadable)?;
        let Turn { link, .. } = turn;
        if pair.origin == Origin::Jira && is_partial(&said.document) {
            // The comment says more than the message: that must not be lost.
            self.tell_of_refusal(turn, pair, said.edited).await?;
            return Ok(Observation::Partial);
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
        task.lease.hold_for_call().await?;
        let written = async {
            let visibility = jira.comment(&link.issue, comment).await?.visibility;
            jira.update_comment(&link.issue, comment, &body, visibility.as_ref()).await
        };
        match written.await {
            Ok(written) => {
                self.tell_what_is_left(turn, &pair.message, &left).await?;
                task.print = Some(fingerprint);
                Ok(Observation::CommentEdited(written.updated))
            }
            Err(CallError::Gone) => Ok(Observation::Missing),
            Err(error) => self.issue_refused(turn, pair, &token, error, said.edited).await,
        }
    }

    /// The comment goes: its message was deleted.
    pub(super) async fn delete_comment(&self, task: &mut Task<'_>) -> Result<Observation<Made>, Stop> {
        let token = task.writer.take().ok_or_else(Stop::unreadable)?;
        let (turn, pair) = (task.turn()?, task.pair()?);
        let comment = pair.comment.as_ref().ok_or_else(Stop::unreadable)?;
        match token.site(&self.jira).delete_comment(&turn.link.issue, comment).await {
            Ok(()) | Err(CallError::Gone) => {
                self.take_back_from_issue(turn, &pair.message, &token).await?;
                Ok(Observation::Deleted)
            }
            Err(error) => self.issue_refused(turn, pair, &token, error, None).await,
        }
    }

    /// The account whose comment it is. If its owner has to log in again, the chat is told and
    /// the change waits.
    pub(super) async fn comment_writer(
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
    ) -> Result<Observation<Made>, Stop> {
        match error {
            CallError::Forbidden { .. } | CallError::ScopeMissing | CallError::Refused { .. } => {
                self.tell_of_refusal(turn, pair, version).await?;
                Ok(Observation::Refused(reason::CHANGE_REFUSED))
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

//! A copy that an earlier try has made and nobody has paired: a worker died between its call and
//! its record, or the call's outcome is not known. Meanwhile somebody deleted or restricted what
//! was copied, or the author's login was lost. Nobody wants to write it any more, or nobody can, but
//! it may be there: it is looked for, and paired, so that it is known for a copy.

use super::Bridge;
use super::failure::{Actor, Stop};
use super::files::Left;
use super::find_comment::find_comment;
use super::machine::turn::Known;
use super::relay_comment::message_key;
use super::relay_message::{carries, comment_key};
use super::take_turn::{About, Made, Task};
use super::turn::Turn;
use super::voice::PostedMessage;
use crate::ambient::Millis;
use crate::ids::{AccountId, CommentId, MessageId};
use crate::jira::Comment;
use crate::store::{Author, Intent, Link, Origin, Pair, Sides};

impl Bridge {
    /// Whether an earlier try has stored the intent to copy what the task is about.
    pub(super) async fn read_intent(&self, task: &mut Task<'_>) -> Result<bool, Stop> {
        let (tenant, key) = match (&task.about, &task.turn) {
            (About::Comment { on, .. }, Some(turn)) => {
                (turn.link.tenant.clone(), message_key(&turn.link, &on.comment))
            }
            (About::Message { message, .. }, Some(turn)) => {
                (turn.link.tenant.clone(), comment_key(&turn.link, message))
            }
            (About::Message { seen, message }, None) => {
                let links = self.store.links_of_chat(&seen.tenant, &seen.conversation).await?;
                let Some(link) = self.begun_comment(&links, message).await? else { return Ok(false) };
                let begun = (link.tenant.clone(), comment_key(link, message));
                task.turn = Some(self.turn(task.lease, task.event, link.id).await?);
                begun
            }
            (About::Comment { .. }, None) => return Err(Stop::unreadable()),
        };
        task.intent = self.store.intent(&tenant, &key).await?;
        Ok(task.intent.is_some())
    }

    /// The copy that an earlier try may have made, and when it was made.
    pub(super) async fn look_for_copy(&self, task: &mut Task<'_>) -> Result<Option<(Made, Millis)>, Stop> {
        match &task.about {
            About::Comment { on, .. } => {
                let read = task.comment.as_ref().and_then(|comment| comment.author.as_ref());
                let author = read.map(|author| author.account_id.clone()).or_else(|| on.actor.clone());
                let comment = on.comment.clone();
                self.look_for_message(task, &comment, author.as_ref()).await
            }
            About::Message { message, .. } => self.look_for_comment(task, message).await,
        }
    }

    /// The message that an earlier try may have written for a comment of `author`.
    async fn look_for_message(
        &self,
        task: &Task<'_>,
        comment: &CommentId,
        author: Option<&AccountId>,
    ) -> Result<Option<(Made, Millis)>, Stop> {
        let (turn, intent) = (task.turn()?, task.intent.as_ref().ok_or_else(Stop::unreadable)?);
        let link = &turn.link;
        let found = self.find_message(&link.tenant, &link.conversation, intent).await;
        let found = found
            .map_err(|error| Stop::with(self.verdict_of(turn.event, &error, &Actor::Bot(Some(link.id)))))?;
        Ok(found.map(|posted| {
            let by = posted.author();
            let PostedMessage { message, writer } = posted;
            let pair = Pair {
                link: link.id,
                comment: Some(comment.clone()),
                comment_author: author.cloned(),
                tenant: link.tenant.clone(),
                conversation: link.conversation.clone(),
                message,
                author: by,
                message_author: writer,
                origin: Origin::Jira,
                fingerprint: intent.fingerprint.clone(),
                sides: Sides::UNKNOWN,
            };
            (Made { pair, intent: intent.id, left: Left::default() }, Millis(0))
        }))
    }

    /// The link of these, all of one chat, whose comment for this message an earlier try may have
    /// written.
    pub(super) async fn begun_comment<'a>(
        &self,
        links: &'a [Link],
        message: &MessageId,
    ) -> Result<Option<&'a Link>, Stop> {
        let Some(Link { tenant, .. }) = links.first() else { return Ok(None) };
        let keys: Vec<String> = links.iter().map(|link| comment_key(link, message)).collect();
        let begun = self.store.begun(tenant, &keys).await?;
        let found = keys.iter().zip(links).find(|(key, _)| begun.contains(key));
        Ok(found.map(|(_, link)| link))
    }

    /// The comment that an earlier try may have written for a message.
    async fn look_for_comment(
        &self,
        task: &Task<'_>,
        message: &MessageId,
    ) -> Result<Option<(Made, Millis)>, Stop> {
        let (turn, intent) = (task.turn()?, task.intent.as_ref().ok_or_else(Stop::unreadable)?);
        let Turn { link, site, event, .. } = turn;
        let reader = self.reader(event, site, link, None).await?;
        let is_ours = |comment: &Comment| carries(comment, link, message);
        let found = match find_comment(&reader.site(&self.jira), &link.issue, intent, is_ours).await {
            Ok(found) => found,
            Err(error) => return Err(self.failed_as(event, &reader.token, error).await?),
        };
        let replaced = task.pair.as_ref().and_then(|old| old.message_author.clone());
        let message_author = replaced.or_else(|| task.said().ok().and_then(|said| said.author.clone()));
        Ok(found.map(|comment| {
            let account = comment.author.map(|author| author.account_id);
            let stands_in = account.is_some() && account == site.integration_account;
            let pair = Pair {
                link: link.id,
                comment: Some(comment.id),
                comment_author: account,
                tenant: link.tenant.clone(),
                conversation: link.conversation.clone(),
                message: message.clone(),
                message_author,
                origin: Origin::Teams,
                author: if stands_in { Author::Integration } else { Author::Person },
                fingerprint: intent.fingerprint.clone(),
                sides: Sides::UNKNOWN,
            };
            (Made { pair, intent: intent.id, left: Left::default() }, comment.created)
        }))
    }

    /// What was found takes the intent's place, and that of the pair it was to replace.
    pub(super) async fn adopt(
        &self,
        task: &mut Task<'_>,
        copy: Option<Made>,
        sides: Sides,
        replaces: bool,
    ) -> Result<Option<Known>, Stop> {
        let read = task.intent.as_ref().map(|intent| intent.id);
        let intent = copy.as_ref().map(|made| made.intent).or(read).ok_or_else(Stop::unreadable)?;
        let tenant = task.turn()?.link.tenant.clone();
        let (now, found) = (self.clock.now(), copy.map(|made| Pair { sides, ..made.pair }));
        let old = task.pair.clone().filter(|_| replaces);
        let pair = found.clone();
        task.lease
            .write(move |transaction| {
                Box::pin(async move {
                    if let Some(pair) = pair {
                        if let Some(old) = old {
                            old.remove(transaction).await?;
                        }
                        pair.record(transaction, now).await?;
                    }
                    Intent::forget(transaction, &tenant, intent).await
                })
            })
            .await?;
        let known = found.as_ref().map(Known::from);
        task.pair = found.or(task.pair.take());
        Ok(known)
    }
}

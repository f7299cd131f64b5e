//! A copy whose original is gone before the copy was paired: a worker died between its call and
//! its record, and meanwhile somebody deleted or restricted what was copied. Nobody wants to
//! write it any more, but it may be there: it is looked for, and paired, so that it can go too.

use super::Bridge;
use super::failure::{Actor, Stop};
use super::happening::MessageInChat;
use super::relay_comment::message_key;
use super::relay_message::{LOOK_BACK, carries, comment_key};
use super::turn::Turn;
use crate::ids::{AccountId, CommentId, MessageId};
use crate::store::{Author, CommentSide, Intent, Link, MessageSide, Origin, Pair, Sides};

impl Bridge {
    /// The message that an earlier try may have written for a comment of `author`, paired.
    /// `instead` is the pair whose message was to be replaced.
    pub(super) async fn adopt_message(
        &self,
        turn: &Turn<'_>,
        comment: &CommentId,
        author: Option<&AccountId>,
        instead: Option<&Pair>,
    ) -> Result<Option<Pair>, Stop> {
        let link = &turn.link;
        let Some(intent) = self.store.intent(&link.tenant, &message_key(link, comment)).await? else {
            return Ok(None);
        };
        let person = match author {
            Some(author) => self.store.person_by_account(link.site, author).await?,
            None => None,
        };
        let object = person.map(|person| person.object);
        let found = self.find_message(&link.tenant, &link.conversation, object.as_ref(), &intent).await;
        let found = found
            .map_err(|error| Stop::with(self.verdict_of(turn.event, &error, &Actor::Bot(Some(link.id)))))?;
        let pair = found.map(|(message, by)| Pair {
            link: link.id,
            comment: Some(comment.clone()),
            comment_author: author.cloned(),
            tenant: link.tenant.clone(),
            conversation: link.conversation.clone(),
            message,
            message_author: object.filter(|_| by == Author::Person),
            origin: Origin::Jira,
            author: by,
            fingerprint: intent.fingerprint.clone(),
            sides: Sides { comment: CommentSide::STALE, message: MessageSide::Live(None) },
        });
        self.adopt(turn, &intent, pair, instead).await
    }

    /// The link whose comment for this message an earlier try may have written.
    pub(super) async fn begun_comment(
        &self,
        seen: &MessageInChat,
        message: &MessageId,
    ) -> Result<Option<Link>, Stop> {
        for link in self.store.links_of_chat(&seen.tenant, &seen.conversation).await? {
            if self.store.intent(&link.tenant, &comment_key(&link, message)).await?.is_some() {
                return Ok(Some(link));
            }
        }
        Ok(None)
    }

    /// The comment that an earlier try may have written for a message, paired. `instead` is the
    /// pair whose comment was to be replaced.
    pub(super) async fn adopt_comment(
        &self,
        turn: &Turn<'_>,
        message: &MessageId,
        instead: Option<&Pair>,
    ) -> Result<Option<Pair>, Stop> {
        let Turn { link, site, event, .. } = turn;
        let Some(intent) = self.store.intent(&link.tenant, &comment_key(link, message)).await? else {
            return Ok(None);
        };
        let reader = self.reader(event, site, link, None).await?;
        let recent = match reader.site(&self.jira).comments(&link.issue, LOOK_BACK).await {
            Ok(recent) => recent,
            Err(error) => return Err(self.failed_as(event, &reader.token, error).await?),
        };
        let found = recent.into_iter().find(|comment| carries(comment, link, message));
        let pair = found.map(|comment| {
            let account = comment.author.map(|author| author.account_id);
            let stands_in = account.is_some() && account == site.integration_account;
            Pair {
                link: link.id,
                comment: Some(comment.id),
                comment_author: account,
                tenant: link.tenant.clone(),
                conversation: link.conversation.clone(),
                message: message.clone(),
                message_author: instead.and_then(|old| old.message_author.clone()),
                origin: Origin::Teams,
                author: if stands_in { Author::Integration } else { Author::Person },
                fingerprint: intent.fingerprint.clone(),
                sides: Sides {
                    comment: CommentSide::Shown(comment.created),
                    message: MessageSide::Live(None),
                },
            }
        });
        self.adopt(turn, &intent, pair, instead).await
    }

    /// What was found takes the intent's place, and that of the pair it was to replace.
    async fn adopt(
        &self,
        turn: &Turn<'_>,
        intent: &Intent,
        found: Option<Pair>,
        instead: Option<&Pair>,
    ) -> Result<Option<Pair>, Stop> {
        let (intent, now, pair) = (intent.clone(), self.clock.now(), found.clone());
        let old = instead.cloned();
        turn.lease
            .write(move |transaction| {
                Box::pin(async move {
                    if let Some(pair) = pair {
                        if let Some(old) = old {
                            old.remove(transaction).await?;
                        }
                        pair.record(transaction, now).await?;
                    }
                    Intent::forget(transaction, &intent.tenant, intent.id).await
                })
            })
            .await?;
        Ok(found)
    }
}

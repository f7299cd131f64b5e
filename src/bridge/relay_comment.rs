//! Comment → message: as the author where they are connected and in the chat, else by the bot
//! under the author's name.

use super::failure::{Actor, Stop};
use super::files::CommentTrip;
use super::happening::CommentOnLink;
use super::look_at::CommentNow;
use super::turn::Turn;
use super::write_once::{Write, Written};
use super::{Bridge, reason};
use crate::call::CallError;
use crate::ids::CommentId;
use crate::jira::Comment;
use crate::queue::{Event, Lease, Verdict};
use crate::store::{Author, CommentSide, Intent, Link, MessageSide, Origin, Pair, Sides};

/// How keys of these writes begin.
pub(super) const KEY: &str = "message/";

/// What makes two writes of a comment's message the same one.
pub(super) fn message_key(link: &Link, comment: &CommentId) -> String {
    format!("{KEY}{}/{comment}", link.id)
}

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
        let turn = self.turn_on(lease, event, link).await?;
        if let Some(pair) = pair {
            return Ok(Verdict::done(known(&pair)));
        }
        let now = self.look_at_comment(event, &turn.site, &turn.link, &created).await?;
        if let CommentNow::Shown(comment) = now {
            return self.relay_new_comment(&turn, &comment).await;
        }
        self.take_back_begun(&turn, &created, now, reason::COMMENT_GONE).await
    }

    /// A comment that is not to be relayed, or not any more: if an earlier try has written its
    /// message, that goes; else the event ends for the reason, or as `otherwise`.
    pub(super) async fn take_back_begun(
        &self,
        turn: &Turn<'_>,
        on: &CommentOnLink,
        now: CommentNow,
        otherwise: &'static str,
    ) -> Result<Verdict, Stop> {
        let reason = if let CommentNow::Withheld(reason) = now { reason } else { otherwise };
        match self.adopt_message(turn, &on.comment, on.actor.as_ref(), None).await? {
            Some(pair) => {
                self.carry_to_chat(turn, &pair, CommentNow::Withheld(reason), on.actor.as_ref(), false).await
            }
            None => Ok(Verdict::done(reason)),
        }
    }

    /// Relays a comment that has no pair yet.
    pub(super) async fn relay_new_comment(
        &self,
        turn: &Turn<'_>,
        comment: &Comment,
    ) -> Result<Verdict, Stop> {
        if is_marked(comment, &turn.link) {
            return Ok(Verdict::done(reason::ECHO));
        }
        self.write_message(turn, comment, None).await
    }

    /// Writes a comment as a message; `replaced` is the pair whose message is gone for good.
    pub(super) async fn write_message(
        &self,
        turn: &Turn<'_>,
        comment: &Comment,
        replaced: Option<&Pair>,
    ) -> Result<Verdict, Stop> {
        let Turn { lease, event, link, .. } = turn;
        let document = self.words_of_comment(turn, comment).await?;
        let account = comment.author.as_ref().map(|author| &author.account_id);
        let voice = self.voice(event, link, account).await?;
        // What the integration account writes for others has nobody to wait for.
        if account.is_none() || account != turn.site.integration_account.as_ref() {
            self.hold_for_author(event, link, comment.author.as_ref(), &voice).await?;
        }
        let fingerprint = self.fingerprint(&document).await?;
        let write = Write {
            lease,
            event,
            key: message_key(link, &comment.id),
            fingerprint: self.print_to_look_for(&document).await?,
        };
        let author = voice.person.as_ref().map(|(person, _)| person.object.clone());
        let whole = turn.comment_address(&comment.id);
        let trip = CommentTrip { turn, comment, whole: &whole };
        let person = voice.person.as_ref().map(|(person, token)| (&person.object, token));
        let luggage = self.files_to_teams(trip, &document, person, None).await?;
        let written = self
            .write_once(
                write,
                |_| None,
                |intent: Intent| {
                    let author = author.as_ref();
                    async move {
                        let found = self.find_message(&link.tenant, &link.conversation, author, &intent);
                        // It may say what the comment said at an earlier try: whatever was
                        // changed since the comment was written is still to be carried over.
                        Ok(found.await?.map(|(message, by)| (message, by, comment.created)))
                    }
                },
                |_| async {
                    let (message, by) = self.post(link, comment, &luggage, &voice, &whole).await?;
                    Ok((message, by, comment.updated))
                },
            )
            .await?;
        match written {
            Ok(Written { intent, value: (message, by, carried) }) => {
                self.echoes.expect_message(&link.tenant, &link.conversation, &message).await;
                match person {
                    _ if by == Author::Person => self.remember_luggage(trip, &luggage, &message).await?,
                    Some((_, token)) => self.take_back_from_drive(turn, &comment.id, token).await?,
                    None => {}
                }
                let pair = Pair {
                    link: link.id,
                    comment: Some(comment.id.clone()),
                    comment_author: account.cloned(),
                    tenant: link.tenant.clone(),
                    conversation: link.conversation.clone(),
                    message,
                    message_author: author.filter(|_| by == Author::Person),
                    origin: Origin::Jira,
                    author: by,
                    fingerprint,
                    sides: Sides { comment: CommentSide::Shown(carried), message: MessageSide::Live(None) },
                };
                Ok(self.relayed(pair, intent, replaced).in_part(&luggage.left))
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
pub(super) fn is_marked(comment: &Comment, link: &Link) -> bool {
    let mark = comment.origin.as_ref().and_then(|origin| origin.get("link")).and_then(|id| id.as_str());
    mark == Some(link.id.to_string().as_str())
}

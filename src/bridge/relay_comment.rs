//! Comment → message: as the author where they are connected and in the chat, else by the bot
//! under the author's name.

use super::failure::{Actor, Stop};
use super::files::CommentTrip;
use super::happening::CommentOnLink;
use super::machine::turn::{Heard, Observation};
use super::take_turn::{About, Made, Task, Uncopied};
use super::turn::Turn;
use super::voice::PostedMessage;
use super::write_once::{Write, Written};
use super::{Bridge, reason};
use crate::call::CallError;
use crate::ids::CommentId;
use crate::jira::Comment;
use crate::queue::{Event, Lease, Verdict};
use crate::store::{Author, Intent, Link, Origin, Pair, Sides};

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
        let tenant = lease.lane().tenant();
        let (link, pair) = tokio::try_join!(
            self.store.link(tenant, created.link),
            self.store.pair_of_comment(tenant, created.link, &created.comment)
        )?;
        let link = link.ok_or_else(|| Stop::done(reason::NOT_LINKED))?;
        let turn = Some(self.turn_on(lease, event, link).await?);
        let about = About::Comment { on: created, deleted: false };
        let task = Task { turn, pair, ..Task::new(lease, event, about) };
        self.take_turn(task, Heard::CommentWritten).await
    }

    /// Writes a comment as a message.
    pub(super) async fn copy_comment(&self, task: &Task<'_>) -> Result<Observation<Made>, Uncopied> {
        let (turn, comment) = (task.turn()?, task.comment()?);
        let Turn { lease, event, link, .. } = turn;
        let document = self.words_of_comment(turn, comment).await?;
        let account = comment.author.as_ref().map(|author| &author.account_id);
        let voice = self.voice(event, link, account).await?;
        self.room(event, self.room_for(link, &voice))?;
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
            writer: voice.person.as_ref().map(|(person, _)| person.object.clone()),
        };
        let whole = turn.comment_address(&comment.id);
        let trip = CommentTrip { turn, comment, whole: &whole };
        let person = voice.person.as_ref().map(|(person, token)| (&person.object, token));
        let luggage = self.files_to_teams(trip, &document, person, None).await?;
        let written = self
            .write_once(
                write,
                |_| None,
                |intent: Intent| async move {
                    let found = self.find_message(&link.tenant, &link.conversation, &intent);
                    Ok(found.await?.map(|written| (written, true)))
                },
                |_| async { Ok((self.post(turn, comment, &luggage, &voice, &whole).await?, false)) },
            )
            .await?;
        match written {
            Ok(Written { intent, value: (posted, found) }) => {
                let by = posted.author();
                let PostedMessage { message, writer } = posted;
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
                    message_author: writer,
                    origin: Origin::Jira,
                    author: by,
                    fingerprint,
                    sides: Sides::UNKNOWN,
                };
                let copy = Made { pair, intent, left: luggage.left };
                Ok(Observation::Copied { copy, found, stamp: comment.updated })
            }
            Err(error) => Err(Uncopied::Failed(match (&error, &voice.person) {
                (CallError::LoginNeeded, Some((_, token))) => self.failed_as(event, token, error).await?,
                _ => Stop::with(self.verdict_of(event, &error, &Actor::Bot(Some(link.id)))),
            })),
        }
    }
}

/// Whether we wrote this comment ourselves, through this very link.
pub(super) fn is_marked(comment: &Comment, link: &Link) -> bool {
    let mark = comment.origin.as_ref().and_then(|origin| origin.get("link")).and_then(|id| id.as_str());
    mark == Some(link.id.to_string().as_str())
}

//! Message → comment: as the author; else by the integration account under the author's name;
//! else it waits for the author to connect.

use std::time::Duration;

use serde_json::json;

use super::failure::Stop;
use super::files::{MessageTrip, place_pictures};
use super::find_comment::find_comment;
use super::happening::{Carried, MessageInChat};
use super::look_at::MessageNow;
use super::machine::turn::{Heard, Observation};
use super::take_turn::{About, Made, Task, Uncopied};
use super::turn::Turn;
use super::words::Said;
use super::write_once::{Write, Written};
use super::{Bridge, fit, project_of, reason};
use crate::ambient::Millis;
use crate::ids::MessageId;
use crate::jira::{Comment, NewComment, WrittenComment};
use crate::queue::{Event, Lease, Verdict};
use crate::store::{Author, Link, LinkState, Origin, Pair, ServiceReplies, Sides};

/// What an activity carries is believed for this long; after that, people may have thought
/// better of it.
const FRESH: Duration = Duration::from_secs(5);

impl Bridge {
    pub(super) async fn relay_message(
        &self,
        lease: &Lease,
        event: &Event,
        seen: MessageInChat,
    ) -> Result<Verdict, Stop> {
        let message = seen.message.clone().ok_or_else(Stop::unreadable)?;
        let paired = self.store.pairs_of_message(&seen.tenant, &seen.conversation, &message).await?;
        let pair = paired.into_iter().next();
        let task = Task { pair, ..Task::new(lease, event, About::Message { seen, message }) };
        self.take_turn(task, Heard::MessageWritten).await
    }

    /// A new message as it is now: as its activity or its notification says, if that has just come.
    pub(super) async fn new_message(
        &self,
        event: &Event,
        seen: &MessageInChat,
        message: &MessageId,
    ) -> Result<MessageNow, Stop> {
        let carried = self.carried(event).await?;
        let waited = carried.as_ref().map(|carried| self.clock.now().since(told_at(event, carried)));
        let now = if waited.is_none_or(|waited| waited > FRESH) || event.attempts > 0 {
            self.look_at_message(event, seen, message).await?
        } else {
            MessageNow::Unreadable
        };
        Ok(match now {
            MessageNow::Said(mut said) => {
                // The bot may read pictures at the addresses that the activity gave, as long as
                // nobody has taken one out since.
                if let (None, Some(Carried::Activity(activity))) = (said.edited, &carried) {
                    place_pictures(&mut said.document, &activity.pictures);
                }
                MessageNow::Said(said)
            }
            MessageNow::Gone => MessageNow::Gone,
            MessageNow::Unreadable => match carried {
                Some(Carried::Activity(activity)) => {
                    MessageNow::Said(Box::new(self.said_by(&activity, seen).await?))
                }
                Some(Carried::Message(message)) => MessageNow::Said(Box::new(Said::read(*message))),
                None => MessageNow::Gone,
            },
        })
    }

    /// The turn on the link that a message belongs to: the one on which an earlier try has begun its
    /// comment, whatever was linked or paused since; else the one that its words or the chat name.
    pub(super) async fn turn_of_said<'a>(
        &self,
        lease: &'a Lease,
        event: &'a Event,
        seen: &MessageInChat,
        message: &MessageId,
        said: &Said,
    ) -> Result<Turn<'a>, Stop> {
        let links = self.store.links_of_chat(&seen.tenant, &seen.conversation).await?;
        // Where there is only one, there is nothing to choose.
        let is_clear = matches!(links.as_slice(), [only] if only.state == LinkState::Active);
        if !is_clear && let Some(begun) = self.begun_comment(&links, message).await? {
            return self.turn(lease, event, begun.id).await;
        }
        let link = self.choose_link(&seen.tenant, &seen.conversation, links, said).await?;
        self.turn_on(lease, event, link.ok_or_else(|| Stop::done(reason::NOT_LINKED))?).await
    }

    /// Writes a message as a comment.
    pub(super) async fn copy_message(&self, task: &mut Task<'_>) -> Result<Observation<Made>, Uncopied> {
        if let (None, About::Message { seen, message }) = (&task.turn, &task.about) {
            let turn = self.turn_of_said(task.lease, task.event, seen, message, task.said()?).await?;
            task.turn = Some(turn);
        }
        let About::Message { message, .. } = &task.about else { return Err(Stop::unreadable().into()) };
        let (turn, said) = (task.turn()?, task.said()?);
        let Turn { lease, event, link, site } = turn;
        let author = said.author.clone().ok_or_else(|| Stop::done(reason::AUTHOR_UNKNOWN))?;
        let mut document = self.words_of_message(turn, said).await?;
        let fingerprint = self.fingerprint(&document).await?;
        let writer = self.writer(lease, event, site, link, &author).await?;
        if writer.author == Author::Integration {
            document = said.headed(document);
        }
        let jira = writer.token.site(&self.jira);
        self.room(event, jira.room_to_comment(&link.issue))?;
        // A service project's customers must not read the team's chat by accident.
        let issue = match jira.issue(link.issue.as_str(), &[]).await {
            Ok(issue) => issue,
            Err(error) => return Err(self.failed_as(event, &writer.token.token, error).await?.into()),
        };
        let trip = MessageTrip { turn, message, author: &author, token: &writer.token };
        let (document, left) = self.files_to_jira(trip, document).await?;
        let body = fit::for_jira(document, crate::teams::message_link(&link.conversation, message).as_str());
        let origin = json!({ "origin": "teams", "link": link.id, "message": message });
        self.store.note_issue(link, &issue.key, &issue.project_id).await?;
        let policy = self.store.policy(link, Some(&project_of(site, &issue))).await?;
        let internal = issue.project_is_service_desk && policy.service_replies == ServiceReplies::Internal;
        let new = NewComment { body, origin, internal };
        let key = comment_key(link, message);
        let written = self
            .write_once(
                Write { lease, event, key, fingerprint: fingerprint.clone(), writer: None },
                |_| None,
                |intent| {
                    let jira = &jira;
                    async move {
                        let is_ours = |comment: &Comment| carries(comment, link, message);
                        let ours = find_comment(jira, &link.issue, &intent, is_ours).await?;
                        Ok(ours.map(|comment| {
                            (WrittenComment { id: comment.id, updated: comment.created }, true)
                        }))
                    }
                },
                |_| async { Ok((jira.add_comment(&link.issue, &new).await?, false)) },
            )
            .await?;
        match written {
            Ok(Written { intent, value: (written, found) }) => {
                self.echoes.expect_comment(link.id, &written.id).await;
                let pair = Pair {
                    link: link.id,
                    comment: Some(written.id),
                    comment_author: Some(writer.account),
                    tenant: link.tenant.clone(),
                    conversation: link.conversation.clone(),
                    message: message.clone(),
                    message_author: Some(author),
                    origin: Origin::Teams,
                    author: writer.author,
                    fingerprint,
                    sides: Sides::UNKNOWN,
                };
                self.tell_what_is_left(turn, message, &left).await?;
                let copy = Made { pair, intent, left };
                Ok(Observation::Copied { copy, found, stamp: written.updated })
            }
            Err(error) => Err(Uncopied::Failed(self.failed_as(event, &writer.token.token, error).await?)),
        }
    }
}

/// When somebody looked at what an event carries: Graph may take a minute to tell.
fn told_at(event: &Event, carried: &Carried) -> Millis {
    let received = Millis(event.received_at);
    match carried {
        Carried::Activity(_) => received,
        Carried::Message(message) => message.modified.map_or(received, |modified| modified.min(received)),
    }
}

/// What makes two writes of a message's comment the same one.
pub(super) fn comment_key(link: &Link, message: &MessageId) -> String {
    format!("comment/{}/{message}", link.id)
}

/// Whether we wrote this comment for that message.
pub(super) fn carries(comment: &Comment, link: &Link, message: &MessageId) -> bool {
    let field =
        |name| comment.origin.as_ref().and_then(|origin| origin.get(name)).and_then(|value| value.as_str());
    field("link") == Some(link.id.to_string().as_str()) && field("message") == Some(message.as_str())
}

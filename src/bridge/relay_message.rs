//! Message → comment: as the author; else by the integration account under the author's name;
//! else it waits for the author to connect.

use std::time::Duration;

use serde_json::json;

use super::failure::Stop;
use super::files::{MessageTrip, place_pictures};
use super::happening::MessageInChat;
use super::look_at::MessageNow;
use super::turn::Turn;
use super::words::Said;
use super::write_once::{Write, Written};
use super::{Bridge, fit, project_of, reason};
use crate::ids::MessageId;
use crate::jira::{NewComment, WrittenComment};
use crate::queue::{Event, Lease, Verdict};
use crate::store::{Author, CommentSide, Link, MessageSide, Origin, Pair, ServiceReplies, Sides};

/// How many comments are looked at for our mark.
pub(super) const LOOK_BACK: usize = 50;
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
        if let Some(pair) = paired.first() {
            return Ok(Verdict::done(known(pair)));
        }
        let waited = self.clock.now().since(crate::ambient::Millis(event.received_at));
        let activity = self.activity_of(event).await?;
        let now = if waited > FRESH || event.attempts > 0 || activity.is_none() {
            self.look_at_message(event, &seen, &message).await?
        } else {
            MessageNow::Unreadable
        };
        let said = match now {
            MessageNow::Said(mut said) => {
                // The bot may read pictures at the addresses that the activity gave, as long as
                // nobody has taken one out since.
                if let (None, Some(activity)) = (said.edited, &activity) {
                    place_pictures(&mut said.document, &activity.pictures);
                }
                *said
            }
            MessageNow::Gone => {
                let taken_back = self.take_back_begun_comment(lease, event, &seen, &message).await?;
                return Ok(taken_back.unwrap_or_else(|| Verdict::done(reason::MESSAGE_GONE)));
            }
            MessageNow::Unreadable => match &activity {
                Some(activity) => self.said_by(activity, &seen).await?,
                None => return Ok(Verdict::done(reason::MESSAGE_GONE)),
            },
        };
        self.relay_said(lease, event, &seen, &message, &said).await
    }

    /// A message that is deleted before it was relayed: if an earlier try has written its
    /// comment, that goes, and this is how the event ends.
    pub(super) async fn take_back_begun_comment(
        &self,
        lease: &Lease,
        event: &Event,
        seen: &MessageInChat,
        message: &MessageId,
    ) -> Result<Option<Verdict>, Stop> {
        let Some(link) = self.begun_comment(seen, message).await? else { return Ok(None) };
        let turn = self.turn_on(lease, event, link).await?;
        let Some(pair) = self.adopt_comment(&turn, message, None).await? else { return Ok(None) };
        self.carry_to_issue(&turn, &pair, &MessageNow::Gone).await.map(Some)
    }

    /// Relays what was said in a message that has no pair yet.
    pub(super) async fn relay_said(
        &self,
        lease: &Lease,
        event: &Event,
        seen: &MessageInChat,
        message: &MessageId,
        said: &Said,
    ) -> Result<Verdict, Stop> {
        let turn = self.turn_of_said(lease, event, seen, said).await?;
        self.write_comment(&turn, message, said, None).await
    }

    /// The turn on the link that something said belongs to.
    pub(super) async fn turn_of_said<'a>(
        &self,
        lease: &'a Lease,
        event: &'a Event,
        seen: &MessageInChat,
        said: &Said,
    ) -> Result<Turn<'a>, Stop> {
        let link = self.choose_link(&seen.tenant, &seen.conversation, said).await?;
        self.turn_on(lease, event, link.ok_or_else(|| Stop::done(reason::NOT_LINKED))?).await
    }

    /// Writes a message as a comment; `replaced` is the pair whose comment is gone for good.
    pub(super) async fn write_comment(
        &self,
        turn: &Turn<'_>,
        message: &MessageId,
        said: &Said,
        replaced: Option<&Pair>,
    ) -> Result<Verdict, Stop> {
        let Turn { lease, event, link, site } = turn;
        let author = said.author.clone().ok_or_else(|| Stop::done(reason::AUTHOR_UNKNOWN))?;
        let mut document = self.words_of_message(turn, said).await?;
        let fingerprint = self.fingerprint(&document).await?;
        let writer = self.writer(lease, event, site, link, &author).await?;
        if writer.author == Author::Integration {
            document = said.headed(document);
        }
        let jira = writer.token.site(&self.jira);
        // A service project's customers must not read the team's chat by accident.
        let issue = match jira.issue(link.issue.as_str(), &[]).await {
            Ok(issue) => issue,
            Err(error) => return Err(self.failed_as(event, &writer.token.token, error).await?),
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
                Write { lease, event, key, fingerprint: fingerprint.clone() },
                |_| None,
                |_| async {
                    let recent = jira.comments(&link.issue, LOOK_BACK).await?;
                    let ours = recent.into_iter().find(|comment| carries(comment, link, message));
                    // It may say what the message said at an earlier try, and may have been
                    // changed since: all of that is still to be carried over.
                    Ok(ours
                        .map(|comment| (WrittenComment { id: comment.id, updated: comment.created }, None)))
                },
                |_| async { Ok((jira.add_comment(&link.issue, &new).await?, said.edited)) },
            )
            .await?;
        match written {
            Ok(Written { intent, value: (written, carried) }) => {
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
                    sides: Sides {
                        comment: CommentSide::Shown(written.updated),
                        message: MessageSide::Live(carried),
                    },
                };
                self.tell_what_is_left(turn, message, &left).await?;
                Ok(self.relayed(pair, intent, replaced).in_part(&left))
            }
            Err(error) => Err(self.failed_as(event, &writer.token.token, error).await?),
        }
    }
}

/// Why a message with a pair is not relayed again.
fn known(pair: &Pair) -> &'static str {
    match pair.origin {
        _ if pair.was_never_relayed() => reason::MESSAGE_GONE,
        Origin::Jira => reason::ECHO,
        Origin::Teams => reason::DUPLICATE,
    }
}

/// What makes two writes of a message's comment the same one.
pub(super) fn comment_key(link: &Link, message: &MessageId) -> String {
    format!("comment/{}/{message}", link.id)
}

/// Whether we wrote this comment for that message.
pub(super) fn carries(comment: &crate::jira::Comment, link: &Link, message: &MessageId) -> bool {
    let field =
        |name| comment.origin.as_ref().and_then(|origin| origin.get(name)).and_then(|value| value.as_str());
    field("link") == Some(link.id.to_string().as_str()) && field("message") == Some(message.as_str())
}

//! Message → comment: as the author; else by the integration account under the author's name;
//! else it waits for the author to connect.

use serde_json::json;

use super::Bridge;
use super::failure::Stop;
use super::files::MessageTrip;
use super::happening::MessageInChat;
use super::write_once::{Write, Written};
use super::writer::Writer;
use super::{fit, reason};
use crate::content::Document;
use crate::ids::{MessageId, ObjectId};
use crate::jira::NewComment;
use crate::queue::{Event, Lease, Verdict};
use crate::store::{Author, Link, Origin, Pair, Site};

/// How many comments are looked at for our mark.
const LOOK_BACK: usize = 50;

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
            let reason = if pair.origin == Origin::Jira { reason::ECHO } else { reason::DUPLICATE };
            return Ok(Verdict::done(reason));
        }
        let activity = self.carried_activity(event).await?;
        let said = self.said_by(&activity, &seen).await?;
        let Some(link) = self.choose_link(&seen.tenant, &seen.conversation, &said).await? else {
            return Ok(Verdict::done(reason::NOT_LINKED));
        };
        let author = said.author.clone().ok_or_else(|| Stop::done(reason::AUTHOR_UNKNOWN))?;
        let mut document = self.words_of_message(&link, &said).await?;
        let site = self.store.site(link.site).await?.ok_or_else(|| Stop::done(reason::NOT_LINKED))?;
        let writer = self.writer(lease, event, &site, &link, &author).await?;
        if writer.author == Author::Integration {
            document = document.headed(said.author_name.as_deref().unwrap_or("Someone"), "Teams");
        }
        self.write_comment(lease, event, &site, &link, (&message, &author), document, writer).await
    }

    #[expect(clippy::too_many_arguments, reason = "what one comment is made of, used nowhere else")]
    async fn write_comment(
        &self,
        lease: &Lease,
        event: &Event,
        site: &Site,
        link: &Link,
        (message, author): (&MessageId, &ObjectId),
        document: Document,
        writer: Writer,
    ) -> Result<Verdict, Stop> {
        let jira = writer.token.site(&self.jira);
        // A service project's customers must not read the team's chat by accident.
        let issue = match jira.issue(link.issue.as_str(), &[]).await {
            Ok(issue) => issue,
            Err(error) => return Err(self.failed_as(event, &writer.token.token, error).await?),
        };
        let fingerprint = self.fingerprint(&document).await?;
        let trip = MessageTrip { lease, event, site, link, message, author, writer: &writer };
        let (document, left) = self.files_to_jira(trip, document).await?;
        let body = fit::for_jira(document, crate::teams::message_link(&link.conversation, message).as_str());
        let origin = json!({ "origin": "teams", "link": link.id, "message": message });
        let new = NewComment { body, origin, internal: issue.project_is_service_desk };
        let key = format!("comment/{}/{message}", link.id);
        let written = self
            .write_once(
                Write { lease, event, key, fingerprint: fingerprint.clone() },
                |_| None,
                |_| async {
                    let recent = jira.comments(&link.issue, LOOK_BACK).await?;
                    Ok(recent
                        .into_iter()
                        .find(|comment| carries(comment, link, message))
                        .map(|comment| comment.id))
                },
                |_| jira.add_comment(&link.issue, &new),
            )
            .await?;
        match written {
            Ok(Written { intent, value }) => {
                self.echoes.expect_comment(link.id, &value).await;
                let pair = Pair {
                    link: link.id,
                    comment: Some(value),
                    tenant: link.tenant.clone(),
                    conversation: link.conversation.clone(),
                    message: message.clone(),
                    origin: Origin::Teams,
                    author: writer.author,
                    fingerprint,
                };
                self.tell_what_is_left(lease, event, link, message, &left).await?;
                Ok(self.relayed(pair, intent).in_part(&left))
            }
            Err(error) => Err(self.failed_as(event, &writer.token.token, error).await?),
        }
    }
}

fn carries(comment: &crate::jira::Comment, link: &Link, message: &MessageId) -> bool {
    let field =
        |name| comment.origin.as_ref().and_then(|origin| origin.get(name)).and_then(|value| value.as_str());
    field("link") == Some(link.id.to_string().as_str()) && field("message") == Some(message.as_str())
}

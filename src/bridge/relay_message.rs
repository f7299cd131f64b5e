//! Message → comment: as the author; else by the integration account under the author's name;
//! else it waits for the author to connect.

use serde_json::json;

use super::Bridge;
use super::failure::Stop;
use super::happening::MessageInChat;
use super::tokens::JiraToken;
use super::write_once::{Write, Written};
use super::{fit, reason};
use crate::content::{Document, Mention, Who, teams_html};
use crate::ids::{MessageId, ObjectId};
use crate::jira::NewComment;
use crate::queue::{Event, Lease, Verdict};
use crate::store::{Author, Conversation, Link, Origin, Pair, Site, person_account};
use crate::teams::activity::Activity;

/// How many comments are looked at for our mark.
const LOOK_BACK: usize = 50;

/// What becomes of the words of somebody who has not connected.
const IT_WAITS: &str = "What you write here until then waits, and goes out when you have connected.";
const ANOTHER_WRITES: &str =
    "What you write here until then is written in Jira by the integration account, with your name.";

/// Whose account writes the comment.
struct Writer {
    token: JiraToken,
    author: Author,
}

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
        let Some(link) = self.choose_link(&seen.tenant, &seen.conversation, &activity).await? else {
            return Ok(Verdict::done(reason::NOT_LINKED));
        };
        let author = activity.from.as_ref().and_then(|from| from.object_id.clone());
        let author = author.ok_or_else(|| Stop::done(reason::AUTHOR_UNKNOWN))?;
        let mut document = self.message_document(&activity, &seen).await?;
        if document.is_empty() {
            return Ok(Verdict::done(reason::EMPTY));
        }
        self.mentions_to_jira(&mut document, link.site, &link.tenant).await?;
        let site = self.store.site(link.site).await?.ok_or_else(|| Stop::done(reason::NOT_LINKED))?;
        let writer = self.writer(lease, event, &site, &link, &author).await?;
        if writer.author == Author::Integration {
            let name = activity.from.as_ref().and_then(|from| from.name.as_deref()).unwrap_or("Someone");
            document = document.headed(name, "Teams");
        }
        self.write_comment(lease, event, &link, &message, document, writer).await
    }

    /// The account that writes: the author's, or the integration account's.
    async fn writer(
        &self,
        lease: &Lease,
        event: &Event,
        site: &Site,
        link: &Link,
        author: &ObjectId,
    ) -> Result<Writer, Stop> {
        let waits_as = person_account(&link.tenant, author);
        if let Some(person) = self.store.person_by_object(link.site, &link.tenant, author).await? {
            return match self.jira_token(site, &person.account, waits_as.clone()).await {
                Ok(token) => Ok(Writer { token, author: Author::Person }),
                Err(error) => {
                    let stop = self.verdict_of_token(event, error, &waits_as);
                    if matches!(&stop, Stop::Verdict(verdict) if matches!(**verdict, Verdict::WaitForLogin { .. }))
                    {
                        self.ask_to_connect(lease, event, link, author, IT_WAITS).await?;
                    }
                    Err(stop)
                }
            };
        }
        let until_then = if site.integration_account.is_some() { ANOTHER_WRITES } else { IT_WAITS };
        self.ask_to_connect(lease, event, link, author, until_then).await?;
        if let Some(account) = &site.integration_account {
            let token = self
                .jira_token(site, account, format!("jira/{account}"))
                .await
                .map_err(|error| self.verdict_of_token(event, error, &format!("jira/{account}")))?;
            return Ok(Writer { token, author: Author::Integration });
        }
        Err(Stop::with(self.wait_for(&waits_as, reason::NOT_CONNECTED)))
    }

    async fn write_comment(
        &self,
        lease: &Lease,
        event: &Event,
        link: &Link,
        message: &MessageId,
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
                Ok(self.relayed(pair, intent))
            }
            Err(error) => Err(self.failed_as(event, &writer.token.token, error).await?),
        }
    }

    /// What the message says, with its mentions as people of Teams.
    pub(super) async fn message_document(
        &self,
        activity: &Activity,
        seen: &MessageInChat,
    ) -> Result<Document, Stop> {
        let Some(html) = &activity.html else { return Ok(Document::from_text(&activity.plain_text())) };
        let place = if activity.mentions.is_empty() {
            None
        } else {
            self.store.conversation(&seen.tenant, &seen.conversation).await?
        };
        let mut mentions = Vec::with_capacity(activity.mentions.len());
        for mention in &activity.mentions {
            mentions.push(Mention {
                who: self.who(place.as_ref(), mention.who.object_id.as_ref(), &mention.who.id).await,
                name: mention.who.name.clone().unwrap_or_default(),
            });
        }
        Ok(teams_html::read(html, |id| {
            id.parse::<usize>().ok().and_then(|index| mentions.get(index)).cloned()
        }))
    }

    /// The person behind a mention: Teams names them by an id of the bot's own.
    async fn who(&self, place: Option<&Conversation>, object: Option<&ObjectId>, bot_view: &str) -> Who {
        if let Some(object) = object {
            return Who::Teams(object.clone());
        }
        let Some(place) = place.filter(|_| bot_view.starts_with("29:")) else { return Who::Nobody };
        match self.connector.member(&place.service_url, &place.id, bot_view).await {
            Ok(member) => member.object_id.map_or(Who::Nobody, Who::Teams),
            // The name is still there, as plain text.
            Err(_) => Who::Nobody,
        }
    }
}

fn carries(comment: &crate::jira::Comment, link: &Link, message: &MessageId) -> bool {
    let field =
        |name| comment.origin.as_ref().and_then(|origin| origin.get(name)).and_then(|value| value.as_str());
    field("link") == Some(link.id.to_string().as_str()) && field("message") == Some(message.as_str())
}

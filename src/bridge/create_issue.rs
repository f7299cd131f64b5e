//! Message → issue: created as the person, marked, linked to the chat, and linked back to the
//! message. Asked for three times, it is made once.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::Url;

use super::failure::Stop;
use super::happening::MessageInChat;
use super::tokens::JiraToken;
use super::write_once::{Write, Written};
use super::{Bridge, fit, reason};
use crate::call::CallError;
use crate::content::Document;
use crate::ids::{AccountId, IssueId, IssueKey, LinkId, MessageId, ObjectId, TenantId};
use crate::jira::{IssueTypeRef, NewIssue, RemoteLink};
use crate::queue::{Event, Lease, Verdict};
use crate::store::{
    self, Access, Author, CommentSide, MessageSide, NewLink, Origin, Pair, Person, Sides, Site,
};
use crate::teams::card::IssueCreated;
use crate::teams::connector::NewActivity;
use crate::teams::invoke::ActionRequest;

/// How far back an issue is looked for that an earlier try may have made.
const LOOK_BACK: Duration = Duration::from_hours(1);
/// How far Jira's search may lag behind: younger than this, an issue that is not found may be there.
const SEARCH_LAG: Duration = Duration::from_secs(15);
/// Calls that are made behind an intent until the issue is there: its type is read, and it is made.
const CALLS: u32 = 2;
/// Jira's limit for a summary.
const SUMMARY_CHARACTERS: usize = 255;

/// An issue that somebody wants.
pub(super) struct WantedIssue {
    /// What makes two wishes the same one.
    pub key: String,
    /// Key of the project.
    pub project: String,
    /// Name of the type; the project's first one if nobody said.
    pub issue_type: Option<String>,
    /// One line.
    pub summary: String,
    /// What else is to be said.
    pub description: Option<Document>,
    /// The message it came from.
    pub message: Option<MessageId>,
    /// Where that message opens.
    pub address: Option<Url>,
}

/// What was created, as the intent keeps it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Made {
    /// Stable id.
    pub id: IssueId,
    /// Its key.
    pub key: IssueKey,
}

impl Bridge {
    /// The form of the message action was sent.
    pub(super) async fn create_from_action(
        &self,
        lease: &Lease,
        event: &Event,
        seen: MessageInChat,
    ) -> Result<Verdict, Stop> {
        let activity = self.carried_activity(event).await?;
        let request = ActionRequest::read(&activity.value).ok_or_else(Stop::unreadable)?;
        let author = activity.from.as_ref().and_then(|from| from.object_id.clone());
        let author = author.ok_or_else(|| Stop::done(reason::AUTHOR_UNKNOWN))?;
        let (person, site) = self.creator(&seen, &author).await?;
        let (Some(project), Some(summary)) = (request.field("project"), request.field("summary")) else {
            return Ok(Verdict::Dead { reason: reason::REFUSED });
        };
        let message = request.message.as_ref();
        let wanted = WantedIssue {
            key: event.delivery_key.clone(),
            project: project.to_owned(),
            issue_type: request.field("issueType").map(str::to_owned),
            summary: summary.to_owned(),
            description: request.field("description").map(Document::from_text),
            message: message.and_then(crate::teams::invoke::MessagePayload::id),
            address: message.and_then(|message| {
                let made = || Some(crate::teams::message_link(&seen.conversation, &message.id()?));
                message.link().or_else(made)
            }),
        };
        self.create_issue(lease, event, &seen, &person, &site, wanted).await
    }

    /// The person behind a Microsoft account and the site they create on.
    pub(super) async fn creator(
        &self,
        seen: &MessageInChat,
        author: &ObjectId,
    ) -> Result<(Person, Site), Stop> {
        for site in self.store.sites_of_tenant(&seen.tenant).await? {
            if let Some(person) = self.store.person_by_object(site.id, &seen.tenant, author).await? {
                return Ok((person, site));
            }
        }
        Err(Stop::done(reason::NOT_CONNECTED))
    }

    /// Creates, links, links back, and says so: each step once, whatever happens in between.
    pub(super) async fn create_issue(
        &self,
        lease: &Lease,
        event: &Event,
        seen: &MessageInChat,
        person: &Person,
        site: &Site,
        wanted: WantedIssue,
    ) -> Result<Verdict, Stop> {
        let waits_as = store::person_account(&person.tenant, &person.object);
        let token = self
            .jira_token(site, &person.account, waits_as.clone())
            .await
            .map_err(|error| self.verdict_of_token(event, error, &waits_as))?;
        let made = self.make_issue(lease, event, &token, &wanted).await?;
        self.link_made_issue(lease, seen, site, &person.account, &made, &wanted).await?;
        if let Some(address) = &wanted.address {
            self.link_back(event, &token, &made, address).await?;
        }
        self.announce(lease, event, seen, site, &made, &wanted).await?;
        Ok(Verdict::done(reason::ISSUE_CREATED))
    }

    async fn make_issue(
        &self,
        lease: &Lease,
        event: &Event,
        token: &JiraToken,
        wanted: &WantedIssue,
    ) -> Result<Made, Stop> {
        let jira = token.site(&self.jira);
        let key = format!("issue/{}", wanted.key);
        let fingerprint = self.vault.fingerprint(&wanted.summary).await?;
        let written = self
            .write_once(
                Write { lease, event, key, fingerprint, writer: None },
                |kept| serde_json::from_str::<Made>(kept).ok(),
                |intent| async move {
                    let recent = jira.recent_issues(&wanted.project, LOOK_BACK).await?;
                    let ours = |origin: &Option<Value>| {
                        origin.as_ref().and_then(|origin| origin.get("intent")).and_then(Value::as_str)
                            == Some(intent.id.to_string().as_str())
                    };
                    let found = recent.into_iter().find(|issue| ours(&issue.origin));
                    let call = self.settings.call_time.max(self.settings.landing);
                    let made_until = intent.created_at.plus(CALLS * call);
                    let lag = SEARCH_LAG * self.settings.backoff_percent / 100;
                    if found.is_none() && self.clock.now() < made_until.plus(lag) {
                        // Later it can be told.
                        return Err(CallError::OutcomeUnknown { status: None });
                    }
                    Ok(found.map(|issue| Made { id: issue.id, key: issue.key }))
                },
                |intent| async move {
                    let issue_type = match &wanted.issue_type {
                        Some(name) => IssueTypeRef::Name(name.clone()),
                        None => self.usual_type(&jira, &wanted.project).await?,
                    };
                    let made = jira
                        .create_issue(&NewIssue {
                            project_key: wanted.project.clone(),
                            issue_type,
                            summary: one_line(&wanted.summary),
                            description: wanted.description.clone().map(|description| {
                                let whole = wanted.address.as_ref().map(Url::to_string).unwrap_or_default();
                                fit::for_jira(description, &whole)
                            }),
                            origin: json!({ "origin": "teams", "intent": intent.id }),
                        })
                        .await?;
                    Ok(Made { id: made.id, key: made.key })
                },
            )
            .await?;
        match written {
            Ok(Written { intent, value }) => {
                let kept = serde_json::to_string(&value).unwrap_or_default();
                self.keep_outcome(lease, intent, kept).await?;
                Ok(value)
            }
            Err(error) => Err(self.failed_as(event, &token.token, error).await?),
        }
    }

    /// `Task` where the project has it, else its first type that stands by itself.
    async fn usual_type(
        &self,
        jira: &crate::jira::Site<'_>,
        project: &str,
    ) -> Result<IssueTypeRef, CallError> {
        let types = jira.issue_types(project).await?;
        let usual = types.iter().find(|kind| kind.name.eq_ignore_ascii_case("task"));
        let usual = usual.or_else(|| types.iter().find(|kind| !kind.subtask));
        usual.map(|kind| IssueTypeRef::Id(kind.id.clone())).ok_or(CallError::Gone)
    }

    async fn link_made_issue(
        &self,
        lease: &Lease,
        seen: &MessageInChat,
        site: &Site,
        creator: &AccountId,
        made: &Made,
        wanted: &WantedIssue,
    ) -> Result<(), Stop> {
        let place = self.store.conversation(&seen.tenant, &seen.conversation).await?;
        if !place.is_some_and(|place| place.installed) {
            // The message action works in chats without the bot; nothing could be relayed there.
            return Ok(());
        }
        let (id, now) = (LinkId::from_uuid(self.random.id()), self.clock.now());
        let fingerprint = self.vault.fingerprint("").await?;
        let new = NewLink {
            site: site.id,
            issue: made.id.clone(),
            issue_key: made.key.clone(),
            tenant: seen.tenant.clone(),
            conversation: seen.conversation.clone(),
            created_by: Some(creator.clone()),
            access: Access::Private,
        };
        let (tenant, conversation, message) =
            (seen.tenant.clone(), seen.conversation.clone(), wanted.message.clone());
        lease
            .write(move |transaction| {
                Box::pin(async move {
                    let link = store::add_link(transaction, id, now, new).await?;
                    let Some(message) = message else { return Ok(()) };
                    let pair = Pair {
                        link: link.id,
                        comment: None,
                        comment_author: None,
                        tenant,
                        conversation,
                        message,
                        message_author: None,
                        origin: Origin::Teams,
                        author: Author::Person,
                        fingerprint,
                        sides: Sides { comment: CommentSide::Shown(now), message: MessageSide::Live(None) },
                    };
                    pair.record(transaction, now).await
                })
            })
            .await?;
        Ok(())
    }

    /// The issue leads back to the message. The global id makes a repetition the same link.
    async fn link_back(
        &self,
        event: &Event,
        token: &JiraToken,
        made: &Made,
        address: &Url,
    ) -> Result<(), Stop> {
        let link = RemoteLink {
            global_id: format!("threadline={}", made.id),
            url: address.clone(),
            title: "Message in Microsoft Teams".to_owned(),
            summary: None,
        };
        match token.site(&self.jira).put_remote_link(&made.id, &link).await {
            Ok(()) => Ok(()),
            Err(error @ (CallError::Forbidden { .. } | CallError::Refused { .. })) => {
                // Linking needs a permission of its own; the issue is worth more than its link.
                tracing::info!(event = event.id, %error, "the issue could not be linked back to its message");
                Ok(())
            }
            Err(error) => Err(self.failed_as(event, &token.token, error).await?),
        }
    }

    async fn announce(
        &self,
        lease: &Lease,
        event: &Event,
        seen: &MessageInChat,
        site: &Site,
        made: &Made,
        wanted: &WantedIssue,
    ) -> Result<(), Stop> {
        let Some(place) = self.store.conversation(&seen.tenant, &seen.conversation).await? else {
            return Ok(());
        };
        let Ok(url) = Url::parse(&format!("{}/browse/{}", site.url, made.key)) else { return Ok(()) };
        if !place.installed {
            return Ok(());
        }
        let card = IssueCreated { key: made.key.as_str(), summary: &wanted.summary, url: &url }.card();
        let essence = Document::from_text(&crate::teams::card::text(&card));
        let activity = NewActivity::card(card, format!("{} created", made.key));
        self.show(lease, event, format!("created/{}", wanted.key), &place, activity, &essence).await
    }

    /// What was made of a wish, if it was.
    pub(super) async fn made_issue(
        &self,
        tenant: &TenantId,
        wish: &str,
    ) -> Result<Option<Made>, sea_orm::DbErr> {
        let intent = self.store.intent(tenant, &format!("issue/{wish}")).await?;
        Ok(intent.and_then(|intent| intent.outcome).and_then(|kept| serde_json::from_str(&kept).ok()))
    }
}

/// A summary is one line, and Jira counts its characters.
fn one_line(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(SUMMARY_CHARACTERS).collect()
}

#[cfg(test)]
mod tests {
    use super::one_line;

    #[test]
    fn a_summary_is_one_line_of_at_most_255_characters() {
        assert_eq!(one_line("  two\nlines "), "two lines");
        assert_eq!(one_line(&"ä".repeat(300)).chars().count(), 255);
    }
}

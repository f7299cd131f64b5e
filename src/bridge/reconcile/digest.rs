//! One message, or one comment, with links that stands for many that were missed, where the link
//! says so. It names nobody and repeats nothing: whoever wants to know follows the links.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::Missed;
use crate::bridge::failure::Stop;
use crate::bridge::find_comment::find_comment;
use crate::bridge::say::Saying;
use crate::bridge::turn::Turn;
use crate::bridge::write_once::{Write, Written};
use crate::bridge::{Bridge, Happening, fit, project_of};
use crate::content::markdown;
use crate::ids::{CommentId, MessageId};
use crate::jira::{Comment, NewComment};
use crate::queue::{Event, Lease};
use crate::store::{CatchUp, Link, LinkState, ServiceReplies};
use crate::vault::TokenError;

/// The most links in a digest.
const LINKS: usize = 20;

impl Bridge {
    /// Writes a digest wherever too much of one kind was missed; answers the keys of what it
    /// stands for.
    pub(super) async fn write_digests(
        &self,
        lease: &Lease,
        event: &Event,
        links: &[Link],
        missed: &[Missed],
    ) -> Result<Vec<String>, Stop> {
        let mut told = Vec::new();
        for link in links {
            let new = missed.iter().filter(|missed| missed.tellable && missed.link == link.id);
            let (comments, messages): (Vec<&Missed>, Vec<&Missed>) =
                new.partition(|missed| matches!(missed.happening, Happening::CommentCreated(_)));
            let many = self.settings.reconcile.single_copies;
            if comments.len() <= many && messages.len() <= many {
                continue;
            }
            // Its issue was read since, and may have moved.
            let link = self.store.link(&link.tenant, link.id).await?;
            let Some(link) = link.filter(|link| link.state == LinkState::Active) else { continue };
            let policy = self.store.policy(&link, link.project().as_ref()).await?;
            if policy.catch_up != CatchUp::Digest {
                continue;
            }
            let turn = self.turn_on(lease, event, link).await?;
            if comments.len() > many {
                self.say_what_was_missed(&turn, &comments).await?;
                told.extend(comments.iter().map(|missed| missed.key.clone()));
            }
            if messages.len() > many && self.note_what_was_missed(&turn, &messages).await? {
                told.extend(messages.iter().map(|missed| missed.key.clone()));
            }
        }
        Ok(told)
    }

    /// The bot tells the chat of comments.
    async fn say_what_was_missed(&self, turn: &Turn<'_>, comments: &[&Missed]) -> Result<(), Stop> {
        let addresses = comments.iter().filter_map(|missed| match &missed.happening {
            Happening::CommentCreated(on) => Some(turn.comment_address(&on.comment)),
            _ => None,
        });
        let key = &turn.link.issue_key;
        let text = format!(
            "While Threadline was away, **{count} comments** were written on [{key}]({url}/browse/{key}). They are not copied here one by one: {links}.",
            count = comments.len(),
            url = turn.site.url,
            links = listed(addresses, comments.len()),
        );
        let Turn { lease, event, link, .. } = turn;
        let key = format!("digest/{}/{}", link.id, event.delivery_key);
        let saying = Saying { key, tenant: &link.tenant, conversation: &link.conversation, text };
        self.say(lease, event, saying).await
    }

    /// The integration account tells the issue of messages; answers whether there is one.
    async fn note_what_was_missed(&self, turn: &Turn<'_>, messages: &[&Missed]) -> Result<bool, Stop> {
        let Turn { lease, event, link, site } = turn;
        let Some(account) = &site.integration_account else { return Ok(false) };
        let token = match self.jira_token(site, account, format!("jira/{account}")).await {
            Ok(token) => token,
            Err(TokenError::Vault(error)) => return Err(error.into()),
            Err(_) => return Ok(false),
        };
        let jira = token.site(&self.jira);
        let Ok(issue) = jira.issue(link.issue.as_str(), &[]).await else { return Ok(false) };
        // A service project's customers must not read of the team's chat by accident.
        self.store.note_issue(link, &issue.key, &issue.project_id).await?;
        let policy = self.store.policy(link, Some(&project_of(site, &issue))).await?;
        let internal = issue.project_is_service_desk && policy.service_replies == ServiceReplies::Internal;
        let addresses = messages.iter().filter_map(|missed| match &missed.happening {
            Happening::Message(seen) => {
                let message: &MessageId = seen.message.as_ref()?;
                Some(crate::teams::message_link(&link.conversation, message).to_string())
            }
            _ => None,
        });
        let text = format!(
            "While Threadline was away, **{count} messages** were written in the linked chat. They are not copied here one by one: {links}.",
            count = messages.len(),
            links = listed(addresses, messages.len()),
        );
        let id = format!("digest/{}/{}", link.id, event.delivery_key);
        let whole = crate::teams::chat_link(&link.conversation);
        let new = NewComment {
            body: fit::for_jira(markdown::read(&text), whole.as_str()),
            // The mark of the link makes it known as ours when it is heard of.
            origin: json!({ "origin": "threadline", "link": link.id, "digest": id }),
            internal,
        };
        let is_ours = |comment: &Comment| {
            let digest = comment.origin.as_ref().and_then(|origin| origin.get("digest"));
            digest.and_then(Value::as_str) == Some(id.as_str())
        };
        let written = self
            .write_once(
                Write { lease, event, key: id.clone(), fingerprint: String::new(), writer: None },
                |kept| Some(CommentId::new(kept)),
                |intent| {
                    let (jira, is_ours) = (&jira, &is_ours);
                    async move {
                        let ours = find_comment(jira, &link.issue, &intent, is_ours).await?;
                        Ok(ours.map(|comment| comment.id))
                    }
                },
                |_| async { Ok(jira.add_comment(&link.issue, &new).await?.id) },
            )
            .await?;
        match written {
            Ok(Written { intent, value }) => {
                self.echoes.expect_comment(link.id, &value).await;
                self.keep_outcome(lease, intent, value.to_string()).await?;
                Ok(true)
            }
            // Then each one is copied, as people may write in their own names.
            Err(error) => {
                tracing::info!(link = %link.id, %error, "a digest could not be written");
                Ok(false)
            }
        }
    }
}

/// `[1](…) [2](…) … and 480 more`.
fn listed(addresses: impl Iterator<Item = String>, count: usize) -> String {
    let mut text = String::new();
    for (number, address) in addresses.take(LINKS).enumerate() {
        // Writing to a String can't fail.
        let _ = write!(text, "[{}]({address}) ", number + 1);
    }
    match count.saturating_sub(LINKS) {
        0 => text.trim_end().to_owned(),
        more => format!("{text}and {more} more"),
    }
}

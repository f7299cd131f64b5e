//! What the bot says of its own accord: answers to commands, and how to connect.

use super::Bridge;
use super::failure::{Actor, Stop};
use super::write_once::{Write, Written};
use crate::call::CallError;
use crate::content::Document;
use crate::ids::{ConversationId, IntentId, MessageId, ObjectId, TenantId};
use crate::queue::{Event, Lease};
use crate::store::{Conversation, Intent, Link};
use crate::teams::connector::{NewActivity, TextFormat};
use crate::teams::graph;

/// Something the bot says once.
pub(super) struct Saying<'a> {
    /// What makes it the same saying: said once, however often it is asked for.
    pub key: String,
    /// Where.
    pub tenant: &'a TenantId,
    /// Where.
    pub conversation: &'a ConversationId,
    /// In simple Markdown, written by us: never what a person wrote.
    pub text: String,
}

impl Bridge {
    /// Lets the bot say something once. Where the bot is not in the conversation nothing is said.
    pub(super) async fn say(&self, lease: &Lease, event: &Event, saying: Saying<'_>) -> Result<(), Stop> {
        let Some(place) = self.store.conversation(saying.tenant, saying.conversation).await? else {
            return Ok(());
        };
        if !place.installed {
            return Ok(());
        }
        let fingerprint = self.fingerprint(&crate::content::markdown::read(&saying.text)).await?;
        let write = Write { lease, event, key: format!("notice/{}", saying.key), fingerprint, writer: None };
        let activity = NewActivity::text(saying.text, TextFormat::Markdown);
        self.post_as_bot(write, &place, activity).await
    }

    /// Lets the bot post a card once.
    pub(super) async fn show(
        &self,
        lease: &Lease,
        event: &Event,
        key: String,
        place: &Conversation,
        card: NewActivity,
        essence: &Document,
    ) -> Result<(), Stop> {
        let fingerprint = self.fingerprint(essence).await?;
        self.post_as_bot(
            Write { lease, event, key: format!("notice/{key}"), fingerprint, writer: None },
            place,
            card,
        )
        .await
    }

    async fn post_as_bot(
        &self,
        write: Write<'_>,
        place: &Conversation,
        activity: NewActivity,
    ) -> Result<(), Stop> {
        let (lease, event) = (write.lease, write.event);
        let written = self
            .write_once(
                write,
                |kept| Some(MessageId::new(kept)),
                |intent| async move { self.find_notice(place, &intent).await },
                |_| async move { self.connector.send(&place.service_url, &place.id, &activity).await },
            )
            .await?;
        match written {
            Ok(Written { intent, value }) => {
                let outcome = value.to_string();
                self.keep_outcome(lease, intent, outcome).await
            }
            // A notice is a courtesy: who removed the bot does not want to be told.
            Err(CallError::Forbidden { .. } | CallError::Gone) => Ok(()),
            Err(error) => Err(Stop::with(self.verdict_of(event, &error, &Actor::Bot(None)))),
        }
    }

    /// A notice in a chat that can't be read again counts as said: lost is better than doubled.
    async fn find_notice(
        &self,
        place: &Conversation,
        intent: &Intent,
    ) -> Result<Option<MessageId>, CallError> {
        if graph::Place::of(&place.id, place.team.as_ref()).is_none() {
            return Ok(Some(MessageId::new("")));
        }
        let found = self.find_message(&place.tenant, &place.id, intent).await?;
        Ok(found.filter(|found| found.writer.is_none()).map(|found| found.message))
    }

    /// Remembers for good what a write came to.
    pub(super) async fn keep_outcome(
        &self,
        lease: &Lease,
        intent: IntentId,
        outcome: String,
    ) -> Result<(), Stop> {
        let tenant = lease.lane().tenant().clone();
        Ok(lease
            .write(move |transaction| {
                Box::pin(async move { Intent::keep(transaction, &tenant, intent, outcome).await })
            })
            .await?)
    }

    /// Tells somebody once, in this conversation, how to connect; `until_then` says what becomes
    /// of their words before that.
    pub(super) async fn ask_to_connect(
        &self,
        lease: &Lease,
        event: &Event,
        link: &Link,
        author: &ObjectId,
        until_then: &str,
    ) -> Result<(), Stop> {
        let Link { tenant, conversation, .. } = link;
        let url = self.connect_address();
        let text = format!(
            "To write in Jira under your own name, connect your accounts once: [connect]({url}). {until_then}"
        );
        let key = format!("connect/{tenant}/{conversation}/{author}");
        self.say(lease, event, Saying { key, tenant, conversation, text }).await
    }

    /// Where a person connects both accounts.
    pub(super) fn connect_address(&self) -> url::Url {
        self.address("login/microsoft?then=jira")
    }
}

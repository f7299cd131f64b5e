//! What Graph's change notifications tell: proven, opened, and put into the queue like what the bot
//! hears. A message that both tell of is one event. What is not proven is dropped without a word
//! to whoever sent it.

use std::collections::HashSet;
use std::sync::Arc;

use sea_orm::DbErr;
use zeroize::Zeroizing;

use super::accept_activity::message_key;
use super::happening::{MessageInChat, message_payload};
use super::keep_deliveries::count_delivery;
use super::prove_notification::Subscriptions;
use super::{Bridge, Happening, reason};
use crate::hash::sha256;
use crate::ids::{ConversationId, MessageId, TenantId};
use crate::queue::{LaneKey, NewEvent};
use crate::store::Watch;
use crate::teams::bot_auth::BadToken;
use crate::teams::graph::ChatMessage;
use crate::teams::notification::{Batch, Encrypted, Malformed, News};
use crate::vault::VaultError;

/// The source, in the metric.
const GRAPH: &str = "graph";
/// How far the stamps of one edit may be apart: behind that, something else has changed since.
const ONE_EDIT: std::time::Duration = std::time::Duration::from_secs(1);

/// Why a delivery must be sent again. Nothing of it is stored.
#[derive(Debug, thiserror::Error)]
pub enum NotificationRefused {
    /// The keys that prove it can't be read, or not yet anew.
    #[error("Microsoft's signing keys can't be read just now; send it again")]
    KeysUnavailable,
    /// The database or the vault.
    #[error("it can't be stored just now; send it again")]
    Storage(#[from] VaultError),
}

impl From<DbErr> for NotificationRefused {
    fn from(error: DbErr) -> Self {
        Self::Storage(error.into())
    }
}

/// Reads a delivery. It takes the processor long where the body is large, and believes nothing.
///
/// # Errors
/// [`Malformed`] if it isn't a JSON object; it is to be handed over all the same, and counted.
pub fn read_notifications(body: &[u8]) -> Result<Batch, Malformed> {
    Batch::parse(body)
}

impl Bridge {
    /// Takes a delivery of change notifications, or of news about subscriptions; what it means is
    /// durable when this answers.
    pub async fn accept_notifications(
        &self,
        batch: Result<Batch, Malformed>,
    ) -> Result<(), NotificationRefused> {
        let Ok(batch) = batch else {
            note("malformed");
            return Ok(());
        };
        let Some(tenants) = self.proven_tenants(&batch).await? else {
            note("bad validation token");
            return Ok(());
        };
        let mut events = Vec::new();
        let mut ours = Subscriptions::new(self, tenants);
        for told in &batch.notifications {
            let said = match ours.find(told).await? {
                Ok(watch) => self.take_news(watch, &told.news).await?,
                Err(refused) => Err(refused),
            };
            match said {
                Ok(event) => events.push(event),
                Err(reason) => note(reason),
            }
        }
        if !events.is_empty() {
            self.keep_deliveries(GRAPH, events).await?;
        }
        Ok(())
    }

    /// The tenants that the validation tokens speak for; nothing if one of them is wrong.
    async fn proven_tenants(&self, batch: &Batch) -> Result<Option<HashSet<TenantId>>, NotificationRefused> {
        let mut tenants = HashSet::new();
        for token in &batch.tokens {
            match self.entra.verify_notification_token(token).await {
                Ok(tenant) => tenants.insert(tenant),
                // A key that was published since may have signed it: it may be true.
                Err(BadToken::KeysUnavailable | BadToken::KeyNotAskedFor) => {
                    return Err(NotificationRefused::KeysUnavailable);
                }
                Err(refusal) => {
                    tracing::warn!(%refusal, "a delivery of change notifications is not believed");
                    return Ok(None);
                }
            };
        }
        Ok(Some(tenants))
    }

    /// What becomes of it: an event, or the reason why there is none.
    async fn take_news(
        &self,
        watch: &Watch,
        news: &News,
    ) -> Result<Result<NewEvent, &'static str>, VaultError> {
        let encrypted = match news {
            News::Created(encrypted) | News::Updated(encrypted) | News::Deleted(encrypted) => encrypted,
            News::ReauthorizationRequired => {
                self.note_subscription_news(watch, false).await?;
                return Ok(Err("reauthorization required"));
            }
            News::SubscriptionRemoved => {
                self.note_subscription_news(watch, true).await?;
                self.want_reconciliation_of(watch).await?;
                return Ok(Err("subscription removed"));
            }
            News::Missed => {
                self.want_reconciliation_of(watch).await?;
                return Ok(Err("missed"));
            }
            News::Other => return Ok(Err(reason::IGNORED)),
        };
        let opened = match encrypted {
            Some(encrypted) => self.open_message(encrypted).await?,
            None => None,
        };
        let Some((body, message)) = opened else {
            tracing::warn!("a change notification can't be opened; its chat is to be looked through");
            self.want_reconciliation_of(watch).await?;
            return Ok(Err(reason::UNREADABLE));
        };
        self.event_of(watch, news, &message, &body).await
    }

    async fn note_subscription_news(&self, watch: &Watch, gone: bool) -> Result<(), DbErr> {
        match &watch.subscription {
            Some(id) => self.store.note_subscription_news(&watch.tenant, id, gone).await,
            None => Ok(()),
        }
    }

    /// The message that a notification carries, with its JSON.
    async fn open_message(
        &self,
        encrypted: &Arc<Encrypted>,
    ) -> Result<Option<(Zeroizing<Vec<u8>>, ChatMessage)>, VaultError> {
        let Some(body) = self.open_notification(encrypted).await? else { return Ok(None) };
        let message = ChatMessage::parse(&body);
        Ok(message.map(|message| (body, message)))
    }

    /// The event that a message becomes.
    async fn event_of(
        &self,
        watch: &Watch,
        news: &News,
        message: &ChatMessage,
        body: &[u8],
    ) -> Result<Result<NewEvent, &'static str>, VaultError> {
        let seen = MessageInChat {
            tenant: watch.tenant.clone(),
            conversation: conversation_of(watch, message),
            message: Some(message.id.clone()),
        };
        let by_our_bot = message.from_application.as_deref() == Some(&self.settings.bot_id);
        let by_somebody = message.from_user.is_some() || message.from_application.is_none();
        let happens: fn(MessageInChat) -> Happening = match news {
            // People may react to what the bot says; all else about it is its own doing.
            News::Updated(_) if by_our_bot => Happening::MessageReacted,
            News::Deleted(_) if by_somebody => Happening::MessageDeleted,
            _ if !by_somebody || !message.is_message => return Ok(Err(reason::IGNORED)),
            // A command is told to the bot, who answers it.
            News::Created(_) if message.mentions_application(&self.settings.bot_id) => {
                return Ok(Err(reason::IGNORED));
            }
            News::Created(_) => Happening::Message,
            News::Updated(_) if is_edit(message) => Happening::MessageEdited,
            News::Updated(_) => Happening::MessageTouched,
            _ => return Ok(Err(reason::IGNORED)),
        };
        let created = matches!(news, News::Created(_));
        let echo = created && self.wrote(&seen);
        let delivery_key = if created {
            message_key(&seen.tenant, &seen.conversation, &message.id)
        } else {
            change_key(&seen, &message.id, news, message, body)
        };
        let (tenant, lane) = (seen.tenant.clone(), LaneKey::new(&seen.tenant, &seen.conversation));
        let happening = match self.if_linked(happens, seen).await? {
            Ok(happening) => happening,
            Err(reason) => return Ok(Err(reason)),
        };
        let payload = if created && !echo {
            Some(self.seal_payload(&tenant, &delivery_key, &message_payload(body)).await?)
        } else {
            None
        };
        Ok(Ok(NewEvent {
            lane: (!echo).then_some(lane),
            delivery_key,
            site: None,
            tenant: Some(tenant),
            kind: happening.kind(),
            subject: happening.subject(),
            payload,
            finished: echo.then_some(reason::ECHO),
        }))
    }
}

/// Counts why nothing came of a notification.
fn note(reason: &'static str) {
    count_delivery(GRAPH, reason);
}

/// The chat, or the thread of the channel: where the subscription is, whatever the content says.
fn conversation_of(watch: &Watch, message: &ChatMessage) -> ConversationId {
    if watch.team.is_none() {
        return watch.place.clone();
    }
    let root = message.reply_to.as_ref().unwrap_or(&message.id);
    ConversationId::new(format!("{};messageid={root}", watch.place))
}

/// Whether its author has just changed the text: a reaction moves one of the stamps alone.
fn is_edit(message: &ChatMessage) -> bool {
    match (message.edited, message.modified) {
        (Some(edited), Some(modified)) => modified.since(edited) < ONE_EDIT,
        _ => false,
    }
}

/// Same key, same state of the message: Graph may tell of it more than once.
fn change_key(
    seen: &MessageInChat,
    id: &MessageId,
    news: &News,
    message: &ChatMessage,
    body: &[u8],
) -> String {
    let MessageInChat { tenant, conversation, .. } = seen;
    let change = if matches!(news, News::Deleted(_)) { "deleted" } else { "updated" };
    let stamp = message.etag.clone().or_else(|| message.modified.map(|at| at.0.to_string()));
    let stamp = stamp.unwrap_or_else(|| sha256(body));
    format!("graph/{tenant}/{conversation}/{id}/{change}/{stamp}")
}

//! What the Bot Connector posts: proven, then remembered, put into the queue, or answered.

use std::time::Duration;

use sea_orm::DbErr;
use serde_json::Value;

use super::happening::{MessageInChat, payload_place};
use super::{Bridge, Happening, reason};
use crate::hash::sha256;
use crate::ids::{ConversationId, MessageId, TenantId};
use crate::queue::{EventState, LaneKey, NewEvent};
use crate::store::{Conversation, ConversationKind};
use crate::teams::activity::{self, Activity, Kind};
use crate::teams::bot_auth::{BadToken, Refusal};
use crate::teams::invoke::{self, ActionRequest, FETCH_TASK, SUBMIT_ACTION};
use crate::vault::{Scope, VaultError};

/// Teams waits five seconds for the answer to an invoke.
const INVOKE_TIME: Duration = Duration::from_secs(4);
/// How often the wish is looked after meanwhile.
const LOOK: Duration = Duration::from_millis(25);

/// Why an activity is not taken.
#[derive(Debug, thiserror::Error)]
pub enum ActivityRefused {
    /// The token.
    #[error("{0}")]
    Token(Refusal),
    /// The keys that prove a token can't be read just now.
    #[error("the Bot Connector's keys can't be read just now; send it again")]
    KeysUnavailable,
    /// Not an activity.
    #[error("the body is not an activity: a JSON object with a type was expected")]
    Malformed,
    /// A tenant that is not served here.
    #[error("this Microsoft tenant is not connected to this installation; its admin adds it to a site")]
    UnknownTenant,
    /// Nothing is stored; it must not be acknowledged.
    #[error("it can't be stored just now; send it again")]
    Storage(#[from] VaultError),
}

impl From<DbErr> for ActivityRefused {
    fn from(error: DbErr) -> Self {
        Self::Storage(error.into())
    }
}

/// How an activity is answered.
#[derive(Debug)]
pub enum Answer {
    /// It is durable, or nothing has to be done.
    Accepted,
    /// An invoke's answer.
    Body(Value),
}

impl Bridge {
    /// Takes a request to the bot: proves it, and answers once what it means is durable.
    pub async fn accept_activity(
        &self,
        authorization: Option<&str>,
        body: &[u8],
    ) -> Result<Answer, ActivityRefused> {
        let Ok(activity) = Activity::parse(body) else {
            return Err(self.malformed(authorization).await);
        };
        self.prove_sender(authorization, &activity.channel_id, &activity.service_url).await?;
        let (Some(tenant), Some(conversation)) = (activity.tenant().cloned(), activity.conversation.clone())
        else {
            return Ok(Answer::Accepted);
        };
        if !self.store.knows_tenant(&tenant).await? {
            return Err(ActivityRefused::UnknownTenant);
        }
        if activity.kind == Kind::Invoke {
            return self.answer_invoke(&tenant, &conversation.id, &activity, body).await;
        }
        self.see_place(&tenant, &conversation, &activity).await?;
        self.keep_activity(&tenant, &conversation, &activity, body).await?;
        Ok(Answer::Accepted)
    }

    /// Says nothing about the form of a body before its sender is proven.
    async fn malformed(&self, authorization: Option<&str>) -> ActivityRefused {
        match self.prove_sender(authorization, "msteams", "").await {
            // A body that can't be read names no service URL.
            Ok(()) | Err(ActivityRefused::Token(Refusal::WrongServiceUrl)) => {
                metrics::counter!("threadline_malformed_total", "source" => "teams").increment(1);
                ActivityRefused::Malformed
            }
            Err(refused) => refused,
        }
    }

    async fn prove_sender(
        &self,
        authorization: Option<&str>,
        channel: &str,
        service_url: &str,
    ) -> Result<(), ActivityRefused> {
        match self.bot_auth.validate(authorization, channel, service_url).await {
            Ok(()) => Ok(()),
            Err(Refusal::BadToken(BadToken::KeysUnavailable)) => Err(ActivityRefused::KeysUnavailable),
            Err(refusal) => Err(ActivityRefused::Token(refusal)),
        }
    }

    /// Remembers where the bot is and how it is reached there.
    async fn see_place(
        &self,
        tenant: &TenantId,
        conversation: &activity::Conversation,
        activity: &Activity,
    ) -> Result<(), ActivityRefused> {
        let gone = activity.bot_was_removed()
            || (activity.kind == Kind::InstallationUpdate
                && activity.action.as_deref().is_some_and(|action| action == "remove"));
        let seen = Conversation {
            tenant: tenant.clone(),
            id: conversation.id.clone(),
            service_url: activity.service_url.clone(),
            kind: match conversation.kind {
                activity::ConversationKind::Personal => ConversationKind::Personal,
                activity::ConversationKind::Channel => ConversationKind::Channel,
                activity::ConversationKind::GroupChat | activity::ConversationKind::Other => {
                    ConversationKind::GroupChat
                }
            },
            installed: !gone,
            current_link: None,
            team: activity.channel_data.team_group_id.clone(),
        };
        if let (Some(team), true) = (&seen.team, gone || activity.bot_was_added()) {
            // The bot enters and leaves a team as a whole, in one conversation's name.
            self.store.see_team(tenant, team, !gone).await?;
        }
        if activity.kind == Kind::Message && self.store.saw_just_now(&seen).await {
            return Ok(());
        }
        Ok(self.store.see_conversation(seen).await?)
    }

    async fn keep_activity(
        &self,
        tenant: &TenantId,
        conversation: &activity::Conversation,
        activity: &Activity,
        body: &[u8],
    ) -> Result<(), ActivityRefused> {
        let delivery_key = activity_key(tenant, &conversation.id, activity, body);
        let seen = MessageInChat {
            tenant: tenant.clone(),
            conversation: conversation.id.clone(),
            message: activity.id.clone(),
        };
        let echo = activity.kind == Kind::Message && self.wrote(&seen);
        let addressed =
            activity.mentions_the_bot() || conversation.kind == activity::ConversationKind::Personal;
        let happening = match activity.kind {
            Kind::Message | Kind::MessageUpdate | Kind::MessageDelete if activity.is_from_a_bot() => {
                Err(reason::IGNORED)
            }
            Kind::Message if echo => Ok(Happening::Message(seen)),
            Kind::Message if addressed => Ok(Happening::Command(seen)),
            Kind::Message => self.if_linked(Happening::Message, seen).await?,
            // The bot's chat with one person holds commands alone.
            Kind::MessageUpdate | Kind::MessageDelete
                if conversation.kind == activity::ConversationKind::Personal =>
            {
                Err(reason::IGNORED)
            }
            Kind::MessageUpdate => self.if_linked(Happening::MessageEdited, seen).await?,
            Kind::MessageDelete => self.if_linked(Happening::MessageDeleted, seen).await?,
            Kind::MessageReaction if activity.reply_to.is_some() => {
                let target = MessageInChat { message: activity.reply_to.clone(), ..seen };
                self.if_linked(Happening::MessageReacted, target).await?
            }
            _ => Err(reason::IGNORED),
        };
        let mut event = NewEvent {
            lane: None,
            delivery_key,
            site: None,
            tenant: Some(tenant.clone()),
            kind: "teams activity",
            subject: serde_json::json!({ "message": activity.id }).to_string(),
            payload: None,
            finished: None,
        };
        match happening {
            Ok(happening) if echo => {
                (event.kind, event.subject) = (happening.kind(), happening.subject());
                event.finished = Some(reason::ECHO);
            }
            Ok(happening) => {
                event.lane = Some(LaneKey::new(tenant, &conversation.id));
                (event.kind, event.subject) = (happening.kind(), happening.subject());
                if happening.carries_content() {
                    event.payload = Some(self.seal_payload(tenant, &event.delivery_key, body).await?);
                }
            }
            Err(reason) => event.finished = Some(reason),
        }
        Ok(self.keep_deliveries("teams", vec![event]).await?)
    }

    /// What happened, if the chat is linked.
    pub(super) async fn if_linked(
        &self,
        happening: impl FnOnce(MessageInChat) -> Happening,
        seen: MessageInChat,
    ) -> Result<Result<Happening, &'static str>, DbErr> {
        let links = self.store.links_of_chat(&seen.tenant, &seen.conversation).await?;
        Ok(if links.is_empty() { Err(reason::NOT_LINKED) } else { Ok(happening(seen)) })
    }

    /// Whether this message is one of ours.
    pub(super) fn wrote(&self, seen: &MessageInChat) -> bool {
        let has = |message| self.echoes.has_message(&seen.tenant, &seen.conversation, message);
        seen.message.as_ref().is_some_and(has)
    }

    pub(super) async fn seal_payload(
        &self,
        tenant: &TenantId,
        delivery_key: &str,
        body: &[u8],
    ) -> Result<Vec<u8>, VaultError> {
        self.vault.seal(&Scope::Tenant(tenant.clone()), payload_place(delivery_key), body).await
    }

    async fn answer_invoke(
        &self,
        tenant: &TenantId,
        conversation: &ConversationId,
        activity: &Activity,
        body: &[u8],
    ) -> Result<Answer, ActivityRefused> {
        let request = ActionRequest::read(&activity.value);
        let (Some(name), Some(request)) = (activity.name.as_deref(), request) else {
            return Ok(Answer::Body(invoke::close()));
        };
        let seen = MessageInChat {
            tenant: tenant.clone(),
            conversation: conversation.clone(),
            message: request.message.as_ref().and_then(invoke::MessagePayload::id),
        };
        let author = activity.from.as_ref().and_then(|from| from.object_id.as_ref());
        match name {
            FETCH_TASK => {
                let form = self.issue_form(&seen, author, &request);
                let answer = tokio::time::timeout(INVOKE_TIME, form).await.unwrap_or_else(|_| {
                    invoke::show_message(
                        "Jira takes too long to answer just now. Close this and try again in a minute.",
                    )
                });
                Ok(Answer::Body(answer))
            }
            SUBMIT_ACTION => self.submit_issue(seen, activity, &request, body).await.map(Answer::Body),
            _ => Ok(Answer::Body(invoke::close())),
        }
    }

    /// The wish goes through the queue like everything else, so that it survives and happens
    /// once; the dialog waits for it as long as Teams does.
    async fn submit_issue(
        &self,
        seen: MessageInChat,
        activity: &Activity,
        request: &ActionRequest,
        body: &[u8],
    ) -> Result<Value, ActivityRefused> {
        let author = activity.from.as_ref().and_then(|from| from.object_id.clone());
        if request.field("project").is_none() || request.field("summary").is_none() {
            let problem = "A project and a summary are needed.";
            return Ok(self.issue_form_again(&seen, author.as_ref(), request, problem).await);
        }
        let Some(object) = &author else { return Ok(invoke::show_message("Only people can create issues.")) };
        if self.creator(&seen, object).await.is_err() {
            return Ok(invoke::sign_in("Connect Jira and Microsoft", &self.connect_address()));
        }
        let delivery_key = wish_key(&seen, object.as_str(), request);
        let happening = Happening::CreateIssue(seen.clone());
        let event = NewEvent {
            lane: Some(LaneKey::new(&seen.tenant, &seen.conversation)),
            delivery_key: delivery_key.clone(),
            site: None,
            tenant: Some(seen.tenant.clone()),
            kind: happening.kind(),
            subject: happening.subject(),
            payload: Some(self.seal_payload(&seen.tenant, &delivery_key, body).await?),
            finished: None,
        };
        self.keep_deliveries("teams", vec![event]).await?;
        let place = self.store.conversation(&seen.tenant, &seen.conversation).await?;
        let end = if place.is_some_and(|place| place.installed) { " and linked to this chat." } else { "." };
        self.wait_for_issue(&seen.tenant, &delivery_key, end).await
    }

    /// The line that the dialog ends with; `end` says what else came of an issue that was made.
    async fn wait_for_issue(
        &self,
        tenant: &TenantId,
        wish: &str,
        end: &str,
    ) -> Result<Value, ActivityRefused> {
        let waited = tokio::time::timeout(INVOKE_TIME, async {
            loop {
                if let Some(made) = self.made_issue(tenant, wish).await? {
                    return Ok(format!("{} was created{end}", made.key));
                }
                let event = self.queue.event_by_key(tenant, wish).await?;
                if let Some(event) = event
                    && EventState::of(&event) == EventState::Dead
                {
                    let reason = event.reason.unwrap_or_default();
                    return Ok(format!(
                        "Jira refused this issue ({reason}). Check the project, the type and whether more fields are needed."
                    ));
                }
                tokio::time::sleep(LOOK).await;
            }
        })
        .await;
        match waited {
            Ok(Ok(text)) => Ok(invoke::show_message(&text)),
            Ok(Err(error)) => Err(ActivityRefused::Storage(VaultError::Database(error))),
            Err(_) => Ok(invoke::show_message(
                "The issue is being created. Threadline will say so in the chat when it is there.",
            )),
        }
    }
}

/// Same key, same activity: Teams may deliver it more than once.
fn activity_key(
    tenant: &TenantId,
    conversation: &ConversationId,
    activity: &Activity,
    body: &[u8],
) -> String {
    let kind = match &activity.kind {
        Kind::Message => "message",
        Kind::MessageUpdate => "update",
        Kind::MessageDelete => "delete",
        Kind::ConversationUpdate => "conversation",
        Kind::InstallationUpdate => "installation",
        Kind::Invoke => "invoke",
        Kind::MessageReaction => "reaction",
        Kind::Other(_) => "other",
    };
    let event = activity.channel_data.event_type.as_deref().unwrap_or("-");
    match (&activity.kind, &activity.id) {
        (Kind::Message, Some(id)) if event == "-" => message_key(tenant, conversation, id),
        (Kind::Message, Some(id)) => format!("teams/{tenant}/{conversation}/{id}/{kind}/{event}"),
        // Edits and the rest share an id with others of their kind: the body tells them apart.
        (_, id) => {
            let id = id.as_ref().map_or("-", |id| id.as_str());
            format!("teams/{tenant}/{conversation}/{id}/{kind}/{event}/{}", sha256(body))
        }
    }
}

/// The key of a new message, whoever tells of it.
pub(super) fn message_key(tenant: &TenantId, conversation: &ConversationId, id: &MessageId) -> String {
    format!("teams/{tenant}/{conversation}/{id}/message/-")
}

/// Same key, same wish: the form's own mark tells dialogs apart, and a repetition sends it again.
fn wish_key(seen: &MessageInChat, author: &str, request: &ActionRequest) -> String {
    let wish = serde_json::json!([
        author,
        request.command_id,
        request.data,
        seen.message.as_ref().map(super::super::ids::MessageId::as_str),
    ]);
    format!("wish/{}/{}/{}", seen.tenant, seen.conversation, sha256(wish.to_string()))
}

//! Subscriptions to change notifications of messages, as the application itself: it may watch the
//! chats and teams whose members consented to that when they added the bot.
//! Source: learn.microsoft.com/graph/api/resources/subscription.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, SecondsFormat};
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::{Client, send};
use crate::ambient::Millis;
use crate::budget::Call;
use crate::call::{CallError, loose};
use crate::ids::{SubscriptionId, TeamId};
use crate::secret::Secret;

/// More pages of subscriptions than this are not followed.
const MAX_PAGES: usize = 50;

/// What is watched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Watched {
    /// The messages of a chat.
    Chat {
        /// Id of the chat.
        chat: String,
    },
    /// The messages of all threads of a channel.
    Channel {
        /// The team.
        team: TeamId,
        /// Id of the channel.
        channel: String,
    },
}

impl Watched {
    /// Graph's name for it.
    pub fn resource(&self) -> String {
        match self {
            Self::Chat { chat } => format!("/chats/{chat}/messages"),
            Self::Channel { team, channel } => format!("/teams/{team}/channels/{channel}/messages"),
        }
    }

    /// Whether `resource` names the same.
    pub fn is(&self, resource: &str) -> bool {
        self.resource().trim_start_matches('/').eq_ignore_ascii_case(resource.trim_start_matches('/'))
    }
}

/// A certificate that notifications are encrypted for.
#[derive(Clone, Copy)]
pub struct Certificate<'a> {
    /// Our name for it, at most 128 characters.
    pub id: &'a str,
    /// X.509 in DER.
    pub der: &'a [u8],
}

/// A subscription to be made.
pub struct NewSubscription<'a> {
    /// What is watched.
    pub watched: &'a Watched,
    /// Where notifications are to go.
    pub notification_url: &'a Url,
    /// Where news about the subscription are to go.
    pub lifecycle_url: &'a Url,
    /// What is to come back with each notification, at most 128 characters.
    pub client_state: &'a Secret,
    /// When it is to end, at most 4320 minutes from now.
    pub expires: Millis,
    /// What contents are to be encrypted for.
    pub certificate: Certificate<'a>,
}

/// A subscription that is there.
#[derive(Clone)]
pub struct Subscription {
    /// Its id.
    pub id: SubscriptionId,
    /// What is watched.
    pub resource: String,
    /// What comes back with each notification; Graph does not always tell.
    pub client_state: Option<Secret>,
    /// When it ends.
    pub expires: Option<Millis>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireSubscription {
    #[serde(default, deserialize_with = "loose::text")]
    id: Option<String>,
    #[serde(default, deserialize_with = "loose::text")]
    resource: Option<String>,
    client_state: Option<Secret>,
    #[serde(default, deserialize_with = "loose::text")]
    expiration_date_time: Option<String>,
}

#[derive(Deserialize)]
struct Page {
    value: Vec<WireSubscription>,
    #[serde(rename = "@odata.nextLink")]
    next: Option<Url>,
}

impl WireSubscription {
    fn read(self) -> Option<Subscription> {
        let expires =
            self.expiration_date_time.as_deref().and_then(|text| DateTime::parse_from_rfc3339(text).ok());
        Some(Subscription {
            id: SubscriptionId::new(self.id?.to_ascii_lowercase()),
            resource: self.resource.unwrap_or_default(),
            client_state: self.client_state,
            expires: expires.map(|moment| Millis(moment.timestamp_millis())),
        })
    }
}

impl Client {
    /// Makes a subscription. Graph asks both addresses for an answer before it says yes.
    ///
    /// # Errors
    /// As [`Client::send_message`]; [`CallError::Refused`] with 409 where there is one already, and
    /// with 400 where an address does not answer as it should.
    pub async fn subscribe(
        &self,
        token: &Secret,
        new: &NewSubscription<'_>,
    ) -> Result<Subscription, CallError> {
        let body = json!({
            "changeType": "created,updated,deleted",
            "notificationUrl": new.notification_url,
            "lifecycleNotificationUrl": new.lifecycle_url,
            "resource": new.watched.resource(),
            "expirationDateTime": moment(new.expires),
            "clientState": new.client_state.expose(),
            "includeResourceData": true,
            "encryptionCertificate": STANDARD.encode(new.certificate.der),
            "encryptionCertificateId": new.certificate.id,
            "latestSupportedTlsVersion": "v1_2",
        });
        self.subscription(self.request(token, Method::POST, &["subscriptions"])?.json(&body)).await
    }

    /// Lets a subscription live until `expires`, and encrypt for another certificate if one is given.
    ///
    /// # Errors
    /// As [`Client::send_message`]; [`CallError::Gone`] if there is no such subscription any more.
    pub async fn renew_subscription(
        &self,
        token: &Secret,
        id: &SubscriptionId,
        expires: Millis,
        certificate: Option<Certificate<'_>>,
    ) -> Result<Subscription, CallError> {
        let mut body = json!({ "expirationDateTime": moment(expires) });
        if let (Some(certificate), Value::Object(body)) = (certificate, &mut body) {
            body.insert("encryptionCertificate".to_owned(), STANDARD.encode(certificate.der).into());
            body.insert("encryptionCertificateId".to_owned(), certificate.id.into());
        }
        let path = ["subscriptions", id.as_str()];
        self.subscription(self.request(token, Method::PATCH, &path)?.json(&body)).await
    }

    /// Authorises a subscription anew, as `reauthorizationRequired` asks for.
    ///
    /// # Errors
    /// As [`Client::renew_subscription`].
    pub async fn reauthorize_subscription(
        &self,
        token: &Secret,
        id: &SubscriptionId,
    ) -> Result<(), CallError> {
        let path = ["subscriptions", id.as_str(), "reauthorize"];
        send(self.request(token, Method::POST, &path)?).await.map(drop)
    }

    /// Ends a subscription; it is no error if there is none any more.
    ///
    /// # Errors
    /// As [`Client::send_message`].
    pub async fn unsubscribe(&self, token: &Secret, id: &SubscriptionId) -> Result<(), CallError> {
        match send(self.request(token, Method::DELETE, &["subscriptions", id.as_str()])?).await {
            Ok(_) | Err(CallError::Gone) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// The application's subscription to something, if there is one.
    ///
    /// # Errors
    /// As [`Client::send_message`].
    pub async fn find_subscription(
        &self,
        token: &Secret,
        watched: &Watched,
    ) -> Result<Option<Subscription>, CallError> {
        let what = "the list of subscriptions";
        let mut page: Page = self.get(token, &["subscriptions"], &[], what).await?;
        for _ in 0..MAX_PAGES {
            let mut found = page.value.into_iter().filter_map(WireSubscription::read);
            if let Some(found) = found.find(|known| watched.is(&known.resource)) {
                // A list leaves the client state out.
                let path = ["subscriptions", found.id.as_str()];
                let whole: WireSubscription = self.get(token, &path, &[], "the subscription").await?;
                return Ok(whole.read());
            }
            let Some(next) = page.next else { break };
            page = self.follow(token, next, what).await?;
        }
        Ok(None)
    }

    async fn subscription(&self, request: Call) -> Result<Subscription, CallError> {
        const WHAT: &str = "the subscription";
        let wire: WireSubscription = send(request).await?.json(WHAT)?;
        wire.read().ok_or(CallError::Malformed { what: WHAT })
    }
}

fn moment(at: Millis) -> String {
    at.date().to_rfc3339_opts(SecondsFormat::Millis, true)
}

//! What Graph posts when something has changed, read leniently: an odd field counts as absent.
//! Believe nothing in it before the validation tokens and the client state are checked.
//! Source: learn.microsoft.com/graph/change-notifications-delivery-webhooks,
//! change-notifications-with-resource-data, change-notifications-lifecycle-events.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use crate::call::loose;
use crate::ids::{SubscriptionId, TenantId};

/// The most validation tokens: one for each app and tenant of the delivery.
const MOST_TOKENS: usize = 16;

/// The body is not JSON, or not an object.
#[derive(Debug, thiserror::Error)]
#[error("the delivery is not a JSON object")]
pub struct Malformed;

/// A delivery.
pub struct Batch {
    /// What has changed.
    pub notifications: Vec<Notification>,
    /// Signed tokens that prove who sent it.
    pub tokens: Vec<String>,
}

/// Something has changed, or there is news about a subscription.
pub struct Notification {
    /// The subscription.
    pub subscription: SubscriptionId,
    /// Its tenant.
    pub tenant: TenantId,
    /// What we gave the subscription to come back with, if it does.
    pub client_state: String,
    /// What it tells.
    pub news: News,
}

/// What a notification tells.
pub enum News {
    /// A message was written.
    Created(Option<Arc<Encrypted>>),
    /// Its text was changed, it was reacted to, or its deletion was undone.
    Updated(Option<Arc<Encrypted>>),
    /// It was deleted.
    Deleted(Option<Arc<Encrypted>>),
    /// The subscription sleeps until it is authorised anew.
    ReauthorizationRequired,
    /// The subscription is gone.
    SubscriptionRemoved,
    /// Notifications were lost.
    Missed,
    /// Something that Graph has invented since.
    Other,
}

/// The message as it is now, for whoever holds the private key.
pub struct Encrypted {
    /// AES-256-CBC ciphertext.
    pub data: Vec<u8>,
    /// HMAC-SHA-256 of the ciphertext.
    pub signature: Vec<u8>,
    /// The key of both, encrypted for our certificate (RSA-OAEP).
    pub key: Vec<u8>,
    /// Which certificate.
    pub certificate: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireBatch {
    #[serde(default, deserialize_with = "loose::list")]
    value: Vec<WireNotification>,
    #[serde(default, deserialize_with = "loose::texts")]
    validation_tokens: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireNotification {
    #[serde(default, deserialize_with = "loose::text")]
    subscription_id: Option<String>,
    #[serde(default, deserialize_with = "loose::text")]
    tenant_id: Option<String>,
    #[serde(default, deserialize_with = "loose::text")]
    client_state: Option<String>,
    #[serde(default, deserialize_with = "loose::text")]
    change_type: Option<String>,
    #[serde(default, deserialize_with = "loose::text")]
    lifecycle_event: Option<String>,
    #[serde(default, deserialize_with = "loose::object")]
    encrypted_content: Option<WireEncrypted>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireEncrypted {
    #[serde(default, deserialize_with = "loose::text")]
    data: Option<String>,
    #[serde(default, deserialize_with = "loose::text")]
    data_signature: Option<String>,
    #[serde(default, deserialize_with = "loose::text")]
    data_key: Option<String>,
    #[serde(default, deserialize_with = "loose::text")]
    encryption_certificate_id: Option<String>,
}

impl Batch {
    /// Reads the body of a request: its first thousand notifications, Graph sends far fewer. One
    /// without subscription and tenant is left out.
    ///
    /// # Errors
    /// [`Malformed`] if it isn't a JSON object.
    pub fn parse(body: &[u8]) -> Result<Self, Malformed> {
        let wire: WireBatch = loose::body(body).ok_or(Malformed)?;
        let tokens = wire.validation_tokens.into_iter().take(MOST_TOKENS).collect();
        let notifications = wire.value.into_iter().filter_map(WireNotification::read).collect();
        Ok(Self { notifications, tokens })
    }
}

impl WireNotification {
    fn read(self) -> Option<Notification> {
        let encrypted = self.encrypted_content.and_then(WireEncrypted::read).map(Arc::new);
        let news = match (self.lifecycle_event.as_deref(), self.change_type.as_deref()) {
            (Some("reauthorizationRequired"), _) => News::ReauthorizationRequired,
            (Some("subscriptionRemoved"), _) => News::SubscriptionRemoved,
            (Some("missed"), _) => News::Missed,
            (None, Some("created")) => News::Created(encrypted),
            (None, Some("updated")) => News::Updated(encrypted),
            (None, Some("deleted")) => News::Deleted(encrypted),
            _ => News::Other,
        };
        Some(Notification {
            subscription: SubscriptionId::new(self.subscription_id?.to_ascii_lowercase()),
            tenant: TenantId::new(self.tenant_id?.to_ascii_lowercase()),
            client_state: self.client_state.unwrap_or_default(),
            news,
        })
    }
}

impl WireEncrypted {
    fn read(self) -> Option<Encrypted> {
        let bytes = |text: Option<String>| STANDARD.decode(text?).ok();
        Some(Encrypted {
            data: bytes(self.data)?,
            signature: bytes(self.data_signature)?,
            key: bytes(self.data_key)?,
            certificate: self.encryption_certificate_id?,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(body: &Value) -> Batch {
        Batch::parse(body.to_string().as_bytes()).expect("a delivery")
    }

    #[test]
    fn a_delivery_names_its_subscription_and_carries_what_is_sealed() {
        let batch = read(&json!({
            "value": [{
                "subscriptionId": "AAAA", "tenantId": "BBBB", "clientState": "ours", "changeType": "created",
                "encryptedContent": { "data": "AQI=", "dataSignature": "Aw==", "dataKey": "BA==",
                    "encryptionCertificateId": "key-1", "encryptionCertificateThumbprint": "x" },
            }],
            "validationTokens": ["a.b.c", {}],
        }));
        assert_eq!(batch.tokens, ["a.b.c"]);
        let told = &batch.notifications[0];
        assert_eq!((told.subscription.as_str(), told.tenant.as_str()), ("aaaa", "bbbb"), "in lower case");
        assert_eq!(told.client_state, "ours");
        let News::Created(Some(sealed)) = &told.news else { panic!("created, with its content") };
        assert_eq!((sealed.data.as_slice(), sealed.certificate.as_str()), ([1, 2].as_slice(), "key-1"));
    }

    #[test]
    fn what_is_odd_never_hides_the_rest() {
        let batch = read(&json!({
            "value": [
                7,
                { "subscriptionId": "a" },
                { "subscriptionId": "a", "tenantId": "t", "changeType": "renamed" },
                { "subscriptionId": "a", "tenantId": "t", "changeType": "updated", "encryptedContent": "?" },
                { "subscriptionId": "a", "tenantId": "t", "lifecycleEvent": "missed" },
                { "subscriptionId": "a", "tenantId": "t", "lifecycleEvent": "moved", "changeType": "deleted" },
            ],
            "validationTokens": "none",
        }));
        assert!(batch.tokens.is_empty());
        let news: Vec<_> = batch.notifications.into_iter().map(|told| told.news).collect();
        assert!(matches!(news.as_slice(), [News::Other, News::Updated(None), News::Missed, News::Other]));
        for body in ["", "[]", "null", "{", "7"] {
            assert!(Batch::parse(body.as_bytes()).is_err(), "{body}");
        }
    }
}

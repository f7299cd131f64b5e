//! Change notifications with resource data: encrypted for the subscription's certificate and
//! proven by a token of Graph's publisher.
//! Source: learn.microsoft.com/graph/change-notifications-with-resource-data.

use std::sync::Arc;

use aws_lc_rs::cipher::{AES_256, EncryptionContext, PaddedBlockEncryptingKey, UnboundCipherKey};
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::rsa::{
    KeySize, OAEP_SHA1_MGF1SHA1, OaepPublicEncryptingKey, PrivateDecryptingKey, PublicEncryptingKey,
};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use serde_json::{Value, json};
use sha2::Sha256;
use url::Url;

use crate::ambient::iso_date;
use crate::delivery::{Outgoing, Receiver, enqueue};
use crate::keys::SigningKey;
use crate::platforms::Platforms;
use crate::teams::model::{Chat, Message, Teams};
use crate::teams::shown;
use crate::teams::subscription::{Forgery, LifecycleEvent, Subscription};

/// The app id of Graph's publisher of change notifications.
const PUBLISHER: &str = "0bf30f3b-4a52-48df-9a82-234910c4a086";

/// Queues what every living subscription of this chat is to be told about a message.
pub(crate) fn send(platforms: &Arc<Platforms>, teams: &Teams, chat: &str, message: &Message, change: &str) {
    let Some(record) = teams.chats.get(chat) else { return };
    let now = platforms.now();
    let told = teams.subscriptions.iter().filter(|subscription| {
        subscription.expires > now
            && !subscription.suspended
            && subscription.change_types.iter().any(|wanted| wanted == change)
            && subscription.place.holds(&record.chat)
            && subscription.place.is_open_to_the_bot(teams)
    });
    for subscription in told {
        let Some(body) = notification(platforms, teams, subscription, &record.chat, message, change) else {
            continue;
        };
        let event = format!("chatMessage/{change}");
        let (url, lane) = (&subscription.notification_url, &record.chat.id);
        queue(platforms, url, &event, lane, &message.id, &body);
    }
}

/// Queues news about a subscription itself.
pub(crate) fn tell(
    platforms: &Arc<Platforms>,
    teams: &Teams,
    subscription: &Subscription,
    event: LifecycleEvent,
) {
    let Some(url) = &subscription.lifecycle_url else { return };
    let tenant = teams.apps.get(&subscription.client_id).map(|app| &app.tenant_id);
    let state = match teams.forgery {
        Some(Forgery::ClientState) => Some("somebody else's".to_owned()),
        _ => subscription.client_state.clone(),
    };
    let body = json!({"value": [{"subscriptionId": subscription.id, "tenantId": tenant,
        "subscriptionExpirationDateTime": iso_date(subscription.expires), "clientState": state,
        "lifecycleEvent": event.word()}]});
    let name = format!("lifecycle/{}", event.word());
    queue(platforms, url, &name, &subscription.id, &subscription.id, &body);
}

fn queue(platforms: &Arc<Platforms>, url: &Url, event: &str, lane: &str, subject: &str, body: &Value) {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    let outgoing = Outgoing {
        signed_for: None,
        to: Receiver::Graph,
        event: event.to_owned(),
        lane: lane.to_owned(),
        subject: subject.to_owned(),
        url: url.clone(),
        headers,
        body: body.to_string().into(),
    };
    enqueue(platforms, outgoing);
}

fn notification(
    platforms: &Arc<Platforms>,
    teams: &Teams,
    subscription: &Subscription,
    chat: &Chat,
    message: &Message,
    change: &str,
) -> Option<Value> {
    let forgery = teams.forgery;
    let is = |wanted| forgery == Some(wanted);
    let content = shown::message(chat, message).to_string();
    let encrypted = encrypt(platforms.ids.bytes(), subscription, content.as_bytes(), forgery)?;
    let mut named = subscription.clone();
    if is(Forgery::Subscription) {
        named.id = platforms.ids.guid().to_string();
    }
    if is(Forgery::ClientState) {
        named.client_state = Some("somebody else's".to_owned());
    }
    let tenant = if is(Forgery::Tenant) { platforms.ids.guid().to_string() } else { chat.tenant_id.clone() };
    let item = item(&named, &tenant, change, (&message.id, &resource(chat, message)), &encrypted);
    let mut body = json!({"value": [item]});
    if let (false, Some(map)) = (is(Forgery::NoToken), body.as_object_mut()) {
        let token = validation_token(platforms, &chat.tenant_id, &subscription.client_id, forgery)?;
        map.insert("validationTokens".to_owned(), json!([token]));
    }
    Some(body)
}

/// One notification of a delivery.
fn item(
    subscription: &Subscription,
    tenant: &str,
    change: &str,
    (message, path): (&str, &str),
    encrypted: &Value,
) -> Value {
    json!({
        "subscriptionId": subscription.id, "changeType": change, "clientState": subscription.client_state,
        "subscriptionExpirationDateTime": iso_date(subscription.expires), "resource": path,
        "resourceData": {"id": message, "@odata.type": "#Microsoft.Graph.chatMessage", "@odata.id": path},
        "encryptedContent": encrypted, "tenantId": tenant,
    })
}

/// Deliveries that Graph would make of these messages, one each, with one token for all; nothing is
/// sent.
pub(crate) fn deliveries(
    platforms: &Arc<Platforms>,
    teams: &Teams,
    subscription: &Subscription,
    change: &str,
    messages: &[Value],
) -> Option<Vec<String>> {
    let tenant = &teams.apps.get(&subscription.client_id)?.tenant_id;
    let token = validation_token(platforms, tenant, &subscription.client_id, None)?;
    let delivery = |message: &Value| {
        let encrypted = encrypt(platforms.ids.bytes(), subscription, message.to_string().as_bytes(), None)?;
        let id = message.get("id")?.as_str()?;
        let path = format!("{}/{id}", subscription.resource.trim_start_matches('/'));
        let item = item(subscription, tenant, change, (id, &path), &encrypted);
        Some(json!({"value": [item], "validationTokens": [token]}).to_string())
    };
    messages.iter().map(delivery).collect()
}

/// Where the message is, in Graph's quoted form.
fn resource(chat: &Chat, message: &Message) -> String {
    let Some(thread) = &chat.thread else {
        return format!("chats('{}')/messages('{}')", chat.id, message.id);
    };
    let root =
        format!("teams('{}')/channels('{}')/messages('{}')", thread.group_id, thread.channel_id, thread.root);
    if thread.root == message.id { root } else { format!("{root}/replies('{}')", message.id) }
}

/// The data under a key, and the key under the certificate.
fn encrypt(
    key: [u8; 32],
    subscription: &Subscription,
    content: &[u8],
    forgery: Option<Forgery>,
) -> Option<Value> {
    let is = |wanted| forgery == Some(wanted);
    let public = if is(Forgery::DataKey) {
        PrivateDecryptingKey::generate(KeySize::Rsa2048).ok()?.public_key()
    } else {
        PublicEncryptingKey::from_der(&subscription.public_key).ok()?
    };
    let public = OaepPublicEncryptingKey::new(public).ok()?;
    let mut data_key = vec![0; public.ciphertext_size()];
    public.encrypt(&OAEP_SHA1_MGF1SHA1, &key, &mut data_key, None).ok()?;
    let cipher = PaddedBlockEncryptingKey::cbc_pkcs7(UnboundCipherKey::new(&AES_256, &key).ok()?).ok()?;
    let first_half: &[u8; 16] = key.first_chunk()?;
    let mut data = content.to_vec();
    cipher.less_safe_encrypt(&mut data, EncryptionContext::Iv128(FixedLength::from(first_half))).ok()?;
    let signing_key = if is(Forgery::Data) { [7; 32] } else { key };
    if is(Forgery::Data)
        && let Some(byte) = data.first_mut()
    {
        *byte ^= 1;
    }
    let mut mac = Hmac::<Sha256>::new_from_slice(&signing_key).ok()?;
    mac.update(&data);
    let mut signature = mac.finalize().into_bytes().to_vec();
    if is(Forgery::DataSignature)
        && let Some(byte) = signature.first_mut()
    {
        *byte ^= 1;
    }
    let certificate =
        if is(Forgery::Certificate) { "key-9999" } else { subscription.certificate_id.as_str() };
    Some(json!({"data": STANDARD.encode(data), "dataSignature": STANDARD.encode(signature),
        "dataKey": STANDARD.encode(data_key), "encryptionCertificateId": certificate,
        "encryptionCertificateThumbprint": "0000000000000000000000000000000000000000"}))
}

/// The proof that Graph's publisher made this, for one app in one tenant.
fn validation_token(
    platforms: &Arc<Platforms>,
    tenant: &str,
    client_id: &str,
    forgery: Option<Forgery>,
) -> Option<String> {
    let is = |wanted| forgery == Some(wanted);
    let seconds = platforms.now() / 1000 - if is(Forgery::TokenExpired) { 7200 } else { 0 };
    let issuer =
        if is(Forgery::TokenIssuer) { "https://issuer.example/" } else { platforms.urls.login_url.as_str() };
    let claims = json!({
        "ver": "2.0", "iss": format!("{issuer}{tenant}/v2.0"), "tid": tenant,
        "aud": if is(Forgery::TokenAudience) { "00000000-0000-4000-8000-000000000000" } else { client_id },
        "azp": if is(Forgery::TokenPublisher) { client_id } else { PUBLISHER },
        "iat": seconds - 300, "nbf": seconds - 300, "exp": seconds + 3600,
    });
    if is(Forgery::TokenSignature) {
        // The same name, another key.
        let known = platforms.entra_key.public_jwk()?.get("kid")?.as_str()?.to_owned();
        return SigningKey::new(known).sign(&claims);
    }
    platforms.entra_key.sign(&claims)
}

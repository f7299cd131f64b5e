//! `/subscriptions`: making, renewing and ending change notifications, by an app with the
//! consent of a chat or a team. People's own subscriptions are not simulated.
//! Source: learn.microsoft.com/graph/api/subscription-post-subscriptions, subscription-update,
//! subscription-reauthorize; change-notifications-delivery-webhooks ("validation").

use std::time::Duration;

use aws_lc_rs::rsa::PublicEncryptingKey;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequestParts, Path, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::DateTime;
use serde_json::{Map, Value, json};
use url::Url;

use crate::ambient::{Millis, iso_date};
use crate::hosts::graph::error::{GraphError, Reader};
use crate::hosts::wire;
use crate::platforms::{Shared, World};
use crate::teams::subscription::{Subscription, Watched};

/// The longest life of a subscription to messages: three days.
const LIFE: Millis = 4320 * 60_000;
/// Above this, somebody has to be told how it fares.
const WITHOUT_LIFECYCLE: Millis = 60 * 60_000;
/// How long an endpoint may take to pass its validation.
const PATIENCE: Duration = Duration::from_secs(10);
const SETTABLE: [&str; 10] = [
    "changeType",
    "notificationUrl",
    "lifecycleNotificationUrl",
    "resource",
    "expirationDateTime",
    "clientState",
    "includeResourceData",
    "encryptionCertificate",
    "encryptionCertificateId",
    "latestSupportedTlsVersion",
];
const CHANGEABLE: [&str; 4] =
    ["expirationDateTime", "notificationUrl", "encryptionCertificate", "encryptionCertificateId"];

/// The app of a valid token.
pub(super) struct App {
    client_id: String,
    headers: HeaderMap,
}

impl FromRequestParts<Shared> for App {
    type Rejection = GraphError;

    async fn from_request_parts(parts: &mut Parts, platforms: &Shared) -> Result<Self, GraphError> {
        match Reader::from_request_parts(parts, platforms).await? {
            Reader::App { client_id } => Ok(Self { client_id, headers: parts.headers.clone() }),
            Reader::Person(_) => Err(GraphError::Forbidden("Subscriptions of people are not simulated.")),
        }
    }
}

impl App {
    fn object(&self, body: &Bytes, known: &[&str]) -> Result<Map<String, Value>, GraphError> {
        if wire::media_type(&self.headers) != Some("application/json") {
            return Err(GraphError::MediaType);
        }
        let Ok(Value::Object(map)) = serde_json::from_slice(body) else {
            return Err(bad("Unable to read JSON request payload."));
        };
        match map.keys().find(|name| !known.contains(&name.as_str())) {
            None => Ok(map),
            Some(name) => Err(bad(&format!(
                "The property '{name}' does not exist on type 'microsoft.graph.subscription'."
            ))),
        }
    }

    /// Refuses what the app may not read: resource-specific consent comes with its bot.
    fn may_watch(&self, world: &World, place: &Watched) -> Result<(), GraphError> {
        let is_bot = world.teams.bot_app().is_some_and(|app| app.client_id == self.client_id);
        if is_bot && place.is_open_to_the_bot(&world.teams) {
            return Ok(());
        }
        Err(GraphError::Forbidden(
            "Missing role permissions on the request: ChatMessage.Read.Chat, ChannelMessage.Read.Group.",
        ))
    }
}

fn bad(text: &str) -> GraphError {
    GraphError::Bad(text.to_owned())
}

fn text<'a>(body: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    body.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
}

fn required<'a>(body: &'a Map<String, Value>, name: &str) -> Result<&'a str, GraphError> {
    text(body, name).ok_or_else(|| bad(&format!("The property '{name}' is required.")))
}

/// An address that Graph delivers to: TLS, or this very machine.
fn endpoint(address: &str) -> Result<Url, GraphError> {
    let url = Url::parse(address).ok();
    let fits = |url: &Url| url.scheme() == "https" || url.host_str() == Some("127.0.0.1");
    url.filter(fits).ok_or_else(|| bad("Notification URLs must be HTTPS URLs."))
}

fn expiry(body: &Map<String, Value>, now: Millis) -> Result<Millis, GraphError> {
    let moment = DateTime::parse_from_rfc3339(required(body, "expirationDateTime")?);
    let moment = moment.map_err(|_| bad("expirationDateTime is not a date."))?.timestamp_millis();
    if moment <= now {
        return Err(bad("Subscription expiration can only be in the future."));
    }
    if moment > now + LIFE {
        return Err(bad("Subscription expiration can only be 4320 minutes in the future."));
    }
    Ok(moment)
}

/// The public key of a certificate, and the app's name for it.
fn certificate(body: &Map<String, Value>) -> Result<(String, Vec<u8>), GraphError> {
    let id = required(body, "encryptionCertificateId")?;
    if id.len() > 128 {
        return Err(bad("encryptionCertificateId is too long."));
    }
    let unreadable = || bad("encryptionCertificate is not a valid base64-encoded certificate.");
    let der = STANDARD.decode(required(body, "encryptionCertificate")?).map_err(|_| unreadable())?;
    let der = der.into();
    let certificate = webpki::EndEntityCert::try_from(&der).map_err(|_| unreadable())?;
    let public_key = certificate.subject_public_key_info().to_vec();
    let key = PublicEncryptingKey::from_der(&public_key).map_err(|_| bad("The key is not an RSA key."))?;
    if !(2048..=4096).contains(&key.key_size_bits()) {
        return Err(bad("The key must have 2048 to 4096 bits."));
    }
    Ok((id.to_owned(), public_key))
}

/// Lets an endpoint prove that it wants notifications: it says a token that it was sent.
async fn validate(platforms: &Shared, url: &Url) -> Result<(), GraphError> {
    let failed = |why: &str| GraphError::Validation(format!("Subscription validation request failed. {why}"));
    // Blanks and signs tell an endpoint that decodes twice, or not at all.
    let token =
        format!("Validation: Testing client application reachability 100%+1 {}", platforms.ids.guid());
    let mut asked = url.clone();
    asked.query_pairs_mut().append_pair("validationToken", &token);
    let call = platforms.http.post(asked).header(header::CONTENT_TYPE, "text/plain; charset=utf-8");
    let answer = tokio::time::timeout(PATIENCE, async {
        let answer = call.send().await.ok()?;
        let kind = answer
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|kind| kind.to_str().ok())
            .unwrap_or_default();
        let is_plain = kind.starts_with("text/plain");
        Some((answer.status(), is_plain, answer.text().await.ok()?))
    });
    let Ok(Some((status, is_plain, said))) = answer.await else {
        return Err(failed("The request timed out."));
    };
    match (status, is_plain) {
        (StatusCode::OK, true) if said == token => Ok(()),
        (StatusCode::OK, true) => Err(failed("The token was not returned as it was sent.")),
        (StatusCode::OK, false) => Err(failed("The response is not text/plain.")),
        (status, _) => Err(failed(&format!("HTTP status code is '{}'.", status.as_u16()))),
    }
}

fn shown(subscription: &Subscription, in_list: bool) -> Value {
    json!({
        "id": subscription.id, "resource": subscription.resource, "applicationId": subscription.client_id,
        "changeType": subscription.change_types.join(","),
        // A list leaves it out.
        "clientState": if in_list { None } else { subscription.client_state.clone() },
        "notificationUrl": subscription.notification_url, "lifecycleNotificationUrl": subscription.lifecycle_url,
        "expirationDateTime": iso_date(subscription.expires), "includeResourceData": true,
        "latestSupportedTlsVersion": "v1_2", "encryptionCertificate": null,
        "encryptionCertificateId": subscription.certificate_id,
    })
}

pub(super) async fn create(
    State(platforms): State<Shared>,
    app: App,
    body: Bytes,
) -> Result<Response, GraphError> {
    let body = app.object(&body, &SETTABLE)?;
    let now = platforms.now();
    let resource = required(&body, "resource")?;
    let place = Watched::read(resource).ok_or_else(|| bad("The resource is not simulated."))?;
    let change_types: Vec<String> = required(&body, "changeType")?.split(',').map(str::to_owned).collect();
    if !change_types.iter().all(|kind| matches!(kind.as_str(), "created" | "updated" | "deleted")) {
        return Err(bad("changeType must be of created, updated, deleted."));
    }
    let notification_url = endpoint(required(&body, "notificationUrl")?)?;
    let lifecycle_url = text(&body, "lifecycleNotificationUrl").map(endpoint).transpose()?;
    let expires = expiry(&body, now)?;
    if lifecycle_url.is_none() && expires > now + WITHOUT_LIFECYCLE {
        return Err(bad(
            "lifecycleNotificationUrl is a required property for subscription creation on this resource when the expirationDateTime value is set to greater than 1 hour.",
        ));
    }
    let client_state = text(&body, "clientState").map(str::to_owned);
    if client_state.as_ref().is_some_and(|state| state.len() > 128) {
        return Err(bad("clientState can only be 128 characters long."));
    }
    if body.get("includeResourceData") != Some(&Value::Bool(true)) {
        return Err(bad("Subscriptions without resource data are not simulated."));
    }
    let (certificate_id, public_key) = certificate(&body)?;
    let refuse = |world: &World| {
        app.may_watch(world, &place)?;
        let taken = world.teams.subscriptions.iter().any(|known| {
            known.expires > now
                && known.client_id == app.client_id
                && known.place == place
                && known.change_types == change_types
        });
        if taken {
            Err(GraphError::Conflict("Subscription already exists for the given resource."))
        } else {
            Ok(())
        }
    };
    refuse(&platforms.world())?;
    validate(&platforms, &notification_url).await?;
    if let Some(url) = &lifecycle_url {
        validate(&platforms, url).await?;
    }
    let mut world = platforms.world();
    refuse(&world)?;
    world.teams.subscriptions.retain(|known| known.expires > now);
    let subscription = Subscription {
        id: platforms.ids.guid().to_string(),
        client_id: app.client_id.clone(),
        resource: resource.to_owned(),
        change_types,
        notification_url,
        lifecycle_url,
        client_state,
        expires,
        certificate_id,
        reauthorized: 0,
        suspended: false,
        place: place.clone(),
        public_key,
    };
    let answer = shown(&subscription, false);
    world.teams.subscriptions.push(subscription);
    drop(world);
    platforms.journal.touch();
    Ok((StatusCode::CREATED, Json(answer)).into_response())
}

pub(super) async fn list(State(platforms): State<Shared>, app: App) -> Json<Value> {
    let now = platforms.now();
    let world = platforms.world();
    let own = world.teams.subscriptions.iter();
    let own = own.filter(|known| known.client_id == app.client_id && known.expires > now);
    let value: Vec<Value> = own.map(|known| shown(known, true)).collect();
    Json(json!({"value": value}))
}

/// Runs `work` on a living subscription of the app.
fn with<T>(
    platforms: &Shared,
    app: &App,
    id: &str,
    work: impl FnOnce(&mut Subscription) -> Result<T, GraphError>,
) -> Result<T, GraphError> {
    let now = platforms.now();
    let mut world = platforms.world();
    let known = world
        .teams
        .subscriptions
        .iter_mut()
        .find(|known| known.id == id && known.client_id == app.client_id && known.expires > now);
    let done = work(known.ok_or_else(|| GraphError::NotFound("The object was not found.".to_owned()))?);
    drop(world);
    platforms.journal.touch();
    done
}

pub(super) async fn one(
    State(platforms): State<Shared>,
    app: App,
    Path(id): Path<String>,
) -> Result<Json<Value>, GraphError> {
    with(&platforms, &app, &id, |known| Ok(Json(shown(known, false))))
}

pub(super) async fn renew(
    State(platforms): State<Shared>,
    app: App,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Json<Value>, GraphError> {
    let body = app.object(&body, &CHANGEABLE)?;
    let expires = text(&body, "expirationDateTime").map(|_| expiry(&body, platforms.now())).transpose()?;
    let certificate = text(&body, "encryptionCertificate").map(|_| certificate(&body)).transpose()?;
    let url = text(&body, "notificationUrl").map(endpoint).transpose()?;
    let place = with(&platforms, &app, &id, |known| Ok(known.place.clone()))?;
    app.may_watch(&platforms.world(), &place)?;
    if let Some(url) = &url {
        validate(&platforms, url).await?;
    }
    with(&platforms, &app, &id, |known| {
        known.expires = expires.unwrap_or(known.expires);
        known.suspended = false;
        if let Some((id, public_key)) = certificate {
            (known.certificate_id, known.public_key) = (id, public_key);
        }
        if let Some(url) = url {
            known.notification_url = url;
        }
        Ok(Json(shown(known, false)))
    })
}

pub(super) async fn reauthorize(
    State(platforms): State<Shared>,
    app: App,
    Path(id): Path<String>,
) -> Result<StatusCode, GraphError> {
    with(&platforms, &app, &id, |known| {
        known.suspended = false;
        known.reauthorized += 1;
        Ok(StatusCode::NO_CONTENT)
    })
}

pub(super) async fn delete(
    State(platforms): State<Shared>,
    app: App,
    Path(id): Path<String>,
) -> Result<StatusCode, GraphError> {
    with(&platforms, &app, &id, |_| Ok(()))?;
    platforms.world().teams.subscriptions.retain(|known| known.id != id);
    platforms.journal.touch();
    Ok(StatusCode::NO_CONTENT)
}

//! Dynamic webhooks of an app (`/rest/api/3/webhook`).

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};
use url::Url;

use crate::ambient::Millis;
use crate::hosts::api_atlassian::caller::Caller;
use crate::hosts::api_atlassian::error::{ApiError, jira_json};
use crate::jira::dynamic::{self, DynamicWebhook, EVENTS, LIFE, MOST};
use crate::jira::model::Site;
use crate::platforms::Shared;

fn allowed(caller: &Caller) -> Result<(), ApiError> {
    caller.needs("read:jira-work")?;
    caller.needs("manage:jira-webhook")
}

/// What an app has registered for this person, dead ones among them: they are kept for a while.
fn own<'a>(site: &'a Site, caller: &'a Caller) -> impl Iterator<Item = &'a DynamicWebhook> {
    site.dynamic.iter().filter(|hook| is_own(hook, caller))
}

/// Whether this app has registered it for this person.
fn is_own(hook: &DynamicWebhook, caller: &Caller) -> bool {
    hook.client_id == caller.grant.client_id && hook.account_id == caller.person.account_id
}

fn moment(at: Millis) -> String {
    chrono::DateTime::from_timestamp_millis(at)
        .map(|at| at.format("%Y-%m-%dT%H:%M:%S%.3f+0000").to_string())
        .unwrap_or_default()
}

pub(super) async fn register(
    State(platforms): State<Shared>,
    caller: Caller,
    body: Bytes,
) -> Result<Response, ApiError> {
    allowed(&caller)?;
    let mut body = caller.object(&body)?;
    let bad = |text: &str| ApiError::message(StatusCode::BAD_REQUEST, text);
    let url = body.get("url").and_then(Value::as_str).and_then(|url| Url::parse(url).ok());
    let url = url.ok_or_else(|| bad("The url is not valid."))?;
    let Some(Value::Array(wanted)) = body.remove("webhooks") else {
        return Err(bad("No webhooks were given."));
    };
    if let Some(odd) = body.keys().find(|key| *key != "url") {
        return Err(bad(&format!("Unrecognized field \"{odd}\".")));
    }
    let now = platforms.now();
    let mut world = platforms.world();
    let app = world.jira.grants.apps.get(&caller.grant.client_id);
    let secret = app.map(|app| app.client_secret.clone()).unwrap_or_default();
    let site = world.jira.sites.get_mut(caller.site).ok_or(ApiError::UnknownCloud)?;
    site.dynamic.retain(|hook| hook.expires + 3 * LIFE > now);
    let of_app = |hook: &&DynamicWebhook| hook.client_id == caller.grant.client_id && hook.expires > now;
    if site.dynamic.iter().filter(of_app).any(|hook| hook.url != url) {
        return Err(bad("Only a single URL per app is allowed to be registered via REST API."));
    }
    let mut results = Vec::new();
    for entry in wanted {
        let held = own(site, &caller).filter(|hook| hook.expires > now).count();
        results.push(match read(entry) {
            Err(text) => json!({"errors": [text]}),
            Ok(_) if held >= MOST => {
                json!({"errors": ["The maximum number of webhooks per user and app has been reached."]})
            }
            Ok((events, jql, filter)) => {
                site.last_webhook += 1;
                let id = site.last_webhook;
                site.dynamic.push(DynamicWebhook {
                    id,
                    client_id: caller.grant.client_id.clone(),
                    account_id: caller.person.account_id.clone(),
                    url: url.clone(),
                    events,
                    jql,
                    expires: now + LIFE,
                    filter,
                    secret: secret.clone(),
                });
                json!({"createdWebhookId": id})
            }
        });
    }
    drop(world);
    platforms.journal.touch();
    Ok(jira_json(StatusCode::OK, &json!({"webhookRegistrationResult": results})))
}

type Wanted = (Vec<String>, String, Vec<dynamic::Clause>);

fn read(entry: Value) -> Result<Wanted, String> {
    let Value::Object(mut entry) = entry else { return Err("A webhook is not an object.".to_owned()) };
    let Some(Value::Array(events)) = entry.remove("events") else {
        return Err("The events are missing.".to_owned());
    };
    let events: Vec<String> = events.iter().filter_map(|event| event.as_str().map(str::to_owned)).collect();
    if events.is_empty() {
        return Err("The events are missing.".to_owned());
    }
    if let Some(odd) = events.iter().find(|event| !EVENTS.contains(&event.as_str())) {
        return Err(format!("The event {odd} is unsupported"));
    }
    let jql = entry.get("jqlFilter").and_then(Value::as_str).unwrap_or_default().to_owned();
    let known = ["jqlFilter", "fieldIdsFilter", "issuePropertyKeysFilter"];
    if let Some(odd) = entry.keys().find(|key| !known.contains(&key.as_str())) {
        return Err(format!("Unrecognized field \"{odd}\"."));
    }
    let filter = dynamic::filter(&jql)?;
    Ok((events, jql, filter))
}

pub(super) async fn list(State(platforms): State<Shared>, caller: Caller) -> Result<Response, ApiError> {
    allowed(&caller)?;
    let start = caller.number("startAt", 0)?;
    let most = caller.number("maxResults", 100)?.min(100);
    let world = platforms.world();
    let site = world.jira.sites.get(caller.site).ok_or(ApiError::UnknownCloud)?;
    let total = own(site, &caller).count();
    let shown: Vec<Value> = own(site, &caller)
        .skip(start)
        .take(most)
        .map(|hook| {
            json!({"id": hook.id, "events": hook.events, "jqlFilter": hook.jql, "url": hook.url,
                "expirationDate": moment(hook.expires)})
        })
        .collect();
    let is_last = start + shown.len() >= total;
    Ok(jira_json(
        StatusCode::OK,
        &json!({"startAt": start, "maxResults": most, "total": total, "isLast": is_last, "values": shown}),
    ))
}

fn ids(mut body: Map<String, Value>) -> Result<Vec<u64>, ApiError> {
    match body.remove("webhookIds") {
        Some(Value::Array(ids)) if body.is_empty() && !ids.is_empty() => {
            Ok(ids.iter().filter_map(Value::as_u64).collect())
        }
        _ => Err(ApiError::message(StatusCode::BAD_REQUEST, "The webhookIds are missing.")),
    }
}

/// Unknown ids are passed over without a word.
pub(super) async fn delete(
    State(platforms): State<Shared>,
    caller: Caller,
    body: Bytes,
) -> Result<Response, ApiError> {
    allowed(&caller)?;
    let ids = ids(caller.object(&body)?)?;
    let mut world = platforms.world();
    let site = world.jira.sites.get_mut(caller.site).ok_or(ApiError::UnknownCloud)?;
    site.dynamic.retain(|hook| !is_own(hook, &caller) || !ids.contains(&hook.id));
    drop(world);
    platforms.journal.touch();
    Ok(StatusCode::ACCEPTED.into_response())
}

/// Unknown ids, and webhooks that have died, are passed over without a word.
pub(super) async fn refresh(
    State(platforms): State<Shared>,
    caller: Caller,
    body: Bytes,
) -> Result<Response, ApiError> {
    allowed(&caller)?;
    let ids = ids(caller.object(&body)?)?;
    let now = platforms.now();
    let mut world = platforms.world();
    let site = world.jira.sites.get_mut(caller.site).ok_or(ApiError::UnknownCloud)?;
    for hook in &mut site.dynamic {
        if is_own(hook, &caller) && ids.contains(&hook.id) && hook.expires > now {
            hook.expires = now + LIFE;
        }
    }
    drop(world);
    platforms.journal.touch();
    Ok(jira_json(StatusCode::OK, &json!({"expirationDate": moment(now + LIFE)})))
}

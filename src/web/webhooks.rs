//! `POST /webhooks/jira/{site}`: Jira's webhooks, proven by their signature.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};

use super::Door;
use super::problem::{Problem, sentence};
use crate::hash::sha256;
use crate::ids::SiteId;
use crate::jira::{signature, webhook};

/// The id of a delivery, the same for every repetition.
/// Source: developer.atlassian.com/cloud/jira/platform/webhooks.
const IDENTIFIER: &str = "X-Atlassian-Webhook-Identifier";

/// Takes a delivery: signature over the raw bytes first, then parse, then store, then answer.
pub(super) async fn jira(
    State(door): State<Door>,
    Path(site): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, Problem> {
    let unknown =
        || Problem::new(StatusCode::NOT_FOUND, "There is nothing here. Check the webhook's URL in Jira.");
    let site: SiteId = site.parse().map_err(|_| unknown())?;
    let secret = door.bridge().webhook_secret(site).await?.ok_or_else(unknown)?;
    let given = headers.get("X-Hub-Signature").and_then(|value| value.to_str().ok());
    signature::verify(&secret, given, &body)
        .map_err(|refusal| Problem::new(StatusCode::UNAUTHORIZED, sentence(&refusal.to_string())))?;
    let delivery = webhook::parse(&body).map_err(|malformed| {
        metrics::counter!("threadline_malformed_total", "source" => "jira").increment(1);
        Problem::new(StatusCode::BAD_REQUEST, sentence(&malformed.to_string()))
    })?;
    let id = headers
        .get(IDENTIFIER)
        .and_then(|value| value.to_str().ok())
        .map_or_else(|| sha256(&body), str::to_owned);
    door.bridge().accept_webhook(site, &id, delivery).await?;
    Ok(StatusCode::OK)
}

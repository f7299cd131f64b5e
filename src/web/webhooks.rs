//! `POST /webhooks/jira/{site}`: a site's webhook, proven by its signature. `POST /webhooks/jira`:
//! the dynamic webhooks of all sites, which have one address, proven by the app's token.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};

use super::Door;
use super::problem::{Problem, sentence};
use crate::bridge::Proof;
use crate::hash::sha256;
use crate::ids::SiteId;
use crate::jira::webhook::{self, Delivery};
use crate::jira::{TokenRefusal, signature};

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
    let given = text(&headers, "X-Hub-Signature");
    let token = text(&headers, "Authorization").filter(|_| given.is_none());
    let proof = if token.is_some() {
        door.bridge().verify_webhook_token(token).map_err(|refusal| unproven(&refusal))?;
        Proof::Token
    } else {
        signature::verify(&secret, given, &body).map_err(|refusal| unproven(&refusal))?;
        Proof::Signature
    };
    let delivery = read(&body)?;
    let id = text(&headers, IDENTIFIER).map_or_else(|| sha256(&body), str::to_owned);
    door.bridge().accept_webhook(site, &id, delivery, proof).await?;
    Ok(StatusCode::OK)
}

/// Takes a delivery to the app: its token first; then the body says which site it is from.
pub(super) async fn jira_app(
    State(door): State<Door>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, Problem> {
    let token = text(&headers, "Authorization");
    door.bridge().verify_webhook_token(token).map_err(|refusal: TokenRefusal| unproven(&refusal))?;
    let delivery = read(&body)?;
    let site = door.bridge().site_of_delivery(&delivery).await?.ok_or_else(|| {
        Problem::new(StatusCode::NOT_FOUND, "This Jira site is not served here. Remove its webhook.")
    })?;
    let id = text(&headers, IDENTIFIER).map_or_else(|| sha256(&body), str::to_owned);
    door.bridge().accept_webhook(site, &id, delivery, Proof::Token).await?;
    Ok(StatusCode::OK)
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn unproven(refusal: &impl std::fmt::Display) -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, sentence(&refusal.to_string()))
}

fn read(body: &[u8]) -> Result<Delivery, Problem> {
    webhook::parse(body).map_err(|malformed| {
        metrics::counter!("threadline_malformed_total", "source" => "jira").increment(1);
        Problem::new(StatusCode::BAD_REQUEST, sentence(&malformed.to_string()))
    })
}

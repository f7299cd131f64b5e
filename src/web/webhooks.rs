//! `POST /webhooks/jira/{site}`: a site's webhook, proven by its signature. `POST /webhooks/jira`:
//! the dynamic webhooks of all sites, which have one address, proven by the app's token. No body is
//! read before the headers are as good as headers can be.

use axum::body::Bytes;
use axum::extract::{FromRequestParts, Path, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};

use super::Door;
use super::problem::{Problem, sentence};
use crate::bridge::Proof;
use crate::hash::sha256;
use crate::ids::SiteId;
use crate::jira::signature;
use crate::jira::webhook::{self, Delivery};
use crate::secret::Secret;

/// The id of a delivery, the same for every repetition.
/// Source: developer.atlassian.com/cloud/jira/platform/webhooks.
const IDENTIFIER: &str = "X-Atlassian-Webhook-Identifier";
const SIGNATURE: &str = "X-Hub-Signature";

/// A delivery to a site that is served here, as far as its headers prove it.
pub(super) struct ToSite {
    site: SiteId,
    /// What its body has to be signed with; nothing if a token proves it.
    secret: Option<Secret>,
}

impl FromRequestParts<Door> for ToSite {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, door: &Door) -> Result<Self, Problem> {
        let unknown =
            || Problem::new(StatusCode::NOT_FOUND, "There is nothing here. Check the webhook's URL in Jira.");
        let Path(site) = Path::<String>::from_request_parts(parts, door).await.map_err(|_| unknown())?;
        let site: SiteId = site.parse().map_err(|_| unknown())?;
        let secret = door.bridge().webhook_secret(site).await?.ok_or_else(unknown)?;
        if parts.headers.contains_key(SIGNATURE) {
            return Ok(Self { site, secret: Some(secret) });
        }
        if !parts.headers.contains_key("Authorization") {
            return Err(unproven(&signature::Refusal::Missing));
        }
        ByToken::from_request_parts(parts, door).await.map(|ByToken| Self { site, secret: None })
    }
}

/// A delivery that carries a token of the app.
pub(super) struct ByToken;

impl FromRequestParts<Door> for ByToken {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, door: &Door) -> Result<Self, Problem> {
        let token = text(&parts.headers, "Authorization");
        door.bridge().verify_webhook_token(token).map_err(|refusal| unproven(&refusal))?;
        Ok(Self)
    }
}

/// Takes a delivery: token, or signature over the raw bytes first, then parse, then store, then
/// answer.
pub(super) async fn jira(
    State(door): State<Door>,
    ToSite { site, secret }: ToSite,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, Problem> {
    let Some(secret) = secret else {
        return take_by_token(&door, &headers, &body, Some(site)).await;
    };
    signature::verify(&secret, text(&headers, SIGNATURE), &body).map_err(|refusal| unproven(&refusal))?;
    take(&door, site, &headers, &body, read(&body)?, Proof::Signature).await
}

/// Takes a delivery to the app: its token first; then the body says which site it is from.
pub(super) async fn jira_app(
    State(door): State<Door>,
    _: ByToken,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, Problem> {
    take_by_token(&door, &headers, &body, None).await
}

/// Takes what a token proves: it is from the site that the body names, and sent to no other.
async fn take_by_token(
    door: &Door,
    headers: &HeaderMap,
    body: &[u8],
    to: Option<SiteId>,
) -> Result<StatusCode, Problem> {
    let delivery = read(body)?;
    let from = door.bridge().site_of_delivery(&delivery).await?;
    let site = from.filter(|from| to.is_none_or(|to| to == *from)).ok_or_else(|| {
        Problem::new(StatusCode::NOT_FOUND, "This Jira site is not served here. Remove its webhook.")
    })?;
    take(door, site, headers, body, delivery, Proof::Token).await
}

async fn take(
    door: &Door,
    site: SiteId,
    headers: &HeaderMap,
    body: &[u8],
    delivery: Delivery,
    proof: Proof,
) -> Result<StatusCode, Problem> {
    let id = text(headers, IDENTIFIER).map_or_else(|| sha256(body), str::to_owned);
    door.bridge().accept_webhook(site, &id, delivery, proof).await?;
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

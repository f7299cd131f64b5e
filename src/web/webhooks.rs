//! `POST /webhooks/jira/{site}`: a site's webhook, proven by its signature. `POST /webhooks/jira`:
//! the dynamic webhooks of all sites, which have one address, proven by the app's token. No body is
//! read before the headers are as good as headers can be.

use axum::body::Bytes;
use axum::extract::{FromRequestParts, Path, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};

use super::problem::{Problem, sentence};
use super::{Door, aside};
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
        return take_by_token(&door, &headers, body, Some(site)).await;
    };
    let (signed, id) = (owned(&headers, SIGNATURE), owned(&headers, IDENTIFIER));
    let proven = aside::read(body, move |body| {
        signature::verify(&secret, signed.as_deref(), body).map_err(|refusal| unproven(&refusal))?;
        read(id, body)
    });
    let (id, delivery) = proven.await?;
    door.bridge().accept_webhook(site, &id, delivery, Proof::Signature).await?;
    Ok(StatusCode::OK)
}

/// Takes a delivery to the app: its token first; then the body says which site it is from.
pub(super) async fn jira_app(
    State(door): State<Door>,
    _: ByToken,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, Problem> {
    take_by_token(&door, &headers, body, None).await
}

/// Takes what a token proves: it is from the site that the body names, and sent to no other.
async fn take_by_token(
    door: &Door,
    headers: &HeaderMap,
    body: Bytes,
    to: Option<SiteId>,
) -> Result<StatusCode, Problem> {
    let id = owned(headers, IDENTIFIER);
    let (id, delivery) = aside::read(body, |body| read(id, body)).await?;
    let from = door.bridge().site_of_delivery(&delivery).await?;
    let site = from.filter(|from| to.is_none_or(|to| to == *from)).ok_or_else(|| {
        Problem::new(StatusCode::NOT_FOUND, "This Jira site is not served here. Remove its webhook.")
    })?;
    door.bridge().accept_webhook(site, &id, delivery, Proof::Token).await?;
    Ok(StatusCode::OK)
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn owned(headers: &HeaderMap, name: &str) -> Option<String> {
    text(headers, name).map(str::to_owned)
}

fn unproven(refusal: &impl std::fmt::Display) -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, sentence(&refusal.to_string()))
}

/// A delivery, and its id: a hash of the body where Jira has named none.
fn read(id: Option<String>, body: &[u8]) -> Result<(String, Delivery), Problem> {
    let delivery = webhook::parse(body).map_err(|malformed| {
        metrics::counter!("threadline_malformed_total", "source" => "jira").increment(1);
        Problem::new(StatusCode::BAD_REQUEST, sentence(&malformed.to_string()))
    })?;
    Ok((id.unwrap_or_else(|| sha256(body)), delivery))
}

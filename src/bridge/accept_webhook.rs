//! A webhook delivery whose signature is proven becomes events: one for each chat of the issue.

use super::happening::CommentOnLink;
use super::{Bridge, Happening, reason};
use crate::ambient::Millis;
use crate::ids::{CommentId, SiteId};
use crate::jira::TokenRefusal;
use crate::jira::webhook::{Delivery, WebhookEvent};
use crate::queue::{LaneKey, NewEvent};
use crate::store::Link;

/// How a delivery was proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// Its body is signed: what it says is so.
    Signature,
    /// It carries a token of the app, which binds neither the body nor the site: it says where
    /// to look, and no more.
    Token,
}

impl Bridge {
    /// Checks the token of a delivery that says no site, or has no signature.
    ///
    /// # Errors
    /// Says why the delivery isn't believed.
    pub fn verify_webhook_token(&self, authorization: Option<&str>) -> Result<(), TokenRefusal> {
        self.jira.verify_webhook_token(authorization, self.clock.now())
    }

    /// The site that a delivery says it is from, if it is served here.
    ///
    /// # Errors
    /// The database's.
    pub async fn site_of_delivery(&self, delivery: &Delivery) -> Result<Option<SiteId>, sea_orm::DbErr> {
        let Some(url) = &delivery.site_url else { return Ok(None) };
        Ok(self.store.site_by_url(url).await?.map(|site| site.id))
    }

    /// Stores what a delivery means; durable when this answers. `delivery_id` is the same for
    /// every repetition of the delivery.
    ///
    /// # Errors
    /// Nothing is stored then; the delivery must not be acknowledged.
    pub async fn accept_webhook(
        &self,
        site: SiteId,
        delivery_id: &str,
        mut delivery: Delivery,
        proof: Proof,
    ) -> Result<(), sea_orm::DbErr> {
        // Two webhooks tell of one event under two identifiers: what happened is what counts.
        let mut key = match delivery.happened_to_comment() {
            Some(happened) => format!("jira/{site}/{happened}"),
            None => format!("jira/{site}/{delivery_id}"),
        };
        if proof == Proof::Token && delivery.event == WebhookEvent::CommentDeleted {
            // Nobody's word for a deletion but a signed one: somebody has to look. What is signed
            // must not count as a repetition of this.
            key.push_str("/looked");
            delivery.event = WebhookEvent::CommentUpdated;
        }
        let events = self.events_of(site, &key, &delivery).await?;
        self.keep_deliveries("jira", events).await
    }

    async fn events_of(
        &self,
        site: SiteId,
        key: &str,
        delivery: &Delivery,
    ) -> Result<Vec<NewEvent>, sea_orm::DbErr> {
        let finished = |reason| NewEvent {
            lane: None,
            delivery_key: key.to_owned(),
            site: Some(site),
            tenant: None,
            kind: "jira webhook",
            subject: seen_ids(delivery),
            payload: None,
            finished: Some(reason),
        };
        let happens: fn(CommentOnLink) -> Happening = match delivery.event {
            WebhookEvent::CommentCreated => Happening::CommentCreated,
            WebhookEvent::CommentUpdated => Happening::CommentEdited,
            WebhookEvent::CommentDeleted => Happening::CommentDeleted,
            _ => return Ok(vec![finished(reason::IGNORED)]),
        };
        let (Some(issue), Some(comment)) = (&delivery.issue_id, &delivery.comment_id) else {
            return Ok(vec![finished(reason::IGNORED)]);
        };
        let links = self.store.links_of_issue(site, issue).await?;
        if links.is_empty() {
            return Ok(vec![finished(reason::NOT_LINKED)]);
        }
        Ok(links
            .into_iter()
            .map(|link| {
                let happening = happens(CommentOnLink {
                    link: link.id,
                    issue: issue.clone(),
                    comment: comment.clone(),
                    actor: delivery.actor.clone(),
                });
                // Our own comment; what is remembered of it has no lane to wait in.
                let created = delivery.event == WebhookEvent::CommentCreated;
                let echo = created && self.echoes.has_comment(link.id, comment);
                NewEvent {
                    lane: (!echo).then(|| LaneKey::new(&link.tenant, &link.conversation)),
                    delivery_key: format!("{key}/{}", link.id),
                    site: Some(site),
                    tenant: Some(link.tenant),
                    kind: happening.kind(),
                    subject: happening.subject(),
                    payload: None,
                    finished: echo.then_some(reason::ECHO),
                }
            })
            .collect())
    }
}

/// The delivery key under which a webhook tells a chat of a comment written then.
pub(super) fn heard_of(link: &Link, comment: &CommentId, created: Millis) -> String {
    let Link { id, site, issue, .. } = link;
    format!("jira/{site}/{}/{issue}/{comment}/{}/{id}", WebhookEvent::CommentCreated.name(), created.0)
}

/// What the log shows of a delivery that nothing came of. An event is shown by its name only if
/// that is one: whatever else stands in its place may be what somebody wrote.
fn seen_ids(delivery: &Delivery) -> String {
    let is_name = |name: &&str| name.len() <= 64 && name.bytes().all(|byte| byte.is_ascii_graphic());
    serde_json::json!({
        "webhook": Some(delivery.event.name()).filter(is_name),
        "issue": delivery.issue_id,
        "comment": delivery.comment_id,
    })
    .to_string()
}

//! An event's turn on one link: what every step of it needs.

use std::time::Duration;

use super::Bridge;
use super::failure::Stop;
use super::reason;
use crate::ambient::Millis;
use crate::ids::{CommentId, LinkId};
use crate::queue::{Event, Lease};
use crate::store::{Link, LinkState, Site, paused_in};

/// An event's turn on one link.
pub(super) struct Turn<'a> {
    /// The right to record.
    pub lease: &'a Lease,
    /// The event.
    pub event: &'a Event,
    /// The link.
    pub link: Link,
    /// Its site.
    pub site: Site,
}

impl Bridge {
    /// The turn of this event on the link of a pair. While the link is paused, what changes on one
    /// side waits, so that nothing stays in a chat that was withdrawn meanwhile.
    pub(super) async fn turn<'a>(
        &self,
        lease: &'a Lease,
        event: &'a Event,
        link: LinkId,
    ) -> Result<Turn<'a>, Stop> {
        let link = self.store.link(lease.lane().tenant(), link).await?;
        let link = link.ok_or_else(|| Stop::done(reason::NOT_LINKED))?;
        if link.state == LinkState::Paused {
            return Err(Stop::with(self.wait_for(&paused_in(&link.tenant), reason::LINK_PAUSED)));
        }
        self.turn_on(lease, event, link).await
    }

    /// The turn of this event on a link that is not paused.
    pub(super) async fn turn_on<'a>(
        &self,
        lease: &'a Lease,
        event: &'a Event,
        link: Link,
    ) -> Result<Turn<'a>, Stop> {
        if link.state == LinkState::Paused {
            return Err(Stop::done(reason::LINK_PAUSED));
        }
        let site = self.store.site(link.site).await?.ok_or_else(|| Stop::done(reason::NOT_LINKED))?;
        Ok(Turn { lease, event, link, site })
    }
}

/// How far the platforms' clocks may be behind ours.
const CLOCK_SKEW: Duration = Duration::from_mins(2);

impl Turn<'_> {
    /// Whether something was written after the issue and the chat were linked.
    pub(super) fn is_younger(&self, written: Millis) -> bool {
        written >= self.link.created_at.minus(CLOCK_SKEW)
    }

    /// Where people read the whole comment.
    pub(super) fn comment_address(&self, comment: &CommentId) -> String {
        format!("{}/browse/{}?focusedCommentId={comment}", self.site.url, self.link.issue_key)
    }
}

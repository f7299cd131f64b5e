//! Which notifications of a delivery prove to be of subscriptions of ours. Anyone may knock: each
//! subscription is looked up once, and what comes without a token is not listened to for long.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use super::{Bridge, reason};
use crate::ids::{SubscriptionId, TenantId};
use crate::secret::Secret;
use crate::store::Watch;
use crate::teams::notification::{News, Notification};
use crate::vault::VaultError;

/// The most notifications without a token that are read of one delivery.
const MOST_WITHOUT_TOKEN: usize = 50;
/// After so many subscriptions that are none of ours, no more is read without a token.
const MOST_STRANGERS: usize = 5;

/// The subscriptions that one delivery speaks of.
pub(super) struct Subscriptions<'a> {
    bridge: &'a Bridge,
    /// The tenants that the delivery's tokens speak for.
    proven: HashSet<TenantId>,
    looked_up: HashMap<(TenantId, SubscriptionId), Result<Ours, &'static str>>,
    unknown_tenants: HashSet<TenantId>,
    without_token: usize,
    strangers: usize,
}

/// A subscription, and what proves a notification of it.
struct Ours {
    watch: Watch,
    client_state: Secret,
}

impl<'a> Subscriptions<'a> {
    pub(super) fn new(bridge: &'a Bridge, proven: HashSet<TenantId>) -> Self {
        let (looked_up, unknown_tenants) = (HashMap::new(), HashSet::new());
        Self { bridge, proven, looked_up, unknown_tenants, without_token: 0, strangers: 0 }
    }

    /// The subscription of a notification, if it proves to be one of ours; else why not.
    pub(super) async fn find(
        &mut self,
        told: &Notification,
    ) -> Result<Result<&Watch, &'static str>, VaultError> {
        let proven = self.proven.contains(&told.tenant);
        match told.news {
            News::Other => return Ok(Err(reason::IGNORED)),
            News::Created(_) | News::Updated(_) | News::Deleted(_) if !proven => {
                return Ok(Err("no validation token"));
            }
            // News about a subscription come without tokens; the client state alone proves them.
            _ if !proven => {
                if self.without_token == MOST_WITHOUT_TOKEN || self.strangers == MOST_STRANGERS {
                    return Ok(Err("too many without a token"));
                }
                self.without_token += 1;
            }
            _ => {}
        }
        let mut is_new = false;
        let ours = match self.looked_up.entry((told.tenant.clone(), told.subscription.clone())) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => {
                is_new = true;
                new.insert(self.bridge.look_up(told, &mut self.unknown_tenants).await?)
            }
        };
        let found = match ours {
            Ok(ours) if ours.client_state.matches(told.client_state.as_bytes()) => Ok(&ours.watch),
            Ok(_) => Err("wrong client state"),
            Err(reason) => Err(*reason),
        };
        if let (Err(reason), true, false) = (&found, is_new, proven) {
            self.strangers += 1;
            tracing::debug!(reason, "news about a subscription are not believed");
        }
        Ok(found)
    }
}

impl Bridge {
    async fn look_up(
        &self,
        told: &Notification,
        unknown_tenants: &mut HashSet<TenantId>,
    ) -> Result<Result<Ours, &'static str>, VaultError> {
        if unknown_tenants.contains(&told.tenant) || !self.store.knows_tenant(&told.tenant).await? {
            unknown_tenants.insert(told.tenant.clone());
            return Ok(Err("unknown tenant"));
        }
        let Some(watch) = self.store.watch_of(&told.tenant, &told.subscription).await? else {
            return Ok(Err("unknown subscription"));
        };
        let client_state = self.client_state(&watch).await?;
        Ok(Ok(Ours { watch, client_state }))
    }
}

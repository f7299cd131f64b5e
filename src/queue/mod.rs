//! The durable way from the front door to the bridge.
//!
//! One conversation is one lane: strict order inside, parallel across. A worker leases a
//! lane and loses it when it dies; a fencing token stops it from recording afterwards.
//! An event ends with a named reason, and its payload is gone.

mod catch_up;
mod desk;
mod history;
mod lease;
mod put;
mod replay;
mod settle;
mod tidy;
mod verdict;
mod waiting;
mod worker;

use std::fmt;
use std::sync::Arc;

use tokio::sync::Notify;

use crate::ambient::{Clock, Random};
use crate::config;
use crate::database::Database;
use crate::ids::{ConversationId, TenantId};

pub use catch_up::forget;
pub use history::{EventFilter, EventState};
pub use lease::{Lease, LeaseLost};
pub use put::NewEvent;
pub use replay::{Replay, Replayed};
pub use threadline_entity::event::Model as Event;
pub use verdict::{Record, Verdict, backoff};
pub use waiting::{Waiting, release_waiting, release_waiting_in, waiting_lanes};
pub use worker::Handler;

/// One conversation's place in the queue.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LaneKey(String);

impl LaneKey {
    /// The lane of a conversation. The tenant comes first: ids of two tenants never meet.
    pub fn new(tenant: &TenantId, conversation: &ConversationId) -> Self {
        Self(format!("{tenant}/{conversation}"))
    }

    /// The conversation of the lane.
    pub fn place(&self) -> Option<(TenantId, ConversationId)> {
        let (tenant, conversation) = self.0.split_once('/')?;
        Some((TenantId::new(tenant), ConversationId::new(conversation)))
    }

    /// The lane as stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for LaneKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The queue. Cheap to clone.
#[derive(Clone)]
pub struct Queue {
    database: Database,
    clock: Clock,
    random: Random,
    settings: config::Relay,
    bell: Arc<Notify>,
    desk: Arc<desk::Desk>,
}

impl Queue {
    /// The queue in this database.
    pub fn new(database: Database, clock: Clock, random: Random, settings: config::Relay) -> Self {
        Self { database, clock, random, settings, bell: Arc::default(), desk: Arc::default() }
    }

    /// Wakes the workers of this process.
    pub fn ring(&self) {
        self.bell.notify_one();
    }
}

#[cfg(test)]
mod tests;

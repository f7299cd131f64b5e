//! The durable way from the front door to the bridge.
//!
//! One conversation is one lane: strict order inside, parallel across. A worker leases a
//! lane and loses it when it dies; a fencing token stops it from recording afterwards.
//! Lanes and tenants take turns. An event ends with a named reason, and its payload is gone.

mod backlog;
mod catch_up;
mod claim;
mod desk;
mod history;
mod lease;
mod listen;
mod put;
mod replay;
pub mod rules;
mod settle;
mod share;
mod slice;
mod tidy;
mod verdict;
mod waiting;
mod wake;
mod worker;

use std::fmt;
use std::sync::Arc;

use uuid::Uuid;

use crate::ambient::{Clock, Random};
use crate::config;
use crate::database::Database;
use crate::ids::{ConversationId, TenantId};

pub use backlog::{Backlog, Head};
pub use catch_up::forget;
pub use history::{EventFilter, EventState, tenant_of};
pub use lease::{Lease, LeaseLost};
pub use put::NewEvent;
pub use replay::{Replay, Replayed};
pub use threadline_entity::event::Model as Event;
pub use tidy::Ending;
pub use verdict::{Record, Verdict, backoff};
pub use waiting::{
    Waiting, lanes_waiting_for, release_waiting, release_waiting_for_in, release_waiting_in, waiting_lanes,
};
pub use wake::lock_lane;
pub use worker::Handler;

/// One conversation's place in the queue: of one tenant, for ids of two tenants never meet.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LaneKey {
    tenant: TenantId,
    conversation: ConversationId,
}

impl LaneKey {
    /// The lane of a conversation.
    pub fn new(tenant: &TenantId, conversation: &ConversationId) -> Self {
        Self { tenant: tenant.clone(), conversation: conversation.clone() }
    }

    /// The lane as rows name it.
    fn stored(tenant: String, conversation: String) -> Self {
        Self { tenant: TenantId::new(tenant), conversation: ConversationId::new(conversation) }
    }

    /// The tenant of the conversation.
    pub fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    /// The conversation.
    pub fn conversation(&self) -> &ConversationId {
        &self.conversation
    }
}

impl fmt::Display for LaneKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.tenant, self.conversation)
    }
}

/// The queue. Cheap to clone.
#[derive(Clone)]
pub struct Queue {
    database: Database,
    clock: Clock,
    random: Random,
    settings: config::Relay,
    desk: Arc<desk::Desk>,
    /// What this process calls itself where replicas tell each other of work.
    name: Uuid,
}

impl Queue {
    /// The queue in this database.
    pub fn new(database: Database, clock: Clock, random: Random, settings: config::Relay) -> Self {
        let name = random.id();
        Self { database, clock, random, settings, desk: Arc::default(), name }
    }

    /// Has the workers of this process look for work, of whomever.
    pub fn ring(&self) {
        if let Some(staff) = self.desk.staff() {
            staff.look_again();
        }
    }
}

#[cfg(test)]
mod tests;

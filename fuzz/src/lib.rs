//! The rooms of Threadline that parse foreign bytes, and what must hold for whatever they read.

#[path = "../../src/ambient.rs"]
pub mod ambient;
#[path = "../../src/content/mod.rs"]
pub mod content;
#[path = "../../src/ids.rs"]
pub mod ids;
pub mod invariants;
#[path = "../../src/content/schema.rs"]
mod schema;

/// The part of `call/` that reads foreign JSON.
#[path = "../../src/call"]
pub mod call {
    pub mod loose;
}

/// The part of `jira/` that reads deliveries.
#[path = "../../src/jira"]
pub mod jira {
    pub mod webhook;
}

/// The parts of `teams/` that read activities and notifications.
#[path = "../../src/teams"]
pub mod teams {
    pub mod activity;
    pub mod notification;
    pub mod quote;
}

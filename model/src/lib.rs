//! The world in which the relay protocol is explored: two people, both platforms, the network
//! between, the database, two workers, and what may go wrong.
//!
//! What the workers decide is decided by the service's own code, taken in by path.

pub mod copies;
pub mod guard;
pub mod model;
pub mod platforms;
pub mod reduction;
pub mod setting;
pub mod shelf;
pub mod story;
pub mod turn;
pub mod walk;
pub mod worker;
pub mod world;
mod writing;

#[path = "../../src/ambient.rs"]
mod ambient;

/// The pure machines of the bridge.
#[path = "../../src/bridge"]
mod bridge {
    pub mod machine;
    pub mod reason;
}

/// The rules of a lane.
#[path = "../../src/queue"]
mod queue {
    pub mod rules;
}

/// What a pair remembers.
#[path = "../../src/store"]
mod store {
    mod sides;
    pub use sides::{CommentSide, MessageSide, Origin, Sides};
}

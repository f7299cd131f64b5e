//! Stories over real HTTP: what the simulated platforms do, and what they refuse.

#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a test stops at the first surprise")]

mod basics;
mod channels;
mod deliveries;
mod people;
mod refused_by_jira;
mod refused_by_microsoft;
mod stage;
mod subscriptions;

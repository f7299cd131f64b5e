//! The integration tests: the real router, migrations, queue and vault over sockets, against
//! the simulator. One binary, a folder a room.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod api;
mod budgets;
mod cli;
mod create;
mod door;
mod faults;
mod files;
mod follow;
mod growth;
mod hooks;
mod house;
mod issuer;
mod login;
mod notify;
mod policy;
mod reactions;
mod real_input;
mod reconcile;
mod relay;
mod replicas;
mod secrecy;
mod service;
mod threads;
mod tokens;
mod torture;
mod vault;

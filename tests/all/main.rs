//! The integration tests: the real router, migrations, queue and vault over sockets, against
//! the simulator. One binary, a folder a room.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod cli;
mod house;
mod relay;
mod service;
mod torture;

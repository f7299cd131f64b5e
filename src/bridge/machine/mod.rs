//! The relay protocol as pure state machines: `(state, observation) → (state, action)`, without
//! clock, database, network or content.
//!
//! [`turn`] is what one event's turn does, [`change`] what a change on one side means for the
//! other, [`mod@write`] how a thing is written once. Production carries their actions out
//! (`take_turn.rs`, `write_once.rs`), and `tests/model` explores the same code exhaustively.

pub mod change;
mod doubt;
mod following;
mod seen;
pub mod turn;
pub mod write;

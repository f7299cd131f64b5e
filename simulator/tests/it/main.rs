//! Stories over real HTTP: what the simulated platforms do, and what they refuse.

mod basics;
mod stage;

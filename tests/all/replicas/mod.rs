//! Several processes on one database: started together, split into parts, killed, idle.

mod idle;
mod parts;
mod rekeyed;
mod start;
mod takeover;
mod wake_up;

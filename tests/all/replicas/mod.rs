//! Several processes on one database: started together, split into parts, killed, idle.

mod frozen;
mod idle;
mod one_order;
mod parts;
mod rekeyed;
mod start;
mod takeover;
mod wake_up;

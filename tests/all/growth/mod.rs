//! A database that grows: what is asked of it, how its keys lead, what is forgotten.

mod bench;
mod forget;
mod keys;
mod plans;
mod upgrade;
mod wishes;

//! Threadline links Jira issues to Microsoft Teams chats: a comment becomes a message,
//! a reply becomes a comment, a message becomes an issue, each written by its author.
//!
//! The list of rooms; `docs/architecture.md` draws how they may see each other.

pub mod ambient;
pub mod app;
pub mod audit;
pub mod bridge;
pub mod call;
pub mod cli;
pub mod config;
pub mod content;
pub mod database;
pub mod hash;
pub mod ids;
pub mod jira;
pub mod points;
pub mod queue;
pub mod secret;
pub mod stage;
pub mod store;
pub mod teams;
pub mod telemetry;
pub mod vault;
pub mod web;

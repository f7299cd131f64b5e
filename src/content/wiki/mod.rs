//! Jira's wiki markup, as webhooks and REST version 2 carry it and Data Center keeps it.
//!
//! Reads what Jira's own renderer knows; macros it does not know stay as their text. What it
//! writes can't start a macro, a mention or a link that the tree does not have.

mod escape;
mod line;
mod read;
#[cfg(test)]
mod tests;
mod write;

pub use read::read;
pub use write::write;

//! Atlassian Document Format, as Jira's REST API version 3 speaks it.
//!
//! Reads every node and mark of the full schema and the text of unknown ones; what it writes
//! is valid by that schema, whatever the tree looks like.

mod inline;
mod read;
mod write;

pub use read::read;
pub use write::write;

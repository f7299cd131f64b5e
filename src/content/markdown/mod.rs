//! Markdown, as bots send it to Teams and people type it.
//!
//! Reads `CommonMark` with tables, tasks and strike-through. Writes what Teams shows on all its clients:
//! bold, italic, strike-through, code, links, lists and quotes; the rest becomes one of these.

mod line;
mod read;
mod write;

pub use read::read;
pub use write::{BotMarkdown, write, write_for_bot};

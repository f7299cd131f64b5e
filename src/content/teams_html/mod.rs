//! The HTML of Teams messages, as Microsoft Graph and bot activities carry it.
//!
//! Reads any HTML with the tokenizer alone, in linear time; writes only the small set of tags
//! that Teams is known to keep, with everything else escaped.

mod read;
mod tags;
mod write;

pub use read::{quoted_message_id, read};
pub use write::{TeamsHtml, write};

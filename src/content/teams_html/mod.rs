//! The HTML of Teams messages, as Microsoft Graph and bot activities carry it.
//!
//! Reads any HTML with the tokenizer alone, in linear time; writes only the small set of tags
//! that Teams is known to keep, with everything else escaped.

mod kinds;
mod quote;
mod read;
mod tags;
#[cfg(test)]
mod tests;
mod write;

pub use quote::{quoted_message_id, quoted_messages};
pub use read::read;
pub use write::{TeamsHtml, write};

//! What people write, in one document tree; a reader and a writer for each format.
//!
//! Readers take anything and lose no visible text; writers emit only what their format allows
//! and escape the rest, so nothing a person writes can become a mention, a macro or markup.

pub mod adf;
mod build;
mod cut;
#[cfg(test)]
mod depth;
#[cfg(test)]
mod gallery;
mod harmless;
mod line;
pub mod markdown;
mod parts;
#[cfg(test)]
mod properties;
mod replace;
#[cfg(test)]
pub(crate) mod schema;
pub mod teams_html;
#[cfg(test)]
mod tests;
mod text;
mod tree;
mod walk;
mod web_link;
pub mod wiki;

pub use cut::{Notice, utf16_len};
pub use harmless::harmless;
pub use replace::Put;
pub use tree::{
    Block, Cell, Document, Inline, MAX_DEPTH, Marks, Media, MediaSource, Mention, PanelKind, Rgb, Row,
    Script, Task, Who,
};

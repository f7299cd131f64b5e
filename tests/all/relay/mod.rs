//! Comment to message and reply to comment, in all their variants.

mod bot_removed;
mod formatting;
mod limits;
mod mentions;
mod several;
mod visibility;
mod voices;
mod waiting;

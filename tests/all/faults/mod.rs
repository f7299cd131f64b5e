//! Platforms that fail in every way: what was written is there exactly once, in order.

mod dead_letter;
mod every_write;
mod order;

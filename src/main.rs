//! The `threadline` command.
fn main() {}

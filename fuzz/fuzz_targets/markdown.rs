//! Any text as Markdown.
#![no_main]

use libfuzzer_sys::fuzz_target;
use threadline_fuzz::content::markdown;
use threadline_fuzz::invariants::check;

fuzz_target!(|text: &str| check(&markdown::read(text), text.len()));

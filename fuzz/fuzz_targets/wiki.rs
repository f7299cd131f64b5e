//! Any text as Jira's wiki markup.
#![no_main]

use libfuzzer_sys::fuzz_target;
use threadline_fuzz::content::wiki;
use threadline_fuzz::invariants::check;

fuzz_target!(|markup: &str| check(&wiki::read(markup), markup.len()));

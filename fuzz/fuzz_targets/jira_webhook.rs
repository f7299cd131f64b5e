//! Any bytes as the body of a Jira webhook whose signature was right.
#![no_main]

use libfuzzer_sys::fuzz_target;
use threadline_fuzz::jira::webhook;

fuzz_target!(|body: &[u8]| {
    let Ok(delivery) = webhook::parse(body) else { return };
    assert!(body.trim_ascii_start().starts_with(b"{"), "only an object is read");
    assert!(delivery.event.name().len() <= body.len().max("comment_created".len()));
});

//! Any JSON as ADF, nested deeper than any person would.
#![no_main]

use libfuzzer_sys::fuzz_target;
use threadline_fuzz::content::adf;
use threadline_fuzz::invariants::check;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(value) = serde_json::from_slice(bytes) {
        check(&adf::read(&value), bytes.len());
    }
});

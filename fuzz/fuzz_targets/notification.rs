//! Any bytes as a delivery of Graph's change notifications.
#![no_main]

use libfuzzer_sys::fuzz_target;
use threadline_fuzz::teams::notification::{Batch, News};

fuzz_target!(|body: &[u8]| {
    let Ok(batch) = Batch::parse(body) else { return };
    for told in &batch.notifications {
        if let News::Created(Some(sealed)) | News::Updated(Some(sealed)) | News::Deleted(Some(sealed)) = &told.news {
            assert!(sealed.data.len() + sealed.key.len() + sealed.signature.len() <= body.len());
        }
    }
});

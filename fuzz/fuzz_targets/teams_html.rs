//! Any text as the HTML of a Teams message, with two people to call.
#![no_main]

use libfuzzer_sys::fuzz_target;
use threadline_fuzz::content::{Mention, Who, teams_html};
use threadline_fuzz::ids::ObjectId;
use threadline_fuzz::invariants::check;

fuzz_target!(|html: &str| {
    let person = |id: &str| {
        let name = match id {
            "0" => "Ann Archer",
            "1" => "Ben <Baker>",
            _ => return None,
        };
        Some(Mention { who: Who::Teams(ObjectId::new(id)), name: name.to_owned() })
    };
    let _ = teams_html::quoted_message_id(html);
    let _ = teams_html::quoted_messages(html);
    check(&teams_html::read(html, person), html.len());
});

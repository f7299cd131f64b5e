//! Any bytes as what the Bot Connector posts, with the text of its message in both forms.
#![no_main]

use libfuzzer_sys::fuzz_target;
use threadline_fuzz::content::{Document, Mention, Who, teams_html};
use threadline_fuzz::invariants::check;
use threadline_fuzz::teams::activity::Activity;

fuzz_target!(|body: &[u8]| {
    let Ok(activity) = Activity::parse(body) else { return };
    let text = activity.plain_text();
    assert!(text.len() <= 64 * body.len(), "{} bytes of text for {}", text.len(), body.len());
    check(&Document::from_text(&text), text.len());

    let person = |id: &str| {
        let mention = activity.mentions.get(id.parse::<usize>().ok()?)?;
        let who = mention.who.object_id.clone().map_or(Who::Nobody, Who::Teams);
        Some(Mention { who, name: mention.who.name.clone()? })
    };
    if let Some(html) = &activity.html {
        check(&teams_html::read(html, person), 64 * body.len());
    }
});

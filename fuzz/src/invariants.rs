//! What holds for every document, wherever it was read from.

use crate::content::{Block, Document, MAX_DEPTH, Who, adf, harmless, markdown, teams_html, wiki};
use crate::schema;

/// The tags of a message that Teams is known to keep.
const SAFE_TAGS: &str =
    "p br strong em s u a ul ol li blockquote pre code table tbody tr th td at attachment img";

/// How many bytes a byte of input may become in any format: a list within a list costs ADF some
/// hundred bytes and Markdown two, and each line of twenty quotes within each other twenty marks.
const MOST_BYTES_PER_BYTE: usize = 256;

/// Checks a document that was read from `size` bytes in every format it can be written in.
///
/// # Panics
/// If something does not hold; that is what the fuzzer looks for.
pub fn check(document: &Document, size: usize) {
    assert!(depth(&document.blocks) <= MAX_DEPTH, "deeper than {MAX_DEPTH} blocks");
    let said = document.text();
    let limit = MOST_BYTES_PER_BYTE * (size + 16);

    let written = adf::write(document);
    schema::assert_valid(&written);
    let json = written.to_string();
    assert!(json.len() <= limit, "{} bytes of ADF for {size}", json.len());
    assert!(serde_json::from_str::<serde_json::Value>(&json).is_ok(), "too deep for a JSON reader");
    keeps(&said, &adf::read(&written).text());

    let message = teams_html::write(document);
    assert!(message.html.len() <= limit, "{} bytes of HTML for {size}", message.html.len());
    is_safe(&message);
    let mut unnamed = document.clone();
    unnamed.map_mentions(|_| Who::Nobody);
    let plain = teams_html::write(&unnamed);
    assert!(plain.mentions.is_empty() && !plain.html.contains("<at "), "words call a person in Teams");
    keeps(&unnamed.text(), &teams_html::read(&plain.html, |_| None).text());

    let text = markdown::write(&unnamed);
    assert!(text.len() <= limit, "{} bytes of Markdown for {size}", text.len());
    let again = markdown::read(&text);
    assert!(again.mentions().is_empty(), "words call a person in Markdown");
    keeps(&said, &again.text());

    let markup = wiki::write(&unnamed);
    assert!(markup.len() <= limit, "{} bytes of wiki markup for {size}", markup.len());
    let again = wiki::read(&markup);
    assert!(again.mentions().is_empty(), "words call a person in wiki markup");
    keeps(&said, &again.text());
}

fn depth(blocks: &[Block]) -> usize {
    let of = |blocks: &[Block]| 1 + depth(blocks);
    let each = |block: &Block| match block {
        Block::Quote(blocks) | Block::Panel { blocks, .. } | Block::Expand { blocks, .. } => of(blocks),
        Block::BulletList(items) | Block::OrderedList { items, .. } => {
            items.iter().map(|item| of(item)).max().unwrap_or(0)
        }
        Block::Table(rows) => {
            rows.iter().flat_map(|row| &row.cells).map(|cell| of(&cell.blocks)).max().unwrap_or(0)
        }
        _ => 0,
    };
    blocks.iter().map(each).max().unwrap_or(0)
}

/// Only tags that Teams keeps, only links that run nothing, no person and no attachment unlisted.
fn is_safe(message: &teams_html::TeamsHtml) {
    for tag in message.html.split('<').skip(1) {
        let name = tag.trim_start_matches('/').split([' ', '>']).next().unwrap_or_default();
        assert!(SAFE_TAGS.split(' ').any(|known| known == name), "<{name}> is written");
        for (name, value) in attributes(tag) {
            assert!(!name.starts_with("on") && name != "style", "{name} is written");
            let known: &[&str] = match name {
                "href" => &["http://", "https://", "mailto:"],
                "src" => &["https://", "../hostedcontents/"],
                _ => continue,
            };
            let address = value.to_ascii_lowercase();
            assert!(known.iter().any(|start| address.starts_with(start)), "{name} is {address}");
        }
    }
    assert_eq!(message.html.matches("<at ").count(), message.mentions.len());
    assert_eq!(message.html.matches("<attachment ").count(), message.attachments.len());
}

/// The attributes of a tag as a browser reads them: a value ends at its quote, whatever is in it.
fn attributes(tag: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    let mut rest = tag.split_once(' ').map_or("", |(_, rest)| rest);
    while let Some((name, after)) = rest.split_once("=\"") {
        let (value, after) = after.split_once('"').unwrap_or((after, ""));
        found.push((name.trim(), value));
        rest = after;
    }
    found
}

/// The visible characters of `wanted` are all in `text`, in their order.
fn keeps(wanted: &str, text: &str) {
    let text = visible(text);
    let mut rest = text.chars();
    let lost = visible(wanted).chars().find(|wanted| !rest.any(|found| found == *wanted));
    assert!(lost.is_none(), "{lost:?} of {wanted:?} is lost in {text:?}");
}

/// What shows: joiners, selectors and tags only change their neighbours; `☐`, `☑` and `———` are read
/// back as the tasks and rules that they stand for.
fn visible(text: &str) -> String {
    let unseen = |found: &char| {
        found.is_whitespace()
            || "☐☑—".contains(*found)
            || matches!(found, '\u{200b}'..='\u{200f}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0000}'..='\u{e01ef}')
    };
    harmless(text).chars().filter(|found| !unseen(found)).collect()
}

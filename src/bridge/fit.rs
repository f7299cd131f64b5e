//! A document in the form and within the limits of the place it goes to. What is too long is
//! cut, with a link to the whole.

use serde_json::Value;

use super::files::says_what_is_left;
use crate::content::teams_html::TeamsHtml;
use crate::content::{Block, Document, Inline, Notice, adf, markdown, teams_html, utf16_len};

/// Graph takes about 28 KB a message and counts two bytes a UTF-16 unit; the envelope and the
/// mentions need some of it.
const GRAPH_UTF16: usize = 12_500;
/// The Bot Connector takes 100 KB of UTF-16 by its documentation, and refused 70 KB in practice.
const BOT_UTF16: usize = 18_000;
/// Jira takes 32,767 characters; whether it counts the text or its JSON is not documented.
const JIRA_CHARACTERS: usize = 30_000;

/// How the line begins that stands under what was cut.
const SHORTENED: &str = "Shortened. Read all of it in";

/// As a person's message.
pub(super) fn for_graph(document: Document, whole: &str) -> TeamsHtml {
    let cut =
        document.cut(GRAPH_UTF16, |document| utf16_len(&teams_html::write(document).html), &in_jira(whole));
    teams_html::write(&cut)
}

/// As the bot's message.
pub(super) fn for_bot(document: Document, whole: &str) -> String {
    let cut = document.cut(BOT_UTF16, |document| utf16_len(&markdown::write(document)), &in_jira(whole));
    markdown::write(&cut)
}

/// As a comment or a description.
pub(super) fn for_jira(document: Document, whole: &str) -> Value {
    let notice = Notice { text: format!("{SHORTENED} Microsoft Teams"), url: whole.to_owned() };
    let size = |document: &Document| adf::write(document).to_string().chars().count();
    adf::write(&document.cut(JIRA_CHARACTERS, size, &notice))
}

/// Whether words are a copy that was cut, or that lacks files: their original says more, and must
/// not be replaced by them. Known by the line that was put at their end.
pub(super) fn is_partial(document: &Document) -> bool {
    let Some(Block::Paragraph(line)) = document.blocks.last() else { return false };
    let [Inline::Text { text, marks }] = line.as_slice() else { return false };
    marks.link.is_some() && (text.starts_with(SHORTENED) || says_what_is_left(text))
}

fn in_jira(whole: &str) -> Notice {
    Notice { text: format!("{SHORTENED} Jira"), url: whole.to_owned() }
}

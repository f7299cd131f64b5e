//! ADF out: the pieces of a line.

use serde_json::{Map, Value, json};

use crate::content::tree::{Inline, Marks, MediaSource, Script, Who};
use crate::content::{harmless, line, text, web_link};

/// Writes a line as inline nodes.
pub fn write(line: &[Inline]) -> Vec<Value> {
    nodes(line, true)
}

/// Writes a line as inline nodes that a caption allows, which are all but media.
pub fn write_caption(line: &[Inline]) -> Vec<Value> {
    nodes(line, false)
}

fn nodes(line: &[Inline], media: bool) -> Vec<Value> {
    let mut out = Vec::new();
    // Text that becomes alike by cleaning is joined, as an editor would.
    let mut text = Vec::new();
    for piece in line {
        match node(piece, media) {
            Ok(node) => {
                flush(&mut text, &mut out);
                out.push(node);
            }
            Err((words, marks)) => line::push_text(&mut text, &words, &marks),
        }
    }
    flush(&mut text, &mut out);
    out
}

fn flush(text: &mut Vec<Inline>, out: &mut Vec<Value>) {
    for piece in text.drain(..) {
        match piece {
            Inline::Text { text, marks } => out.push(text_node(&text, &marks)),
            _ => out.push(json!({"type": "hardBreak"})),
        }
    }
}

/// The node of a piece, or the text that it is written as.
fn node(piece: &Inline, media: bool) -> Result<Value, (String, Marks)> {
    let plain = || (harmless(&text::words(piece)).into_owned(), Marks::none());
    match piece {
        Inline::Text { text, marks } => Err((harmless(text).into_owned(), allowed(marks))),
        Inline::Break => Ok(json!({"type": "hardBreak"})),
        Inline::Mention(mention) => match &mention.who {
            Who::Jira(account) if !account.as_str().is_empty() => {
                Ok(json!({"type": "mention", "attrs": {"id": account, "text": plain().0.replace('\n', " ")}}))
            }
            _ => Err(plain()),
        },
        Inline::Emoji { short_name, id, text } if !short_name.is_empty() => {
            let mut attrs = Map::new();
            attrs.insert("shortName".to_owned(), harmless(short_name).into());
            for (name, value) in [("id", id), ("text", text)] {
                if let Some(value) = value {
                    attrs.insert(name.to_owned(), harmless(value).into());
                }
            }
            Ok(json!({"type": "emoji", "attrs": attrs}))
        }
        Inline::Date { timestamp } => {
            Ok(json!({"type": "date", "attrs": {"timestamp": timestamp.to_string()}}))
        }
        Inline::Status { text, color } => {
            let text = harmless(text);
            if text.is_empty() {
                return Err((String::new(), Marks::none()));
            }
            Ok(json!({"type": "status", "attrs": {"text": text, "color": status_color(color)}}))
        }
        Inline::Card { url } => match web_link::safe(url) {
            Some(safe) if safe == *url => Ok(json!({"type": "inlineCard", "attrs": {"url": safe}})),
            // A card would show the address as it had to be spelled, not as it was written.
            link => Err((plain().0, Marks { link, ..Marks::none() })),
        },
        Inline::Media(found) => match &found.source {
            MediaSource::Jira { id, collection } if media && !id.is_empty() => {
                let attrs =
                    json!({"type": "file", "id": id, "collection": collection, "alt": harmless(&found.alt)});
                Ok(json!({"type": "mediaInline", "attrs": attrs}))
            }
            MediaSource::Web { url } => {
                Err((plain().0, Marks { link: web_link::safe(url), ..Marks::none() }))
            }
            _ => Err(plain()),
        },
        Inline::Emoji { .. } => Err(plain()),
    }
}

/// The marks that may stand together; a link only if it is a safe one.
fn allowed(marks: &Marks) -> Marks {
    let link = marks.link.as_deref().and_then(web_link::safe);
    if marks.code { Marks { code: true, link, ..Marks::none() } } else { Marks { link, ..marks.clone() } }
}

fn text_node(text: &str, marks: &Marks) -> Value {
    let mut list = Vec::new();
    let flags = [
        (marks.strong, "strong"),
        (marks.em, "em"),
        (marks.underline, "underline"),
        (marks.strike, "strike"),
        (marks.code, "code"),
    ];
    list.extend(flags.iter().filter(|(set, _)| *set).map(|(_, kind)| json!({"type": kind})));
    if let Some(script) = marks.script {
        let kind = if script == Script::Sub { "sub" } else { "sup" };
        list.push(json!({"type": "subsup", "attrs": {"type": kind}}));
    }
    if let Some(color) = marks.color {
        list.push(json!({"type": "textColor", "attrs": {"color": color.hex()}}));
    }
    if let Some(color) = marks.background {
        list.push(json!({"type": "backgroundColor", "attrs": {"color": color.hex()}}));
    }
    if let Some(href) = &marks.link {
        list.push(json!({"type": "link", "attrs": {"href": href}}));
    }
    if list.is_empty() {
        json!({"type": "text", "text": text})
    } else {
        json!({"type": "text", "text": text, "marks": list})
    }
}

fn status_color(color: &str) -> String {
    let known = matches!(color, "neutral" | "purple" | "blue" | "red" | "yellow" | "green");
    let hex = color
        .strip_prefix('#')
        .is_some_and(|digits| digits.len() == 6 && digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
    if known || hex { color.to_owned() } else { "neutral".to_owned() }
}

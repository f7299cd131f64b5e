//! The Atlassian Document Format: what Jira accepts, and what it looks like as text, as
//! wiki markup (in webhooks) and as HTML (on people's pages).

use std::fmt::Write;
use std::sync::LazyLock;

use jsonschema::Validator;
use serde_json::{Value, json};

use crate::escape::escape;

static SCHEMA: LazyLock<Option<Validator>> = LazyLock::new(|| {
    let schema = serde_json::from_str(include_str!("../../schemas/adf-full.schema.json")).ok()?;
    jsonschema::draft4::new(&schema).ok()
});

/// Whether Jira's own schema takes the document.
pub(crate) fn is_valid(document: &Value) -> bool {
    SCHEMA.as_ref().is_some_and(|schema| schema.is_valid(document))
}

/// A document of one paragraph a line.
pub(crate) fn from_text(text: &str) -> Value {
    let paragraphs: Vec<Value> = text
        .lines()
        .map(|line| {
            if line.is_empty() {
                json!({"type": "paragraph", "content": []})
            } else {
                json!({"type": "paragraph", "content": [{"type": "text", "text": line}]})
            }
        })
        .collect();
    json!({"type": "doc", "version": 1, "content": paragraphs})
}

fn kind(node: &Value) -> &str {
    node.get("type").and_then(Value::as_str).unwrap_or_default()
}

fn children(node: &Value) -> &[Value] {
    node.get("content").and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn attr<'a>(node: &'a Value, name: &str) -> Option<&'a str> {
    node.get("attrs")?.get(name)?.as_str()
}

fn marks(node: &Value) -> impl DoubleEndedIterator<Item = &Value> {
    node.get("marks").and_then(Value::as_array).into_iter().flatten()
}

fn is_block_of_text(kind: &str) -> bool {
    matches!(kind, "paragraph" | "heading" | "codeBlock" | "rule" | "tableRow")
}

/// The text of an inline node; `None` for a node that has children instead.
fn inline_text(node: &Value) -> Option<&str> {
    match kind(node) {
        "text" => node.get("text")?.as_str(),
        "hardBreak" => Some("\n"),
        "mention" | "status" => Some(attr(node, "text").unwrap_or_default()),
        "emoji" => attr(node, "text").or_else(|| attr(node, "shortName")),
        "inlineCard" | "blockCard" | "embedCard" => attr(node, "url"),
        _ => None,
    }
}

/// The document without its formatting; blocks end with a newline, the last one without.
pub(crate) fn text(document: &Value) -> String {
    fn walk(node: &Value, out: &mut String) {
        if let Some(text) = inline_text(node) {
            out.push_str(text);
            return;
        }
        for child in children(node) {
            walk(child, out);
        }
        if is_block_of_text(kind(node)) {
            out.push('\n');
        }
    }
    let mut out = String::new();
    walk(document, &mut out);
    out.truncate(out.trim_end_matches('\n').len());
    out
}

/// The document as wiki markup, the way webhooks carry it.
pub(crate) fn wiki(document: &Value) -> String {
    fn inline(node: &Value, out: &mut String) {
        if kind(node) == "mention" {
            let _ = write!(out, "[~accountid:{}]", attr(node, "id").unwrap_or_default());
            return;
        }
        let mut text = inline_text(node).unwrap_or_default().to_owned();
        for mark in marks(node) {
            text = match kind(mark) {
                "strong" => format!("*{text}*"),
                "em" => format!("_{text}_"),
                "code" => format!("{{{{{text}}}}}"),
                "strike" => format!("-{text}-"),
                "underline" => format!("+{text}+"),
                "link" => format!("[{text}|{}]", attr(mark, "href").unwrap_or_default()),
                _ => text,
            };
        }
        out.push_str(&text);
    }
    fn walk(node: &Value, bullets: &str, out: &mut String) {
        match kind(node) {
            "paragraph" | "heading" => {
                if let Some(level) = node.pointer("/attrs/level").and_then(Value::as_u64) {
                    let _ = write!(out, "h{level}. ");
                }
                for child in children(node) {
                    inline(child, out);
                }
                out.push('\n');
            }
            "codeBlock" => {
                let language = attr(node, "language").map(|name| format!(":{name}")).unwrap_or_default();
                let code: String = children(node).iter().filter_map(inline_text).collect();
                let _ = writeln!(out, "{{code{language}}}\n{code}\n{{code}}");
            }
            "bulletList" | "orderedList" => {
                let bullets = format!("{bullets}{}", if kind(node) == "bulletList" { '*' } else { '#' });
                for item in children(node) {
                    for (place, child) in children(item).iter().enumerate() {
                        if place == 0 {
                            let _ = write!(out, "{bullets} ");
                        }
                        walk(child, &bullets, out);
                    }
                }
            }
            "blockquote" => {
                out.push_str("{quote}\n");
                for child in children(node) {
                    walk(child, bullets, out);
                }
                out.push_str("{quote}\n");
            }
            "rule" => out.push_str("----\n"),
            "doc" => {
                for child in children(node) {
                    walk(child, bullets, out);
                    if kind(child) == "paragraph" {
                        out.push('\n');
                    }
                }
            }
            _ if inline_text(node).is_some() => inline(node, out),
            _ => {
                for child in children(node) {
                    walk(child, bullets, out);
                }
            }
        }
    }
    let mut out = String::new();
    walk(document, "", &mut out);
    out.truncate(out.trim_end_matches('\n').len());
    out
}

/// The document as HTML for people's pages; every text is escaped.
pub(crate) fn html(document: &Value) -> String {
    fn inline(node: &Value, out: &mut String) {
        let text = escape(inline_text(node).unwrap_or_default());
        let mut shown = match kind(node) {
            "hardBreak" => "<br>".to_owned(),
            "mention" => format!("<span class=\"mention\">{text}</span>"),
            "status" => format!("<span class=\"status\">{text}</span>"),
            "inlineCard" | "blockCard" | "embedCard" => anchor(inline_text(node).unwrap_or_default(), &text),
            _ => text,
        };
        for mark in marks(node) {
            shown = match kind(mark) {
                "strong" => format!("<strong>{shown}</strong>"),
                "em" => format!("<em>{shown}</em>"),
                "code" => format!("<code>{shown}</code>"),
                "strike" => format!("<s>{shown}</s>"),
                "underline" => format!("<u>{shown}</u>"),
                "link" => anchor(attr(mark, "href").unwrap_or_default(), &shown),
                _ => shown,
            };
        }
        out.push_str(&shown);
    }
    fn wrap(node: &Value, tag: &str, out: &mut String) {
        let _ = write!(out, "<{tag}>");
        for child in children(node) {
            walk(child, out);
        }
        let _ = write!(out, "</{tag}>");
    }
    fn walk(node: &Value, out: &mut String) {
        match kind(node) {
            "paragraph" => wrap(node, "p", out),
            "heading" => wrap(node, "h4", out),
            "bulletList" => wrap(node, "ul", out),
            "orderedList" => wrap(node, "ol", out),
            "listItem" => wrap(node, "li", out),
            "blockquote" | "panel" => wrap(node, "blockquote", out),
            "codeBlock" => {
                out.push_str("<pre><code>");
                for child in children(node) {
                    inline(child, out);
                }
                out.push_str("</code></pre>");
            }
            "rule" => out.push_str("<hr>"),
            "table" => wrap(node, "table", out),
            "tableRow" => wrap(node, "tr", out),
            "tableHeader" => wrap(node, "th", out),
            "tableCell" => wrap(node, "td", out),
            "media" | "mediaInline" => media(node, out),
            _ if inline_text(node).is_some() => inline(node, out),
            _ => {
                for child in children(node) {
                    walk(child, out);
                }
            }
        }
    }
    let mut out = String::new();
    walk(document, &mut out);
    out
}

/// A picture by its address, or a mark for a file of the media store that [`with_files`] resolves.
fn media(node: &Value, out: &mut String) {
    let alt = escape(attr(node, "alt").unwrap_or_default());
    let _ = match (attr(node, "url"), attr(node, "id")) {
        (Some(url), _) => write!(out, "<img src=\"{}\" alt=\"{alt}\">", escape(url)),
        (None, id) => write!(out, "{MARK}{}\">{alt}</span>", escape(id.unwrap_or_default())),
    };
}

/// How the mark of a file begins.
const MARK: &str = "<span data-media=\"";

/// Puts files in the place of their marks: `shown` gives the HTML for an id of the media store.
pub(crate) fn with_files(html: &str, shown: impl Fn(&str) -> Option<String>) -> String {
    let mut parts = html.split(MARK);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (id, rest) = part.split_once("\">").unwrap_or((part, ""));
        match (shown(id), rest.split_once("</span>")) {
            (Some(file), Some((_, after))) => out.extend([file.as_str(), after]),
            _ => out.extend([MARK, id, "\">", rest]),
        }
    }
    out
}

fn anchor(href: &str, shown: &str) -> String {
    if href.starts_with("https://") || href.starts_with("http://") {
        format!("<a href=\"{}\" rel=\"noreferrer\">{shown}</a>", escape(href))
    } else {
        shown.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document() -> Value {
        json!({"type": "doc", "version": 1, "content": [
            {"type": "paragraph", "content": [
                {"type": "text", "text": "Look ", "marks": []},
                {"type": "text", "text": "here", "marks": [{"type": "strong"}]},
                {"type": "mention", "attrs": {"id": "abc", "text": "@Ann"}}]},
            {"type": "bulletList", "content": [
                {"type": "listItem", "content": [{"type": "paragraph", "content": [{"type": "text", "text": "a < b"}]}]}]},
            {"type": "codeBlock", "attrs": {"language": "rust"}, "content": [{"type": "text", "text": "fn x() {}"}]}]})
    }

    #[test]
    fn a_document_reads_as_text_wiki_and_html() {
        assert!(is_valid(&document()));
        assert_eq!(text(&document()), "Look here@Ann\na < b\nfn x() {}");
        assert_eq!(
            wiki(&document()),
            "Look *here*[~accountid:abc]\n\n* a < b\n{code:rust}\nfn x() {}\n{code}"
        );
        assert_eq!(
            html(&document()),
            "<p>Look <strong>here</strong><span class=\"mention\">@Ann</span></p>\
             <ul><li><p>a &lt; b</p></li></ul><pre><code>fn x() {}</code></pre>"
        );
    }

    #[test]
    fn the_schema_refuses_what_jira_refuses() {
        assert!(is_valid(&from_text("one\n\ntwo")));
        assert!(!is_valid(&json!({"type": "doc", "content": []})));
        assert!(!is_valid(
            &json!({"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": [{"type": "text", "text": ""}]}]})
        ));
        assert!(!is_valid(
            &json!({"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": [
                {"type": "text", "text": "x", "marks": [{"type": "code"}, {"type": "strong"}]}]}]})
        ));
    }
}

//! Chat HTML, read leniently and in one pass: as text, as an activity carries it, as a page
//! may show it.

use std::fmt::Write;

use crate::escape::escape;

/// A piece of chat HTML.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    /// Text, still with its entities.
    Text(&'a str),
    /// `<name attributes>`.
    Open { name: String, attributes: &'a str, closed: bool },
    /// `</name>`.
    Close(String),
}

/// Cuts HTML into pieces. A `<` that starts no tag is text.
pub(crate) fn pieces(html: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = html;
    while !rest.is_empty() {
        let Some(start) = rest.find('<') else {
            pieces.push(Piece::Text(rest));
            break;
        };
        let (before, tag) = rest.split_at(start);
        if !before.is_empty() {
            pieces.push(Piece::Text(before));
        }
        let inside = tag.strip_prefix('<').unwrap_or_default();
        if let Some((piece, after)) = read_tag(inside) {
            pieces.extend(piece);
            rest = after;
        } else {
            pieces.push(Piece::Text("<"));
            rest = inside;
        }
    }
    pieces
}

/// Reads a tag whose `<` is already taken; a comment gives no piece.
fn read_tag(text: &str) -> Option<(Option<Piece<'_>>, &str)> {
    if let Some(comment) = text.strip_prefix("!--") {
        return Some((None, comment.split_once("-->").map_or("", |(_, after)| after)));
    }
    let (inside, after) = text.split_once('>')?;
    let (closing, inside) = inside.strip_prefix('/').map_or((false, inside), |inside| (true, inside));
    let closed = inside.ends_with('/');
    let inside = inside.trim_end_matches('/').trim_end();
    let (name, attributes) = inside.split_once(char::is_whitespace).unwrap_or((inside, ""));
    if !name.starts_with(|first: char| first.is_ascii_alphabetic()) {
        return None;
    }
    let name = name.to_ascii_lowercase();
    let piece = if closing { Piece::Close(name) } else { Piece::Open { name, attributes, closed } };
    Some((Some(piece), after))
}

/// The value of an attribute, still with its entities.
pub(crate) fn attribute<'a>(attributes: &'a str, wanted: &str) -> Option<&'a str> {
    let mut rest = attributes.trim_start();
    while !rest.is_empty() {
        let end = rest.find(|c: char| c == '=' || c.is_whitespace()).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        let after = after.trim_start();
        let (value, next) = match after.strip_prefix('=') {
            None => ("", after),
            Some(value) => {
                let value = value.trim_start();
                match value.strip_prefix(['"', '\'']) {
                    Some(inner) => {
                        let quote = if value.starts_with('"') { '"' } else { '\'' };
                        inner.split_once(quote).unwrap_or((inner, ""))
                    }
                    None => value.split_at(value.find(char::is_whitespace).unwrap_or(value.len())),
                }
            }
        };
        if name.eq_ignore_ascii_case(wanted) {
            return Some(value);
        }
        if next.len() == rest.len() {
            return None;
        }
        rest = next.trim_start();
    }
    None
}

/// Resolves the entities that chat clients write.
pub(crate) fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let entity = after.split_once(';').filter(|(name, _)| name.len() <= 8);
        let resolved = entity.and_then(|(name, _)| match name {
            "amp" => Some('&'),
            "lt" => Some('<'),
            "gt" => Some('>'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            "nbsp" => Some('\u{a0}'),
            _ => {
                let number = name.strip_prefix('#')?;
                let code = match number.strip_prefix(['x', 'X']) {
                    Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                    None => number.parse().ok()?,
                };
                char::from_u32(code)
            }
        });
        if let (Some(character), Some((_, after))) = (resolved, entity) {
            out.push(character);
            rest = after;
        } else {
            out.push('&');
            rest = after;
        }
    }
    out.push_str(rest);
    out
}

fn ends_a_line(name: &str) -> bool {
    matches!(
        name,
        "p" | "div" | "li" | "blockquote" | "pre" | "codeblock" | "tr" | "h1" | "h2" | "h3" | "table"
    )
}

/// The HTML without its formatting: blocks end with a newline, the last one without.
pub(crate) fn text(html: &str) -> String {
    flatten(html, |_| None)
}

/// Flattens HTML; `mention` may give a text instead of the mention's own, by its `<at id>`.
fn flatten(html: &str, mention: impl Fn(&str) -> Option<String>) -> String {
    let mut out = String::new();
    let mut hidden = false;
    for piece in pieces(html) {
        match piece {
            Piece::Text(text) if !hidden => out.push_str(&unescape(text)),
            Piece::Text(_) => {}
            Piece::Open { name, attributes, closed } => match name.as_str() {
                "br" => out.push('\n'),
                "emoji" | "img" => out.push_str(&unescape(attribute(attributes, "alt").unwrap_or_default())),
                "script" | "style" => hidden = !closed,
                "at" => {
                    if let Some(text) = mention(attribute(attributes, "id").unwrap_or_default()) {
                        out.push_str(&text);
                        hidden = true;
                    }
                }
                _ => {}
            },
            Piece::Close(name) => {
                if matches!(name.as_str(), "script" | "style" | "at") {
                    hidden = false;
                }
                if ends_a_line(&name) && !out.is_empty() && !out.ends_with('\n') {
                    out.push('\n');
                }
            }
        }
    }
    out.truncate(out.trim_end_matches('\n').len());
    out.replace('\u{a0}', " ")
}

/// The flat text of an activity: like [`text`], with mentions as `<at>Name</at>`.
pub(crate) fn activity_text(html: &str, name_of: impl Fn(&str) -> Option<String>) -> String {
    flatten(html, |id| name_of(id).map(|name| format!("<at>{}</at>", escape(&name))))
}

/// The HTML that an activity carries as an attachment: mentions become spans.
pub(crate) fn activity_html(html: &str) -> String {
    let mut out = String::with_capacity(html.len() + 32);
    for piece in pieces(html) {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Open { name, attributes, .. } if name == "at" => {
                let id = attribute(attributes, "id").unwrap_or_default();
                let _ = write!(
                    out,
                    "<span itemscope=\"\" itemtype=\"http://schema.skype.com/Mention\" itemid=\"{id}\">"
                );
            }
            Piece::Close(name) if name == "at" => out.push_str("</span>"),
            other => write_piece(&other, &mut out),
        }
    }
    out
}

fn write_piece(piece: &Piece<'_>, out: &mut String) {
    match piece {
        Piece::Text(text) => out.push_str(text),
        Piece::Open { name, attributes, closed } => {
            let _ = write!(out, "<{name}");
            if !attributes.is_empty() {
                let _ = write!(out, " {attributes}");
            }
            out.push_str(if *closed { "/>" } else { ">" });
        }
        Piece::Close(name) => {
            let _ = write!(out, "</{name}>");
        }
    }
}

/// Values of an attribute on every tag of a name: `<at id>`, `<attachment id>`, `<img src>`.
pub(crate) fn attributes_of<'a>(html: &'a str, tag: &str, wanted: &str) -> Vec<&'a str> {
    pieces(html)
        .into_iter()
        .filter_map(|piece| match piece {
            Piece::Open { name, attributes, .. } if name == tag => {
                Some(attribute(attributes, wanted).unwrap_or_default())
            }
            _ => None,
        })
        .collect()
}

/// HTML that a page may show: known tags without attributes (links keep a safe address),
/// everything else as text.
pub(crate) fn safe(html: &str) -> String {
    const KNOWN: [&str; 23] = [
        "p",
        "div",
        "br",
        "strong",
        "b",
        "em",
        "i",
        "u",
        "s",
        "ul",
        "ol",
        "li",
        "blockquote",
        "pre",
        "code",
        "h1",
        "h2",
        "h3",
        "table",
        "tr",
        "td",
        "th",
        "hr",
    ];
    let mut out = String::with_capacity(html.len());
    let mut hidden = false;
    for piece in pieces(html) {
        match piece {
            Piece::Text(text) if !hidden => out.push_str(&escape(&unescape(text))),
            Piece::Text(_) => {}
            Piece::Open { name, attributes, closed } => match name.as_str() {
                "script" | "style" => hidden = !closed,
                "at" => out.push_str("<span class=\"mention\">"),
                "codeblock" => out.push_str("<pre>"),
                "emoji" => out.push_str(&escape(&unescape(attribute(attributes, "alt").unwrap_or_default()))),
                "a" => {
                    let href = unescape(attribute(attributes, "href").unwrap_or_default());
                    let href = if href.starts_with("http://") || href.starts_with("https://") {
                        href
                    } else {
                        "#".to_owned()
                    };
                    let _ = write!(out, "<a href=\"{}\" rel=\"noreferrer\">", escape(&href));
                }
                "img" => picture(attributes, &mut out),
                known if KNOWN.contains(&known) => {
                    let _ = write!(out, "<{known}>");
                }
                _ => {}
            },
            Piece::Close(name) => match name.as_str() {
                "script" | "style" => hidden = false,
                "at" => out.push_str("</span>"),
                "codeblock" => out.push_str("</pre>"),
                "a" => out.push_str("</a>"),
                known if KNOWN.contains(&known) && !matches!(known, "br" | "hr") => {
                    let _ = write!(out, "</{known}>");
                }
                _ => {}
            },
        }
    }
    out
}

/// A picture on a page: one that is kept with the message, or one on the web.
fn picture(attributes: &str, out: &mut String) {
    let source = unescape(attribute(attributes, "src").unwrap_or_default());
    let source = match source.split_once("/hostedContents/") {
        Some((_, rest)) => format!("/hosted/{}", rest.split('/').next().unwrap_or_default()),
        None if source.starts_with("http://") || source.starts_with("https://") => source,
        None => return,
    };
    let alt = unescape(attribute(attributes, "alt").unwrap_or_default());
    let _ = write!(out, "<img src=\"{}\" alt=\"{}\">", escape(&source), escape(&alt));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_reads_as_text() {
        assert_eq!(text("<p>Hi <at id=\"0\">Ann</at>&nbsp;&amp; all</p><p>a<br>b</p>"), "Hi Ann & all\na\nb");
        assert_eq!(text("1 < 2 <script>alert(1)</script>x"), "1 < 2 x");
        assert_eq!(text("<p><emoji alt=\"🙂\"></emoji></p>"), "🙂");
    }

    #[test]
    fn an_activity_marks_mentions() {
        let html = "<p><at id=\"0\">Bot</at> do</p>";
        assert_eq!(activity_text(html, |_| Some("Bot".to_owned())), "<at>Bot</at> do");
        assert!(
            activity_html(html)
                .contains("itemtype=\"http://schema.skype.com/Mention\" itemid=\"0\">Bot</span>")
        );
    }

    #[test]
    fn a_page_shows_no_foreign_code() {
        let shown =
            safe("<p onclick=x>a<img src=x onerror=y><a href=\"javascript:z\">b</a><script>c</script></p>");
        assert_eq!(shown, "<p>a<a href=\"#\" rel=\"noreferrer\">b</a></p>");
    }

    #[test]
    fn attributes_are_found_in_any_quotes() {
        assert_eq!(attributes_of("<at id='3'>x</at><at id=4>", "at", "id"), ["3", "4"]);
        assert_eq!(attribute("a = \"1\" b='2 3' c", "b"), Some("2 3"));
        assert_eq!(attribute("a = \"1\" b='2 3' c", "d"), None);
    }
}

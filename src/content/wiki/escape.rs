//! Escapes of wiki markup: `\*` is a star, `&#92;` a backslash.

use std::fmt::Write as _;

/// Writes text so that nothing in it is markup. `starts` says that it begins its row.
pub fn escape(text: &str, starts: bool, out: &mut String) {
    let mut before = ' ';
    for (position, found) in text.char_indices() {
        let first = starts && position == 0;
        let after =
            text.get(position + found.len_utf8()..).and_then(|rest| rest.chars().next()).unwrap_or(' ');
        match found {
            // `\\` is a line break, so a backslash can't be escaped by another one.
            '\\' => out.push_str("&#92;"),
            '&' if after == '#' || after.is_ascii_alphabetic() => out.push_str("&#38;"),
            '*' | '_' | '{' | '}' | '[' | ']' | '|' | '^' | '~' | '+' | '!' => {
                out.push('\\');
                out.push(found);
            }
            '-' | '?' if !(before.is_alphanumeric() && after.is_alphanumeric()) => {
                out.push('\\');
                out.push(found);
            }
            '#' if first => out.push_str("\\#"),
            // `h1.` and `bq.` make a heading and a quote where they begin a row.
            'h' | 'b' if first && is_row_macro(text) => {
                out.push_str(if found == 'h' { "&#104;" } else { "&#98;" });
            }
            ' ' if first => out.push_str("&nbsp;"),
            '\t' => out.push(' '),
            other => out.push(other),
        }
        before = found;
    }
}

/// Whether a row that begins like this is a heading or a quote.
fn is_row_macro(text: &str) -> bool {
    text.starts_with("bq.") || matches!(text.as_bytes(), [b'h', b'0'..=b'9', b'.', ..])
}

/// Writes code in braces: there backslashes and braces have no other spelling than a reference.
pub fn escape_code(text: &str, out: &mut String) {
    for found in text.chars() {
        match found {
            '{' | '}' | '\\' | '|' | '&' | '[' | ']' | '!' => {
                {
                    // Writing to a string can't fail.
                    let _ = write!(out, "&#{};", u32::from(found));
                }
            }
            other => out.push(other),
        }
    }
}

/// Undoes the escapes of a part that is not read any further: an address, a name, code.
pub fn undone(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(found) = rest.chars().next() {
        let after = rest.get(found.len_utf8()..).unwrap_or_default();
        let next = after.chars().next();
        if found == '\\' && next.is_some_and(|next| next.is_ascii_punctuation()) {
            out.extend(next);
            rest = after.get(1..).unwrap_or_default();
            continue;
        }
        let end = after.bytes().take(9).position(|found| found == b';');
        let code = end.and_then(|end| after.get(..end)?.strip_prefix('#')).filter(|_| found == '&');
        let reference = code.and_then(|code| Some((code.len(), char::from_u32(code.parse().ok()?)?)));
        if let Some((length, meant)) = reference {
            out.push(meant);
            rest = after.get(length + 2..).unwrap_or_default();
            continue;
        }
        out.push(found);
        rest = after;
    }
    out
}

/// Splits at a separator that is not escaped.
pub fn split(text: &str, separator: char) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut start = 0;
    let mut escaped = false;
    for (position, found) in text.char_indices() {
        if escaped {
            escaped = false;
        } else if found == '\\' {
            escaped = true;
        } else if found == separator {
            parts.push(text.get(start..position).unwrap_or_default());
            start = position + found.len_utf8();
        }
    }
    parts.push(text.get(start..).unwrap_or_default());
    parts
}

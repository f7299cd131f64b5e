//! Characters that nobody sees but that change what others see.
//!
//! Bidirectional overrides, control characters and stray zero-width characters go;
//! what scripts and emoji really need (joiners between their letters, marks of direction) stays.

use std::borrow::Cow;

/// The text without characters that could disguise it. Every visible character stays.
///
/// - All explicit bidirectional embeddings, overrides and isolates are dropped: ordinary right-to-left
///   text is ordered by its letters, and the marks LRM, RLM and ALM stay.
/// - Zero-width joiners, non-joiners and spaces stay only between two characters outside ASCII, where
///   Persian, Indic scripts, Khmer and emoji need them.
/// - Tag characters stay only in a flag, variation selectors only one at a time.
/// - Control characters other than tab and line feed are dropped; every line end becomes `\n`.
pub fn harmless(text: &str) -> Cow<'_, str> {
    // Most text is plain ASCII, and is not looked at character by character.
    let ascii = text.bytes().take_while(|byte| matches!(byte, b'\t' | b'\n' | b' '..=b'~')).count();
    if text.get(ascii..).is_some_and(|rest| rest.chars().all(is_ordinary)) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut last = None;
    let mut chars = text.chars().peekable();
    while let Some(found) = chars.next() {
        let kept = match found {
            '\r' if chars.peek() == Some(&'\n') => None,
            '\r' | '\u{2028}' | '\u{2029}' => Some('\n'),
            '\u{200b}'..='\u{200d}' => {
                let next = chars.peek().copied();
                (last.is_some_and(joins) && next.is_some_and(joins)).then_some(found)
            }
            '\u{e0020}'..='\u{e007f}' => last.is_some_and(carries_tag).then_some(found),
            _ if is_selector(found) => {
                last.is_some_and(|last| !is_selector(last) && last != '\n').then_some(found)
            }
            _ if is_hidden(found) => None,
            _ => Some(found),
        };
        if let Some(kept) = kept {
            out.push(kept);
            last = Some(kept);
        }
    }
    Cow::Owned(out)
}

/// Nothing to look at more closely.
fn is_ordinary(found: char) -> bool {
    match found {
        '\t' | '\n' | ' '..='~' => true,
        _ => {
            found != '\r'
                && !matches!(found, '\u{2028}' | '\u{2029}' | '\u{200b}'..='\u{200d}' | '\u{e0020}'..='\u{e007f}')
                && !is_selector(found)
                && !is_hidden(found)
        }
    }
}

fn joins(neighbour: char) -> bool {
    !neighbour.is_ascii()
        && !neighbour.is_whitespace()
        && !is_hidden(neighbour)
        && !matches!(neighbour, '\u{200b}'..='\u{200d}')
}

fn carries_tag(last: char) -> bool {
    last == '\u{1f3f4}' || matches!(last, '\u{e0020}'..='\u{e007e}')
}

fn is_selector(found: char) -> bool {
    matches!(found, '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}

fn is_hidden(found: char) -> bool {
    matches!(found,
        '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{7f}'..='\u{9f}' // controls
        | '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}' // fillers
        | '\u{202a}'..='\u{202e}' // bidirectional embeddings and overrides
        | '\u{2060}'..='\u{206f}' // word joiner, invisible operators, isolates, deprecated formats
        | '\u{3164}' | '\u{ffa0}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}'
        | '\u{e0000}'..='\u{e001f}')
}

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn a_file_name_cannot_be_turned_round() {
        assert_eq!(harmless("invoice\u{202e}fdp.exe"), "invoicefdp.exe");
        assert_eq!(harmless("a\u{2066}b\u{2069}c"), "abc");
    }

    #[test]
    fn a_word_cannot_hide_a_space_without_width() {
        assert_eq!(harmless("pass\u{200b}word\u{feff}\u{2060}"), "password");
    }

    #[test]
    fn families_and_flags_stay_together() {
        for emoji in ["👩‍👩‍👧‍👦", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "1️⃣", "❤️‍🔥", "👍🏽"]
        {
            assert_eq!(harmless(emoji), emoji);
        }
    }

    #[test]
    fn persian_hindi_and_hebrew_stay_as_they_are() {
        for text in ["می‌خواهم", "क्‍ष", "שלום\u{200f}!", "مرحبا"] {
            assert_eq!(harmless(text), text);
        }
    }

    #[test]
    fn line_ends_become_one_kind() {
        assert_eq!(harmless("a\r\nb\rc\u{2028}d\0"), "a\nb\nc\nd");
    }

    #[test]
    fn what_is_harmless_stays_harmless() {
        let once = harmless("\u{200d}👩\u{200d}\u{200d}👧\u{fe0f}\u{fe0f}\u{e0061}x").into_owned();
        assert_eq!(harmless(&once), once);
    }
}

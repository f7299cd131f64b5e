//! Reactions, which Teams names in three ways: by an old word (`like`), by an id that begins with
//! the code points of its emoji (`1f440_eyes`), or by the emoji itself.
//! Source: learn.microsoft.com, "Get message reactions"; graph/api/resources/chatmessagereaction.

/// The most characters of an emoji: a flag of a region has seven, a family with skin tones ten.
const LONGEST: usize = 16;

/// The emoji of a reaction; none for a name that tells no emoji, such as that of a picture that
/// an organisation has uploaded.
pub fn emoji(name: &str) -> Option<String> {
    let word = match name {
        "like" => "👍",
        "heart" => "❤️",
        "laugh" => "😆",
        "surprised" => "😮",
        "sad" => "😢",
        "angry" => "😡",
        _ => "",
    };
    if !word.is_empty() {
        return Some(word.to_owned());
    }
    let found = match name.split_once('_') {
        Some((points, _)) => points.split('-').map(code_point).collect::<Option<String>>()?,
        None => name.to_owned(),
    };
    is_emoji(&found).then_some(found)
}

fn code_point(hex: &str) -> Option<char> {
    u32::from_str_radix(hex, 16).ok().and_then(char::from_u32)
}

/// Whether a text is nothing but emoji: it is shown to people who did not write it.
fn is_emoji(text: &str) -> bool {
    let has_keycap = text.contains('\u{20e3}');
    let is_part = |c: char| match c {
        '0'..='9' | '#' | '*' => has_keycap,
        // What joins and colours signs, and spells the flags of regions.
        '\u{200d}' | '\u{20e3}' | '\u{fe0f}' | '\u{e0020}'..='\u{e007f}' => true,
        _ => is_sign(c),
    };
    let shows = has_keycap || text.chars().any(is_sign);
    shows && text.chars().all(is_part) && text.chars().count() <= LONGEST
}

/// Whether a character is in a block where Unicode has its emoji.
fn is_sign(c: char) -> bool {
    matches!(c,
        '\u{a9}' | '\u{ae}' | '\u{203c}' | '\u{2049}' | '\u{2139}'..='\u{2bff}' | '\u{3030}' | '\u{303d}'
        | '\u{3297}' | '\u{3299}' | '\u{1f000}'..='\u{1faff}')
}

#[cfg(test)]
mod tests {
    use super::emoji;

    #[test]
    fn words_ids_and_emoji_are_one() {
        for (name, sign) in [
            ("like", "👍"),
            ("heart", "❤️"),
            ("1f440_eyes", "👀"),
            ("2705_whiteheavycheckmark", "✅"),
            ("1f468-200d-1f4bb_mantechnologist", "👨‍💻"),
            ("👍🏽", "👍🏽"),
            ("🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🏴󠁧󠁢󠁥󠁮󠁧󠁿"),
            ("3️⃣", "3️⃣"),
            ("‼️", "‼️"),
        ] {
            assert_eq!(emoji(name).as_deref(), Some(sign), "{name}");
        }
    }

    #[test]
    fn what_is_no_emoji_is_not_shown() {
        for name in [
            "",
            "smile",
            "custom_acme",
            "<b>",
            "zz_top",
            "110000_x",
            "d800_x",
            "3",
            "12",
            "_",
            "\u{202e}",
            "é",
            "\u{fe0f}",
            "\u{e0041}",
            "javascript:",
            "0041_letter",
        ] {
            assert_eq!(emoji(name), None, "{name}");
        }
        assert_eq!(emoji(&"👍".repeat(17)), None);
    }
}

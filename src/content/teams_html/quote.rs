//! Which message a message quotes.

use super::tags::{Element, Piece, pieces};

/// The id of the message that this one quotes: from `<quoted messageId="…"/>`, or from the block quote
/// that older clients write. The first one, if there are several.
pub fn quoted_message_id(html: &str) -> Option<String> {
    pieces(html).into_iter().find_map(|piece| match piece {
        Piece::Open(element) if element.name == "quoted" => element.attribute("messageid").map(str::to_owned),
        Piece::Open(element) if element.name == "blockquote" && is_reply(&element) => {
            element.attribute("itemid").map(str::to_owned)
        }
        _ => None,
    })
}

fn is_reply(element: &Element) -> bool {
    element.attribute("itemtype") == Some("http://schema.skype.com/Reply")
}

#[cfg(test)]
mod tests {
    use super::quoted_message_id;
    use crate::content::teams_html;

    #[test]
    fn the_new_and_the_old_spelling_name_the_quoted_message() {
        let new = "<quoted messageId=\"1700000000000\"/> I agree";
        let old = "<blockquote itemscope itemtype=\"http://schema.skype.com/Reply\" itemid=\"1700000000001\">\
            <strong itemprop=\"mri\">Ann</strong><p itemprop=\"preview\">said</p></blockquote><p>I agree</p>";
        assert_eq!(quoted_message_id(new).as_deref(), Some("1700000000000"));
        assert_eq!(quoted_message_id(old).as_deref(), Some("1700000000001"));
        assert_eq!(quoted_message_id("<blockquote>no reply</blockquote>"), None);
        assert_eq!(teams_html::read(new, |_| None).text(), "I agree");
        assert_eq!(teams_html::read(old, |_| None).text(), "Ann\nsaid\nI agree");
    }
}

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

/// The ids of the messages that older clients show in block quotes. What those say of the messages
/// is not read: their sender can write it.
pub fn quoted_messages(html: &str) -> Vec<String> {
    if !html.contains(REPLY) {
        return Vec::new();
    }
    let mut quoted = Vec::new();
    // How many block quotes are open, the reply's own among them.
    let mut open = 0_usize;
    for piece in pieces(html) {
        match piece {
            Piece::Open(element) if element.name == "blockquote" => {
                if open > 0 {
                    open += 1;
                } else if is_reply(&element) {
                    open = 1;
                    quoted.push(element.attribute("itemid").unwrap_or_default().to_owned());
                }
            }
            Piece::Close(name) if open > 0 && name == "blockquote" => open -= 1,
            _ => {}
        }
    }
    quoted
}

const REPLY: &str = "http://schema.skype.com/Reply";

fn is_reply(element: &Element) -> bool {
    element.attribute("itemtype") == Some(REPLY)
}

#[cfg(test)]
mod tests {
    use super::{quoted_message_id, quoted_messages};
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
        assert_eq!(quoted_messages(old), ["1700000000001"]);
        assert_eq!(quoted_messages("<blockquote><strong itemprop=\"mri\">x</strong></blockquote>"), [""; 0]);
    }

    #[test]
    fn a_quote_within_a_quote_and_a_quote_without_an_end_are_read() {
        let reply = "<blockquote itemtype=\"http://schema.skype.com/Reply\" itemid=\"1\">";
        let nested =
            format!("{reply}<blockquote>old</blockquote><p itemprop=\"preview\">new</p></blockquote>x");
        assert_eq!(quoted_messages(&nested), ["1"]);
        assert_eq!(quoted_messages(&reply.repeat(3)).len(), 1);
    }
}

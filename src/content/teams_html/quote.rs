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

/// A message that a message quotes, as far as its HTML tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuotedMessage {
    /// Its id.
    pub id: String,
    /// Who wrote it.
    pub author: String,
    /// How it begins.
    pub preview: String,
}

/// The block quotes in which older clients show quoted messages.
pub fn quoted_messages(html: &str) -> Vec<QuotedMessage> {
    if !html.contains(REPLY) {
        return Vec::new();
    }
    let mut quoted: Vec<QuotedMessage> = Vec::new();
    // How many block quotes are open, the reply's own among them, and what is being read of it.
    let (mut open, mut reading) = (0_usize, None);
    for piece in pieces(html) {
        match piece {
            Piece::Open(element) if element.name == "blockquote" => {
                if open > 0 {
                    open += 1;
                } else if is_reply(&element) {
                    open = 1;
                    let id = element.attribute("itemid").unwrap_or_default().to_owned();
                    quoted.push(QuotedMessage { id, author: String::new(), preview: String::new() });
                }
            }
            Piece::Open(element) if open > 0 => match element.attribute("itemprop") {
                Some("mri") => reading = Some(Part::Author),
                Some("preview") => reading = Some(Part::Preview),
                _ => {}
            },
            Piece::Close(name) if open > 0 => match name.as_str() {
                "blockquote" => (open, reading) = (open - 1, None),
                "strong" | "p" => reading = None,
                _ => {}
            },
            Piece::Text(text) if open > 0 => match (&reading, quoted.last_mut()) {
                (Some(Part::Author), Some(quote)) => quote.author.push_str(&text),
                (Some(Part::Preview), Some(quote)) => quote.preview.push_str(&text),
                _ => {}
            },
            _ => {}
        }
    }
    quoted
}

/// What is being read of a quoted message.
enum Part {
    Author,
    Preview,
}

const REPLY: &str = "http://schema.skype.com/Reply";

fn is_reply(element: &Element) -> bool {
    element.attribute("itemtype") == Some(REPLY)
}

#[cfg(test)]
mod tests {
    use super::{QuotedMessage, quoted_message_id, quoted_messages};
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
        let ann = QuotedMessage {
            id: "1700000000001".to_owned(),
            author: "Ann".to_owned(),
            preview: "said".to_owned(),
        };
        assert_eq!(quoted_messages(old), [ann]);
        assert_eq!(quoted_messages("<blockquote><strong itemprop=\"mri\">x</strong></blockquote>"), []);
    }

    #[test]
    fn a_quote_within_a_quote_and_a_quote_without_an_end_are_read() {
        let reply = "<blockquote itemtype=\"http://schema.skype.com/Reply\" itemid=\"1\">";
        let nested =
            format!("{reply}<blockquote>old</blockquote><p itemprop=\"preview\">new</p></blockquote>x");
        assert_eq!(quoted_messages(&nested)[0].preview, "new");
        assert_eq!(quoted_messages(&reply.repeat(3)).len(), 1);
    }
}

//! The text of a message as people mean it: without the bot's mention and the quote's mark.

use std::collections::HashMap;

use super::{Activity, Mention};

impl Activity {
    /// The text in one piece, trimmed: without mentions of the bot, with other people's mentions
    /// as their names, and with HTML's character references resolved. Mentions are found by
    /// their entities, never by a name.
    pub fn plain_text(&self) -> String {
        let mut text = self.text.clone().unwrap_or_default();
        let told = self.quotes.iter().map(|quote| &quote.message);
        for quoted in self.quoted.iter().chain(told) {
            text = text.replace(&format!("<quoted messageId=\"{quoted}\"/>"), "");
        }
        let names: HashMap<&str, &str> =
            self.mentions.iter().rev().map(|mention| self.named(mention)).collect();
        let mut out = String::with_capacity(text.len());
        for piece in text.split_inclusive("</at>") {
            let (before, called) = piece.split_at(piece.rfind("<at").unwrap_or(piece.len()));
            out.push_str(&resolve_references(before));
            match names.get(called) {
                Some(name) => out.push_str(name),
                None => out.push_str(&resolve_references(called)),
            }
        }
        out.trim().to_owned()
    }

    /// How a mention stands in the text, and what is read in its place.
    fn named<'a>(&self, mention: &'a Mention) -> (&'a str, &'a str) {
        let name = if self.is_the_bot(&mention.who) { None } else { mention.who.name.as_deref() };
        (&mention.text, name.unwrap_or_default())
    }
}

/// The few character references that Teams leaves in flattened text. `&amp;` comes last, so that
/// `&amp;lt;` becomes `&lt;`.
fn resolve_references(text: &str) -> String {
    text.replace("&nbsp;", " ")
        .replace('\u{a0}', " ")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&amp;", "&")
}

/// The message that an HTML text quotes: clients older than the `quotedReply` entity write
/// `<blockquote itemtype="http://schema.skype.com/Reply" itemid="170…">`.
pub(super) fn quoted_in_html(html: &str) -> Option<&str> {
    let (_, rest) = html.split_once("<blockquote ")?;
    let (attributes, _) = rest.split_once('>')?;
    if !attributes.contains("http://schema.skype.com/Reply") {
        return None;
    }
    let (_, id) = attributes.split_once("itemid=\"")?;
    let (id, _) = id.split_once('"')?;
    (!id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit())).then_some(id)
}

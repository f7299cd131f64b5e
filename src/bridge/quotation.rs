//! How a quote looks that Threadline puts in front of what it relays: one paragraph that begins
//! with who wrote the quoted words, linked to where they stand.
//!
//! > [**Ann Archer**](https://…): The first words of what she wrote…
//!
//! By that link it is known again, so that it is no part of what is compared, and is not relayed
//! as if somebody had written it.

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation;

use super::turn::Turn;
use crate::content::{Block, Document, Inline, Marks, MediaSource, harmless, teams_html};
use crate::ids::MessageId;
use crate::teams::message_link;
use crate::teams::quote::Quoted;

/// How many characters of the quoted words are shown.
const MOST: usize = 120;
/// The most quotes that a message may have (Graph's `replyWithQuote` takes ten).
pub(super) const MOST_QUOTES: usize = 10;

/// A quote of the words of `name`, which stand at `address`. Without words it tells only where.
pub(super) fn quotation(name: &str, address: &str, words: &str) -> Block {
    let name = harmless(name).replace('\n', " ");
    let marks = Marks { link: Some(address.to_owned()), ..Marks::bold() };
    let mut line = vec![Inline::Text { text: name, marks }];
    let words = beginning(words);
    if !words.is_empty() {
        line.push(Inline::plain(format!(": {words}")));
    }
    Block::Quote(vec![Block::Paragraph(line)])
}

/// The first words of a text, on one line.
fn beginning(text: &str) -> String {
    let text = harmless(text);
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut kept: String = line.graphemes(true).take(MOST).collect();
    if kept.len() < line.len() {
        // Half a word tells less than none, unless it is the only one.
        if let Some((words, _)) = kept.rsplit_once(' ').filter(|(words, _)| words.len() > MOST / 2) {
            kept.truncate(words.len());
        }
        kept.push('…');
    }
    kept
}

/// The document with quotes in front.
pub(super) fn answering(quotes: Document, mut document: Document) -> Document {
    document.blocks.splice(0..0, quotes.blocks);
    document
}

/// Where a block leads to, if it is such a quote: a bold name with the link, then nothing, or a
/// colon and no more words than Threadline quotes. Whatever else people quote is theirs.
fn leads_to(block: &Block) -> Option<String> {
    let Block::Quote(blocks) = block else { return None };
    let [Block::Paragraph(line)] = blocks.as_slice() else { return None };
    let name = |inline: &Inline| match inline {
        Inline::Text { marks: Marks { strong: true, link, .. }, .. } => link.clone(),
        _ => None,
    };
    let address = name(line.first()?)?;
    // Platforms may cut a name into several texts.
    let in_name = |inline: &&Inline| name(inline).as_ref() == Some(&address);
    let words: Vec<Inline> = line.iter().skip_while(in_name).cloned().collect();
    let words = Document { blocks: vec![Block::Paragraph(words)] }.text();
    let ours = words.is_empty()
        || words.strip_prefix(':').is_some_and(|words| words.trim().graphemes(true).count() <= MOST + 1);
    (ours && (address.contains("?focusedCommentId=") || address.starts_with(MESSAGE))).then_some(address)
}

/// How the links to messages begin.
const MESSAGE: &str = "https://teams.microsoft.com/l/message/";

impl Turn<'_> {
    /// Whether an address is that of a comment on this site, or of a message of this chat.
    fn is_place_of_words(&self, address: &str) -> bool {
        if let Some(comment) = address.strip_prefix(&format!("{}/browse/", self.site.url)) {
            return comment.split_once("?focusedCommentId=").is_some_and(|(_, id)| is_number(id));
        }
        let chat = message_link(&self.link.conversation, &MessageId::new("0"));
        let Some((chat, _)) = chat.as_str().split_once("/0") else { return false };
        address.strip_prefix(chat).is_some_and(|message| message.starts_with('/'))
    }

    /// The document without the quotes that Threadline has put in front of it on this link.
    pub(super) fn own_words<'a>(&self, document: &'a Document) -> Cow<'a, Document> {
        without(document, |block| leads_to(block).is_some_and(|address| self.is_place_of_words(&address)))
    }
}

fn is_number(id: &str) -> bool {
    !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit())
}

/// The document without what looks like such quotes, on whatever link. For comparing alone:
/// what is relayed is [`Turn::own_words`].
pub(super) fn without_quotations(document: &Document) -> Cow<'_, Document> {
    without(document, |block| leads_to(block).is_some())
}

/// The document without its quotes at the beginning, or behind the line that says who speaks.
fn without(document: &Document, is_quotation: impl Fn(&Block) -> bool) -> Cow<'_, Document> {
    if !document.blocks.iter().take(2).any(&is_quotation) {
        return Cow::Borrowed(document);
    }
    let start = usize::from(!document.blocks.first().is_some_and(&is_quotation));
    let count = document.blocks.iter().skip(start).take_while(|block| is_quotation(block)).count();
    let mut document = document.clone();
    document.blocks.drain(start..start + count);
    Cow::Owned(document)
}

/// Takes the marks of quoted messages out of a message (`<attachment>` tags, the block quotes of
/// older clients), and says which are quoted: those that the message tells beside its text, and
/// those that the text adds.
pub(super) fn take_quotes(
    html: Option<&str>,
    mut quotes: Vec<Quoted>,
    mut document: Document,
) -> (Document, Vec<Quoted>) {
    let in_text = html.map(teams_html::quoted_messages).unwrap_or_default();
    for _ in 0..in_text.len() {
        if let Some(place) = document.blocks.iter().position(|block| matches!(block, Block::Quote(_))) {
            document.blocks.remove(place);
        }
    }
    for found in in_text {
        let found = Quoted { message: MessageId::new(found) };
        if !quotes.contains(&found) {
            quotes.push(found);
        }
    }
    document.blocks.retain(|block| match block {
        Block::Files(files) => !files.iter().all(|file| match &file.source {
            MediaSource::Attachment { id } => quotes.iter().any(|quote| quote.message.as_str() == id),
            _ => false,
        }),
        _ => true,
    });
    quotes.truncate(MOST_QUOTES);
    (document, quotes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::{adf, markdown};

    const COMMENT: &str = "https://example.atlassian.net/browse/ABC-1?focusedCommentId=7";

    fn answer() -> Document {
        let mut document = Document::from_text("I agree");
        document.blocks.insert(0, quotation("Ann Archer", COMMENT, "It\nrains"));
        document
    }

    #[test]
    fn a_quote_is_known_again_in_each_format_and_with_a_head_in_front() {
        let through_html = teams_html::read(&teams_html::write(&answer()).html, |_| None);
        let through_markdown = markdown::read(&markdown::write(&answer()));
        let through_adf = adf::read(&adf::write(&answer()));
        for document in [answer(), through_html, through_markdown, through_adf] {
            assert_eq!(document.text(), "Ann Archer: It rains\nI agree");
            assert_eq!(without_quotations(&document).text(), "I agree");
        }
        let headed = answer().headed("Ben", "Jira");
        assert_eq!(without_quotations(&headed).text(), "Ben (Jira)\nI agree");
    }

    #[test]
    fn what_people_quote_themselves_stays() {
        let long = format!("[**Ann**]({COMMENT}): {}", "word ".repeat(40));
        let own = [
            "Ann: It rains".to_owned(),
            format!("[Ann]({COMMENT}): It rains"),
            format!("[**Ann**]({COMMENT}) is wrong here"),
            "[**Ann**](https://example.com/): It rains".to_owned(),
            long,
        ];
        for quote in own {
            let document = markdown::read(&format!("> {quote}\n\nI agree"));
            assert_eq!(without_quotations(&document).into_owned(), document, "{quote}");
        }
        let document = markdown::read(&format!("> [**Ann**]({COMMENT}): It rains\n\nI agree"));
        assert_eq!(without_quotations(&document).text(), "I agree");
    }

    #[test]
    fn only_the_first_words_are_quoted() {
        let long = "word ".repeat(100);
        let Block::Quote(blocks) = quotation("Ann", COMMENT, &long) else { panic!("a quote") };
        let text = Document { blocks }.text();
        assert!(text.ends_with("word…") && text.chars().count() < MOST + 10, "{text}");
        let one = "👍🏽".repeat(MOST + 1);
        assert_eq!(beginning(&one).graphemes(true).count(), MOST + 1);
        assert_eq!(beginning("\u{202e}rains \n "), "rains");
    }

    #[test]
    fn the_marks_of_quotes_are_no_words() {
        let new = "<attachment id=\"17\"></attachment><p>yes</p><attachment id=\"file\"></attachment>";
        let told = vec![Quoted { message: MessageId::new("17") }];
        let (document, quotes) = take_quotes(Some(new), told, teams_html::read(new, |_| None));
        assert_eq!((document.text().as_str(), quotes.len()), ("yes\n[attachment]", 1));

        let old = "<blockquote itemtype=\"http://schema.skype.com/Reply\" itemid=\"17\">\
            <strong itemprop=\"mri\">Ann</strong><p itemprop=\"preview\">It rains</p></blockquote><p>yes</p>";
        let (document, quotes) = take_quotes(Some(old), Vec::new(), teams_html::read(old, |_| None));
        assert_eq!(document.text(), "yes");
        assert_eq!(quotes, [Quoted { message: MessageId::new("17") }]);
    }
}

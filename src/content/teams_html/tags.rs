//! HTML as a flat run of tags and text.

use std::cell::RefCell;

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{
    BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};

/// The most that is read of one message, in bytes; Teams itself stops at about 100 KB.
const MAX_BYTES: usize = 256 * 1024;

/// A piece of HTML.
pub enum Piece {
    /// Text, with its character references resolved.
    Text(String),
    /// A start tag.
    Open(Element),
    /// An end tag, by its lower-case name.
    Close(String),
}

/// A start tag.
pub struct Element {
    /// The name in lower case.
    pub name: String,
    /// Whether it was written `<name/>`.
    pub self_closing: bool,
    attributes: Vec<(String, String)>,
}

impl Element {
    /// The value of an attribute, whose name is given in lower case.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// Whether this calls a person in the older spelling, `<span itemtype="…/Mention">`.
    pub fn is_mention_span(&self) -> bool {
        self.name == "span" && self.attribute("itemtype") == Some("http://schema.skype.com/Mention")
    }
}

#[derive(Default)]
struct Collector(RefCell<Vec<Piece>>);

impl TokenSink for Collector {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut pieces = self.0.borrow_mut();
        match token {
            Token::CharacterTokens(text) => match pieces.last_mut() {
                Some(Piece::Text(before)) => before.push_str(&text),
                _ => pieces.push(Piece::Text(text.to_string())),
            },
            Token::TagToken(tag) if tag.kind == TagKind::EndTag => {
                pieces.push(Piece::Close(tag.name.to_string()));
            }
            Token::TagToken(tag) => pieces.push(Piece::Open(element(tag))),
            Token::DoctypeToken(_)
            | Token::CommentToken(_)
            | Token::NullCharacterToken
            | Token::EOFToken
            | Token::ParseError(_) => {}
        }
        TokenSinkResult::Continue
    }
}

fn element(tag: Tag) -> Element {
    let attributes =
        tag.attrs.into_iter().map(|found| (found.name.local.to_string(), found.value.to_string()));
    Element { name: tag.name.to_string(), self_closing: tag.self_closing, attributes: attributes.collect() }
}

/// Takes HTML apart. Of an enormous text only the beginning is read, and a `…` says so.
pub fn pieces(html: &str) -> Vec<Piece> {
    let mut cut = MAX_BYTES.min(html.len());
    while !html.is_char_boundary(cut) {
        cut -= 1;
    }
    let input = BufferQueue::default();
    input.push_back(StrTendril::from(html.get(..cut).unwrap_or_default()));
    let tokenizer = Tokenizer::new(Collector::default(), TokenizerOpts::default());
    let _ = tokenizer.feed(&input);
    tokenizer.end();
    let mut pieces = tokenizer.sink.0.into_inner();
    if cut < html.len() {
        pieces.push(Piece::Text("…".to_owned()));
    }
    pieces
}

//! Teams HTML in. Unknown tags vanish, their text stays.

use super::kinds::{container_of, is_container, is_inline};
use super::tags::{Element, Piece, pieces};
use crate::content::build::Builder;
use crate::content::tree::{Block, Document, Inline, Marks, Media, MediaSource, Mention, Rgb, Script, Who};
use crate::content::web_link::MAX as MAX_HREF;

/// How many elements may be open at once; tags beyond that do nothing, their text stays.
const MAX_OPEN: usize = 64;

/// The most bytes that a name has. A longer mention is text that lacks an end tag.
const MAX_NAME: usize = 512;

/// Reads the HTML of a message.
///
/// `mentions` says who is meant by the `id` of an `<at>` or the `itemid` of a mention span; if it
/// knows nobody, the mention keeps its name and means [`Who::Nobody`].
pub fn read(html: &str, mentions: impl Fn(&str) -> Option<Mention>) -> Document {
    let mut reader = Reader::new(html.len(), &mentions);
    for piece in pieces(html) {
        match piece {
            Piece::Text(text) => reader.text(&text),
            Piece::Open(element) => reader.open(&element),
            Piece::Close(name) => reader.close(&name),
        }
    }
    reader.finish()
}

/// An element that is open.
struct Open {
    name: String,
    /// The style outside of it.
    outside: Marks,
    /// Whether it opened a container of the tree.
    container: bool,
}

/// A mention that is being read.
struct Called {
    tag: String,
    key: String,
    shown: String,
}

struct Reader<'m> {
    mentions: &'m dyn Fn(&str) -> Option<Mention>,
    builder: Builder,
    open: Vec<Open>,
    /// Start tags beyond [`MAX_OPEN`] that wait for their end tags.
    ignored: usize,
    marks: Marks,
    /// The code of the `<pre>` that is open, and its language.
    code: Option<(String, Option<String>)>,
    called: Option<Called>,
    /// What was shown of the last mention.
    last_called: Option<String>,
    /// The element whose text nobody sees.
    hidden: Option<String>,
}

impl<'m> Reader<'m> {
    fn new(size: usize, mentions: &'m dyn Fn(&str) -> Option<Mention>) -> Self {
        Self {
            mentions,
            builder: Builder::folded(size),
            open: Vec::new(),
            ignored: 0,
            marks: Marks::none(),
            code: None,
            called: None,
            last_called: None,
            hidden: None,
        }
    }

    fn finish(mut self) -> Document {
        self.end_mention();
        self.end_code();
        self.builder.finish()
    }

    fn text(&mut self, text: &str) {
        if self.hidden.is_some() {
            return;
        }
        if let Some(called) = &mut self.called {
            called.shown.push_str(text);
        } else if let Some((code, _)) = &mut self.code {
            code.push_str(text);
        } else {
            self.words(text);
        }
    }

    /// Appends text as a browser shows it: white space is folded, `&nbsp;` stays for the builder.
    fn words(&mut self, text: &str) {
        let mut folded = String::with_capacity(text.len());
        let mut after_space = match self.builder.line().last() {
            None | Some(Inline::Break) => true,
            Some(Inline::Text { text, .. }) => text.ends_with(' '),
            Some(_) => false,
        };
        for found in text.chars() {
            match found {
                ' ' | '\t' | '\n' | '\r' | '\u{c}' => {
                    if !after_space {
                        folded.push(' ');
                    }
                    after_space = true;
                }
                other => {
                    folded.push(other);
                    after_space = false;
                }
            }
        }
        self.builder.text(&folded, &self.marks);
    }

    fn open(&mut self, element: &Element) {
        let name = element.name.as_str();
        if self.hidden.is_some() {
            return;
        }
        if self.called.is_some() {
            // No name goes beyond its line, even if its end tag is missing.
            if !is_inline(name) {
                self.end_mention();
            } else if !element.is_mention_span() && name != "at" {
                return;
            }
        }
        match name {
            "script" | "style" => self.hidden = Some(name.to_owned()),
            "br" => self.line_break(),
            "hr" => self.builder.block(Block::Rule),
            "img" => self.picture(element),
            "emoji" | "customemoji" => self.emoji(element),
            "attachment" => self.attachment(element),
            _ if self.code.is_some() && name != "at" && !element.is_mention_span() => {
                self.code_language(element);
            }
            "quoted" | "systemeventmessage" | "wbr" | "input" | "meta" | "link" | "col" => {}
            _ if element.self_closing && is_inline(name) => {}
            _ if self.open.len() >= MAX_OPEN => {
                self.ignored += 1;
                self.boundary(name);
            }
            _ => self.element(element),
        }
    }

    fn element(&mut self, element: &Element) {
        let name = element.name.as_str();
        self.imply_ends(name);
        let outside = self.marks.clone();
        let mut container = false;
        match name {
            "at" => self.call(element, element.attribute("id")),
            "span" if element.is_mention_span() => self.call(element, element.attribute("itemid")),
            "pre" | "codeblock" => {
                self.builder.end_line();
                self.code = Some((String::new(), None));
                self.code_language(element);
            }
            "p" | "div" => self.builder.end_line(),
            _ => match container_of(element) {
                Some(wanted) => {
                    container = self.builder.open(wanted);
                }
                None => self.style(element),
            },
        }
        self.open.push(Open { name: name.to_owned(), outside, container });
    }

    fn style(&mut self, element: &Element) {
        let marks = &mut self.marks;
        match element.name.as_str() {
            "strong" | "b" => marks.strong = true,
            "em" | "i" => marks.em = true,
            "u" | "ins" => marks.underline = true,
            "s" | "strike" | "del" => marks.strike = true,
            "code" | "tt" | "kbd" | "samp" => marks.code = true,
            "sub" => marks.script = Some(Script::Sub),
            "sup" => marks.script = Some(Script::Sup),
            "a" => {
                let href = element.attribute("href");
                marks.link = href.filter(|href| (1..=MAX_HREF).contains(&href.len())).map(str::to_owned);
            }
            "span" | "font" => {
                let declared = element.attribute("style").unwrap_or_default();
                for (property, value) in declared.split(';').filter_map(|one| one.split_once(':')) {
                    match property.trim() {
                        "color" => marks.color = Rgb::from_hex(value.trim()).or(marks.color),
                        "background-color" => {
                            marks.background = Rgb::from_hex(value.trim()).or(marks.background);
                        }
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }

    /// Ends what a start tag ends by itself: an item the item before it, a row the row before it.
    fn imply_ends(&mut self, name: &str) {
        let (ended, within): (&[&str], &[&str]) = match name {
            "li" => (&["li"], &["ul", "ol"]),
            "td" | "th" => (&["td", "th"], &["table", "tr"]),
            "tr" => (&["tr"], &["table"]),
            "p" | "div" => (&["p"], &[]),
            _ => return,
        };
        for position in (0..self.open.len()).rev() {
            let Some(open) = self.open.get(position) else { return };
            if ended.contains(&open.name.as_str()) {
                return self.end_from(position);
            }
            if within.contains(&open.name.as_str()) || (open.container && within.is_empty()) {
                return;
            }
        }
    }

    fn close(&mut self, name: &str) {
        if let Some(hidden) = &self.hidden {
            if hidden == name {
                self.hidden = None;
            }
            return;
        }
        if let Some(called) = &self.called {
            if called.tag != name && is_inline(name) {
                return;
            }
            self.end_mention();
        } else if self.code.is_some() {
            if name == "br" {
                self.line_break();
            }
            if !matches!(name, "pre" | "codeblock") {
                return;
            }
        }
        if name == "br" || name == "p" && !self.open.iter().any(|open| open.name == "p") {
            // Browsers read a lonely `</br>` as a break and a lonely `</p>` as an empty paragraph.
            return self.builder.end_line();
        }
        if self.ignored > 0 {
            self.ignored -= 1;
            return self.boundary(name);
        }
        let crosses_containers = is_container(name);
        for position in (0..self.open.len()).rev() {
            let Some(open) = self.open.get(position) else { return };
            if open.name == name {
                return self.end_from(position);
            }
            let barrier = match name {
                "li" => matches!(open.name.as_str(), "ul" | "ol"),
                "td" | "th" | "tr" => open.name == "table",
                _ => open.container && !crosses_containers,
            };
            if barrier {
                return;
            }
        }
    }

    /// Ends the element at a position and all within it.
    fn end_from(&mut self, position: usize) {
        while self.open.len() > position {
            let Some(ended) = self.open.pop() else { return };
            if matches!(ended.name.as_str(), "pre" | "codeblock") {
                self.end_code();
            }
            if ended.container {
                self.builder.close();
            } else {
                self.boundary(&ended.name);
            }
            self.marks = ended.outside;
        }
    }

    fn boundary(&mut self, name: &str) {
        if !is_inline(name) {
            self.builder.end_line();
        }
    }

    fn line_break(&mut self) {
        if let Some(called) = &mut self.called {
            called.shown.push(' ');
        } else if let Some((code, _)) = &mut self.code {
            code.push('\n');
        } else {
            self.builder.inline(Inline::Break);
        }
    }

    fn code_language(&mut self, element: &Element) {
        let class = element.attribute("class").unwrap_or_default().trim();
        let class = class.strip_prefix("language-").or_else(|| class.strip_prefix("lang-")).unwrap_or(class);
        if let Some((_, language @ None)) = &mut self.code
            && matches!(element.name.as_str(), "pre" | "codeblock" | "code")
            && !class.is_empty()
        {
            *language = Some(class.to_owned());
        }
    }

    fn end_code(&mut self) {
        if let Some((code, language)) = self.code.take() {
            let code = code.replace('\u{a0}', " ").replace("\r\n", "\n");
            self.builder.block(Block::Code { language, code });
        }
    }

    fn call(&mut self, element: &Element, key: Option<&str>) {
        self.end_mention();
        self.called = Some(Called {
            tag: element.name.clone(),
            key: key.unwrap_or_default().to_owned(),
            shown: String::new(),
        });
    }

    fn end_mention(&mut self) {
        let Some(called) = self.called.take() else { return };
        let shown = called.shown.split_whitespace().collect::<Vec<_>>().join(" ");
        if let Some((code, _)) = &mut self.code {
            code.push_str(&shown);
            return;
        }
        if self.marks.code {
            return self.builder.text(&shown, &self.marks);
        }
        if shown.len() > MAX_NAME {
            return self.words(&shown);
        }
        let known = (self.mentions)(&called.key);
        let mention = known.unwrap_or_else(|| Mention { who: Who::Nobody, name: shown.clone() });
        if mention.name.is_empty() {
            return;
        }
        if let Some(before) = self.last_called.take()
            && mention.who != Who::Nobody
            && before != shown
            && self.join(&mention)
        {
            self.last_called = Some(shown);
            return;
        }
        self.last_called = Some(shown);
        self.builder.inline(Inline::Mention(mention));
    }

    /// Joins a mention to the one right before it, if both mean the same person: Teams splits
    /// a name of several words into one mention a word.
    fn join(&mut self, mention: &Mention) -> bool {
        let line = self.builder.line();
        let spaces = line.iter().rev().take_while(|piece| is_space(piece)).count();
        let Some(Inline::Mention(before)) = line.iter().rev().nth(spaces) else { return false };
        if before.who != mention.who {
            return false;
        }
        line.truncate(line.len() - spaces);
        if let Some(Inline::Mention(before)) = line.last_mut()
            && before.name != mention.name
        {
            before.name.push(' ');
            before.name.push_str(&mention.name);
        }
        true
    }

    fn emoji(&mut self, element: &Element) {
        let shown = ["alt", "title", "id"]
            .iter()
            .find_map(|name| element.attribute(name).filter(|text| !text.is_empty()));
        self.text(shown.unwrap_or_default());
    }

    fn picture(&mut self, element: &Element) {
        let alt = element.attribute("alt").unwrap_or_default();
        if element.attribute("itemtype").is_some_and(|kind| kind.ends_with("/Emoji")) || self.code.is_some() {
            return self.text(alt);
        }
        let Some(url) = element.attribute("src").map(str::to_owned) else { return self.text(alt) };
        let hosted = url.contains("/hostedContents/");
        let source = if hosted { MediaSource::Hosted { url } } else { MediaSource::Web { url } };
        self.builder.inline(Inline::Media(Media { source, alt: alt.to_owned() }));
    }

    fn attachment(&mut self, element: &Element) {
        let Some(id) = element.attribute("id").filter(|id| !id.is_empty()) else { return };
        let file = Media { source: MediaSource::Attachment { id: id.to_owned() }, alt: String::new() };
        self.builder.block(Block::Files(vec![file]));
    }
}

fn is_space(piece: &Inline) -> bool {
    matches!(piece, Inline::Text { text, .. } if text.chars().all(char::is_whitespace))
}

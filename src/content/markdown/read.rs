//! Markdown in. HTML in it is text, but for `<at>…</at>` and `<br>`.

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use crate::content::build::{Builder, Container};
use crate::content::harmless;
use crate::content::line::{DONE_TASK, OPEN_TASK};
use crate::content::tree::{Block, Document, Inline, Marks, Media, MediaSource, Mention, Who};

/// Reads Markdown. A line end within a paragraph breaks the line, as people in chats mean it.
pub fn read(markdown: &str) -> Document {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    let mut reader = Reader::new(markdown.len());
    for event in Parser::new_ext(&harmless(markdown), options) {
        reader.event(event);
    }
    reader.finish()
}

struct Reader {
    builder: Builder,
    /// For each container that the parser opened: whether the tree has it.
    opened: Vec<bool>,
    marks: Marks,
    /// The styles outside of the ones that are open.
    outside: Vec<Marks>,
    code: Option<(String, Option<String>)>,
    image: Option<(String, String)>,
    called: Option<String>,
    header: bool,
}

impl Reader {
    fn new(size: usize) -> Self {
        Self {
            builder: Builder::new(size),
            opened: Vec::new(),
            marks: Marks::none(),
            outside: Vec::new(),
            code: None,
            image: None,
            called: None,
            header: false,
        }
    }

    fn finish(mut self) -> Document {
        self.end_mention();
        self.builder.finish()
    }

    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) | Event::InlineMath(text) | Event::DisplayMath(text) => self.text(&text),
            Event::Code(text) => {
                let marks = Marks { code: true, link: self.marks.link.clone(), ..Marks::none() };
                self.builder.text(&text, &marks);
            }
            Event::Html(html) | Event::InlineHtml(html) => self.html(&html),
            Event::FootnoteReference(label) => self.text(&format!("[^{label}]")),
            Event::SoftBreak | Event::HardBreak => self.builder.inline(Inline::Break),
            Event::Rule => self.builder.block(Block::Rule),
            Event::TaskListMarker(done) => {
                self.builder.text(if done { DONE_TASK } else { OPEN_TASK }, &Marks::none());
            }
        }
    }

    fn text(&mut self, text: &str) {
        if let Some((code, _)) = &mut self.code {
            code.push_str(text);
        } else if let Some((_, alt)) = &mut self.image {
            alt.push_str(text);
        } else if let Some(name) = &mut self.called {
            name.push_str(text);
        } else {
            self.builder.text(&text.replace('\u{a0}', " "), &self.marks);
        }
    }

    fn html(&mut self, html: &str) {
        match html.trim() {
            "<at>" => self.called = Some(String::new()),
            "</at>" if self.called.is_some() => self.end_mention(),
            "<br>" | "<br/>" | "<br />" => self.builder.inline(Inline::Break),
            _ => self.text(html.trim_end_matches('\n')),
        }
        if html.ends_with('\n') {
            self.builder.inline(Inline::Break);
        }
    }

    fn end_mention(&mut self) {
        if let Some(name) = self.called.take().filter(|name| !name.trim().is_empty()) {
            self.builder.inline(Inline::Mention(Mention { who: Who::Nobody, name: name.trim().to_owned() }));
        }
    }

    fn open(&mut self, container: Container) {
        let opened = self.builder.open(container);
        self.opened.push(opened);
    }

    fn style(&mut self, change: impl FnOnce(&mut Marks)) {
        self.outside.push(self.marks.clone());
        change(&mut self.marks);
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Heading { level, .. } => self.open(Container::Heading(number(level))),
            Tag::BlockQuote(_) => self.open(Container::Quote),
            Tag::CodeBlock(kind) => {
                let language = match kind {
                    CodeBlockKind::Fenced(info) => info.split_whitespace().next().map(str::to_owned),
                    CodeBlockKind::Indented => None,
                };
                self.code = Some((String::new(), language));
            }
            Tag::List(None) => self.open(Container::Bullets),
            Tag::List(Some(start)) => self.open(Container::Numbers(u32::try_from(start).unwrap_or(1))),
            Tag::Item => self.open(Container::Item),
            Tag::Table(_) => self.open(Container::Table),
            Tag::TableHead => {
                self.header = true;
                self.open(Container::Row);
            }
            Tag::TableRow => self.open(Container::Row),
            Tag::TableCell => self.open(Container::Cell { header: self.header, colspan: 1, rowspan: 1 }),
            Tag::Emphasis => self.style(|marks| marks.em = true),
            Tag::Strong => self.style(|marks| marks.strong = true),
            Tag::Strikethrough => self.style(|marks| marks.strike = true),
            Tag::Link { dest_url, .. } => self.style(|marks| marks.link = Some(dest_url.into_string())),
            Tag::Image { dest_url, .. } => self.image = Some((dest_url.into_string(), String::new())),
            Tag::Paragraph
            | Tag::HtmlBlock
            | Tag::FootnoteDefinition(_)
            | Tag::DefinitionList
            | Tag::DefinitionListTitle
            | Tag::DefinitionListDefinition
            | Tag::MetadataBlock(_) => self.builder.end_line(),
            Tag::Superscript | Tag::Subscript => self.style(|_| {}),
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(_)
            | TagEnd::BlockQuote(_)
            | TagEnd::List(_)
            | TagEnd::Item
            | TagEnd::Table
            | TagEnd::TableRow
            | TagEnd::TableCell => self.close(),
            TagEnd::TableHead => {
                self.header = false;
                self.close();
            }
            TagEnd::CodeBlock => {
                if let Some((code, language)) = self.code.take() {
                    let code = code.strip_suffix('\n').unwrap_or(&code).to_owned();
                    self.builder.block(Block::Code { language, code });
                }
            }
            TagEnd::Emphasis
            | TagEnd::Strong
            | TagEnd::Strikethrough
            | TagEnd::Link
            | TagEnd::Superscript
            | TagEnd::Subscript => self.marks = self.outside.pop().unwrap_or_default(),
            TagEnd::Image => {
                if let Some((url, alt)) = self.image.take() {
                    self.builder.inline(Inline::Media(Media { source: MediaSource::Web { url }, alt }));
                }
            }
            TagEnd::Paragraph
            | TagEnd::HtmlBlock
            | TagEnd::FootnoteDefinition
            | TagEnd::DefinitionList
            | TagEnd::DefinitionListTitle
            | TagEnd::DefinitionListDefinition
            | TagEnd::MetadataBlock(_) => {
                self.end_mention();
                self.builder.end_line();
            }
        }
    }

    fn close(&mut self) {
        self.end_mention();
        if self.opened.pop() == Some(true) {
            self.builder.close();
        } else {
            self.builder.end_line();
        }
    }
}

fn number(level: HeadingLevel) -> u8 {
    match level {
        HeadingLevel::H1 => 1,
        HeadingLevel::H2 => 2,
        HeadingLevel::H3 => 3,
        HeadingLevel::H4 => 4,
        HeadingLevel::H5 => 5,
        HeadingLevel::H6 => 6,
    }
}

//! Teams HTML out: `p br strong em s u a ul ol li blockquote pre code table at attachment img`.

use crate::content::line::{self, DONE_TASK, OPEN_TASK, RULE};
use crate::content::tree::{Block, Cell, Document, Inline, Marks, Media, MediaSource, Row, Task, Who};
use crate::content::{harmless, text, web_link};
use crate::ids::ObjectId;

/// A message body for Graph (`contentType: html`) and what must be sent along with it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TeamsHtml {
    /// The body.
    pub html: String,
    /// The people called: the id in `<at id="…">`, whom it means, the name as it stands in the body.
    /// Each needs its entry in `mentions`, or Graph answers 400.
    pub mentions: Vec<(u32, ObjectId, String)>,
    /// The ids in `<attachment id="…">`. Each needs its entry in `attachments`, or Graph answers 400.
    pub attachments: Vec<String>,
}

/// Writes a message body. A mention that means nobody in Teams becomes plain `@Name`.
pub fn write(document: &Document) -> TeamsHtml {
    let mut writer = Writer::default();
    writer.blocks(&document.blocks);
    writer.out
}

#[derive(Default)]
struct Writer {
    out: TeamsHtml,
}

impl Writer {
    fn raw(&mut self, html: &str) {
        self.out.html.push_str(html);
    }

    fn inside(&mut self, tag: &str, content: impl FnOnce(&mut Self)) {
        self.raw("<");
        self.raw(tag);
        self.raw(">");
        content(self);
        self.raw("</");
        self.raw(tag);
        self.raw(">");
    }

    fn paragraph(&mut self, line: &[Inline]) {
        self.inside("p", |writer| writer.line(line));
    }

    fn blocks(&mut self, blocks: &[Block]) {
        for block in blocks {
            self.block(block);
        }
    }

    fn block(&mut self, block: &Block) {
        match block {
            Block::Paragraph(line) => self.paragraph(line),
            Block::Heading { content, .. } => self.paragraph(&line::emboldened(content)),
            Block::Code { code, .. } => self.inside("pre", |writer| {
                writer.inside("code", |writer| escape_code(&harmless(code), &mut writer.out.html));
            }),
            Block::Quote(blocks) => {
                self.inside("blockquote", |writer| writer.blocks(blocks));
            }
            Block::BulletList(items) => self.list("ul", items),
            Block::OrderedList { start, items } => self.numbers(*start, items),
            Block::TaskList(tasks) => self.tasks(tasks),
            Block::DecisionList(decisions) => self.inside("ul", |writer| {
                for decision in decisions {
                    writer.inside("li", |writer| writer.line(&line::prefixed("◆ ", decision)));
                }
            }),
            Block::Panel { kind, blocks } => {
                self.inside("blockquote", |writer| writer.blocks(&line::signed_panel(*kind, blocks)));
            }
            Block::Expand { title, blocks } => {
                if !title.trim().is_empty() {
                    self.paragraph(&line::emboldened(&[Inline::plain(title.replace('\n', " "))]));
                }
                self.blocks(blocks);
            }
            Block::Table(rows) => self.table(rows),
            Block::Picture { media, caption } => {
                self.paragraph(&[Inline::Media(media.clone())]);
                if !caption.is_empty() {
                    self.paragraph(caption);
                }
            }
            Block::Files(files) => {
                for file in files {
                    match &file.source {
                        MediaSource::Attachment { id } if is_attachment_id(id) => self.media(file),
                        _ => self.paragraph(&[Inline::Media(file.clone())]),
                    }
                }
            }
            Block::Card { url } => self.paragraph(&[Inline::Card { url: url.clone() }]),
            Block::Rule => self.paragraph(&[Inline::plain(RULE)]),
        }
    }

    fn list(&mut self, tag: &str, items: &[Vec<Block>]) {
        self.inside(tag, |writer| writer.items(items));
    }

    fn numbers(&mut self, start: u32, items: &[Vec<Block>]) {
        if start == 1 {
            return self.list("ol", items);
        }
        self.raw(&format!("<ol start=\"{start}\">"));
        self.items(items);
        self.raw("</ol>");
    }

    fn items(&mut self, items: &[Vec<Block>]) {
        for item in items {
            self.inside("li", |writer| writer.item(item));
        }
    }

    /// An item or a cell: its only line stands without a paragraph, as Teams itself writes it.
    fn item(&mut self, blocks: &[Block]) {
        let paragraphs = blocks.iter().filter(|block| matches!(block, Block::Paragraph(_))).count();
        match blocks.split_first() {
            Some((Block::Paragraph(line), rest)) if paragraphs == 1 => {
                self.line(line);
                self.blocks(rest);
            }
            _ => self.blocks(blocks),
        }
    }

    fn tasks(&mut self, tasks: &[Task]) {
        self.inside("ul", |writer| {
            for task in tasks {
                let sign = if task.done { DONE_TASK } else { OPEN_TASK };
                writer.inside("li", |writer| {
                    writer.line(&line::prefixed(sign, &task.content));
                    if !task.children.is_empty() {
                        writer.tasks(&task.children);
                    }
                });
            }
        });
    }

    fn table(&mut self, rows: &[Row]) {
        self.inside("table", |writer| {
            writer.inside("tbody", |writer| {
                for row in rows {
                    writer.inside("tr", |writer| row.cells.iter().for_each(|cell| writer.cell(cell)));
                }
            });
        });
    }

    fn cell(&mut self, cell: &Cell) {
        let tag = if cell.header { "th" } else { "td" };
        self.raw(&format!("<{tag}"));
        if cell.colspan > 1 {
            self.raw(&format!(" colspan=\"{}\"", cell.colspan));
        }
        if cell.rowspan > 1 {
            self.raw(&format!(" rowspan=\"{}\"", cell.rowspan));
        }
        self.raw(">");
        self.item(&cell.blocks);
        self.raw(&format!("</{tag}>"));
    }

    fn line(&mut self, line: &[Inline]) {
        for (position, piece) in line.iter().enumerate() {
            let before = position.checked_sub(1).and_then(|position| line.get(position)).and_then(last_char);
            let after = line.get(position + 1).and_then(first_char);
            match piece {
                Inline::Text { text, marks } => self.text(text, marks, before, after),
                Inline::Break => self.raw("<br>"),
                Inline::Mention(mention) => match &mention.who {
                    Who::Teams(person) => {
                        let id = u32::try_from(self.out.mentions.len()).unwrap_or(u32::MAX);
                        let name = harmless(&mention.name).replace('\n', " ");
                        self.raw(&format!("<at id=\"{id}\">"));
                        escape(&name, &mut self.out.html);
                        self.raw("</at>");
                        self.out.mentions.push((id, person.clone(), name));
                    }
                    Who::Jira(_) | Who::Nobody => {
                        self.text(&text::called(mention), &Marks::none(), before, after);
                    }
                },
                Inline::Card { url } => {
                    let marks = Marks { link: Some(url.clone()), ..Marks::none() };
                    self.text(url, &marks, before, after);
                }
                Inline::Media(media) => self.media(media),
                Inline::Status { text, .. } => self.text(text, &Marks::bold(), before, after),
                other => self.text(&text::words(other), &Marks::none(), before, after),
            }
        }
    }

    fn text(&mut self, text: &str, marks: &Marks, before: Option<char>, after: Option<char>) {
        let text = harmless(text);
        if text.is_empty() {
            return;
        }
        let link = marks.link.as_deref().and_then(web_link::safe);
        if let Some(href) = &link {
            self.raw("<a href=\"");
            escape(href, &mut self.out.html);
            self.raw("\">");
        }
        let tags = [
            (marks.strong && !marks.code, "strong"),
            (marks.em && !marks.code, "em"),
            (marks.underline && !marks.code, "u"),
            (marks.strike && !marks.code, "s"),
            (marks.code, "code"),
        ];
        let tags = tags.iter().filter(|(set, _)| *set).map(|(_, tag)| *tag);
        tags.clone().for_each(|tag| self.raw(&format!("<{tag}>")));
        escape_line(&text, before, after, &mut self.out.html);
        tags.rev().for_each(|tag| self.raw(&format!("</{tag}>")));
        if link.is_some() {
            self.raw("</a>");
        }
    }

    fn media(&mut self, media: &Media) {
        let src = match &media.source {
            MediaSource::Web { url } => web_link::safe(url).filter(|url| url.starts_with("https:")),
            MediaSource::Hosted { url } if url.starts_with("../hostedContents/") => Some(url.clone()),
            MediaSource::Hosted { url } => web_link::safe(url).filter(|url| url.contains("/hostedContents/")),
            MediaSource::Attachment { id } if is_attachment_id(id) => {
                self.raw(&format!("<attachment id=\"{id}\"></attachment>"));
                self.out.attachments.push(id.clone());
                return;
            }
            MediaSource::Attachment { .. } | MediaSource::Jira { .. } => None,
        };
        let Some(src) = src else {
            return self.text(&media.label(), &Marks::none(), None, None);
        };
        self.raw("<img src=\"");
        escape(&src, &mut self.out.html);
        self.raw("\" alt=\"");
        escape(&harmless(&media.alt), &mut self.out.html);
        self.raw("\">");
    }
}

fn is_attachment_id(id: &str) -> bool {
    !id.is_empty() && id.bytes().all(|found| found.is_ascii_alphanumeric() || found == b'-')
}

fn first_char(piece: &Inline) -> Option<char> {
    if *piece == Inline::Break { None } else { text::words(piece).chars().next() }
}

fn last_char(piece: &Inline) -> Option<char> {
    if *piece == Inline::Break { None } else { text::words(piece).chars().next_back() }
}

/// Escapes text for a body or an attribute.
fn escape(text: &str, out: &mut String) {
    text.chars().for_each(|found| escape_char(found, out));
}

fn escape_char(found: char, out: &mut String) {
    match found {
        '&' => out.push_str("&amp;"),
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        '"' => out.push_str("&quot;"),
        '\'' => out.push_str("&#39;"),
        '\u{a0}' => out.push_str("&nbsp;"),
        other => out.push(other),
    }
}

/// Escapes the text of a line. HTML folds white space, so a space that would be lost is written
/// as `&nbsp;`; `before` and `after` are the neighbours of the text on its line.
fn escape_line(text: &str, mut before: Option<char>, after: Option<char>, out: &mut String) {
    let mut chars = text.chars().peekable();
    while let Some(found) = chars.next() {
        let next = chars.peek().copied().or(after);
        let stays =
            |neighbour: Option<char>| neighbour.is_some_and(|found| !matches!(found, ' ' | '\t' | '\n'));
        match found {
            '\n' => out.push_str("<br>"),
            ' ' | '\t' if stays(before) && stays(next) => out.push(' '),
            ' ' | '\t' => out.push_str("&nbsp;"),
            other => escape_char(other, out),
        }
        before = Some(found);
    }
}

/// Escapes code, where white space counts. HTML drops a line end right behind `<pre>`; here `<code>`
/// stands between them.
fn escape_code(code: &str, out: &mut String) {
    escape(code, out);
}

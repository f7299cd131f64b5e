//! A document as HTML for the gallery: its looks come from the style sheet, once as Jira's and
//! once as Teams'. All words are escaped, all addresses checked.

use std::fmt::Write;

use askama::filters::{Escaper, Html};
use chrono::DateTime;
use url::Url;

use crate::content::{
    Block, Cell, Document, Inline, Marks, Media, MediaSource, PanelKind, Row, Script, Task, Who,
};

/// Draws a document.
pub(super) fn draw(document: &Document) -> String {
    let mut page = Page::default();
    page.blocks(&document.blocks);
    page.0
}

#[derive(Default)]
struct Page(String);

impl Page {
    fn raw(&mut self, html: &str) {
        self.0.push_str(html);
    }

    fn words(&mut self, text: &str) {
        // Writing to a string can't fail.
        let _ = Html.write_escaped_str(&mut self.0, text);
    }

    fn within(&mut self, start: &str, end: &str, content: impl FnOnce(&mut Self)) {
        self.raw(start);
        content(self);
        self.raw(end);
    }

    fn blocks(&mut self, blocks: &[Block]) {
        for block in blocks {
            self.block(block);
        }
    }

    fn block(&mut self, block: &Block) {
        match block {
            Block::Paragraph(line) => self.within("<p>", "</p>", |page| page.line(line)),
            Block::Heading { level, content } => {
                let start = format!("<p class=\"heading heading-{}\">", (*level).clamp(1, 6));
                self.within(&start, "</p>", |page| page.line(content));
            }
            Block::Code { language, code } => self.within("<div class=\"code\">", "</pre></div>", |page| {
                if let Some(language) = language {
                    page.within("<span>", "</span>", |page| page.words(language));
                }
                page.raw("<pre tabindex=\"0\">");
                page.words(code);
            }),
            Block::Quote(blocks) => {
                self.within("<blockquote>", "</blockquote>", |page| page.blocks(blocks));
            }
            Block::BulletList(items) => self.within("<ul>", "</ul>", |page| page.items(items)),
            Block::OrderedList { start, items } => {
                self.within(&format!("<ol start=\"{start}\">"), "</ol>", |page| page.items(items));
            }
            Block::TaskList(tasks) => self.tasks(tasks),
            Block::DecisionList(decisions) => self.within("<ul class=\"decisions\">", "</ul>", |page| {
                for line in decisions {
                    page.within("<li>", "</li>", |page| page.line(line));
                }
            }),
            Block::Panel { kind, blocks } => {
                let (name, sign) = panel(*kind);
                let start = format!("<div class=\"panel {name}\"><i>{sign}</i><div>");
                self.within(&start, "</div></div>", |page| page.blocks(blocks));
            }
            Block::Expand { title, blocks } => {
                self.within("<details class=\"expand\" open><summary>", "</details>", |page| {
                    page.words(title);
                    page.within("</summary>", "", |page| page.blocks(blocks));
                });
            }
            Block::Table(rows) => self.table(rows),
            Block::Picture { media, caption } => self.within("<figure>", "</figure>", |page| {
                page.media(media, true);
                page.within("<figcaption>", "</figcaption>", |page| page.line(caption));
            }),
            Block::Files(files) => self.within("<p>", "</p>", |page| {
                for file in files {
                    page.media(file, false);
                }
            }),
            Block::Card { url } => self.within("<p>", "</p>", |page| page.card(url)),
            Block::Rule => self.raw("<hr>"),
        }
    }

    fn items(&mut self, items: &[Vec<Block>]) {
        for item in items {
            self.within("<li>", "</li>", |page| page.blocks(item));
        }
    }

    fn tasks(&mut self, tasks: &[Task]) {
        self.within("<ul class=\"tasks\">", "</ul>", |page| {
            for task in tasks {
                let start = if task.done { "<li class=\"done\">" } else { "<li>" };
                page.within(start, "</li>", |page| {
                    page.line(&task.content);
                    if !task.children.is_empty() {
                        page.tasks(&task.children);
                    }
                });
            }
        });
    }

    fn table(&mut self, rows: &[Row]) {
        self.within("<div class=\"wide\"><table>", "</table></div>", |page| {
            for row in rows {
                page.within("<tr>", "</tr>", |page| row.cells.iter().for_each(|cell| page.cell(cell)));
            }
        });
    }

    fn cell(&mut self, cell: &Cell) {
        let tag = if cell.header { "th" } else { "td" };
        let start = format!("<{tag} colspan=\"{}\" rowspan=\"{}\">", cell.colspan, cell.rowspan);
        self.within(&start, &format!("</{tag}>"), |page| page.blocks(&cell.blocks));
    }

    fn line(&mut self, line: &[Inline]) {
        for piece in line {
            match piece {
                Inline::Text { text, marks } => self.text(text, marks),
                Inline::Break => self.raw("<br>"),
                Inline::Mention(mention) if mention.who == Who::Nobody => {
                    self.words(&format!("@{}", mention.name));
                }
                Inline::Mention(mention) => self.within("<b class=\"mention\">", "</b>", |page| {
                    page.words(&format!("@{}", mention.name));
                }),
                Inline::Emoji { short_name, text, .. } => {
                    self.words(text.as_deref().unwrap_or(short_name));
                }
                Inline::Date { timestamp } => self.within("<time>", "</time>", |page| {
                    if let Some(day) = DateTime::from_timestamp_millis(*timestamp) {
                        page.words(&day.format("%-d %b %Y").to_string());
                    }
                }),
                Inline::Status { text, color } => {
                    let known = ["purple", "blue", "red", "yellow", "green"];
                    let color = known.into_iter().find(|known| known == color).unwrap_or("neutral");
                    let start = format!("<b class=\"status {color}\">");
                    self.within(&start, "</b>", |page| page.words(text));
                }
                Inline::Card { url } => self.card(url),
                Inline::Media(media) => self.media(media, matches!(media.source, MediaSource::Web { .. })),
            }
        }
    }

    fn text(&mut self, text: &str, marks: &Marks) {
        let mut ends = Vec::new();
        if let Some(href) = marks.link.as_deref().and_then(address) {
            self.link(&href, "");
            ends.push("</a>");
        }
        let styles = [
            (marks.strong, "<strong>", "</strong>"),
            (marks.em, "<em>", "</em>"),
            (marks.underline, "<u>", "</u>"),
            (marks.strike, "<s>", "</s>"),
            (marks.code, "<code>", "</code>"),
            (marks.script == Some(Script::Sub), "<sub>", "</sub>"),
            (marks.script == Some(Script::Sup), "<sup>", "</sup>"),
        ];
        for (_, start, end) in styles.into_iter().filter(|(set, _, _)| *set) {
            self.raw(start);
            ends.push(end);
        }
        for (property, color) in [("color", marks.color), ("background", marks.background)] {
            if let Some(color) = color {
                let _ = write!(self.0, "<span style=\"{property}:{}\">", color.hex());
                ends.push("</span>");
            }
        }
        self.words(text);
        ends.iter().rev().for_each(|end| self.raw(end));
    }

    fn card(&mut self, url: &str) {
        match address(url) {
            Some(href) => {
                self.link(&href, "smart");
                self.words(url);
                self.raw("</a>");
            }
            None => self.words(url),
        }
    }

    fn link(&mut self, href: &str, class: &str) {
        let _ = write!(self.0, "<a class=\"{class}\" rel=\"noopener noreferrer\" target=\"_blank\" href=\"");
        self.words(href);
        self.raw("\">");
    }

    fn media(&mut self, media: &Media, picture: bool) {
        let start = if picture { "<span class=\"media picture\">" } else { "<span class=\"media\">" };
        let label = media.label();
        let name = label.trim_start_matches('[').trim_end_matches(']');
        self.within(start, "</span>", |page| page.words(name));
    }
}

/// The address, if it leads to a page or a mailbox.
fn address(href: &str) -> Option<String> {
    let url = Url::parse(href).ok()?;
    matches!(url.scheme(), "http" | "https" | "mailto").then(|| url.into())
}

fn panel(kind: PanelKind) -> (&'static str, &'static str) {
    match kind {
        PanelKind::Info => ("info", "i"),
        PanelKind::Note => ("note", "✎"),
        PanelKind::Tip => ("success", "✶"),
        PanelKind::Warning => ("warning", "!"),
        PanelKind::Error => ("error", "×"),
        PanelKind::Success => ("success", "✓"),
        PanelKind::Custom => ("custom", "·"),
    }
}

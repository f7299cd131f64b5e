//! Plain text: what a document says without its looks, and a document made of plain text.

use chrono::DateTime;

use super::harmless;
use super::line;
use super::tree::{Block, Document, Inline, Marks, Mention, Task};

impl Document {
    /// Makes a document of plain text: a blank line starts a paragraph, a line end breaks the line.
    pub fn from_text(text: &str) -> Self {
        let mut blocks = Vec::new();
        let mut paragraph = Vec::new();
        for row in harmless(text).split('\n') {
            if row.trim().is_empty() {
                end_paragraph(&mut paragraph, &mut blocks);
            } else {
                if !paragraph.is_empty() {
                    paragraph.push(Inline::Break);
                }
                line::push_text(&mut paragraph, row.trim_end(), &Marks::none());
            }
        }
        end_paragraph(&mut paragraph, &mut blocks);
        Self { blocks }
    }

    /// The visible text: a line for each line of the document, without bullets, numbers and styles,
    /// and without characters that could disguise it.
    pub fn text(&self) -> String {
        let mut out = Lines::default();
        out.blocks(&self.blocks);
        harmless(&out.0).into_owned()
    }

    /// Whether there is nothing to see: no text, no picture, no file, no card.
    pub fn is_empty(&self) -> bool {
        self.text().trim().is_empty()
    }

    /// Puts a line in front that says who wrote this and where: **Ann Example** (Jira).
    ///
    /// For words that appear under another account than their author's.
    #[must_use]
    pub fn headed(mut self, name: &str, place: &str) -> Self {
        let mut head = Vec::new();
        line::push_text(&mut head, &harmless(name).replace('\n', " "), &Marks::bold());
        line::push_text(&mut head, &format!(" ({})", harmless(place).replace('\n', " ")), &Marks::none());
        self.blocks.insert(0, Block::Paragraph(head));
        self
    }

    /// The document without the paragraph that [`Document::headed`] put in front for this place.
    #[must_use]
    pub fn unheaded(mut self, place: &str) -> Self {
        let is_head = match self.blocks.first() {
            Some(Block::Paragraph(line)) => match line.as_slice() {
                [Inline::Text { marks, .. }, Inline::Text { text, .. }] => {
                    marks.strong && *text == format!(" ({place})")
                }
                _ => false,
            },
            _ => false,
        };
        if is_head {
            self.blocks.remove(0);
        }
        self
    }
}

fn end_paragraph(paragraph: &mut Vec<Inline>, blocks: &mut Vec<Block>) {
    if !paragraph.is_empty() {
        blocks.push(Block::Paragraph(std::mem::take(paragraph)));
    }
}

/// A mention as plain words.
pub(super) fn called(mention: &Mention) -> String {
    format!("@{}", mention.name.trim_start_matches('@'))
}

/// A date as plain words: `2026-11-21`.
pub(super) fn day(timestamp: i64) -> String {
    DateTime::from_timestamp_millis(timestamp)
        .map_or_else(|| timestamp.to_string(), |moment| moment.format("%Y-%m-%d").to_string())
}

/// A piece of a line as plain words; a break is a line feed.
pub(super) fn words(piece: &Inline) -> String {
    match piece {
        Inline::Text { text, .. } | Inline::Status { text, .. } => text.clone(),
        Inline::Break => "\n".to_owned(),
        Inline::Mention(mention) => called(mention),
        Inline::Emoji { short_name, text, .. } => text.clone().unwrap_or_else(|| short_name.clone()),
        Inline::Date { timestamp } => day(*timestamp),
        Inline::Card { url } => url.clone(),
        Inline::Media(media) => media.label(),
    }
}

#[derive(Default)]
struct Lines(String);

impl Lines {
    fn row(&mut self, text: &str) {
        if !self.0.is_empty() {
            self.0.push('\n');
        }
        self.0.push_str(text);
    }

    fn line(&mut self, line: &[Inline]) {
        self.row(&line.iter().map(words).collect::<String>());
    }

    fn task(&mut self, task: &Task) {
        self.line(&task.content);
        task.children.iter().for_each(|child| self.task(child));
    }

    fn blocks(&mut self, blocks: &[Block]) {
        for block in blocks {
            self.block(block);
        }
    }

    fn block(&mut self, block: &Block) {
        match block {
            Block::Paragraph(line) | Block::Heading { content: line, .. } => self.line(line),
            Block::Code { code, .. } => self.row(code),
            Block::Quote(blocks) | Block::Panel { blocks, .. } => {
                self.blocks(blocks);
            }
            Block::BulletList(items) | Block::OrderedList { items, .. } => {
                items.iter().flatten().for_each(|block| self.block(block));
            }
            Block::TaskList(tasks) => tasks.iter().for_each(|task| self.task(task)),
            Block::DecisionList(decisions) => decisions.iter().for_each(|line| self.line(line)),
            Block::Expand { title, blocks } => {
                if !title.is_empty() {
                    self.row(title);
                }
                self.blocks(blocks);
            }
            Block::Table(rows) => {
                let cells = rows.iter().flat_map(|row| &row.cells);
                cells.flat_map(|cell| &cell.blocks).for_each(|block| self.block(block));
            }
            Block::Picture { media, caption } => {
                self.row(&media.label());
                if !caption.is_empty() {
                    self.line(caption);
                }
            }
            Block::Files(files) => files.iter().for_each(|file| self.row(&file.label())),
            Block::Card { url } => self.row(url),
            Block::Rule => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blank_line_starts_a_paragraph_and_a_line_end_breaks_the_line() {
        let document = Document::from_text("one\r\ntwo\n \nthree\n");
        let lines =
            [vec![Inline::plain("one"), Inline::Break, Inline::plain("two")], vec![Inline::plain("three")]];
        assert_eq!(document.blocks, lines.map(Block::Paragraph));
        assert_eq!(document.text(), "one\ntwo\nthree");
    }

    #[test]
    fn nothing_is_empty_and_a_blank_line_too() {
        assert!(Document::from_text(" \n\t\n").is_empty());
        assert!(Document::default().is_empty());
        assert!(!Document::from_text("x").is_empty());
    }

    #[test]
    fn words_under_another_account_say_who_wrote_them() {
        let document = Document::from_text("Hello").headed("Ann Example", "Jira");
        assert_eq!(document.text(), "Ann Example (Jira)\nHello");
    }
}

//! Cutting what is too long for a platform: between blocks where that keeps most of it,
//! else between graphemes, with a notice that leads to the whole.

use unicode_segmentation::UnicodeSegmentation;

use super::line;
use super::text;
use super::tree::{Block, Cell, Document, Inline, Marks, Row, Task};

/// What stands at the end of a document that was cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// What happened, for people: "Shortened. Read all of it in Jira".
    pub text: String,
    /// Where the whole is; empty if there is no such place.
    pub url: String,
}

impl Notice {
    fn block(&self) -> Block {
        let link = Some(self.url.clone()).filter(|url| !url.is_empty());
        Block::Paragraph(vec![Inline::Text {
            text: self.text.clone(),
            marks: Marks { link, em: true, ..Marks::none() },
        }])
    }
}

/// The length of a text in UTF-16 code units, as Teams counts.
pub fn utf16_len(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

impl Document {
    /// The document, if `measure` finds it no larger than `limit`; else as much of its beginning as
    /// fits together with the notice. If the notice alone is too large, the notice alone.
    ///
    /// `measure` says how large a document is when it is written, for example
    /// `|document| utf16_len(&teams_html::write(document).html)`; it is asked some twenty times.
    #[must_use]
    pub fn cut(self, limit: usize, measure: impl Fn(&Self) -> usize, notice: &Notice) -> Self {
        if measure(&self) <= limit {
            return self;
        }
        let with_notice = |mut blocks: Vec<Block>| {
            blocks.push(notice.block());
            Self { blocks }
        };
        let fits = |blocks: Vec<Block>| measure(&with_notice(blocks)) <= limit;
        let whole =
            largest(self.blocks.len(), |count| fits(self.blocks.iter().take(count).cloned().collect()));
        let kept: Vec<Block> = self.blocks.iter().take(whole).cloned().collect();
        let rest = self.blocks.get(whole);
        // A block boundary is a good place to cut when it is near the limit.
        if measure(&with_notice(kept.clone())) >= limit / 4 * 3 {
            return with_notice(kept);
        }
        let Some(rest) = rest else { return with_notice(kept) };
        let beginning = |size: usize| {
            let mut budget = Budget { left: size };
            let mut blocks = kept.clone();
            blocks.extend(budget.block(rest));
            blocks
        };
        let size = largest(weigh(rest), |size| fits(beginning(size)));
        with_notice(if size == 0 { kept } else { beginning(size) })
    }
}

/// The largest number up to `most` that still fits, when everything smaller fits too.
fn largest(most: usize, fits: impl Fn(usize) -> bool) -> usize {
    let (mut good, mut bad) = (0, most + 1);
    while bad - good > 1 {
        let middle = good + (bad - good) / 2;
        if fits(middle) {
            good = middle;
        } else {
            bad = middle;
        }
    }
    good
}

/// The budget that lets a whole block through.
fn weigh(block: &Block) -> usize {
    let mut budget = Budget { left: usize::MAX };
    let _ = budget.block(block);
    usize::MAX - budget.left
}

/// Lets through the beginning of something: a grapheme costs one, and so does a line, an item, a cell.
struct Budget {
    left: usize,
}

impl Budget {
    /// Takes one, if there is one.
    fn one(&mut self) -> bool {
        let enough = self.left > 0;
        self.left = self.left.saturating_sub(1);
        enough
    }

    fn text(&mut self, text: &str) -> String {
        let mut end = 0;
        for grapheme in text.graphemes(true) {
            if !self.one() {
                return format!("{}…", text.get(..end).unwrap_or_default().trim_end());
            }
            end += grapheme.len();
        }
        text.to_owned()
    }

    /// The things that the budget is enough for, one by one.
    fn each<T, U>(&mut self, things: &[T], mut take: impl FnMut(&mut Self, &T) -> U) -> Vec<U> {
        let mut out = Vec::new();
        for thing in things {
            if !self.one() {
                break;
            }
            out.push(take(self, thing));
        }
        out
    }

    fn line(&mut self, pieces: &[Inline]) -> Vec<Inline> {
        let mut out = Vec::new();
        for piece in pieces {
            if self.left == 0 {
                break;
            }
            match piece {
                Inline::Text { text, marks } => line::push_text(&mut out, &self.text(text), marks),
                other => {
                    let length = text::words(other).graphemes(true).count();
                    if length > self.left {
                        self.left = 0;
                        break;
                    }
                    self.left -= length;
                    out.push(other.clone());
                }
            }
        }
        out
    }

    fn blocks(&mut self, blocks: &[Block]) -> Vec<Block> {
        blocks.iter().map_while(|block| self.block(block)).collect()
    }

    fn items(&mut self, items: &[Vec<Block>]) -> Vec<Vec<Block>> {
        self.each(items, |budget, item| budget.blocks(item))
    }

    fn tasks(&mut self, tasks: &[Task]) -> Vec<Task> {
        self.each(tasks, |budget, task| Task {
            done: task.done,
            content: budget.line(&task.content),
            children: budget.tasks(&task.children),
        })
    }

    fn cell(&mut self, cell: &Cell) -> Cell {
        Cell { blocks: self.blocks(&cell.blocks), ..cell.clone() }
    }

    fn block(&mut self, block: &Block) -> Option<Block> {
        if !self.one() {
            return None;
        }
        Some(match block {
            Block::Paragraph(line) => Block::Paragraph(self.line(line)),
            Block::Heading { level, content } => {
                Block::Heading { level: *level, content: self.line(content) }
            }
            Block::Code { language, code } => {
                Block::Code { language: language.clone(), code: self.text(code) }
            }
            Block::Quote(blocks) => Block::Quote(self.blocks(blocks)),
            Block::BulletList(items) => Block::BulletList(self.items(items)),
            Block::OrderedList { start, items } => {
                Block::OrderedList { start: *start, items: self.items(items) }
            }
            Block::TaskList(tasks) => Block::TaskList(self.tasks(tasks)),
            Block::DecisionList(decisions) => {
                Block::DecisionList(self.each(decisions, |budget, line| budget.line(line)))
            }
            Block::Panel { kind, blocks } => Block::Panel { kind: *kind, blocks: self.blocks(blocks) },
            Block::Expand { title, blocks } => {
                Block::Expand { title: self.text(title), blocks: self.blocks(blocks) }
            }
            Block::Table(rows) => Block::Table(
                self.each(rows, |budget, row| Row { cells: budget.each(&row.cells, Self::cell) }),
            ),
            Block::Picture { media, caption } => {
                Block::Picture { media: media.clone(), caption: self.line(caption) }
            }
            Block::Files(files) => Block::Files(self.each(files, |_, file| file.clone())),
            Block::Card { url } => Block::Card { url: url.clone() },
            Block::Rule => Block::Rule,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::{adf, teams_html};

    fn notice() -> Notice {
        Notice {
            text: "Shortened. Read all of it in Jira".to_owned(),
            url: "https://example.com/ABC-1".to_owned(),
        }
    }

    fn html_len(document: &Document) -> usize {
        utf16_len(&teams_html::write(document).html)
    }

    #[test]
    fn what_fits_stays_as_it_is() {
        let document = Document::from_text("short");
        assert_eq!(document.clone().cut(100, html_len, &notice()), document);
    }

    #[test]
    fn a_long_comment_ends_at_a_block_with_a_way_to_the_whole() {
        let document = Document::from_text(&"A paragraph of text.\n\n".repeat(100));
        let cut = document.cut(600, html_len, &notice());
        assert!(html_len(&cut) <= 600);
        assert!(cut.text().ends_with("A paragraph of text.\nShortened. Read all of it in Jira"));
        assert!(teams_html::write(&cut).html.contains("https://example.com/ABC-1"));
    }

    #[test]
    fn one_endless_paragraph_is_cut_between_graphemes() {
        let cut = Document::from_text(&"👩‍👩‍👧‍👦".repeat(500)).cut(600, html_len, &notice());
        let text = cut.text();
        let family = text.strip_suffix("…\nShortened. Read all of it in Jira").unwrap();
        assert_eq!(family.chars().count() % "👩‍👩‍👧‍👦".chars().count(), 0);
        assert!((450..=600).contains(&html_len(&cut)), "{}", html_len(&cut));
    }

    #[test]
    fn one_endless_list_is_cut_within() {
        let items = (0..1000).map(|number| Document::from_text(&format!("item {number}")).blocks).collect();
        let document = Document { blocks: vec![Block::BulletList(items)] };
        let cut = document.cut(2_000, |document| adf::write(document).to_string().len(), &notice());
        assert!(cut.text().starts_with("item 0\nitem 1\n"));
        assert!(adf::write(&cut).to_string().len() <= 2_000);
    }

    #[test]
    fn no_room_at_all_leaves_the_notice() {
        let cut = Document::from_text("some words").cut(1, html_len, &notice());
        assert_eq!(cut.text(), "Shortened. Read all of it in Jira");
    }
}

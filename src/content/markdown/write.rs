//! Markdown out: blocks.

use super::line::Lines;
use crate::content::harmless;
use crate::content::line::{self, DONE_TASK, OPEN_TASK, RULE};
use crate::content::tree::{Block, Document, Inline, Row, Task};
use crate::ids::ObjectId;

/// Writes Markdown in which every mention is plain `@Name`.
pub fn write(document: &Document) -> String {
    Writer { lines: Lines::plain() }.blocks(&document.blocks)
}

/// A bot's message in Markdown (`textFormat: markdown`) and the people it calls.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BotMarkdown {
    /// The text, with `<at>Name</at>` for each mention of a person of Teams.
    pub text: String,
    /// For the activity's `entities`: the text exactly as it stands in the message, whom it means,
    /// and the name.
    pub mentions: Vec<(String, ObjectId, String)>,
}

/// Writes Markdown in which mentions of people of Teams call them.
pub fn write_for_bot(document: &Document) -> BotMarkdown {
    let mut writer = Writer { lines: Lines::calling() };
    let text = writer.blocks(&document.blocks);
    BotMarkdown { text, mentions: writer.lines.into_mentions() }
}

struct Writer {
    lines: Lines,
}

impl Writer {
    /// Blocks with an empty line between them. Of two lists in a row the second uses other marks,
    /// or it would continue the first.
    fn blocks(&mut self, blocks: &[Block]) -> String {
        let mut out = String::new();
        let mut before = None;
        let mut other_marks = false;
        for block in blocks {
            let kind = list_kind(block);
            other_marks = kind.is_some() && kind == before && !other_marks;
            let text = self.block(block, other_marks);
            if text.is_empty() {
                continue;
            }
            if !out.is_empty() {
                out.push_str("\n\n");
            }
            out.push_str(&text);
            before = kind;
        }
        out
    }

    fn block(&mut self, block: &Block, other_marks: bool) -> String {
        match block {
            Block::Paragraph(line) => self.lines.write(line),
            Block::Heading { content, .. } => self.lines.write(&line::emboldened(content)),
            Block::Code { language, code } => fenced(language.as_deref(), code),
            Block::Quote(blocks) => quoted(&self.blocks(blocks)),
            Block::Panel { kind, blocks } => quoted(&self.blocks(&line::signed_panel(*kind, blocks))),
            Block::BulletList(items) => {
                let mark = if other_marks { "* " } else { "- " };
                let items = items.iter().map(|item| hanging(mark, &self.item(item)));
                items.collect::<Vec<_>>().join("\n")
            }
            Block::OrderedList { start, items } => {
                let end = if other_marks { ')' } else { '.' };
                let items = items.iter().zip(u64::from(*start)..).map(|(item, number)| {
                    // Markdown knows numbers of at most nine digits.
                    hanging(&format!("{}{end} ", number.min(999_999_999)), &self.item(item))
                });
                items.collect::<Vec<_>>().join("\n")
            }
            Block::TaskList(tasks) => self.tasks(tasks, if other_marks { "* " } else { "- " }),
            Block::DecisionList(decisions) => {
                let items = decisions
                    .iter()
                    .map(|line| hanging("- ", &self.lines.write(&line::prefixed("◆ ", line))));
                items.collect::<Vec<_>>().join("\n")
            }
            Block::Expand { title, blocks } => {
                let title = self.lines.write(&line::emboldened(&[Inline::plain(title.replace('\n', " "))]));
                let body = self.blocks(blocks);
                if title.is_empty() || body.is_empty() { title + &body } else { format!("{title}\n\n{body}") }
            }
            Block::Table(rows) => {
                let rows = rows.iter().map(|row| self.row(row)).filter(|row| !row.is_empty());
                rows.collect::<Vec<_>>().join("\n\n")
            }
            Block::Picture { media, caption } => {
                let mut line = vec![Inline::Media(media.clone())];
                if !caption.is_empty() {
                    line.push(Inline::Break);
                    line.extend_from_slice(caption);
                }
                self.lines.write(&line)
            }
            Block::Files(files) => {
                let files = files.iter().map(|file| self.lines.write(&[Inline::Media(file.clone())]));
                files.collect::<Vec<_>>().join("\n\n")
            }
            Block::Card { url } => self.lines.write(&[Inline::Card { url: url.clone() }]),
            Block::Rule => self.lines.write(&[Inline::plain(RULE)]),
        }
    }

    /// An item: a list right behind its only line needs no empty line.
    fn item(&mut self, blocks: &[Block]) -> String {
        match blocks {
            [Block::Paragraph(line), list @ (Block::BulletList(_) | Block::TaskList(_))] => {
                let line = self.lines.write(line);
                let list = self.block(list, false);
                if line.is_empty() || list.is_empty() { line + &list } else { format!("{line}\n{list}") }
            }
            _ => self.blocks(blocks),
        }
    }

    fn tasks(&mut self, tasks: &[Task], mark: &str) -> String {
        let mut out = Vec::new();
        for task in tasks {
            let sign = if task.done { DONE_TASK } else { OPEN_TASK };
            let mut text = self.lines.write(&line::prefixed(sign, &task.content));
            if !task.children.is_empty() {
                text.push('\n');
                text.push_str(&self.tasks(&task.children, "- "));
            }
            out.push(hanging(mark, &text));
        }
        out.join("\n")
    }

    /// A row as a line; cells that hold more than lines, as the blocks they hold.
    fn row(&mut self, row: &Row) -> String {
        if let Some(line) = line::joined_row(row) {
            return self.lines.write(&line);
        }
        let cells = row.cells.iter().map(|cell| self.blocks(&cell.blocks)).filter(|cell| !cell.is_empty());
        cells.collect::<Vec<_>>().join("\n\n")
    }
}

/// Which lists would run together.
fn list_kind(block: &Block) -> Option<bool> {
    match block {
        Block::BulletList(_) | Block::TaskList(_) | Block::DecisionList(_) => Some(false),
        Block::OrderedList { .. } => Some(true),
        _ => None,
    }
}

/// The text behind a mark, with its further lines under its first. An item must hold something:
/// three empty ones within each other would be a rule.
fn hanging(mark: &str, text: &str) -> String {
    let text = if text.is_empty() { "&nbsp;" } else { text };
    let mut out = String::with_capacity(text.len() + mark.len());
    for (row, line) in text.split('\n').enumerate() {
        if row == 0 {
            out.push_str(mark);
        } else {
            out.push('\n');
            if !line.is_empty() {
                out.extend(std::iter::repeat_n(' ', mark.len()));
            }
        }
        out.push_str(line);
    }
    out
}

fn quoted(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    let lines =
        text.split('\n').map(|line| if line.is_empty() { ">".to_owned() } else { format!("> {line}") });
    lines.collect::<Vec<_>>().join("\n")
}

fn fenced(language: Option<&str>, code: &str) -> String {
    let code = harmless(code);
    let fence = "`".repeat(longest_run(&code, '`').max(2) + 1);
    let language = language.map(harmless).unwrap_or_default();
    let language: String =
        language.chars().filter(|found| !found.is_whitespace() && !"`&\\".contains(*found)).collect();
    format!("{fence}{language}\n{code}{}{fence}", if code.is_empty() { "" } else { "\n" })
}

/// The length of the longest run of a character.
pub(super) fn longest_run(text: &str, wanted: char) -> usize {
    let mut longest = 0;
    let mut run = 0;
    for found in text.chars() {
        run = if found == wanted { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest
}

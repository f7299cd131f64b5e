//! Mentions in a document: see them, map them to the other platform, take some out.

use super::line;
use super::tree::{Block, Document, Inline, Mention, Task, Who};

impl Document {
    /// Every mention, in reading order.
    pub fn mentions(&self) -> Vec<&Mention> {
        let mut found = Vec::new();
        for block in &self.blocks {
            each_line(block, &mut |line| {
                found.extend(line.iter().filter_map(|piece| match piece {
                    Inline::Mention(mention) => Some(mention),
                    _ => None,
                }));
            });
        }
        found
    }

    /// Says anew who each mention means; the names stay.
    pub fn map_mentions(&mut self, mut f: impl FnMut(&Mention) -> Who) {
        for block in &mut self.blocks {
            each_line_mut(block, &mut |line| {
                for piece in line {
                    if let Inline::Mention(mention) = piece {
                        mention.who = f(mention);
                    }
                }
            });
        }
    }

    /// Takes out the mentions that `unwanted` picks, with the space that follows; used for a mention
    /// that addresses the bot and is no part of what was said.
    pub fn remove_mentions(&mut self, mut unwanted: impl FnMut(&Mention) -> bool) {
        for block in &mut self.blocks {
            each_line_mut(block, &mut |line| {
                let mut kept = Vec::with_capacity(line.len());
                let mut removed = false;
                for piece in std::mem::take(line) {
                    match piece {
                        Inline::Mention(mention) if unwanted(&mention) => removed = true,
                        Inline::Text { text, marks } => {
                            let text = if std::mem::take(&mut removed) { text.trim_start() } else { &text };
                            line::push_text(&mut kept, text, &marks);
                        }
                        other => {
                            removed = false;
                            kept.push(other);
                        }
                    }
                }
                *line = kept;
            });
        }
    }
}

/// Walks the lines of a block in reading order.
pub(super) fn each_line<'a>(block: &'a Block, f: &mut dyn FnMut(&'a Vec<Inline>)) {
    match block {
        Block::Paragraph(line)
        | Block::Heading { content: line, .. }
        | Block::Picture { caption: line, .. } => f(line),
        Block::Quote(blocks) | Block::Panel { blocks, .. } | Block::Expand { blocks, .. } => {
            blocks.iter().for_each(|block| each_line(block, f));
        }
        Block::BulletList(items) | Block::OrderedList { items, .. } => {
            items.iter().flatten().for_each(|block| each_line(block, f));
        }
        Block::TaskList(tasks) => tasks.iter().for_each(|task| each_task_line(task, f)),
        Block::DecisionList(decisions) => decisions.iter().for_each(f),
        Block::Table(rows) => {
            let cells = rows.iter().flat_map(|row| &row.cells);
            cells.flat_map(|cell| &cell.blocks).for_each(|block| each_line(block, f));
        }
        Block::Code { .. } | Block::Files(_) | Block::Card { .. } | Block::Rule => {}
    }
}

fn each_task_line<'a>(task: &'a Task, f: &mut dyn FnMut(&'a Vec<Inline>)) {
    f(&task.content);
    task.children.iter().for_each(|child| each_task_line(child, f));
}

/// As [`each_line`], with leave to change the lines.
pub(super) fn each_line_mut(block: &mut Block, f: &mut dyn FnMut(&mut Vec<Inline>)) {
    match block {
        Block::Paragraph(line)
        | Block::Heading { content: line, .. }
        | Block::Picture { caption: line, .. } => f(line),
        Block::Quote(blocks) | Block::Panel { blocks, .. } | Block::Expand { blocks, .. } => {
            blocks.iter_mut().for_each(|block| each_line_mut(block, f));
        }
        Block::BulletList(items) | Block::OrderedList { items, .. } => {
            items.iter_mut().flatten().for_each(|block| each_line_mut(block, f));
        }
        Block::TaskList(tasks) => tasks.iter_mut().for_each(|task| each_task_line_mut(task, f)),
        Block::DecisionList(decisions) => decisions.iter_mut().for_each(f),
        Block::Table(rows) => {
            let cells = rows.iter_mut().flat_map(|row| &mut row.cells);
            cells.flat_map(|cell| &mut cell.blocks).for_each(|block| each_line_mut(block, f));
        }
        Block::Code { .. } | Block::Files(_) | Block::Card { .. } | Block::Rule => {}
    }
}

fn each_task_line_mut(task: &mut Task, f: &mut dyn FnMut(&mut Vec<Inline>)) {
    f(&mut task.content);
    task.children.iter_mut().for_each(|child| each_task_line_mut(child, f));
}

//! Walks through a document in reading order, to every line and every picture or file.

use super::tree::{Block, Inline, Media, Task};

/// What a walk comes to.
pub enum Part<'a> {
    /// A line.
    Line(&'a [Inline]),
    /// A picture or file that stands by itself.
    Media(&'a Media),
}

/// What a walk comes to, with leave to change it.
pub enum PartMut<'a> {
    /// A line.
    Line(&'a mut Vec<Inline>),
    /// A picture or file that stands by itself.
    Media(&'a mut Media),
}

/// Walks through blocks.
pub fn walk<'a>(blocks: &'a [Block], f: &mut dyn FnMut(Part<'a>)) {
    for block in blocks {
        match block {
            Block::Paragraph(line) | Block::Heading { content: line, .. } => f(Part::Line(line)),
            Block::Quote(blocks) | Block::Panel { blocks, .. } | Block::Expand { blocks, .. } => {
                walk(blocks, f);
            }
            Block::BulletList(items) | Block::OrderedList { items, .. } => {
                for item in items {
                    walk(item, f);
                }
            }
            Block::TaskList(tasks) => walk_tasks(tasks, f),
            Block::DecisionList(decisions) => decisions.iter().for_each(|line| f(Part::Line(line))),
            Block::Table(rows) => {
                rows.iter().flat_map(|row| &row.cells).for_each(|cell| walk(&cell.blocks, f));
            }
            Block::Picture { media, caption } => {
                f(Part::Media(media));
                f(Part::Line(caption));
            }
            Block::Files(files) => files.iter().for_each(|file| f(Part::Media(file))),
            Block::Code { .. } | Block::Card { .. } | Block::Rule => {}
        }
    }
}

fn walk_tasks<'a>(tasks: &'a [Task], f: &mut dyn FnMut(Part<'a>)) {
    for task in tasks {
        f(Part::Line(&task.content));
        walk_tasks(&task.children, f);
    }
}

/// Walks through blocks, with leave to change what it comes to.
pub fn walk_mut(blocks: &mut [Block], f: &mut dyn FnMut(PartMut<'_>)) {
    for block in blocks {
        match block {
            Block::Paragraph(line) | Block::Heading { content: line, .. } => f(PartMut::Line(line)),
            Block::Quote(blocks) | Block::Panel { blocks, .. } | Block::Expand { blocks, .. } => {
                walk_mut(blocks, f);
            }
            Block::BulletList(items) | Block::OrderedList { items, .. } => {
                for item in items {
                    walk_mut(item, f);
                }
            }
            Block::TaskList(tasks) => walk_tasks_mut(tasks, f),
            Block::DecisionList(decisions) => decisions.iter_mut().for_each(|line| f(PartMut::Line(line))),
            Block::Table(rows) => {
                let cells = rows.iter_mut().flat_map(|row| &mut row.cells);
                cells.for_each(|cell| walk_mut(&mut cell.blocks, f));
            }
            Block::Picture { media, caption } => {
                f(PartMut::Media(media));
                f(PartMut::Line(caption));
            }
            Block::Files(files) => files.iter_mut().for_each(|file| f(PartMut::Media(file))),
            Block::Code { .. } | Block::Card { .. } | Block::Rule => {}
        }
    }
}

fn walk_tasks_mut(tasks: &mut [Task], f: &mut dyn FnMut(PartMut<'_>)) {
    for task in tasks {
        f(PartMut::Line(&mut task.content));
        walk_tasks_mut(&mut task.children, f);
    }
}

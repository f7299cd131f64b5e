//! Builds a tree from opening and closing events, as HTML, Markdown and wiki markup give them.
//!
//! Whatever the order of the events, the result is a sound tree: an item outside of a list gets one,
//! text in a table gets a cell, nesting stops at [`MAX_DEPTH`], the tree is no larger than a multiple
//! of its source, and no text is dropped.

use super::line::{self, DONE_TASK, OPEN_TASK, RULE};
use super::tree::{Block, Cell, Document, Inline, MAX_DEPTH, Marks, PanelKind, Row, Task};
use super::web_link;

/// Something that holds blocks, items, rows or a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Container {
    /// The document itself.
    Root,
    /// [`Block::Quote`].
    Quote,
    /// [`Block::BulletList`], or [`Block::TaskList`] if each item turns out to be a task.
    Bullets,
    /// [`Block::OrderedList`] with its first number.
    Numbers(u32),
    /// An item of a list.
    Item,
    /// [`Block::Panel`].
    Panel(PanelKind),
    /// [`Block::Table`].
    Table,
    /// A row of a table.
    Row,
    /// A cell of a row.
    Cell {
        /// Whether it is a header.
        header: bool,
        /// Columns that it covers.
        colspan: u32,
        /// Rows that it covers.
        rowspan: u32,
    },
    /// [`Block::Heading`] with its level.
    Heading(u8),
}

struct Frame {
    container: Container,
    line: Vec<Inline>,
    blocks: Vec<Block>,
    items: Vec<Vec<Block>>,
    cells: Vec<Cell>,
    rows: Vec<Row>,
    folded: bool,
    /// How much it adds to the depth of the tree.
    weight: usize,
}

impl Frame {
    fn new(container: Container, folded: bool) -> Self {
        Self {
            container,
            folded,
            weight: 0,
            line: Vec::new(),
            blocks: Vec::new(),
            items: Vec::new(),
            cells: Vec::new(),
            rows: Vec::new(),
        }
    }

    /// Ends the line: what stands on it becomes a paragraph.
    fn end_line(&mut self) {
        if matches!(self.container, Container::Heading(_)) {
            if !self.line.is_empty() {
                self.line.push(Inline::Break);
            }
            return;
        }
        let line = self.take_line();
        if line::is_blank(&line) {
            return;
        }
        let is_rule = matches!(line.as_slice(), [Inline::Text { text, marks }]
            if text == RULE && *marks == Marks::none());
        self.attach(if is_rule { Block::Rule } else { Block::Paragraph(line) });
    }

    fn take_line(&mut self) -> Vec<Inline> {
        let mut line = std::mem::take(&mut self.line);
        if self.folded {
            line::unfold(&mut line);
        }
        line::trim_breaks(&mut line);
        line
    }

    /// Takes a block in, in a place that the container has for it.
    fn attach(&mut self, block: Block) {
        match self.container {
            Container::Bullets | Container::Numbers(_) => match self.items.last_mut() {
                // A list right inside a list belongs to the item before it.
                Some(item) if is_list(&block) => item.push(block),
                _ => self.items.push(vec![block]),
            },
            Container::Table => self.rows.push(Row { cells: vec![Cell::new(false, vec![block])] }),
            Container::Row => self.cells.push(Cell::new(false, vec![block])),
            _ => self.blocks.push(block),
        }
    }
}

fn is_list(block: &Block) -> bool {
    matches!(block, Block::BulletList(_) | Block::OrderedList { .. } | Block::TaskList(_))
}

/// How many bytes of addresses each byte of the source may bring into the tree.
///
/// An address is repeated for every change of style and every line break in its link: without a
/// limit a long address and many breaks would make gigabytes of a message.
const LINKS_PER_BYTE: usize = 8;

/// What even the smallest source may bring.
const LINKS_AT_LEAST: usize = 4 * 1024;

/// Collects a document.
pub struct Builder {
    frames: Vec<Frame>,
    root: Frame,
    depth: usize,
    folded: bool,
    /// How many more bytes of addresses the tree may hold; then links become text.
    links: usize,
}

impl Builder {
    /// Starts an empty document, read from `size` bytes, whose lines mean what they say.
    pub fn new(size: usize) -> Self {
        Self {
            frames: Vec::new(),
            root: Frame::new(Container::Root, false),
            depth: 0,
            folded: false,
            links: LINKS_AT_LEAST.saturating_add(size.saturating_mul(LINKS_PER_BYTE)),
        }
    }

    /// Starts an empty document, read from `size` bytes, whose lines follow HTML's rules: spaces at
    /// the ends of a line show nothing, no-break spaces are the spaces that show.
    pub fn folded(size: usize) -> Self {
        Self { root: Frame::new(Container::Root, true), folded: true, ..Self::new(size) }
    }

    fn top(&mut self) -> &mut Frame {
        self.frames.last_mut().unwrap_or(&mut self.root)
    }

    /// The line that is being written.
    pub fn line(&mut self) -> &mut Vec<Inline> {
        &mut self.top().line
    }

    /// Appends text to the line.
    pub fn text(&mut self, text: &str, marks: &Marks) {
        if self.affords(marks) {
            line::push_text(self.line(), text, marks);
        } else {
            line::push_text(self.line(), text, &Marks { link: None, ..marks.clone() });
        }
    }

    /// Appends a piece to the line.
    pub fn inline(&mut self, piece: Inline) {
        match piece {
            Inline::Text { text, marks } => self.text(&text, &marks),
            other => self.line().push(other),
        }
    }

    /// Whether the tree may hold this style's address once more.
    fn affords(&mut self, marks: &Marks) -> bool {
        let Some(link) = &marks.link else { return true };
        let left = self.links.checked_sub(link.len()).filter(|_| link.len() <= web_link::MAX);
        self.links = left.unwrap_or(self.links);
        left.is_some()
    }

    /// Ends the line, as the start or end of a paragraph does.
    pub fn end_line(&mut self) {
        self.top().end_line();
    }

    /// Appends a whole block.
    pub fn block(&mut self, block: Block) {
        self.end_line();
        self.top().attach(block);
    }

    /// Opens a container. `false`: the tree is deep enough; the content goes where it would stand,
    /// and there is nothing to close.
    pub fn open(&mut self, container: Container) -> bool {
        let weight = self.weight(&container);
        if self.depth + weight > MAX_DEPTH {
            self.end_line();
            return false;
        }
        self.end_line();
        self.depth += weight;
        self.frames.push(Frame { weight, ..Frame::new(container, self.folded) });
        true
    }

    /// How much a container adds to the depth of the tree here. An item outside of a list gets a list.
    fn weight(&mut self, container: &Container) -> usize {
        let in_list = matches!(self.top().container, Container::Bullets | Container::Numbers(_));
        match container {
            Container::Item if in_list => 0,
            Container::Row | Container::Cell { .. } | Container::Heading(_) => 0,
            _ => 1,
        }
    }

    /// Closes the container that was opened last.
    pub fn close(&mut self) {
        let Some(mut frame) = self.frames.pop() else { return };
        self.depth -= frame.weight;
        frame.end_line();
        let mut rest = Vec::new();
        let parent = self.top();
        match frame.container {
            Container::Root => rest = frame.blocks,
            // Nothing was in it.
            Container::Quote | Container::Panel(_) if frame.blocks.is_empty() => {}
            Container::Bullets | Container::Numbers(_) if frame.items.is_empty() => {}
            Container::Quote => rest.push(Block::Quote(frame.blocks)),
            Container::Panel(kind) => rest.push(Block::Panel { kind, blocks: frame.blocks }),
            Container::Bullets => rest.push(bullets(frame.items)),
            Container::Numbers(start) => rest.push(Block::OrderedList { start, items: frame.items }),
            Container::Item => match parent.container {
                Container::Bullets | Container::Numbers(_) => parent.items.push(frame.blocks),
                _ if frame.blocks.is_empty() => {}
                _ => rest.push(bullets(vec![frame.blocks])),
            },
            Container::Table if frame.rows.is_empty() => {}
            Container::Table => rest.push(Block::Table(frame.rows)),
            Container::Row if frame.cells.is_empty() => {}
            Container::Row => match parent.container {
                Container::Table => parent.rows.push(Row { cells: frame.cells }),
                _ => rest.extend(frame.cells.into_iter().flat_map(|cell| cell.blocks)),
            },
            Container::Cell { header, colspan, rowspan } => match parent.container {
                Container::Row => parent.cells.push(Cell { header, colspan, rowspan, blocks: frame.blocks }),
                _ => rest = frame.blocks,
            },
            Container::Heading(level) => {
                let content = frame.take_line();
                if !line::is_blank(&content) {
                    rest.push(Block::Heading { level, content });
                }
                rest.extend(frame.blocks);
            }
        }
        for block in rest {
            parent.attach(block);
        }
    }

    /// Closes everything and hands the document out.
    pub fn finish(mut self) -> Document {
        while !self.frames.is_empty() {
            self.close();
        }
        self.root.end_line();
        Document { blocks: self.root.blocks }
    }
}

/// A list with bullets: a task list if each item carries a task's sign.
fn bullets(items: Vec<Vec<Block>>) -> Block {
    if items.iter().all(|item| is_task(item)) {
        Block::TaskList(items.into_iter().filter_map(task).collect())
    } else {
        Block::BulletList(items)
    }
}

fn is_task(item: &[Block]) -> bool {
    let signed = matches!(item.first(), Some(Block::Paragraph(line)) if matches!(line.first(),
        Some(Inline::Text { text, .. }) if text.starts_with(OPEN_TASK) || text.starts_with(DONE_TASK)));
    signed && matches!(item, [_] | [_, Block::TaskList(_)])
}

fn task(item: Vec<Block>) -> Option<Task> {
    let mut blocks = item.into_iter();
    let Some(Block::Paragraph(line)) = blocks.next() else { return None };
    let children = match blocks.next() {
        Some(Block::TaskList(children)) => children,
        _ => Vec::new(),
    };
    let mut pieces = line.into_iter();
    let Some(Inline::Text { text, marks }) = pieces.next() else { return None };
    let (done, words) = match text.strip_prefix(DONE_TASK) {
        Some(words) => (true, words),
        None => (false, text.strip_prefix(OPEN_TASK).unwrap_or(&text)),
    };
    let mut content = Vec::new();
    line::push_text(&mut content, words, &marks);
    content.extend(pieces);
    Some(Task { done, content, children })
}

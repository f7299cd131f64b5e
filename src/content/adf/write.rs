//! ADF out. What a place does not allow is written as the nearest thing it does allow.

use serde_json::{Map, Value, json};

use super::inline;
use crate::content::line::{self, DONE_TASK, OPEN_TASK, RULE};
use crate::content::tree::{Block, Cell, Document, Inline, Media, MediaSource, PanelKind, Row, Task};
use crate::content::{harmless, web_link};

/// Writes a `doc` node, valid by the full ADF schema. An empty document has one empty paragraph.
pub fn write(document: &Document) -> Value {
    let mut writer = Writer::default();
    let mut out = Vec::new();
    writer.blocks(&document.blocks, Place::Document, &mut out);
    if out.is_empty() {
        out.push(paragraph(Vec::new()));
    }
    json!({"type": "doc", "version": 1, "content": out})
}

/// Where a block stands: each place allows other blocks (`*_content` in the schema).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Document,
    /// In an `expand`, which itself stands in the document.
    Expand,
    /// In an `expand` in something else.
    NestedExpand,
    Cell,
    Panel,
    Quote,
    Item,
}

impl Place {
    fn allows_heading(self) -> bool {
        !matches!(self, Self::Quote | Self::Item)
    }

    fn allows_rule(self) -> bool {
        !matches!(self, Self::Quote | Self::Item)
    }

    fn allows_quote(self) -> bool {
        !matches!(self, Self::Quote | Self::Item | Self::Panel)
    }

    fn allows_panel(self) -> bool {
        !matches!(self, Self::Quote | Self::Item | Self::Panel)
    }

    fn allows_table(self) -> bool {
        matches!(self, Self::Document | Self::Expand)
    }

    fn allows_tasks(self) -> bool {
        self != Self::Quote
    }

    fn allows_decisions(self) -> bool {
        !matches!(self, Self::Quote | Self::Item)
    }

    fn allows_files(self) -> bool {
        self != Self::Item
    }

    fn allows_card(self) -> bool {
        !matches!(self, Self::Quote | Self::Item | Self::NestedExpand)
    }

    /// What an expand is called here, and what may stand in it.
    fn expand(self) -> Option<(&'static str, Self)> {
        match self {
            Self::Document => Some(("expand", Self::Expand)),
            Self::Expand | Self::Cell => Some(("nestedExpand", Self::NestedExpand)),
            Self::NestedExpand | Self::Panel | Self::Quote | Self::Item => None,
        }
    }
}

fn node(kind: &str, content: Vec<Value>) -> Value {
    json!({"type": kind, "content": Value::Array(content)})
}

fn node_with(kind: &str, attrs: &Value, content: Vec<Value>) -> Value {
    json!({"type": kind, "attrs": attrs, "content": Value::Array(content)})
}

fn paragraph(content: Vec<Value>) -> Value {
    node("paragraph", content)
}

/// The content of a node that must not be empty.
fn filled(mut content: Vec<Value>) -> Vec<Value> {
    if content.is_empty() {
        content.push(paragraph(Vec::new()));
    }
    content
}

#[derive(Default)]
struct Writer {
    /// Task and decision nodes need an id that is unique in the document; they are numbered.
    local_ids: u32,
}

impl Writer {
    fn local_id(&mut self) -> String {
        self.local_ids += 1;
        format!("t{}", self.local_ids)
    }

    fn blocks(&mut self, blocks: &[Block], place: Place, out: &mut Vec<Value>) {
        for block in blocks {
            self.block(block, place, out);
        }
    }

    fn inside(&mut self, blocks: &[Block], place: Place) -> Vec<Value> {
        let mut out = Vec::new();
        self.blocks(blocks, place, &mut out);
        filled(out)
    }

    fn block(&mut self, block: &Block, place: Place, out: &mut Vec<Value>) {
        match block {
            Block::Paragraph(line) => out.push(paragraph(inline::write(line))),
            Block::Heading { level, content } if place.allows_heading() => {
                out.push(node_with(
                    "heading",
                    &json!({"level": (*level).clamp(1, 6)}),
                    inline::write(content),
                ));
            }
            Block::Heading { content, .. } => out.push(paragraph(inline::write(&line::emboldened(content)))),
            Block::Code { language, code } => out.push(code_block(language.as_deref(), code)),
            Block::Quote(blocks) if place.allows_quote() => {
                out.push(node("blockquote", self.inside(blocks, Place::Quote)));
            }
            Block::Panel { kind, blocks } if place.allows_panel() => {
                let attrs = json!({"panelType": panel_type(*kind)});
                out.push(node_with("panel", &attrs, self.inside(blocks, Place::Panel)));
            }
            Block::Quote(blocks) | Block::Panel { blocks, .. } => self.blocks(blocks, place, out),
            Block::BulletList(items) if items.is_empty() => {}
            Block::BulletList(items) => out.push(node("bulletList", self.items(items))),
            Block::OrderedList { items, .. } if items.is_empty() => {}
            Block::OrderedList { start, items } => {
                out.push(node_with("orderedList", &json!({"order": start}), self.items(items)));
            }
            Block::TaskList(tasks) if tasks.is_empty() => {}
            Block::TaskList(tasks) if place.allows_tasks() => out.push(self.task_list(tasks)),
            Block::TaskList(tasks) => out.push(task_bullets(tasks)),
            Block::DecisionList(decisions) if decisions.is_empty() => {}
            Block::DecisionList(decisions) if place.allows_decisions() => {
                out.push(self.decision_list(decisions));
            }
            Block::DecisionList(decisions) => {
                let items =
                    decisions.iter().map(|line| node("listItem", vec![paragraph(inline::write(line))]));
                out.push(node("bulletList", items.collect()));
            }
            Block::Expand { title, blocks } => self.expand(title, blocks, place, out),
            Block::Table(rows) if rows.iter().all(|row| row.cells.is_empty()) => {}
            Block::Table(rows) if place.allows_table() => {
                out.push(node("table", rows.iter().map(|row| self.row(row)).collect()));
            }
            Block::Table(rows) => rows.iter().for_each(|row| self.row_as_lines(row, place, out)),
            Block::Picture { media, caption } => picture(media, caption, out),
            Block::Files(files) => attach_files(files, place, out),
            Block::Card { url } => match web_link::safe(url) {
                Some(safe) if safe == *url && place.allows_card() => {
                    out.push(json!({"type": "blockCard", "attrs": {"url": safe}}));
                }
                _ => out.push(paragraph(inline::write(&[Inline::Card { url: url.clone() }]))),
            },
            Block::Rule if place.allows_rule() => out.push(json!({"type": "rule"})),
            Block::Rule => out.push(paragraph(inline::write(&[Inline::plain(RULE)]))),
        }
    }

    fn items(&mut self, items: &[Vec<Block>]) -> Vec<Value> {
        items.iter().map(|item| node("listItem", self.inside(item, Place::Item))).collect()
    }

    fn task_list(&mut self, tasks: &[Task]) -> Value {
        let attrs = json!({"localId": self.local_id()});
        let mut content = Vec::new();
        for task in tasks {
            let state = if task.done { "DONE" } else { "TODO" };
            let attrs = json!({"localId": self.local_id(), "state": state});
            content.push(node_with("taskItem", &attrs, inline::write(&task.content)));
            if !task.children.is_empty() {
                content.push(self.task_list(&task.children));
            }
        }
        node_with("taskList", &attrs, content)
    }

    fn decision_list(&mut self, decisions: &[Vec<Inline>]) -> Value {
        let attrs = json!({"localId": self.local_id()});
        let mut content = Vec::new();
        for decision in decisions {
            let attrs = json!({"localId": self.local_id(), "state": "DECIDED"});
            content.push(node_with("decisionItem", &attrs, inline::write(decision)));
        }
        node_with("decisionList", &attrs, content)
    }

    fn expand(&mut self, title: &str, blocks: &[Block], place: Place, out: &mut Vec<Value>) {
        let title = harmless(title).replace('\n', " ");
        if let Some((kind, inner)) = place.expand() {
            out.push(node_with(kind, &json!({"title": title}), self.inside(blocks, inner)));
            return;
        }
        if !title.is_empty() {
            out.push(paragraph(inline::write(&line::emboldened(&[Inline::plain(title)]))));
        }
        self.blocks(blocks, place, out);
    }

    fn row(&mut self, row: &Row) -> Value {
        node("tableRow", row.cells.iter().map(|cell| self.cell(cell)).collect())
    }

    fn cell(&mut self, cell: &Cell) -> Value {
        let kind = if cell.header { "tableHeader" } else { "tableCell" };
        let mut attrs = Map::new();
        if cell.colspan > 1 {
            attrs.insert("colspan".to_owned(), cell.colspan.into());
        }
        if cell.rowspan > 1 {
            attrs.insert("rowspan".to_owned(), cell.rowspan.into());
        }
        let content = self.inside(&cell.blocks, Place::Cell);
        if attrs.is_empty() { node(kind, content) } else { node_with(kind, &Value::Object(attrs), content) }
    }

    /// A row where no table may stand: one line, if its cells are lines; else their blocks.
    fn row_as_lines(&mut self, row: &Row, place: Place, out: &mut Vec<Value>) {
        match line::joined_row(row) {
            Some(line) if line.is_empty() => {}
            Some(line) => out.push(paragraph(inline::write(&line))),
            None => row.cells.iter().for_each(|cell| self.blocks(&cell.blocks, place, out)),
        }
    }
}

fn code_block(language: Option<&str>, code: &str) -> Value {
    let code = harmless(code);
    let content = if code.is_empty() { Vec::new() } else { vec![json!({"type": "text", "text": code})] };
    match language.map(harmless).filter(|language| !language.is_empty()) {
        Some(language) => node_with("codeBlock", &json!({"language": language}), content),
        None => node("codeBlock", content),
    }
}

fn task_bullets(tasks: &[Task]) -> Value {
    let item = |task: &Task| {
        let sign = if task.done { DONE_TASK } else { OPEN_TASK };
        let mut content = vec![paragraph(inline::write(&line::prefixed(sign, &task.content)))];
        if !task.children.is_empty() {
            content.push(task_bullets(&task.children));
        }
        node("listItem", content)
    };
    node("bulletList", tasks.iter().map(item).collect())
}

fn panel_type(kind: PanelKind) -> &'static str {
    match kind {
        PanelKind::Info => "info",
        PanelKind::Note => "note",
        PanelKind::Tip => "tip",
        PanelKind::Warning => "warning",
        PanelKind::Error => "error",
        PanelKind::Success => "success",
        PanelKind::Custom => "custom",
    }
}

fn picture(media: &Media, caption: &[Inline], out: &mut Vec<Value>) {
    let Some(media) = media_node(media) else {
        out.push(paragraph(inline::write(&[Inline::Media(media.clone())])));
        if !caption.is_empty() {
            out.push(paragraph(inline::write(caption)));
        }
        return;
    };
    let mut content = vec![media];
    if !caption.is_empty() {
        content.push(node("caption", inline::write_caption(caption)));
    }
    out.push(node_with("mediaSingle", &json!({"layout": "center"}), content));
}

/// Files: the ones that Jira keeps as such, the others by name.
fn attach_files(files: &[Media], place: Place, out: &mut Vec<Value>) {
    let mut group = Vec::new();
    for file in files {
        match media_node(file) {
            Some(media) if place.allows_files() => group.push(media),
            Some(media) => out.push(node_with("mediaSingle", &json!({"layout": "center"}), vec![media])),
            None => {
                if !group.is_empty() {
                    out.push(node("mediaGroup", std::mem::take(&mut group)));
                }
                out.push(paragraph(inline::write(&[Inline::Media(file.clone())])));
            }
        }
    }
    if !group.is_empty() {
        out.push(node("mediaGroup", group));
    }
}

/// A `media` node, if Jira can show this by itself.
fn media_node(media: &Media) -> Option<Value> {
    let mut attrs = match &media.source {
        MediaSource::Jira { id, .. } if id.is_empty() => return None,
        MediaSource::Jira { id, collection } => json!({"type": "file", "id": id, "collection": collection}),
        MediaSource::Web { url } => {
            json!({"type": "external", "url": web_link::safe(url).filter(|url| !url.starts_with("mailto"))?})
        }
        MediaSource::Hosted { .. } | MediaSource::Attachment { .. } => return None,
    };
    if let Some(attrs) = attrs.as_object_mut()
        && !media.alt.is_empty()
    {
        attrs.insert("alt".to_owned(), harmless(&media.alt).into());
    }
    Some(json!({"type": "media", "attrs": attrs}))
}

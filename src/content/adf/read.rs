//! ADF in. An unknown node is read as what it contains, or as the text it carries.

use serde_json::Value;

use crate::content::harmless;
use crate::content::line;
use crate::content::tree::{
    Block, Cell, Document, Inline, MAX_DEPTH, Marks, Media, MediaSource, Mention, PanelKind, Rgb, Row,
    Script, Task, Who,
};
use crate::ids::AccountId;

/// Reads a `doc` node. A bare string is read as plain text, `null` as nothing.
pub fn read(value: &Value) -> Document {
    match value {
        Value::String(text) => Document::from_text(text),
        Value::Array(nodes) => Document { blocks: blocks(nodes, 0) },
        Value::Object(_) if kind(value) == "doc" => Document { blocks: blocks(content(value), 0) },
        Value::Object(_) => Document { blocks: blocks(std::slice::from_ref(value), 0) },
        _ => Document::default(),
    }
}

fn kind(node: &Value) -> &str {
    node.get("type").and_then(Value::as_str).unwrap_or_default()
}

fn content(node: &Value) -> &[Value] {
    node.get("content").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn attr<'a>(node: &'a Value, name: &str) -> Option<&'a Value> {
    node.get("attrs").and_then(|attrs| attrs.get(name))
}

fn attr_str<'a>(node: &'a Value, name: &str) -> Option<&'a str> {
    attr(node, name).and_then(Value::as_str)
}

fn attr_u32(node: &Value, name: &str) -> Option<u32> {
    let number = attr(node, name)?;
    let whole = number.as_u64().or_else(|| number.as_f64().filter(|n| *n >= 0.0).map(whole))?;
    u32::try_from(whole).ok()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "not negative; a huge number saturates"
)]
fn whole(number: f64) -> u64 {
    number as u64
}

fn is_inline(kind: &str) -> bool {
    matches!(
        kind,
        "text"
            | "hardBreak"
            | "mention"
            | "emoji"
            | "date"
            | "status"
            | "inlineCard"
            | "inlineExtension"
            | "mediaInline"
            | "placeholder"
    )
}

fn blocks(nodes: &[Value], depth: usize) -> Vec<Block> {
    let mut out = Vec::new();
    let mut loose = Vec::new();
    for node in nodes {
        if is_inline(kind(node)) {
            inline(node, depth, &mut loose);
            continue;
        }
        if !loose.is_empty() {
            out.push(Block::Paragraph(std::mem::take(&mut loose)));
        }
        if depth >= MAX_DEPTH {
            flat(node, &mut out);
        } else {
            block(node, depth, &mut out);
        }
    }
    if !loose.is_empty() {
        out.push(Block::Paragraph(loose));
    }
    out
}

fn block(node: &Value, depth: usize, out: &mut Vec<Block>) {
    let inner = || blocks(content(node), depth + 1);
    match kind(node) {
        "paragraph" => out.push(Block::Paragraph(inlines(content(node), depth))),
        "heading" => {
            let level =
                attr_u32(node, "level").and_then(|level| u8::try_from(level).ok()).unwrap_or(1).clamp(1, 6);
            out.push(Block::Heading { level, content: inlines(content(node), depth) });
        }
        "codeBlock" => {
            let language =
                attr_str(node, "language").filter(|language| !language.is_empty()).map(str::to_owned);
            out.push(Block::Code { language, code: code(node) });
        }
        "blockquote" => out.push(Block::Quote(inner())),
        "bulletList" => out.push(Block::BulletList(items(node, depth))),
        "orderedList" => {
            let start = attr_u32(node, "order").unwrap_or(1);
            out.push(Block::OrderedList { start, items: items(node, depth) });
        }
        "taskList" => out.push(Block::TaskList(tasks(node, depth))),
        "decisionList" => {
            out.push(Block::DecisionList(content(node).iter().map(|item| item_line(item, depth)).collect()));
        }
        "panel" => out.push(Block::Panel { kind: panel_kind(attr_str(node, "panelType")), blocks: inner() }),
        "expand" | "nestedExpand" => {
            let title = attr_str(node, "title").unwrap_or_default().to_owned();
            out.push(Block::Expand { title, blocks: inner() });
        }
        "table" => out.push(Block::Table(content(node).iter().map(|found| row(found, depth)).collect())),
        "rule" => out.push(Block::Rule),
        "mediaSingle" => picture(node, depth, out),
        "mediaGroup" => {
            out.push(Block::Files(content(node).iter().filter_map(media).collect()));
            let others = content(node).iter().filter(|child| media(child).is_none());
            others.for_each(|child| flat(child, out));
        }
        "media" => out.extend(media(node).map(|media| Block::Picture { media, caption: Vec::new() })),
        "blockCard" | "embedCard" => match card_url(node) {
            Some(url) => out.push(Block::Card { url: url.to_owned() }),
            None => stand_in(node, out),
        },
        _ if content(node).is_empty() => stand_in(node, out),
        // Layouts, columns, bodied extensions, synchronised blocks and whatever comes: their content.
        _ => {
            out.extend(attr_str(node, "text").and_then(said).map(|text| Block::Paragraph(vec![text])));
            out.extend(blocks(content(node), depth + 1));
        }
    }
}

/// The words of a code block; what should not be in it is read as its text.
fn code(node: &Value) -> String {
    let mut out = String::new();
    for child in content(node) {
        if kind(child) == "text" {
            out.push_str(child.get("text").and_then(Value::as_str).unwrap_or_default());
        } else {
            let mut blocks = Vec::new();
            flat(child, &mut blocks);
            out.push_str(&Document { blocks }.text());
        }
    }
    out
}

/// What a node holds, if it is of the kind that belongs here; else the node itself, so that its
/// text is not lost.
fn held<'a>(node: &'a Value, wanted: &[&str]) -> &'a [Value] {
    if wanted.contains(&kind(node)) { content(node) } else { std::slice::from_ref(node) }
}

fn items(node: &Value, depth: usize) -> Vec<Vec<Block>> {
    content(node).iter().map(|item| blocks(held(item, &["listItem"]), depth + 1)).collect()
}

/// The line of a task or a decision.
fn item_line(item: &Value, depth: usize) -> Vec<Inline> {
    inlines(held(item, &["taskItem", "blockTaskItem", "decisionItem"]), depth)
}

fn tasks(node: &Value, depth: usize) -> Vec<Task> {
    let mut out: Vec<Task> = Vec::new();
    for item in content(node) {
        if kind(item) == "taskList" && depth < MAX_DEPTH {
            let children = tasks(item, depth + 1);
            match out.last_mut() {
                Some(parent) => parent.children.extend(children),
                None => out.extend(children),
            }
            continue;
        }
        let done = attr_str(item, "state") == Some("DONE");
        out.push(Task { done, content: item_line(item, depth), children: Vec::new() });
    }
    out
}

fn row(node: &Value, depth: usize) -> Row {
    let cell = |found: &Value| Cell {
        header: kind(found) == "tableHeader",
        colspan: attr_u32(found, "colspan").unwrap_or(1).max(1),
        rowspan: attr_u32(found, "rowspan").unwrap_or(1).max(1),
        blocks: blocks(held(found, &["tableCell", "tableHeader"]), depth + 1),
    };
    Row { cells: held(node, &["tableRow"]).iter().map(cell).collect() }
}

fn picture(node: &Value, depth: usize, out: &mut Vec<Block>) {
    let mut caption = Vec::new();
    let mut pictures = Vec::new();
    for child in content(node) {
        match kind(child) {
            "caption" => caption = inlines(content(child), depth),
            "media" => pictures.extend(media(child)),
            _ => flat(child, out),
        }
    }
    let last = pictures.len().saturating_sub(1);
    for (position, media) in pictures.into_iter().enumerate() {
        let caption = if position == last { std::mem::take(&mut caption) } else { Vec::new() };
        out.push(Block::Picture { media, caption });
    }
    if !caption.is_empty() {
        out.push(Block::Paragraph(caption));
    }
}

fn media(node: &Value) -> Option<Media> {
    let text = |name| attr_str(node, name).unwrap_or_default().to_owned();
    let source = match (attr_str(node, "url"), attr_str(node, "id")) {
        (Some(url), _) => MediaSource::Web { url: url.to_owned() },
        (None, Some(id)) => MediaSource::Jira { id: id.to_owned(), collection: text("collection") },
        (None, None) => return None,
    };
    Some(Media { source, alt: text("alt") })
}

fn panel_kind(name: Option<&str>) -> PanelKind {
    match name {
        Some("note") => PanelKind::Note,
        Some("tip") => PanelKind::Tip,
        Some("warning") => PanelKind::Warning,
        Some("error") => PanelKind::Error,
        Some("success") => PanelKind::Success,
        Some("custom") => PanelKind::Custom,
        _ => PanelKind::Info,
    }
}

fn card_url(node: &Value) -> Option<&str> {
    attr_str(node, "url").or_else(|| attr(node, "data")?.get("url")?.as_str())
}

/// What is shown in place of a node that can't be shown: the text it carries, else its name.
fn stand_in(node: &Value, out: &mut Vec<Block>) {
    out.extend(stand_in_text(node).map(|text| Block::Paragraph(vec![text])));
}

fn stand_in_text(node: &Value) -> Option<Inline> {
    let data = attr(node, "data");
    let carried = node.get("text").and_then(Value::as_str).and_then(said);
    carried
        .or_else(|| {
            ["text", "title", "alt", "url"].iter().find_map(|name| attr_str(node, name).and_then(said))
        })
        .or_else(|| data.and_then(|data| data.get("name")?.as_str()).and_then(said))
        .or_else(|| said(&format!("[{}]", attr_str(node, "extensionKey")?)))
        .or_else(|| {
            Some(kind(node)).filter(|kind| !kind.is_empty()).and_then(|kind| said(&format!("[{kind}]")))
        })
}

fn said(text: &str) -> Option<Inline> {
    (!text.is_empty()).then(|| Inline::plain(text.replace('\n', " ")))
}

fn inlines(nodes: &[Value], depth: usize) -> Vec<Inline> {
    let mut out = Vec::new();
    for node in nodes {
        inline(node, depth, &mut out);
    }
    out
}

fn inline(node: &Value, depth: usize, out: &mut Vec<Inline>) {
    match kind(node) {
        "text" => {
            let text = node.get("text").and_then(Value::as_str).unwrap_or_default();
            line::push_text(out, &text.replace("\r\n", "\n"), &marks(node));
        }
        "hardBreak" => out.push(Inline::Break),
        "mention" => mention(node, out),
        "emoji" => match (attr_str(node, "shortName"), attr_str(node, "text")) {
            (None | Some(""), text) => line::push_text(out, text.unwrap_or_default(), &Marks::none()),
            (Some(short_name), text) => out.push(Inline::Emoji {
                short_name: short_name.to_owned(),
                id: attr_str(node, "id").map(str::to_owned),
                text: text.filter(|text| !text.is_empty()).map(str::to_owned),
            }),
        },
        "date" => {
            let stamp = attr(node, "timestamp");
            match stamp.and_then(|stamp| stamp.as_i64().or_else(|| stamp.as_str()?.parse().ok())) {
                Some(timestamp) => out.push(Inline::Date { timestamp }),
                None => {
                    line::push_text(out, stamp.and_then(Value::as_str).unwrap_or_default(), &Marks::none());
                }
            }
        }
        "status" => {
            let text = attr_str(node, "text").unwrap_or_default();
            if !text.is_empty() {
                let color = attr_str(node, "color").unwrap_or("neutral").to_owned();
                out.push(Inline::Status { text: text.to_owned(), color });
            }
        }
        "inlineCard" if card_url(node).is_some() => {
            out.push(Inline::Card { url: card_url(node).unwrap_or_default().to_owned() });
        }
        "mediaInline" | "media" if media(node).is_some() => out.extend(media(node).map(Inline::Media)),
        _ if content(node).is_empty() => out.extend(stand_in_text(node)),
        // An unknown wrapper, or a block where a line should be.
        _ if depth < MAX_DEPTH => {
            for (position, child) in content(node).iter().enumerate() {
                if position > 0 && !is_inline(kind(child)) {
                    out.push(Inline::Break);
                }
                inline(child, depth + 1, out);
            }
        }
        _ => {
            let mut paragraphs = Vec::new();
            flat(node, &mut paragraphs);
            for paragraph in paragraphs {
                if let Block::Paragraph(line) = paragraph {
                    line::extend(out, line);
                }
            }
        }
    }
}

fn mention(node: &Value, out: &mut Vec<Inline>) {
    let id = attr_str(node, "id").unwrap_or_default();
    let name = attr_str(node, "text").unwrap_or_default();
    let name = harmless(name).replace('\n', " ").trim().trim_start_matches('@').to_owned();
    let name = if name.is_empty() { "someone".to_owned() } else { name };
    // Groups ("@here") and ids that are missing call nobody on the other side.
    let special = attr_str(node, "userType") == Some("SPECIAL") || id.is_empty();
    let who = if special { Who::Nobody } else { Who::Jira(AccountId::new(id)) };
    out.push(Inline::Mention(Mention { who, name }));
}

fn marks(node: &Value) -> Marks {
    let mut marks = Marks::none();
    let list = node.get("marks").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    for mark in list {
        match kind(mark) {
            "strong" => marks.strong = true,
            "em" => marks.em = true,
            "underline" => marks.underline = true,
            "strike" => marks.strike = true,
            "code" => marks.code = true,
            "subsup" if attr_str(mark, "type") == Some("sub") => marks.script = Some(Script::Sub),
            "subsup" => marks.script = Some(Script::Sup),
            "link" => marks.link = attr_str(mark, "href").map(str::to_owned),
            "textColor" => marks.color = attr_str(mark, "color").and_then(Rgb::from_hex),
            "backgroundColor" => marks.background = attr_str(mark, "color").and_then(Rgb::from_hex),
            // Annotations, borders, alignment, indentation, font size …: looks that only Jira has.
            _ => {}
        }
    }
    marks
}

/// The lines of a node that is too deep, without recursion: its text is kept, its shape is not.
fn flat(node: &Value, out: &mut Vec<Block>) {
    let mut waiting = vec![node];
    while let Some(node) = waiting.pop() {
        let children = content(node);
        let mut line = Vec::new();
        // A leaf, or a line of leaves: reading them comes to an end here.
        let leaf = |node: &Value| kind(node) == "text" || content(node).is_empty();
        if leaf(node) {
            inline(node, MAX_DEPTH, &mut line);
        } else if children.iter().all(|child| is_inline(kind(child)) && leaf(child)) {
            for child in children {
                inline(child, MAX_DEPTH, &mut line);
            }
        } else {
            waiting.extend(children.iter().rev());
        }
        if !line.is_empty() {
            out.push(Block::Paragraph(line));
        }
    }
}

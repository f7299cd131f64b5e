//! Depth and size: what is nested ten thousand deep is read in no more time per byte than flat
//! text, without a stack overflow, and none of its text is lost.

use serde_json::{Value, json};

use super::schema::assert_valid;
use super::{Block, Document, MAX_DEPTH, adf, markdown, teams_html, wiki};

const DEEP: usize = 10_000;

fn survives(document: &Document, what: &str) {
    assert!(depth(&document.blocks) <= MAX_DEPTH, "{what}");
    assert!(document.text().contains("deep"), "{what}");
    let written = adf::write(document);
    assert_valid(&written);
    // Whoever reads the JSON may stop at 128 levels, as serde_json does.
    assert!(serde_json::from_str::<Value>(&written.to_string()).is_ok(), "{what}");
    assert!(teams_html::write(document).html.contains("deep"), "{what}");
    assert!(markdown::write(document).contains("deep"), "{what}");
    assert!(wiki::write(document).contains("deep"), "{what}");
}

/// How many blocks stand inside each other.
fn depth(blocks: &[Block]) -> usize {
    let mut deepest = 0;
    let mut waiting: Vec<(&Block, usize)> = blocks.iter().map(|block| (block, 0)).collect();
    while let Some((block, depth)) = waiting.pop() {
        deepest = deepest.max(depth);
        match block {
            Block::Quote(blocks) | Block::Panel { blocks, .. } | Block::Expand { blocks, .. } => {
                waiting.extend(blocks.iter().map(|block| (block, depth + 1)));
            }
            Block::BulletList(items) | Block::OrderedList { items, .. } => {
                waiting.extend(items.iter().flatten().map(|block| (block, depth + 1)));
            }
            Block::Table(rows) => {
                let cells = rows.iter().flat_map(|row| &row.cells);
                waiting.extend(cells.flat_map(|cell| &cell.blocks).map(|block| (block, depth + 1)));
            }
            _ => {}
        }
    }
    deepest
}

#[test]
fn html_may_nest_any_elements() {
    for tag in ["ul><li", "li", "ol", "blockquote", "table><tr><td", "td", "tr", "h1", "pre", "at", "a", "x"]
    {
        survives(&teams_html::read(&format!("{}deep", format!("<{tag}>").repeat(DEEP)), |_| None), tag);
    }
}

#[test]
fn adf_may_nest_any_nodes() {
    for kind in [
        "bulletList",
        "blockquote",
        "panel",
        "taskList",
        "placeholder",
        "inlineCard",
        "paragraph",
        "table",
        "x",
    ] {
        let mut node = json!({"type": "text", "text": "deep"});
        // Deeper values overflow the stack of whoever drops them, not of the reader.
        for level in 0..DEEP / 10 {
            let kind = if kind == "bulletList" && level % 2 == 0 { "listItem" } else { kind };
            let mut outer = json!({"type": kind});
            outer["content"] = Value::Array(vec![node]);
            node = outer;
        }
        survives(&adf::read(&Value::Array(vec![node])), kind);
    }
}

#[test]
fn markdown_may_nest_quotes_lists_and_brackets() {
    for sign in ["> ", "- ", "1. ", "[", "*", "**", "_", "a~~", "a`", "(", "<", "![", "\\"] {
        survives(&markdown::read(&format!("{}deep", sign.repeat(DEEP))), sign);
    }
    survives(&markdown::read(&format!("{}deep", "*a **b ".repeat(DEEP))), "open styles");
}

#[test]
fn wiki_markup_may_nest_lists_and_leave_macros_open() {
    let signs = [
        "*",
        "# ",
        "[",
        "{",
        "{{",
        "{code}",
        "{quote}",
        "{panel:a=b}",
        "{noformat",
        "!",
        "*a _b ",
        "|",
        "||",
        "\\",
        "??",
        "{*}",
        "{color:red}",
        "[a|",
        "&#",
        "http://",
        "h1. ",
        "{code}\n",
    ];
    for sign in signs {
        survives(&wiki::read(&format!("{} deep", sign.repeat(DEEP))), sign);
        survives(&wiki::read(&format!("{} deep", format!("{sign}\n").repeat(DEEP / 10))), sign);
    }
}

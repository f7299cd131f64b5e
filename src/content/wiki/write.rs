//! Wiki markup out.

use std::fmt::Write as _;

use super::escape::{escape, escape_code};
use super::read::panel_color;
use crate::content::line::{self, DONE_TASK, OPEN_TASK};
use crate::content::tree::{Block, Cell, Document, Inline, Marks, MediaSource, Row, Script, Task, Who};
use crate::content::{harmless, text, web_link};

/// Writes wiki markup. A mention of a person of Jira calls them, any other is plain `@Name`.
pub fn write(document: &Document) -> String {
    blocks(&document.blocks)
}

fn blocks(blocks: &[Block]) -> String {
    let written = blocks.iter().map(|found| block(found, "")).filter(|text| !text.is_empty());
    written.collect::<Vec<_>>().join("\n\n")
}

/// Writes a block; `signs` are those of the lists it stands in.
fn block(block: &Block, signs: &str) -> String {
    match block {
        Block::Paragraph(pieces) => rows(pieces),
        Block::Heading { level, content } => {
            format!("h{}. {}", (*level).clamp(1, 6), rows(content).replace('\n', " "))
        }
        Block::Code { language, code } => code_block(language.as_deref(), code),
        Block::Quote(inner) => wrapped("{quote}", &unquoted(inner), "{quote}"),
        Block::BulletList(items) => list(items, &format!("{signs}*")),
        Block::OrderedList { items, .. } => list(items, &format!("{signs}#")),
        Block::TaskList(tasks) => task_rows(tasks, &format!("{signs}*")).join("\n"),
        Block::DecisionList(decisions) => {
            let rows = decisions
                .iter()
                .map(|pieces| format!("{signs}* {}", item_row(&line::prefixed("◆ ", pieces))));
            rows.collect::<Vec<_>>().join("\n")
        }
        Block::Panel { kind, blocks: inner } => {
            let start = panel_color(*kind)
                .map_or_else(|| "{panel:}".to_owned(), |color| format!("{{panel:bgColor={color}}}"));
            wrapped(&start, &unquoted(inner), "{panel}")
        }
        Block::Expand { title, blocks: inner } => {
            let title = rows(&line::emboldened(&[Inline::plain(title.replace('\n', " "))]));
            [title, blocks(inner)]
                .into_iter()
                .filter(|part| !part.is_empty())
                .collect::<Vec<_>>()
                .join("\n\n")
        }
        Block::Table(table) => {
            table.iter().map(row).filter(|row| !row.is_empty()).collect::<Vec<_>>().join("\n")
        }
        Block::Picture { media, caption } => {
            let mut pieces = vec![Inline::Media(media.clone())];
            if !caption.is_empty() {
                pieces.push(Inline::Break);
                pieces.extend_from_slice(caption);
            }
            rows(&pieces)
        }
        Block::Files(files) => {
            files.iter().map(|file| rows(&[Inline::Media(file.clone())])).collect::<Vec<_>>().join("\n")
        }
        Block::Card { url } => rows(&[Inline::Card { url: url.clone() }]),
        Block::Rule => "----".to_owned(),
    }
}

fn wrapped(start: &str, inner: &str, end: &str) -> String {
    format!("{start}\n{inner}\n{end}")
}

/// Blocks within a quote or panel; the same macro can't stand in itself, so quotes in it are opened up.
fn unquoted(inner: &[Block]) -> String {
    let mut out = Vec::new();
    for found in inner {
        match found {
            Block::Quote(deeper) | Block::Panel { blocks: deeper, .. } => out.push(unquoted(deeper)),
            Block::Expand { title, blocks: deeper } => {
                out.push(rows(&line::emboldened(&[Inline::plain(title.replace('\n', " "))])));
                out.push(unquoted(deeper));
            }
            other => out.push(block(other, "")),
        }
    }
    out.retain(|text| !text.is_empty());
    out.join("\n\n")
}

fn code_block(language: Option<&str>, code: &str) -> String {
    // The end of the macro has no escape; a space keeps it from being one.
    let code = harmless(code).replace("{code}", "{ code}").replace("{noformat}", "{ noformat}");
    let language: String = language
        .unwrap_or_default()
        .chars()
        .filter(|found| found.is_ascii_alphanumeric() || "+-_".contains(*found))
        .collect();
    if language.is_empty() {
        wrapped("{noformat}", &code, "{noformat}")
    } else {
        wrapped(&format!("{{code:{language}}}"), &code, "{code}")
    }
}

fn list(items: &[Vec<Block>], signs: &str) -> String {
    let mut out = Vec::new();
    for item in items {
        let mut pieces: Vec<Inline> = Vec::new();
        let mut nested = Vec::new();
        for found in item {
            match found {
                Block::BulletList(_) | Block::OrderedList { .. } | Block::TaskList(_) => {
                    nested.push(block(found, signs));
                }
                Block::Paragraph(line) if nested.is_empty() => {
                    if !pieces.is_empty() {
                        pieces.push(Inline::Break);
                    }
                    pieces.extend_from_slice(line);
                }
                other => nested.push(block(other, signs)),
            }
        }
        // Signs without words would be words themselves.
        let words = Some(item_row(&pieces)).filter(|words| !words.trim().is_empty());
        out.push(format!("{signs} {}", words.as_deref().unwrap_or("&nbsp;")));
        out.extend(nested.into_iter().filter(|text| !text.is_empty()));
    }
    out.join("\n")
}

fn task_rows(tasks: &[Task], signs: &str) -> Vec<String> {
    let mut out = Vec::new();
    for task in tasks {
        let sign = if task.done { DONE_TASK } else { OPEN_TASK };
        out.push(format!("{signs} {}", item_row(&line::prefixed(sign, &task.content))));
        out.extend(task_rows(&task.children, &format!("{signs}*")));
    }
    out
}

fn row(row: &Row) -> String {
    let mut out = String::new();
    for cell in &row.cells {
        out.push_str(if cell.header { "||" } else { "|" });
        out.push_str(&cell_text(cell));
    }
    if let Some(last) = row.cells.last() {
        out.push_str(if last.header { "||" } else { "|" });
    }
    out
}

/// The content of a cell on one row; what is no paragraph, as its words.
fn cell_text(cell: &Cell) -> String {
    let mut pieces: Vec<Inline> = Vec::new();
    for found in &cell.blocks {
        if !pieces.is_empty() {
            pieces.push(Inline::Break);
        }
        match found {
            Block::Paragraph(line) => pieces.extend_from_slice(line),
            other => {
                let words = Document { blocks: vec![other.clone()] }.text();
                line::push_text(&mut pieces, &words, &Marks::none());
            }
        }
    }
    let text = item_row(&pieces);
    if text.is_empty() { " ".to_owned() } else { text }
}

/// A line on rows of its own.
fn rows(pieces: &[Inline]) -> String {
    let mut pieces = flattened(pieces);
    line::trim_breaks(&mut pieces);
    let rows: Vec<String> = pieces.split(|piece| *piece == Inline::Break).map(set).collect();
    // An empty row would end the paragraph.
    rows.iter()
        .map(|row| if row.trim().is_empty() && rows.len() > 1 { "&nbsp;" } else { row })
        .collect::<Vec<_>>()
        .join("\n")
}

/// A line on the rest of a row: its breaks are spelled `\\`.
fn item_row(pieces: &[Inline]) -> String {
    let mut pieces = flattened(pieces);
    line::trim_breaks(&mut pieces);
    let rows: Vec<String> = pieces.split(|piece| *piece == Inline::Break).map(set).collect();
    rows.join(" \\\\ ")
}

/// Reduces a line to text in its styles, breaks and mentions that call.
fn flattened(pieces: &[Inline]) -> Vec<Inline> {
    let mut out = Vec::new();
    for piece in pieces {
        match piece {
            Inline::Text { text, marks } => {
                let link = marks.link.as_deref().and_then(web_link::safe);
                line::push_text(&mut out, &harmless(text), &Marks { link, ..marks.clone() });
            }
            Inline::Mention(mention) => match &mention.who {
                Who::Jira(account) if is_account(account.as_str()) => out.push(piece.clone()),
                _ => line::push_text(&mut out, &harmless(&text::called(mention)), &Marks::none()),
            },
            Inline::Card { url } => {
                let marks = Marks { link: web_link::safe(url), ..Marks::none() };
                line::push_text(&mut out, &harmless(url), &marks);
            }
            Inline::Media(media) => {
                let link = match &media.source {
                    MediaSource::Web { url } => web_link::safe(url),
                    _ => None,
                };
                line::push_text(&mut out, &harmless(&media.label()), &Marks { link, ..Marks::none() });
            }
            Inline::Status { text, .. } => line::push_text(&mut out, &harmless(text), &Marks::bold()),
            Inline::Break => out.push(Inline::Break),
            other => line::push_text(&mut out, &harmless(&text::words(other)), &Marks::none()),
        }
    }
    out
}

fn is_account(id: &str) -> bool {
    !id.is_empty() && id.chars().all(|found| found.is_ascii_alphanumeric() || ":-_.@".contains(found))
}

fn set(row: &[Inline]) -> String {
    let mut out = String::new();
    for piece in row {
        match piece {
            Inline::Text { text, marks } => words(text, marks, &mut out),
            Inline::Mention(mention) => {
                if let Who::Jira(account) = &mention.who {
                    // Writing to a string can't fail.
                    let _ = write!(out, "[~accountid:{account}]");
                }
            }
            _ => {}
        }
    }
    out
}

/// Writes words in their style, whose signs stand in braces: so they work within a word, too.
fn words(text: &str, marks: &Marks, out: &mut String) {
    let body = text.trim_matches(' ');
    if body.is_empty() {
        return escape(text, out.is_empty(), out);
    }
    let start = text.len() - text.trim_start_matches(' ').len();
    let (leading, rest) = text.split_at(start);
    let (body, trailing) = rest.split_at(body.len());
    escape(leading, out.is_empty(), out);
    if let (true, None) = (marks.code, &marks.link) {
        out.push_str("{{");
        escape_code(body, out);
        out.push_str("}}");
        return escape(trailing, false, out);
    }
    let signs = [
        (marks.strong, "{*}"),
        (marks.em, "{_}"),
        (marks.strike, "{-}"),
        (marks.underline, "{+}"),
        (marks.script == Some(Script::Sup), "{^}"),
        (marks.script == Some(Script::Sub), "{~}"),
    ];
    let signs = signs.into_iter().filter_map(|(set, sign)| set.then_some(sign));
    if let Some(color) = marks.color {
        let _ = write!(out, "{{color:{}}}", color.hex());
    }
    signs.clone().for_each(|sign| out.push_str(sign));
    if let Some(href) = &marks.link {
        out.push('[');
        escape(body, false, out);
        out.push('|');
        for found in href.chars() {
            match found {
                '[' | ']' | '|' | '\\' | '{' | '}' | '!' => {
                    let _ = write!(out, "%{:02X}", u32::from(found));
                }
                other => out.push(other),
            }
        }
        out.push(']');
    } else {
        escape(body, out.is_empty(), out);
    }
    signs.rev().for_each(|sign| out.push_str(sign));
    if marks.color.is_some() {
        out.push_str("{color}");
    }
    escape(trailing, false, out);
}

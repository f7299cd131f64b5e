//! Wiki markup in: blocks, row by row.

use super::line;
use crate::content::build::{Builder, Container};
use crate::content::harmless;
use crate::content::tree::{Block, Document, Inline, Marks, PanelKind, Rgb};

/// Reads wiki markup.
pub fn read(markup: &str) -> Document {
    let source = harmless(markup);
    let mut reader = Reader::new(&source);
    while !reader.rest.is_empty() {
        reader.row();
    }
    reader.finish()
}

/// A macro that holds blocks or code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Macro {
    Code,
    NoFormat,
    Quote,
    Panel,
}

struct Reader<'a> {
    rest: &'a str,
    builder: Builder,
    color: Option<Rgb>,
    /// The open lists: their signs, and whether the tree has the list and its open item.
    lists: Vec<(char, bool, bool)>,
    /// Whether a table is open, and whether the tree has it.
    table: Option<bool>,
    /// The open quotes and panels, and whether the tree has them.
    boxes: Vec<(Macro, bool)>,
    /// How long the rest of the row is, if it was found before.
    row_end: Option<usize>,
    /// Macros of which no end is ahead.
    endless: Vec<Macro>,
}

impl<'a> Reader<'a> {
    fn new(source: &'a str) -> Self {
        Self {
            rest: source,
            builder: Builder::new(source.len()),
            color: None,
            lists: Vec::new(),
            table: None,
            boxes: Vec::new(),
            row_end: None,
            endless: Vec::new(),
        }
    }

    fn finish(mut self) -> Document {
        self.end_flow();
        self.builder.finish()
    }

    fn row(&mut self) {
        let end = self.row_end.take().or_else(|| self.rest.find('\n')).unwrap_or(self.rest.len());
        let (row, after) = self.rest.split_at(end.min(self.rest.len()));
        let Some((start, length, found, values)) = next_macro(row) else {
            self.rest = after.strip_prefix('\n').unwrap_or(after);
            return self.plain_row(row, true);
        };
        match found {
            Macro::Code | Macro::NoFormat => self.code(row, start, length, found, values),
            Macro::Quote | Macro::Panel => {
                self.plain_row(row.get(..start).unwrap_or_default(), false);
                self.rest = self.rest.get(start + length..).unwrap_or_default();
                self.row_end = Some(row.len() - start - length);
                self.toggle(found, values);
            }
        }
    }

    fn code(&mut self, row: &str, start: usize, length: usize, found: Macro, values: &str) {
        let before = row.get(..start).unwrap_or_default();
        let behind = self.rest.get(start + length..).unwrap_or_default();
        let end = if found == Macro::Code { "{code}" } else { "{noformat}" };
        let position = if self.endless.contains(&found) { None } else { behind.find(end) };
        let Some(position) = position else {
            // A macro without an end is text.
            self.endless.push(found);
            self.rest = self.rest.get(row.len() + 1..).unwrap_or_default();
            return self.plain_row(row, true);
        };
        self.plain_row(before, false);
        let code = behind.get(..position).unwrap_or_default();
        let taken = position + end.len();
        self.row_end = row.len().checked_sub(start + length + taken);
        self.rest = behind.get(taken..).unwrap_or_default();
        let code = code.strip_prefix('\n').unwrap_or(code);
        let code = code.strip_suffix('\n').unwrap_or(code).to_owned();
        let named = values.split('|').map(|value| value.strip_prefix("language=").unwrap_or(value));
        let language = named.map(str::trim).find(|value| !value.is_empty() && !value.contains('='));
        let language = language.filter(|_| found == Macro::Code).map(str::to_owned);
        let title = values.split('|').find_map(|value| value.strip_prefix("title="));
        if let Some(title) = title {
            self.builder.end_line();
            self.builder.text(title, &Marks::bold());
        }
        self.builder.block(Block::Code { language, code });
    }

    /// A quote or a panel begins, or the innermost one of its kind ends.
    fn toggle(&mut self, found: Macro, values: &str) {
        self.end_flow();
        if let Some(position) =
            self.boxes.iter().rposition(|(open, _)| *open == found).filter(|_| values.is_empty())
        {
            for (_, opened) in self.boxes.drain(position..).rev() {
                if opened {
                    self.builder.close();
                }
            }
            return;
        }
        let value =
            |name: &str| values.split('|').find_map(|value| value.strip_prefix(name)?.strip_prefix('='));
        let container = match found {
            Macro::Panel => Container::Panel(panel_kind(value("bgColor"))),
            _ => Container::Quote,
        };
        let opened = self.builder.open(container);
        self.boxes.push((found, opened));
        if let Some(title) = value("title") {
            self.builder.text(title, &Marks::bold());
            self.builder.end_line();
        }
    }

    /// A row without block macros; `whole` if nothing else stands on its line.
    fn plain_row(&mut self, row: &str, whole: bool) {
        let text = row.trim();
        if text.is_empty() {
            if whole {
                self.end_flow();
            }
            return;
        }
        if let Some((level, title)) = heading(text) {
            self.end_flow();
            let content = line::read(title, &mut self.color);
            return self.builder.block(Block::Heading { level, content });
        }
        if let Some(said) = text.strip_prefix("bq. ") {
            self.end_flow();
            let said = line::read(said, &mut self.color);
            return self.builder.block(Block::Quote(vec![Block::Paragraph(said)]));
        }
        if text.len() >= 4 && text.bytes().all(|found| found == b'-') {
            self.end_flow();
            return self.builder.block(Block::Rule);
        }
        if text.starts_with('|') {
            return self.table_row(text);
        }
        if let Some((signs, said)) = list_row(text) {
            self.list_item(signs);
            return self.words(said);
        }
        if self.table.is_some() {
            self.end_flow();
        }
        if !self.builder.line().is_empty() {
            self.builder.inline(Inline::Break);
        }
        self.words(row.trim_end());
    }

    fn words(&mut self, row: &str) {
        for piece in line::read(row, &mut self.color) {
            self.builder.inline(piece);
        }
    }

    fn list_item(&mut self, signs: &str) {
        self.end_table();
        let same =
            self.lists.iter().zip(signs.chars()).take_while(|((open, _, _), sign)| open == sign).count();
        while self.lists.len() > same {
            self.end_list();
        }
        let deepest = signs.chars().count();
        if same == deepest
            && let Some((_, _, item)) = self.lists.last_mut()
        {
            if *item {
                self.builder.close();
            }
            *item = self.builder.open(Container::Item);
        }
        for sign in signs.chars().skip(same) {
            let list =
                self.builder.open(if sign == '#' { Container::Numbers(1) } else { Container::Bullets });
            let item = list && self.builder.open(Container::Item);
            self.lists.push((sign, list, item));
        }
        self.builder.end_line();
    }

    fn end_list(&mut self) {
        if let Some((_, list, item)) = self.lists.pop() {
            [item, list].iter().filter(|open| **open).for_each(|_| self.builder.close());
        }
    }

    fn table_row(&mut self, text: &str) {
        while !self.lists.is_empty() {
            self.end_list();
        }
        if self.table.is_none() {
            self.table = Some(self.builder.open(Container::Table));
        }
        let row = self.builder.open(Container::Row);
        let mut parts = cells(text);
        if parts.last().is_some_and(|(_, said)| said.trim().is_empty()) && parts.len() > 1 {
            parts.pop();
        }
        for (header, said) in parts {
            let cell = self.builder.open(Container::Cell { header, colspan: 1, rowspan: 1 });
            self.words(said.trim());
            if cell {
                self.builder.close();
            }
        }
        if row {
            self.builder.close();
        }
    }

    fn end_table(&mut self) {
        if self.table.take() == Some(true) {
            self.builder.close();
        }
    }

    /// Ends the paragraph, the lists and the table that are open.
    fn end_flow(&mut self) {
        while !self.lists.is_empty() {
            self.end_list();
        }
        self.end_table();
        self.builder.end_line();
    }
}

/// The first block macro on a row: where, how long, which, and its values.
fn next_macro(row: &str) -> Option<(usize, usize, Macro, &str)> {
    let mut from = 0;
    while let Some(position) = row.get(from..).and_then(|rest| rest.find('{')).map(|found| from + found) {
        from = position + 1;
        let before = row.get(..position).unwrap_or_default();
        if before.ends_with(['\\', '{']) {
            continue;
        }
        let inner = row.get(from..).unwrap_or_default();
        let end = inner.find(['{', '}'])?;
        let inner = inner.get(..end).unwrap_or_default();
        let (name, values) = inner.split_once(':').unwrap_or((inner, ""));
        let found = match name {
            "code" => Macro::Code,
            "noformat" => Macro::NoFormat,
            "quote" => Macro::Quote,
            "panel" => Macro::Panel,
            _ => continue,
        };
        if row.get(from + end..).is_some_and(|end| end.starts_with('}')) {
            return Some((position, end + 2, found, values));
        }
    }
    None
}

fn heading(text: &str) -> Option<(u8, &str)> {
    let (level, title) = text.strip_prefix('h')?.split_once('.')?;
    let level = level
        .parse()
        .ok()
        .filter(|level| (1..=6).contains(level) && text.as_bytes().get(2) == Some(&b'.'))?;
    Some((level, title.strip_prefix(' ')?.trim()))
}

fn list_row(text: &str) -> Option<(&str, &str)> {
    let (signs, said) = text.split_once(' ')?;
    let known = !signs.is_empty() && signs.bytes().all(|sign| b"*#-".contains(&sign));
    // `--` and `---` are dashes.
    (known && (signs == "-" || !signs.starts_with('-'))).then(|| (signs, said.trim()))
}

/// The cells of a row; `||` makes a header. A bar within brackets or code is none.
fn cells(text: &str) -> Vec<(bool, &str)> {
    let mut out: Vec<(bool, &str)> = Vec::new();
    let mut header = false;
    let mut start = None;
    let mut inside = false;
    let mut chars = text.char_indices().peekable();
    while let Some((position, found)) = chars.next() {
        match found {
            '\\' => {
                chars.next();
            }
            '[' => inside = true,
            ']' => inside = false,
            '|' if !inside => {
                if let Some(start) = start {
                    out.push((header, text.get(start..position).unwrap_or_default()));
                }
                header = chars.next_if(|(_, next)| *next == '|').is_some();
                start = Some(position + if header { 2 } else { 1 });
            }
            _ => {}
        }
    }
    if let Some(start) = start {
        out.push((header, text.get(start..).unwrap_or_default()));
    }
    out
}

/// The kinds of panel by the colours that Jira writes for them.
const PANEL_COLORS: [(PanelKind, &str); 5] = [
    (PanelKind::Info, "#deebff"),
    (PanelKind::Note, "#eae6ff"),
    (PanelKind::Success, "#e3fcef"),
    (PanelKind::Warning, "#fffae6"),
    (PanelKind::Error, "#ffebe6"),
];

fn panel_kind(color: Option<&str>) -> PanelKind {
    let color = color.unwrap_or_default().to_ascii_lowercase();
    PANEL_COLORS.iter().find(|(_, known)| *known == color).map_or(PanelKind::Custom, |(kind, _)| *kind)
}

/// The colour that stands for a kind of panel.
pub(super) fn panel_color(kind: PanelKind) -> Option<&'static str> {
    let kind = if kind == PanelKind::Tip { PanelKind::Success } else { kind };
    PANEL_COLORS.iter().find(|(known, _)| *known == kind).map(|(_, color)| *color)
}

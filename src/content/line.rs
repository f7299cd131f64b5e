//! Lines: how pieces of text come together without loose ends.

use super::tree::{Block, Inline, Marks, PanelKind, Row};

/// Sign of a thing to do, where a format has no task lists.
pub const OPEN_TASK: &str = "☐ ";
/// Sign of a thing that is done.
pub const DONE_TASK: &str = "☑ ";
/// A line across, where a format has no rules.
pub const RULE: &str = "———";

/// Appends text; joins it to what stands before in the same style. A line feed becomes a break.
pub fn push_text(line: &mut Vec<Inline>, text: &str, marks: &Marks) {
    for (row, piece) in text.split('\n').enumerate() {
        if row > 0 {
            line.push(Inline::Break);
        }
        if piece.is_empty() {
            continue;
        }
        match line.last_mut() {
            Some(Inline::Text { text, marks: before }) if before == marks => text.push_str(piece),
            _ => line.push(Inline::Text { text: piece.to_owned(), marks: marks.clone() }),
        }
    }
}

/// Appends a piece; text is joined as by [`push_text`].
pub fn push(line: &mut Vec<Inline>, piece: Inline) {
    match piece {
        Inline::Text { text, marks } => push_text(line, &text, &marks),
        other => line.push(other),
    }
}

/// Gives a line of HTML its final spaces: ordinary ones at its ends show nothing and go,
/// no-break ones show and become ordinary.
pub fn unfold(line: &mut Vec<Inline>) {
    for position in 0..line.len() {
        let starts = position == 0 || line.get(position - 1) == Some(&Inline::Break);
        let ends = matches!(line.get(position + 1), None | Some(Inline::Break));
        let Some(Inline::Text { text, .. }) = line.get_mut(position) else { continue };
        let mut kept = text.as_str();
        if starts {
            kept = kept.trim_start_matches(' ');
        }
        if ends {
            kept = kept.trim_end_matches(' ');
        }
        *text = kept.replace('\u{a0}', " ");
    }
    line.retain(|piece| !matches!(piece, Inline::Text { text, .. } if text.is_empty()));
}

/// Appends pieces; text is joined as by [`push_text`].
pub fn extend(line: &mut Vec<Inline>, pieces: impl IntoIterator<Item = Inline>) {
    for piece in pieces {
        push(line, piece);
    }
}

/// Drops line breaks at both ends, which show nothing in a paragraph.
pub fn trim_breaks(line: &mut Vec<Inline>) {
    while line.last() == Some(&Inline::Break) {
        line.pop();
    }
    let leading = line.iter().take_while(|piece| **piece == Inline::Break).count();
    line.drain(..leading);
}

/// Whether a line shows nothing: no piece but breaks and blank text.
pub fn is_blank(line: &[Inline]) -> bool {
    line.iter().all(|piece| match piece {
        Inline::Break => true,
        Inline::Text { text, .. } => text.chars().all(char::is_whitespace),
        _ => false,
    })
}

/// The line in bold, for a heading where headings are not allowed.
pub fn emboldened(line: &[Inline]) -> Vec<Inline> {
    let mut line = line.to_vec();
    for piece in &mut line {
        if let Inline::Text { marks, .. } = piece
            && !marks.code
        {
            marks.strong = true;
        }
    }
    line
}

/// What stands in a panel, with a sign in front, for a format that has no panels.
pub fn signed_panel(kind: PanelKind, blocks: &[Block]) -> Vec<Block> {
    let sign = match kind {
        PanelKind::Info => "ℹ️ ",
        PanelKind::Note => "📝 ",
        PanelKind::Tip => "💡 ",
        PanelKind::Warning => "⚠️ ",
        PanelKind::Error => "⛔ ",
        PanelKind::Success => "✅ ",
        PanelKind::Custom => "📌 ",
    };
    let (first, rest) = match blocks.split_first() {
        Some((Block::Paragraph(line), rest)) => (prefixed(sign, line), rest),
        _ => (vec![Inline::plain(sign.trim_end())], blocks),
    };
    let mut out = vec![Block::Paragraph(first)];
    out.extend_from_slice(rest);
    out
}

/// A row of a table as one line, if each of its cells holds at most a line.
pub fn joined_row(row: &Row) -> Option<Vec<Inline>> {
    let mut joined = Vec::new();
    for (position, cell) in row.cells.iter().enumerate() {
        if position > 0 {
            push_text(&mut joined, " | ", &Marks::none());
        }
        let line = match cell.blocks.as_slice() {
            [] => continue,
            [Block::Paragraph(line)] if cell.header => emboldened(line),
            [Block::Paragraph(line)] => line.clone(),
            _ => return None,
        };
        extend(&mut joined, line);
    }
    Some(joined)
}

/// The line with a sign in front of it.
pub fn prefixed(sign: &str, line: &[Inline]) -> Vec<Inline> {
    let mut out = Vec::with_capacity(line.len() + 1);
    push_text(&mut out, sign, &Marks::none());
    extend(&mut out, line.iter().cloned());
    out
}

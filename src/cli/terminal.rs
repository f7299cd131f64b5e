//! Where the commands write: standard output, as lines, tables and JSON. A reader who has
//! closed the pipe ends the writing, not the command; colours are for terminals alone.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};

use chrono::Local;
use serde::Serialize;

use crate::ambient::Millis;

/// How a piece of text stands out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// Nothing has to be done.
    Good,
    /// Something should be looked at.
    Notice,
    /// Something must be done.
    Bad,
    /// Names of columns and fields.
    Quiet,
}

impl Style {
    fn code(self) -> &'static str {
        match self {
            Self::Good => "32",
            Self::Notice => "33",
            Self::Bad => "31",
            Self::Quiet => "2",
        }
    }
}

/// Standard output.
pub(super) struct Terminal {
    out: Box<dyn Write>,
    interactive: bool,
    colours: bool,
    closed: bool,
}

impl Terminal {
    /// Standard output, with colours where a person reads and has not refused them
    /// (<https://no-color.org>).
    pub(super) fn open() -> Self {
        let out = io::stdout();
        let interactive = out.is_terminal();
        let refused = |name, wish: &str| std::env::var_os(name).is_some_and(|value| value == wish);
        let plain =
            std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty()) || refused("TERM", "dumb");
        Self { out: Box::new(out), interactive, colours: interactive && !plain, closed: false }
    }

    /// Whether a person reads.
    pub(super) fn is_interactive(&self) -> bool {
        self.interactive
    }

    /// A line.
    pub(super) fn line(&mut self, text: impl Display) -> io::Result<()> {
        if self.closed {
            return Ok(());
        }
        match writeln!(self.out, "{text}").and_then(|()| self.out.flush()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.closed = true;
                Ok(())
            }
            other => other,
        }
    }

    /// One JSON document on a line of its own.
    pub(super) fn json(&mut self, value: &impl Serialize) -> anyhow::Result<()> {
        Ok(self.line(serde_json::to_string_pretty(value)?)?)
    }

    /// A table: columns aligned, the last one as long as it likes.
    pub(super) fn table<const N: usize>(&mut self, head: [&str; N], rows: &[[String; N]]) -> io::Result<()> {
        let width = |column: usize| {
            let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| shown_width(cell));
            cells.chain(head.get(column).map(|name| name.chars().count())).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..N).map(width).collect();
        let head = aligned(&head, &widths);
        self.line(self.paint(Style::Quiet, &head))?;
        rows.iter().try_for_each(|row| self.line(aligned(row, &widths)))
    }

    /// Names and what they stand for, a line each.
    pub(super) fn fields(&mut self, fields: &[(&str, String)]) -> io::Result<()> {
        let width = fields.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
        fields.iter().try_for_each(|(name, value)| {
            self.line(format!("{}  {value}", self.paint(Style::Quiet, &format!("{name:width$}"))))
        })
    }

    /// `text` in the colours of `style`, where there are colours.
    pub(super) fn paint(&self, style: Style, text: &str) -> String {
        if self.colours { format!("\u{1b}[{}m{text}\u{1b}[0m", style.code()) } else { text.to_owned() }
    }
}

fn aligned(cells: &[impl AsRef<str>], widths: &[usize]) -> String {
    let line: Vec<String> =
        cells.iter().zip(widths).map(|(cell, width)| padded(cell.as_ref(), *width)).collect();
    line.join("  ").trim_end().to_owned()
}

fn padded(cell: &str, width: usize) -> String {
    format!("{cell}{}", " ".repeat(width.saturating_sub(shown_width(cell))))
}

/// Letters that are seen: the codes of colours are not.
fn shown_width(text: &str) -> usize {
    let mut parts = text.split('\u{1b}');
    let plain = parts.next().unwrap_or_default().chars().count();
    plain + parts.map(|part| part.split_once('m').map_or(0, |(_, seen)| seen.chars().count())).sum::<usize>()
}

/// A moment in the reader's own zone, to the second.
pub(super) fn local_time(at: Millis) -> String {
    at.date().with_timezone(&Local).format("%Y-%m-%d %H:%M:%S").to_string()
}

/// A moment for programs: RFC 3339 in UTC.
pub(super) fn utc_time(at: Millis) -> String {
    at.date().to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

/// `1 chat`, `2 chats`.
pub(super) fn counted(count: u64, thing: &str) -> String {
    if count == 1 { format!("1 {thing}") } else { format!("{count} {thing}s") }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Paper(Arc<Mutex<Vec<u8>>>);

    impl Write for Paper {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    struct ClosedPipe;

    impl Write for ClosedPipe {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn on(out: impl Write + 'static, colours: bool) -> Terminal {
        Terminal { out: Box::new(out), interactive: colours, colours, closed: false }
    }

    #[test]
    fn columns_stand_under_each_other_whatever_the_letters() {
        let paper = Paper::default();
        let rows = [["ä".to_owned(), "one".to_owned()], ["long".to_owned(), String::new()]];
        on(paper.clone(), false).table(["ID", "WORD"], &rows).unwrap();
        assert_eq!(
            String::from_utf8(paper.0.lock().unwrap().clone()).unwrap(),
            "ID    WORD\nä     one\nlong\n"
        );
    }

    #[test]
    fn colours_take_no_room() {
        assert_eq!(shown_width("\u{1b}[31mdead\u{1b}[0m"), 4);
        assert_eq!(padded("\u{1b}[31mdead\u{1b}[0m", 6), "\u{1b}[31mdead\u{1b}[0m  ");
    }

    #[test]
    fn a_reader_who_leaves_early_is_no_error() {
        let mut terminal = on(ClosedPipe, false);
        terminal.line("first").unwrap();
        terminal.line("second").unwrap();
    }

    #[test]
    fn colours_are_for_terminals() {
        assert_eq!(on(ClosedPipe, true).paint(Style::Bad, "x"), "\u{1b}[31mx\u{1b}[0m");
        assert_eq!(on(ClosedPipe, false).paint(Style::Bad, "x"), "x");
    }
}

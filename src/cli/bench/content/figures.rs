//! What `bench content` found: as one JSON object, or as two tables.

use std::fmt;

use serde::Serialize;

use super::nested::DEEP;

#[derive(Debug, Default, Serialize)]
pub(super) struct Figures {
    pub(super) speed: Vec<Speed>,
    pub(super) nesting: Vec<Nesting>,
}

/// How fast a comment is read and written. A megabyte is 1,000,000 bytes of the format.
#[derive(Debug, Serialize)]
pub(super) struct Speed {
    pub(super) format: &'static str,
    pub(super) bytes: usize,
    pub(super) read_mb_per_s: f64,
    pub(super) write_mb_per_s: f64,
}

/// What reading costs when everything stands inside each other.
#[derive(Debug, Serialize)]
pub(super) struct Nesting {
    pub(super) format: &'static str,
    pub(super) what: &'static str,
    pub(super) ns_per_byte: f64,
    /// The same for as many bytes of it side by side, each closed.
    pub(super) beside_ns_per_byte: f64,
    /// The same for as many bytes of plain words.
    pub(super) words_ns_per_byte: f64,
    /// The first by the second.
    pub(super) to_beside: f64,
    /// The first by the third.
    pub(super) to_words: f64,
    /// By the cost a byte of a tenth as many: 1 is linear, 10 would be quadratic.
    pub(super) to_tenth: f64,
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<12} {:>8} {:>12} {:>12}", "format", "bytes", "read MB/s", "write MB/s")?;
        for speed in &self.speed {
            let Speed { format, bytes, read_mb_per_s, write_mb_per_s } = speed;
            writeln!(f, "{format:<12} {bytes:>8} {read_mb_per_s:>12.1} {write_mb_per_s:>12.1}")?;
        }
        writeln!(f)?;
        writeln!(
            f,
            "{:<12} {:<16} {:>8} {:>10} {:>10} {:>10} {:>10}",
            "nested", "what", "ns/byte", "beside", "to beside", "to words", "to tenth"
        )?;
        for nesting in &self.nesting {
            writeln!(
                f,
                "{:<12} {:<16} {:>8.2} {:>10.2} {:>9.2}x {:>9.2}x {:>9.2}x",
                nesting.format,
                nesting.what.replace('\n', "\\n"),
                nesting.ns_per_byte,
                nesting.beside_ns_per_byte,
                nesting.to_beside,
                nesting.to_words,
                nesting.to_tenth
            )?;
        }
        writeln!(f)?;
        writeln!(
            f,
            "Nested: {DEEP} opened and never closed, by the byte. 'to beside' compares with as many"
        )?;
        writeln!(
            f,
            "bytes of the same side by side, 'to words' with plain words, 'to tenth' with a tenth as"
        )?;
        writeln!(f, "many within each other: 1 is linear, 10 would be quadratic.")
    }
}

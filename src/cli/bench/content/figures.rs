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
    /// The same for as many bytes of plain words.
    pub(super) flat_ns_per_byte: f64,
    /// The first by the second.
    pub(super) to_flat: f64,
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
            "{:<12} {:<16} {:>10} {:>10} {:>9} {:>12}",
            "nested", "what", "ns/byte", "flat", "to flat", "to a tenth"
        )?;
        for nesting in &self.nesting {
            writeln!(
                f,
                "{:<12} {:<16} {:>10.2} {:>10.2} {:>8.2}x {:>11.2}x",
                nesting.format,
                nesting.what.replace('\n', "\\n"),
                nesting.ns_per_byte,
                nesting.flat_ns_per_byte,
                nesting.to_flat,
                nesting.to_tenth
            )?;
        }
        writeln!(f)?;
        writeln!(
            f,
            "Nested: {DEEP} opened and never closed, by the byte. 'to flat' compares with plain words,"
        )?;
        writeln!(f, "'to a tenth' with a tenth as many: 1 is linear, 10 would be quadratic.")
    }
}

//! `threadline bench content`: how fast each format is read and written, and whether deep nesting
//! costs more than flat text.

mod figures;
mod nested;
mod samples;

use std::hint::black_box;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Args;

use super::figures::{print, tidy};
use figures::{Figures, Nesting, Speed};
use nested::Nested;
use samples::{Format, Sample};

pub(super) const EXAMPLES: &str = "\
Use a release build: `cargo run --release -- bench content`. Nothing else should run meanwhile.

Examples:
  threadline bench content
  threadline bench content --json > figures.json";

/// The sizes of a comment: an ordinary one and a very long one, in bytes.
const SIZES: [usize; 2] = [2 * 1024, 200 * 1024];
/// How long each thing is repeated; the fastest of its turns counts.
const TURN: Duration = Duration::from_millis(100);
const TURNS: usize = 5;

/// The readers and writers of all formats.
#[derive(Args)]
pub(in crate::cli) struct Content {
    /// Print one JSON object instead of a table.
    #[arg(long)]
    json: bool,
}

impl Content {
    pub(super) fn run(&self) -> anyhow::Result<ExitCode> {
        let mut figures = Figures::default();
        for format in Format::ALL {
            for size in SIZES {
                eprintln!("{}, {size} bytes", format.name());
                figures.speed.push(speed(&Sample::new(format, size)));
            }
        }
        for case in nested::cases() {
            eprintln!("{}, {} nested", case.what, nested::DEEP);
            figures.nesting.push(nesting(&case));
        }
        print(self.json, &figures)?;
        Ok(ExitCode::SUCCESS)
    }
}

fn speed(sample: &Sample) -> Speed {
    let document = sample.read();
    let written = sample.format.write(&document);
    Speed {
        format: sample.format.name(),
        bytes: sample.source.len(),
        read_mb_per_s: per_second(sample.source.len(), || sample.read()),
        write_mb_per_s: per_second(written.len(), || sample.format.write(&document)),
    }
}

fn nesting(case: &Nested) -> Nesting {
    let time = |source: &str| fastest(|| case.format.read(source)).as_secs_f64() / to_f64(source.len());
    let source = case.source(nested::DEEP);
    let deep = time(&source);
    let beside = time(&case.beside(source.len()));
    let shallow = time(&case.source(nested::DEEP / 10));
    let words = "flat text of words ";
    let flat = time(&case.format.of_words(&words.repeat(source.len() / words.len())));
    Nesting {
        format: case.format.name(),
        what: case.what,
        ns_per_byte: tidy(deep * 1e9),
        beside_ns_per_byte: tidy(beside * 1e9),
        words_ns_per_byte: tidy(flat * 1e9),
        to_beside: tidy(deep / beside),
        to_words: tidy(deep / flat),
        to_tenth: tidy(deep / shallow),
    }
}

/// Megabytes a second.
fn per_second<T>(bytes: usize, work: impl Fn() -> T) -> f64 {
    tidy(to_f64(bytes) / 1e6 / fastest(work).as_secs_f64())
}

/// How long it takes at best: whatever else the machine does can only make it slower.
fn fastest<T>(work: impl Fn() -> T) -> Duration {
    let mut best = Duration::MAX;
    for _ in 0..TURNS {
        let began = Instant::now();
        let mut times = 0;
        while times == 0 || began.elapsed() < TURN {
            black_box(work());
            times += 1;
        }
        best = best.min(began.elapsed() / times);
    }
    best
}

#[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^52")]
fn to_f64(bytes: usize) -> f64 {
    bytes as f64
}

//! Everything that is logged in this process, kept for a look afterwards. The runner gives
//! every test a process of its own.

use std::io::Write;
use std::sync::{Arc, Mutex, OnceLock};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

/// The lines so far.
#[derive(Clone, Default)]
pub struct Logs(Arc<Mutex<Vec<u8>>>);

impl Logs {
    /// Begins to keep what is logged, of Threadline at every level, of the rest from debug on.
    pub fn keep() -> Self {
        static LOGS: OnceLock<Logs> = OnceLock::new();
        LOGS.get_or_init(|| {
            let logs = Self::default();
            tracing_subscriber::fmt()
                .with_env_filter(EnvFilter::new("debug,threadline=trace"))
                .with_ansi(false)
                .with_writer(logs.clone())
                .init();
            logs
        })
        .clone()
    }

    /// All of it.
    pub fn bytes(&self) -> Vec<u8> {
        self.0.lock().unwrap().clone()
    }

    /// Threadline's own lines of this level.
    pub fn lines(&self, level: &str) -> Vec<String> {
        let text = String::from_utf8_lossy(&self.bytes()).into_owned();
        let mark = format!(" {level} threadline::");
        let mut lines: Vec<String> =
            text.lines().filter(|line| line.contains(&mark)).map(str::to_owned).collect();
        lines.dedup();
        lines
    }
}

impl Write for Logs {
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Logs {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

//! `threadline keys new`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use crate::cli::Context;
use crate::cli::terminal::Terminal;
use crate::vault::{create_key_file, new_key_line};

pub(super) const EXAMPLES: &str = "Examples:
  threadline keys new
  threadline keys new --file /etc/threadline/threadline.keys";

/// Where a key ring goes if nothing says otherwise.
const DEFAULT: &str = "threadline.keys";

/// Write a new key ring.
#[derive(Args)]
pub(in crate::cli) struct New {
    /// The file to write [default: `vault.keys_file`, else threadline.keys].
    #[arg(long, value_name = "PATH")]
    file: Option<PathBuf>,
}

impl New {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<ExitCode> {
        let configured = context.settings.vault.keys_file.as_ref();
        let path = self.file.or_else(|| configured.cloned()).unwrap_or_else(|| PathBuf::from(DEFAULT));
        let (id, line) = new_key_line(&context.clock, &context.random);
        create_key_file(&path, &line)?;
        let path = std::path::absolute(&path)?;
        let mut terminal = Terminal::open();
        terminal.line(format!("{} holds one new key, {id}.", path.display()))?;
        if configured.and_then(|known| std::path::absolute(known).ok()) != Some(path.clone()) {
            terminal.line(format!(
                "Set it in threadline.toml:\n\n  [vault]\n  keys_file = \"{}\"\n",
                path.display()
            ))?;
        }
        terminal
            .line("Keep a copy in a safe place, apart from the database's backups: without the key, the")?;
        terminal.line("stored logins are lost. The service's account must be able to read the file.")?;
        Ok(ExitCode::SUCCESS)
    }
}

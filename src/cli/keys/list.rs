//! `threadline keys list`.

use std::process::ExitCode;

use clap::Args;
use serde::Serialize;

use crate::cli::Context;
use crate::cli::terminal::{Style, Terminal};
use crate::vault::{KeyStanding, KeyUse};

pub(super) const EXAMPLES: &str = "Examples:
  threadline keys list
  threadline keys list --json";

/// List the keys.
#[derive(Args)]
pub(in crate::cli) struct List {
    /// As JSON, for scripts.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct View<'a> {
    id: &'a str,
    state: &'static str,
    data_keys: u64,
}

impl List {
    pub(super) async fn run(self, context: Context) -> anyhow::Result<ExitCode> {
        let storage = context.storage().await?;
        let keys = storage.vault.key_uses().await?;
        storage.database.close().await;
        let mut terminal = Terminal::open();
        let views: Vec<View<'_>> =
            keys.iter().map(|key| View { id: &key.id, state: word(key), data_keys: key.data_keys }).collect();
        if self.json {
            terminal.json(&views)?;
            return Ok(ExitCode::SUCCESS);
        }
        let rows: Vec<[String; 3]> = views
            .iter()
            .map(|key| [key.id.to_owned(), key.state.to_owned(), key.data_keys.to_string()])
            .collect();
        terminal.table(["KEY", "STATE", "DATA KEYS"], &rows)?;
        if keys.iter().any(|key| key.standing == KeyStanding::Missing) {
            let text = "What a missing key has wrapped can't be opened; put that key back into the key ring.";
            terminal.line(terminal.paint(Style::Bad, text))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn word(key: &KeyUse) -> &'static str {
    match key.standing {
        KeyStanding::InUse => "in use",
        KeyStanding::Kept if key.data_keys == 0 => "can be dropped",
        KeyStanding::Kept => "still needed",
        KeyStanding::Missing => "missing",
    }
}

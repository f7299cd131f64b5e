//! `threadline keys rotate`: the file first, then the data keys, one by one. Whatever cuts it
//! short, running it again finishes it.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::Args;

use crate::app::Storage;
use crate::audit;
use crate::cli::Context;
use crate::cli::terminal::{Terminal, counted};
use crate::vault::{KeyStanding, KeyUse, new_key_line, put_key_in_front};

pub(super) const EXAMPLES: &str = "Examples:
  threadline keys rotate

A rotation that was cut short is finished by the next run, before another one may begin.
Keys that are given inline (vault.keys, THREADLINE__VAULT__KEYS) can't be changed from here:
put a new line in front of them yourself, and then run this command.";

/// Put a new key in use.
#[derive(Args)]
pub(in crate::cli) struct Rotate {}

impl Rotate {
    pub(super) async fn run(self, context: Context) -> anyhow::Result<ExitCode> {
        let mut terminal = Terminal::open();
        let storage = context.storage().await?;
        let file = context.settings.vault.keys_file.as_deref();
        let uses = storage.vault.key_uses().await?;
        if behind(&uses) > 0 {
            terminal.line("Some data keys are still under an older key: finishing that rotation.")?;
        } else {
            let Some(path) = file else { bail!(inline()) };
            let id = add_key(&context, path, &uses)?;
            note(&storage, id.clone()).await?;
            terminal.line(format!("{} has a new key in front, {id}.", path.display()))?;
        }
        rewrap(&storage, &mut terminal).await?;
        let uses = storage.vault.key_uses().await?;
        tell_what_is_left(&mut terminal, &uses, file)?;
        storage.database.close().await;
        Ok(ExitCode::SUCCESS)
    }
}

/// Data keys that an older key of the ring has wrapped.
fn behind(uses: &[KeyUse]) -> u64 {
    uses.iter().filter(|key| key.standing != KeyStanding::InUse).map(|key| key.data_keys).sum()
}

/// Puts a fresh key into the file; answers its id.
fn add_key(context: &Context, path: &Path, uses: &[KeyUse]) -> anyhow::Result<String> {
    let (id, line) = std::iter::repeat_with(|| new_key_line(&context.clock, &context.random))
        .find(|(id, _)| uses.iter().all(|key| key.id != *id))
        .context("no free id was found for the new key")?;
    put_key_in_front(path, &line)?;
    Ok(id)
}

async fn note(storage: &Storage, key: String) -> anyhow::Result<()> {
    let now = storage.clock.now();
    let entry = audit::Entry { actor: "operator".to_owned(), action: "key put in use", subject: key };
    storage.database.write(move |transaction| Box::pin(audit::append(transaction, now, entry))).await?;
    Ok(())
}

async fn rewrap(storage: &Storage, terminal: &mut Terminal) -> anyhow::Result<()> {
    let mut written = Ok(());
    let done = storage
        .vault
        .rewrap_telling(|done, all| {
            if done == all || done.is_multiple_of(100) {
                let line = terminal.line(format!("  {done} of {} wrapped again", counted(all, "data key")));
                if written.is_ok() {
                    written = line;
                }
            }
        })
        .await
        .context(
            "the rotation stopped; what is done is done, run `threadline keys rotate` again for the rest",
        )?;
    written?;
    if done == 0 {
        terminal.line("No data key had to be wrapped again.")?;
    }
    Ok(())
}

fn tell_what_is_left(terminal: &mut Terminal, uses: &[KeyUse], file: Option<&Path>) -> anyhow::Result<()> {
    let idle: Vec<&str> = uses
        .iter()
        .filter(|key| key.standing == KeyStanding::Kept && key.data_keys == 0)
        .map(|key| key.id.as_str())
        .collect();
    if !idle.is_empty() {
        let place =
            file.map_or_else(|| "vault.keys".to_owned(), |path| PathBuf::from(path).display().to_string());
        terminal.line(format!(
            "Nothing needs {} any more. Backups of the database from before today do: keep a copy with\n\
             them, and delete the line from {place} when those backups are gone.",
            idle.join(", ")
        ))?;
    }
    terminal.line("A running service takes the new key up by itself. Back up the key ring now.")?;
    Ok(())
}

fn inline() -> &'static str {
    "the keys are given inline (vault.keys), so there is no file to change. Write a key with `threadline keys new --file new.keys`, put its line in front of the others where vault.keys is set, restart the service, and run `threadline keys rotate` again to wrap the data keys with it"
}

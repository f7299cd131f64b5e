//! Keys and database: is everything there that the service needs to open what it has sealed?

use super::finding::Finding;
use crate::app::Storage;
use crate::audit;
use crate::cli::Context;
use crate::cli::terminal::counted;
use crate::database::{Database, sqlite_file};
use crate::queue::{EventState, Queue};
use crate::store::{Store, WatchState};
use crate::vault::{KeySource, KeyStanding, Vault, VaultError};

/// The findings, and what is kept, if it can be opened.
pub(super) async fn check(context: &Context) -> (Vec<Finding>, Option<Storage>) {
    let settings = &context.settings;
    let mut findings = Vec::new();
    let source = KeySource::from_settings(&settings.vault);
    let keys = keys(&source, &mut findings);
    let Some(database) = open(context, &mut findings).await else { return (findings, None) };
    if !keys {
        database.close().await;
        return (findings, None);
    }
    let (clock, random) = (context.clock.clone(), context.random.clone());
    let vault = match Vault::unlock(source, database.clone(), clock.clone(), random.clone()).await {
        Ok(vault) => vault,
        Err(error) => {
            findings.push(Finding::bad("keys", error));
            database.close().await;
            return (findings, None);
        }
    };
    findings.push(needed(&vault).await);
    let store = Store::new(database.clone(), clock.clone(), random.clone());
    let queue = Queue::new(database.clone(), clock.clone(), random.clone(), settings.relay.clone());
    findings.push(chain(&database).await);
    findings.push(letters(&queue).await);
    findings.extend(watched(&store).await);
    (findings, Some(Storage { database, store, vault, queue, relay: settings.relay.clone(), clock, random }))
}

/// Whether Graph watches what it is to watch; nothing to say where no chat is linked.
async fn watched(store: &Store) -> Option<Finding> {
    const SUBJECT: &str = "change notifications";
    let counts = match store.count_watches().await {
        Ok(counts) => counts,
        Err(error) => return Some(Finding::bad(SUBJECT, format!("can't be counted: {error}"))),
    };
    let of = |state: WatchState| {
        let count = counts.iter().find(|(word, _)| word == state.word()).map_or(0, |(_, count)| *count);
        u64::try_from(count).unwrap_or(0)
    };
    let (live, refused) = (of(WatchState::Live), of(WatchState::Refused));
    if refused > 0 {
        return Some(Finding::notice(
            SUBJECT,
            format!(
                "Graph does not let us watch {}; let a member add the app again, whose manifest asks for ChatMessage.Read.Chat and ChannelMessage.Read.Group, or ask the tenant's administrator whether resource-specific consent is allowed",
                counted(refused, "linked chat")
            ),
        ));
    }
    (live > 0).then(|| Finding::good(SUBJECT, format!("Graph watches {}", counted(live, "linked chat"))))
}

/// Whether there are keys at all.
fn keys(source: &KeySource, findings: &mut Vec<Finding>) -> bool {
    match source.read() {
        Ok(Some(_)) => true,
        Ok(None) => {
            findings.push(Finding::bad("keys", VaultError::NoKey));
            false
        }
        Err(error) => {
            findings.push(Finding::bad("keys", error));
            false
        }
    }
}

/// The database as it is; nothing if it is not there yet, or not up to date.
async fn open(context: &Context, findings: &mut Vec<Finding>) -> Option<Database> {
    const SUBJECT: &str = "database";
    let settings = &context.settings.database;
    if let Some(file) = sqlite_file(settings)
        && !file.exists()
    {
        let text = format!(
            "{} is not there yet; `threadline serve` or `threadline migrate` makes it",
            file.display()
        );
        findings.push(Finding::notice(SUBJECT, text));
        return None;
    }
    let database = match Database::open(settings).await {
        Ok(database) => database,
        Err(error) => {
            findings
                .push(Finding::bad(SUBJECT, format!("{error}; check database.url and that the server runs")));
            return None;
        }
    };
    let (finding, usable) = match database.pending_steps().await {
        Ok(steps) if steps.is_empty() => {
            (Finding::good(SUBJECT, "answers, and its schema is up to date"), true)
        }
        Ok(steps) => {
            let lacking = counted(u64::try_from(steps.len()).unwrap_or(u64::MAX), "step");
            let text = format!(
                "its schema lacks {lacking}; `threadline serve` or `threadline migrate` makes up for it"
            );
            (Finding::notice(SUBJECT, text), false)
        }
        Err(error) => {
            let text = format!("{error}. If a newer version has run on it, install that version again");
            (Finding::bad(SUBJECT, text), false)
        }
    };
    findings.push(finding);
    if usable {
        return Some(database);
    }
    database.close().await;
    None
}

/// Whether the ring has every key that something is wrapped with.
async fn needed(vault: &Vault) -> Finding {
    const SUBJECT: &str = "keys";
    match vault.key_uses().await {
        Ok(uses) => {
            let missing: Vec<&str> = uses
                .iter()
                .filter(|key| key.standing == KeyStanding::Missing)
                .map(|key| key.id.as_str())
                .collect();
            if missing.is_empty() {
                return Finding::good(SUBJECT, "open the database");
            }
            Finding::bad(
                SUBJECT,
                format!(
                    "{} is needed and not in the key ring; put it back from your copy, or what it wrapped is lost",
                    missing.join(", ")
                ),
            )
        }
        Err(error) => Finding::bad(SUBJECT, error),
    }
}

async fn chain(database: &Database) -> Finding {
    const SUBJECT: &str = "audit log";
    match audit::first_break(database.reader()).await {
        Ok(None) => Finding::good(SUBJECT, "its chain is unbroken"),
        Ok(Some(entry)) => Finding::bad(
            SUBJECT,
            format!(
                "entry {entry} does not follow from the one before: an entry was altered or removed. Compare with a backup, and find out who writes to the database"
            ),
        ),
        Err(error) => Finding::bad(SUBJECT, format!("can't be read: {error}")),
    }
}

async fn letters(queue: &Queue) -> Finding {
    const SUBJECT: &str = "events";
    match queue.count_in(EventState::Dead).await {
        Ok(0) => Finding::good(SUBJECT, "none was given up"),
        Ok(count) => Finding::notice(
            SUBJECT,
            format!("{} given up; see `threadline events list --state dead`", counted(count, "event")),
        ),
        Err(error) => Finding::bad(SUBJECT, format!("can't be read: {error}")),
    }
}

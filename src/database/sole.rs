//! Whether this process is the only one that serves a SQLite file: then whatever a dead one
//! has left leased is free at once, and nobody waits for a lease to run out.

use std::fs::File;

use super::sqlite_file;
use crate::config;

/// A lock beside the database file. It ends with this value, or with the process, however
/// that dies.
pub struct SoleUse {
    _lock: File,
}

impl SoleUse {
    /// The lock, if the database is a SQLite file and no other process holds it.
    pub fn claim(settings: &config::Database) -> Option<Self> {
        let mut path = sqlite_file(settings)?.into_os_string();
        path.push(".serving");
        let lock = File::options().create(true).truncate(false).write(true).open(path);
        match lock.and_then(|file| Ok(file.try_lock().map(|()| file)?)) {
            Ok(file) => Some(Self { _lock: file }),
            Err(error) => {
                tracing::info!(%error, "not alone on this database; what a dead process held is free when its lease ends");
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;

    fn settings(url: String) -> config::Database {
        config::Database { url: Secret::new(url), ..config::Database::default() }
    }

    #[test]
    fn one_at_a_time_serves_a_file() {
        let directory = tempfile::tempdir().unwrap();
        let settings = settings(format!("sqlite://{}/threadline.db", directory.path().display()));
        let first = SoleUse::claim(&settings);
        assert!(first.is_some());
        assert!(SoleUse::claim(&settings).is_none(), "another one must wait for leases to end");
        drop(first);
        assert!(SoleUse::claim(&settings).is_some());
    }

    #[test]
    fn nobody_is_alone_on_a_server() {
        assert!(SoleUse::claim(&settings("postgres://localhost/threadline".to_owned())).is_none());
    }
}

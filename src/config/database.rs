//! `[database]`: SQLite by default, PostgreSQL by URL.

use serde::Deserialize;

use crate::secret::Secret;

/// Where the rows are.
#[derive(Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Database {
    /// `sqlite://path` or `postgres://user:password@host/name`.
    pub url: Secret,
    /// File that holds the URL instead.
    pub url_file: Option<String>,
    /// Connections at most (PostgreSQL), or readers at most (SQLite).
    pub connections: u32,
}

impl Default for Database {
    fn default() -> Self {
        Self { url: Secret::new("sqlite://threadline.db"), url_file: None, connections: 16 }
    }
}

//! `[telemetry]`: how logs look.

use serde::Deserialize;

/// How logs look.
#[derive(Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Telemetry {
    /// What is logged, in the form of `RUST_LOG`.
    pub filter: String,
    /// One line of text or of JSON an entry.
    pub format: LogFormat,
}

/// One line of text or of JSON an entry.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// For log collectors.
    Json,
}

impl Default for Telemetry {
    fn default() -> Self {
        Self { filter: "info,sqlx=warn,sea_orm_migration=warn".to_owned(), format: LogFormat::Text }
    }
}

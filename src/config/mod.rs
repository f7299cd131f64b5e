//! Typed settings: `threadline.toml`, then environment `THREADLINE__SECTION__KEY`, then flags.
//!
//! Any secret can also be given as the path of a file (`jira.client_secret_file`,
//! `THREADLINE__JIRA__CLIENT_SECRET_FILE`). An unknown key is an error that names it.

mod database;
mod files;
mod jira;
mod microsoft;
mod reconcile;
mod relay;
mod server;
mod telemetry;
mod vault;

use std::path::{Path, PathBuf};

use config::{Config, Environment, File, FileFormat};
use serde::Deserialize;

pub use database::Database;
pub use files::Files;
pub use jira::Jira;
pub use microsoft::Microsoft;
pub use reconcile::Reconcile;
pub use relay::Relay;
pub use server::{SHORTEST_TOKEN, Server};
pub use telemetry::{LogFormat, Telemetry};
pub use vault::Vault;

/// All settings, a field a section.
#[derive(Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Where the service listens and how people reach it.
    pub server: Server,
    /// Where the rows are.
    pub database: Database,
    /// The key ring.
    pub vault: Vault,
    /// Atlassian's side.
    pub jira: Jira,
    /// Microsoft's side.
    pub microsoft: Microsoft,
    /// How much is done at a time.
    pub relay: Relay,
    /// Making good what was missed.
    pub reconcile: Reconcile,
    /// Pictures and files.
    pub files: Files,
    /// Logs.
    pub telemetry: Telemetry,
}

/// Why the settings can't be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The file, the environment or a value in it can't be read.
    #[error("the configuration can't be read: {0}")]
    Unreadable(#[from] config::ConfigError),
    /// A file that holds a secret can't be read.
    #[error("{key} names the file {path}, which can't be read: {source}")]
    SecretFile {
        /// The setting that names the file.
        key: String,
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// A call, or its effect, may outlast the right to make it.
    #[error(
        "relay.{setting} is {seconds}, but relay.lease_seconds is only {lease}: before a slow call has had its \
         effect, another process could take its conversation over and write the same once more; set \
         relay.lease_seconds to more than {seconds}, or relay.{setting} to less than {lease}"
    )]
    LeaseTooShort {
        /// Which setting is too long.
        setting: &'static str,
        /// Its seconds.
        seconds: u64,
        /// Seconds that a worker owns a lane.
        lease: u64,
    },
}

/// Settings that may be given as a file, by their section and key.
const SECRETS: [(&str, &str); 4] = [
    ("database", "url"),
    ("jira", "client_secret"),
    ("microsoft", "client_secret"),
    ("server", "operator_token"),
];

impl Settings {
    /// Reads `file` (which must exist), or `threadline.toml` if there is one, then the environment.
    pub fn load(file: Option<&Path>) -> Result<Self, SettingsError> {
        let source = match file {
            Some(path) => File::from(path).format(FileFormat::Toml).required(true),
            None => File::new("threadline.toml", FileFormat::Toml).required(false),
        };
        Self::from_sources(
            Config::builder()
                .add_source(source)
                .add_source(Environment::with_prefix("THREADLINE").prefix_separator("__").separator("__")),
        )
    }

    fn from_sources(
        builder: config::ConfigBuilder<config::builder::DefaultState>,
    ) -> Result<Self, SettingsError> {
        let raw = builder.clone().build()?;
        let mut builder = builder;
        for (section, key) in SECRETS {
            let file_key = format!("{section}.{key}_file");
            if let Ok(path) = raw.get_string(&file_key) {
                let text = std::fs::read_to_string(&path).map_err(|source| SettingsError::SecretFile {
                    key: file_key,
                    path: PathBuf::from(&path),
                    source,
                })?;
                builder = builder.set_override(format!("{section}.{key}"), text.trim_end())?;
            }
        }
        let settings: Self = builder.build()?.try_deserialize()?;
        settings.relay.check()?;
        Ok(settings)
    }
}

/// Parses an address that this code base itself writes down.
#[expect(clippy::expect_used, reason = "the text is a constant, or an address that was parsed before")]
fn url_of(text: &str) -> url::Url {
    url::Url::parse(text).expect("a well-formed URL")
}

/// Reads a list that may also be one text with commas, as the environment gives it.
fn list<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Text(String),
        List(Vec<String>),
    }
    Ok(match Either::deserialize(deserializer)? {
        Either::List(list) => list,
        Either::Text(text) => {
            text.split(',').map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(toml: &str) -> Result<Settings, SettingsError> {
        Settings::from_sources(Config::builder().add_source(File::from_str(toml, FileFormat::Toml)))
    }

    #[test]
    fn an_empty_file_gives_the_documented_defaults() {
        let settings = read("").unwrap();
        assert_eq!(settings.server.listen.to_string(), "127.0.0.1:8080");
        assert_eq!(settings.database.url.expose(), "sqlite://threadline.db");
        assert_eq!(settings.jira.auth_url.as_str(), "https://auth.atlassian.com/");
        assert_eq!(settings.microsoft.graph_url.as_str(), "https://graph.microsoft.com/v1.0");
        assert!(settings.jira.client_secret.is_none());
    }

    #[test]
    fn an_unknown_key_is_named() {
        let error = read("[server]\nlisten_on = '127.0.0.1:1'").err().unwrap();
        assert!(error.to_string().contains("listen_on"), "{error}");
    }

    #[test]
    fn a_secret_may_come_from_a_file() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "s3cret\n").unwrap();
        let toml = format!("[jira]\nclient_secret_file = '{}'", file.path().display());
        assert_eq!(read(&toml).unwrap().jira.client_secret.unwrap().expose(), "s3cret");
        let missing = read("[jira]\nclient_secret_file = '/does/not/exist'").err().unwrap();
        assert!(missing.to_string().contains("jira.client_secret_file"), "{missing}");
    }

    #[test]
    fn a_call_that_may_outlast_its_lease_is_refused() {
        assert!(read("[relay]\nlease_seconds = 21").is_ok());
        for (lease, call) in [(20, 20), (5, 20), (30, 30)] {
            let toml = format!("[relay]\nlease_seconds = {lease}\ncall_seconds = {call}");
            let error = read(&toml).err().unwrap().to_string();
            assert!(error.contains(&format!("set relay.lease_seconds to more than {call}")), "{error}");
        }
    }

    #[test]
    fn an_effect_that_may_outlast_the_lease_is_refused() {
        let error = read("[relay]\nlanding_seconds = 30").err().unwrap().to_string();
        assert!(error.contains("relay.landing_seconds to less than 30"), "{error}");
    }

    #[test]
    fn a_list_may_be_one_text_with_commas() {
        let settings = read("[microsoft]\nservice_url_hosts = 'a.example, b.example'").unwrap();
        assert_eq!(settings.microsoft.service_url_hosts, ["a.example", "b.example"]);
    }
}

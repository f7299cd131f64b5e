//! The operator's commands, as the operator runs them: the real binary in a folder of its own.

mod doctor;
mod events;
mod keys;
mod sites_and_links;

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;
use threadline::ambient::{Clock, Random};
use threadline::app::Storage;
use threadline::config::Settings;
use threadline::secret::Secret;
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::task::block_in_place;

use crate::service::Service;

/// The tenant of the configuration.
const TENANT: &str = "99999999-8888-4777-8666-555555555555";
/// A cloud id.
pub const CLOUD: &str = "11111111-2222-4333-8444-555555555555";

/// A folder with a configuration, and the command in it.
pub struct Desk {
    folder: TempDir,
    environment: Vec<(&'static str, String)>,
}

/// What a command came to.
pub struct Outcome {
    pub success: bool,
    pub out: String,
    pub error: String,
}

impl Outcome {
    /// What was written, of a command that succeeded.
    #[track_caller]
    pub fn good(self) -> String {
        assert!(self.success, "{}{}", self.out, self.error);
        self.out
    }

    /// The document that was written.
    #[track_caller]
    pub fn json(self) -> Value {
        serde_json::from_str(&self.good()).unwrap()
    }

    /// The one sentence of a command that refused.
    #[track_caller]
    pub fn refusal(self) -> String {
        assert!(!self.success, "it should have refused, but: {}", self.out);
        assert!(self.error.starts_with("threadline: "), "{}", self.error);
        assert_eq!(self.error.lines().count(), 1, "one sentence: {}", self.error);
        self.error
    }
}

impl Desk {
    /// An empty folder with a configuration that names a key ring to be made.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let text = format!(
            "[vault]\nkeys_file = \"threadline.keys\"\n[microsoft]\ntenant_id = \"{TENANT}\"\n\
             [server]\npublic_url = \"https://threadline.example.com\"\n"
        );
        std::fs::write(folder.path().join("threadline.toml"), text).unwrap();
        Self { folder, environment: Vec::new() }
    }

    /// The same with a key ring and a database.
    pub fn ready() -> Self {
        let desk = Self::new();
        desk.run(&["keys", "new"]).good();
        desk.run(&["migrate"]).good();
        desk
    }

    /// Beside a service: on its database, with its keys and platforms.
    pub fn beside(service: &Service) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { folder, environment: service.stage.environment(&service.settings) }
    }

    /// A setting by environment variable, for all commands from now on.
    pub fn set(&mut self, name: &'static str, value: impl Into<String>) {
        self.environment.push((name, value.into()));
    }

    pub fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    /// Runs `threadline` with these arguments.
    pub fn run(&self, arguments: &[&str]) -> Outcome {
        let mut command = Command::new(env!("CARGO_BIN_EXE_threadline"));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .env("TZ", "UTC")
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null());
        // A service in this process goes on meanwhile.
        let goes_on =
            Handle::try_current().is_ok_and(|tokio| tokio.runtime_flavor() == RuntimeFlavor::MultiThread);
        let output = if goes_on { block_in_place(|| command.output()) } else { command.output() }.unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Outcome { success: output.status.success(), out: text(output.stdout), error: text(output.stderr) }
    }

    /// What is kept, opened by this process as a running service would.
    pub async fn storage(&self) -> Storage {
        let mut settings = Settings::default();
        settings.database.url = Secret::new(sqlite(&self.path("threadline.db")));
        settings.vault.keys_file = Some(self.path("threadline.keys"));
        Storage::open(&settings, Clock::system(), Random::system()).await.unwrap()
    }
}

/// The URL of a SQLite file.
pub fn sqlite(path: &Path) -> String {
    format!("sqlite://{}", path.display())
}

#[test]
fn output_for_programs_has_no_colours() {
    let desk = Desk::ready();
    let shown = desk.run(&["keys", "list"]).good();
    assert!(shown.starts_with("KEY"), "{shown}");
    assert!(!shown.contains('\u{1b}'), "{shown}");
}

#[test]
fn a_command_without_keys_says_how_to_get_some_and_makes_no_database() {
    let desk = Desk::new();
    std::fs::write(desk.path("threadline.toml"), "").unwrap();
    let refusal = desk.run(&["events", "list"]).refusal();
    assert!(refusal.contains("`threadline keys new`"), "{refusal}");
    assert!(!desk.path("threadline.db").exists());
}

#[test]
fn the_schema_is_brought_up_to_date_once() {
    let desk = Desk::new();
    assert!(desk.run(&["migrate"]).good().contains("m0001_foundation"));
    assert!(desk.run(&["migrate"]).good().contains("nothing to do"));
}

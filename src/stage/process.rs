//! The service as a process of its own: to be measured from outside, or killed.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::{Child, Command};

use super::{Stage, StageError};
use crate::config::Settings;

/// Time between looks whether the service is ready.
const LOOK: Duration = Duration::from_millis(10);

/// A running `threadline serve`; killed when it is dropped.
pub struct ServiceProcess {
    child: Child,
    listen: SocketAddr,
}

impl ServiceProcess {
    /// Starts `program serve` for this stage, with `settings` as its environment; it listens at
    /// `settings.server.listen`. What it logs goes to the end of `log`.
    ///
    /// # Errors
    /// The program can't be started, or `log` can't be written.
    pub fn start(program: &Path, stage: &Stage, settings: &Settings, log: &Path) -> Result<Self, StageError> {
        Self::start_as(program, &["serve"], &[], stage, settings, log)
    }

    /// As [`ServiceProcess::start`], with another command in the place of `serve` and further
    /// variables in its environment.
    ///
    /// # Errors
    /// As [`ServiceProcess::start`].
    pub fn start_as(
        program: &Path,
        command_line: &[&str],
        variables: &[(&str, String)],
        stage: &Stage,
        settings: &Settings,
        log: &Path,
    ) -> Result<Self, StageError> {
        let log = std::fs::File::options().create(true).append(true).open(log)?;
        // Nothing of the caller's own configuration may reach the service.
        let inherited =
            std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("THREADLINE"));
        let mut command = Command::new(program);
        for (name, _) in inherited {
            command.env_remove(name);
        }
        let listen = settings.server.listen;
        let child = command
            .envs(stage.environment(settings))
            .envs(variables.iter().map(|(name, value)| (*name, value)))
            .args(command_line)
            .args(["--listen", &listen.to_string()])
            // Away from a `threadline.toml` of the caller's.
            .current_dir(std::env::temp_dir())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()?;
        Ok(Self { child, listen })
    }

    /// Waits until the service answers that it is ready.
    ///
    /// # Errors
    /// It has ended, or is not ready in time.
    pub async fn ready(&mut self, patience: Duration) -> Result<(), StageError> {
        let url = format!("http://{}/readyz", self.listen);
        let looking = async {
            loop {
                if let Some(status) = self.child.try_wait()? {
                    return Err(StageError::Unexpected(format!("the service has ended: {status}")));
                }
                if reqwest::get(&url).await.is_ok_and(|answer| answer.status().is_success()) {
                    return Ok(());
                }
                tokio::time::sleep(LOOK).await;
            }
        };
        tokio::time::timeout(patience, looking)
            .await
            .unwrap_or_else(|_| Err(StageError::Unexpected("the service is not ready in time".to_owned())))
    }

    /// The process id, while it runs.
    pub fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// Whether it has ended by itself.
    ///
    /// # Errors
    /// The operating system's.
    pub fn has_ended(&mut self) -> Result<bool, StageError> {
        Ok(self.child.try_wait()?.is_some())
    }

    /// Kills it at once (SIGKILL), as a power cut would, and waits until it is gone.
    ///
    /// # Errors
    /// The operating system's.
    pub async fn kill(mut self) -> Result<(), StageError> {
        Ok(self.child.kill().await?)
    }
}

//! `threadline doctor`: one line a finding. It looks and asks; it changes no setting, no row
//! that is there, and no token.

mod configuration;
mod finding;
mod jira;
mod microsoft;
mod probe;
mod sites;
mod storage;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use self::finding::{Finding, Verdict};
use self::probe::Probe;
use super::Context;
use super::terminal::{Terminal, counted};
use crate::app::http_client;
use crate::config::SettingsError;

pub(super) const EXAMPLES: &str = "Examples:
  threadline doctor
  threadline doctor --config /etc/threadline/threadline.toml

It ends with 1 if something must be done, with 0 if not. Each question to a platform takes
five seconds at most. Run it as the service's own account: it then sees what the service sees.";

/// Check everything.
#[derive(Args)]
pub(super) struct Doctor {}

impl Doctor {
    pub(super) async fn run(
        self,
        file: Option<PathBuf>,
        context: Result<Context, SettingsError>,
    ) -> anyhow::Result<ExitCode> {
        let mut report = Report { terminal: Terminal::open(), bad: 0 };
        report.tell(vec![configuration::file(file.as_deref(), context.as_ref().err())])?;
        let Ok(context) = context else { return report.end() };
        let settings = &context.settings;
        report.tell(configuration::required(settings))?;
        let (findings, storage) = storage::check(&context).await;
        report.tell(findings)?;
        let probe = Probe::new(http_client(settings.relay.call_time())?, context.clock.clone());
        let sites = async {
            match &storage {
                Some(storage) => sites::check(settings, storage, &probe).await,
                None => Vec::new(),
            }
        };
        let (jira, microsoft, sites, public) = tokio::join!(
            jira::check(settings, &probe),
            microsoft::check(settings, &probe, &context.clock),
            sites,
            configuration::reached(settings, &probe),
        );
        report.tell(vec![probe.clock()])?;
        for findings in [jira, microsoft, sites, vec![public]] {
            report.tell(findings)?;
        }
        if let Some(storage) = storage {
            storage.database.close().await;
        }
        report.end()
    }
}

struct Report {
    terminal: Terminal,
    bad: u64,
}

impl Report {
    fn tell(&mut self, findings: Vec<Finding>) -> std::io::Result<()> {
        for finding in findings {
            self.bad += u64::from(finding.verdict == Verdict::Bad);
            finding.tell(&mut self.terminal)?;
        }
        Ok(())
    }

    fn end(mut self) -> anyhow::Result<ExitCode> {
        if self.bad == 0 {
            self.terminal.line("\nNothing must be done.")?;
            return Ok(ExitCode::SUCCESS);
        }
        self.terminal.line(format!("\n{} must be mended.", counted(self.bad, "thing")))?;
        Ok(ExitCode::FAILURE)
    }
}

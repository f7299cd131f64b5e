//! `threadline migrate`: the database's schema.

use std::process::ExitCode;

use clap::Args;

use super::Context;
use super::terminal::{Terminal, counted};
use crate::database::{Database, citus_script};

pub(super) const EXAMPLES: &str = "Examples:
  threadline migrate
  THREADLINE__DATABASE__URL=postgres://threadline@localhost/threadline threadline migrate
  threadline migrate --citus | psql threadline

`threadline serve` does the same when it starts. This command is for those who let another
database account change the schema than the one that the service runs with.";

/// Bring the database's schema up to date.
#[derive(Args)]
pub(super) struct Migrate {
    /// Change nothing: print the script that spreads the tables by tenant on Citus.
    #[arg(long)]
    citus: bool,
}

impl Migrate {
    pub(super) async fn run(self, context: Context) -> anyhow::Result<ExitCode> {
        let mut terminal = Terminal::open();
        if self.citus {
            terminal.line(citus_script().trim_end())?;
            return Ok(ExitCode::SUCCESS);
        }
        let database = Database::open(&context.settings.database).await?;
        let steps = database.pending_steps().await?;
        database.migrate().await?;
        database.close().await;
        if steps.is_empty() {
            terminal.line("The schema is up to date; there was nothing to do.")?;
        } else {
            for step in &steps {
                terminal.line(format!("  {step}"))?;
            }
            let count = counted(u64::try_from(steps.len())?, "step");
            terminal.line(format!("The schema is up to date now, after {count}."))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

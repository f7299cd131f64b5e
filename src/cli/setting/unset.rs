//! `threadline setting unset`

use std::process::ExitCode;

use clap::Args;

use super::super::Context;
use super::super::terminal::Terminal;
use super::Where;
use crate::store::SettingName;

pub(super) const EXAMPLES: &str = "Examples:
  threadline setting unset unconnected-comments --link link_019a0000000070008000000000000001
  threadline setting unset show-restricted --site example.atlassian.net --project ABC

From then on the project says what holds for the link, the instance for the project.";

/// Let the wider scope decide again.
#[derive(Args)]
pub(in crate::cli) struct Unset {
    /// Which setting.
    #[arg(value_name = "NAME")]
    name: String,
    #[command(flatten)]
    place: Where,
}

impl Unset {
    pub(super) async fn run(self, context: Context) -> anyhow::Result<ExitCode> {
        let name = SettingName::from_word(&self.name)?;
        let (place, changed) = self.place.change(context, name, None).await?;
        let what = if changed { "is not set any more" } else { "was not set" };
        Terminal::open().line(format!("{} {what} for {place}.", name.word()))?;
        Ok(ExitCode::SUCCESS)
    }
}

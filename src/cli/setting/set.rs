//! `threadline setting set`

use std::process::ExitCode;

use clap::Args;

use super::super::Context;
use super::super::terminal::Terminal;
use super::Where;
use crate::store::{Setting, SettingName};

pub(super) const EXAMPLES: &str = "Examples:
  threadline setting set unconnected-comments hold --link link_019a0000000070008000000000000001
  threadline setting set unconnected-messages hold --instance
  threadline setting set show-restricted Developers,group:5a1f… --site example.atlassian.net --project ABC
  threadline setting set service-replies public --site example.atlassian.net --project HELP

Settings and what they take (the first is the default):
  unconnected-comments  bot, hold              who writes comments of people who have not connected
  unconnected-messages  integration, hold      the same for messages
  show-restricted       no, yes, or a list     comments for a role or a group: Role,role:Name,group:ID
  show-internal         no, yes                internal comments of a service project
  show-secured          no, yes                comments of an issue under a security level
  service-replies       internal, public       what a message into a service project becomes
  catch-up              each, digest           what was missed: copied one by one, or one message with links";

/// Set something.
#[derive(Args)]
pub(in crate::cli) struct Set {
    /// Which setting.
    #[arg(value_name = "NAME")]
    name: String,
    /// Its value.
    #[arg(value_name = "VALUE")]
    value: String,
    #[command(flatten)]
    place: Where,
}

impl Set {
    pub(super) async fn run(self, context: Context) -> anyhow::Result<ExitCode> {
        let name = SettingName::from_word(&self.name)?;
        let setting = Setting::parse(name, &self.value)?;
        let value = setting.value();
        let (place, changed) = self.place.change(context, name, Some(setting)).await?;
        let what = if changed { "is now" } else { "is already" };
        Terminal::open().line(format!("{} {what} {value} for {place}.", name.word()))?;
        Ok(ExitCode::SUCCESS)
    }
}

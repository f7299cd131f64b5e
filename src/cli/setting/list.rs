//! `threadline setting list`

use std::process::ExitCode;

use clap::Args;

use super::super::Context;
use super::super::terminal::Terminal;
use super::{View, Where, said};
use crate::store::{Setting, SettingScope};

pub(super) const EXAMPLES: &str = "Examples:
  threadline setting list
  threadline setting list --link link_019a0000000070008000000000000001
  threadline setting list --site example.atlassian.net --project ABC --json

Without a scope: everything that was set. With one: everything that holds there, and for what it was set.";

/// Show what is set, or what holds.
#[derive(Args)]
pub(in crate::cli) struct List {
    #[command(flatten)]
    place: Where,
    /// As JSON, for scripts.
    #[arg(long)]
    json: bool,
}

impl List {
    pub(super) async fn run(self, context: Context) -> anyhow::Result<ExitCode> {
        let (storage, scopes) = Box::pin(self.place.find(context)).await?;
        let settings: Vec<(Setting, Option<SettingScope>)> = if scopes.is_empty() {
            let all = storage.store.all_settings().await?;
            all.into_iter().map(|(scope, setting)| (setting, Some(scope))).collect()
        } else {
            let in_force = storage.store.settings_in_force(&scopes).await?;
            in_force.into_iter().map(|found| (found.setting, found.from)).collect()
        };
        storage.database.close().await;
        let mut terminal = Terminal::open();
        if self.json {
            let views: Vec<View> =
                settings.into_iter().map(|(setting, from)| View::new(&setting, from)).collect();
            terminal.json(&views)?;
        } else if settings.is_empty() {
            terminal.line(
                "Nothing is set; the defaults hold. `threadline setting list --instance` shows them.",
            )?;
        } else {
            let rows: Vec<[String; 3]> = settings.iter().map(row).collect();
            terminal.table(["SETTING", "VALUE", "SET FOR"], &rows)?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn row((setting, from): &(Setting, Option<SettingScope>)) -> [String; 3] {
    let from = from.as_ref().map_or_else(|| "(default)".to_owned(), said);
    [setting.name().word().to_owned(), setting.value(), from]
}

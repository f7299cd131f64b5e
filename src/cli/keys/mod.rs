//! `threadline keys`: the key ring that wraps everything sealed.

mod list;
mod new;
mod rotate;

use std::process::ExitCode;

use clap::Subcommand;

use super::Context;

pub(super) const EXAMPLES: &str = "Examples:
  threadline keys new --file /etc/threadline/threadline.keys
  threadline keys list
  threadline keys rotate";

/// What to do with the keys.
#[derive(Subcommand)]
pub(super) enum Keys {
    /// Write a new key ring. An existing one is never overwritten.
    #[command(after_help = new::EXAMPLES)]
    New(new::New),
    /// List the keys, which one is in use, and how much needs each of them.
    #[command(after_help = list::EXAMPLES)]
    List(list::List),
    /// Put a new key in use and wrap all data keys with it. The service may go on running.
    #[command(after_help = rotate::EXAMPLES)]
    Rotate(rotate::Rotate),
}

impl Keys {
    pub(super) async fn run(self, context: Context) -> anyhow::Result<ExitCode> {
        match self {
            Self::New(new) => new.run(&context),
            Self::List(list) => list.run(context).await,
            Self::Rotate(rotate) => rotate.run(context).await,
        }
    }
}

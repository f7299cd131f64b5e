//! The command line: one file a command.

mod demo;
mod serve;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::ambient::{Clock, Random};
use crate::config::Settings;

/// Links Jira issues to Microsoft Teams chats, both ways, as the people who write.
#[derive(Parser)]
#[command(name = "threadline", version, about, max_term_width = 100)]
pub struct Cli {
    /// The configuration file [default: threadline.toml, if it is there].
    #[arg(long, short, global = true, env = "THREADLINE_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the service.
    #[command(after_help = serve::EXAMPLES)]
    Serve(serve::Serve),
    /// Try it out: the service beside simulated platforms, on one page.
    #[command(after_help = demo::EXAMPLES)]
    Demo(demo::Demo),
}

/// What every command needs.
struct Context {
    settings: Settings,
    clock: Clock,
    random: Random,
}

/// Runs the command line.
///
/// # Errors
/// What the operator has to know, in a plain sentence.
pub async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let settings = Settings::load(cli.config.as_deref())?;
    let context = Context { settings, clock: Clock::system(), random: Random::system() };
    match cli.command {
        Command::Serve(serve) => serve.run(context).await,
        Command::Demo(demo) => demo.run(context).await,
    }
}

//! The command line: one file a command.

mod bench;
mod demo;
mod doctor;
mod events;
mod keys;
mod link;
mod migrate;
mod prune;
mod reconcile;
mod serve;
mod setting;
mod site;
mod terminal;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::ambient::{Clock, Random};
use crate::app::{StartError, Storage};
use crate::config::Settings;

/// Links Jira issues to Microsoft Teams chats, both ways, as the people who write.
#[derive(Parser)]
#[command(name = "threadline", version, about, max_term_width = 100)]
pub struct Cli {
    /// The configuration file [default: threadline.toml, if it is there].
    #[arg(long, short, global = true, env = "THREADLINE_CONFIG", value_name = "FILE", display_order = 900)]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the service.
    #[command(after_help = serve::EXAMPLES)]
    Serve(serve::Serve),
    /// Measure how fast this machine relays, beside bare calls in the same run.
    #[command(subcommand, after_help = bench::EXAMPLES)]
    Bench(bench::Bench),
    /// Try it out: the service beside simulated platforms, on one page.
    #[command(after_help = demo::EXAMPLES)]
    Demo(demo::Demo),
    /// Check configuration, keys, database, clock, platforms; say what is missing.
    #[command(after_help = doctor::EXAMPLES)]
    Doctor(doctor::Doctor),
    /// Make, list and rotate the keys that seal what is stored.
    #[command(subcommand, after_help = keys::EXAMPLES)]
    Keys(keys::Keys),
    /// Add and list Jira sites, and look after their webhooks.
    #[command(subcommand, after_help = site::EXAMPLES)]
    Site(site::Sites),
    /// Link issues and chats.
    #[command(subcommand, after_help = link::EXAMPLES)]
    Link(link::Links),
    /// Say what links allow, and who writes for people who have not connected.
    #[command(subcommand, after_help = setting::EXAMPLES)]
    Setting(setting::Settings),
    /// See what arrived and what became of it; try again what was given up.
    #[command(subcommand, after_help = events::EXAMPLES)]
    Events(events::Events),
    /// Say what became of an event, why, and what to do.
    #[command(after_help = events::WHY_EXAMPLES)]
    Why(events::Why),
    /// Bring the database's schema up to date.
    #[command(after_help = migrate::EXAMPLES)]
    Migrate(migrate::Migrate),
    /// Forget what is over its time: ended events, dead letters, old pairs, sessions.
    #[command(after_help = prune::EXAMPLES)]
    Prune(prune::Prune),
}

/// What every command needs.
struct Context {
    settings: Settings,
    clock: Clock,
    random: Random,
}

impl Context {
    /// What is kept: the database, brought up to date, and the vault, unlocked.
    async fn storage(&self) -> Result<Storage, StartError> {
        Storage::open(&self.settings, self.clock.clone(), self.random.clone()).await
    }
}

/// Runs the command line.
///
/// # Errors
/// What the operator has to know, in a plain sentence.
pub async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let settings = Settings::load(cli.config.as_deref());
    let context = |settings| Context { settings, clock: Clock::system(), random: Random::system() };
    match cli.command {
        Command::Bench(bench) => Box::pin(bench.run(context(settings?))).await,
        Command::Demo(demo) => demo.run(context(settings?)).await,
        // A configuration that can't be read is one of its findings.
        Command::Doctor(doctor) => Box::pin(doctor.run(cli.config, settings.map(context))).await,
        Command::Serve(serve) => serve.run(context(settings?)).await,
        Command::Keys(keys) => keys.run(context(settings?)).await,
        Command::Site(sites) => sites.run(context(settings?)).await,
        Command::Link(links) => links.run(context(settings?)).await,
        Command::Setting(setting) => setting.run(context(settings?)).await,
        Command::Events(events) => events.run(context(settings?)).await,
        Command::Why(why) => why.run(context(settings?)).await,
        Command::Migrate(migrate) => migrate.run(context(settings?)).await,
        Command::Prune(prune) => prune.run(context(settings?)).await,
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn without_examples(command: &clap::Command, path: &str, found: &mut Vec<String>) {
        for inner in command.get_subcommands() {
            let path = format!("{path} {}", inner.get_name());
            if !inner.get_after_help().is_some_and(|text| text.to_string().contains("Examples:")) {
                found.push(path.clone());
            }
            without_examples(inner, &path, found);
        }
    }

    #[test]
    fn every_command_shows_examples() {
        let command = Cli::command();
        command.clone().debug_assert();
        let mut found = Vec::new();
        without_examples(&command, "threadline", &mut found);
        assert!(found.is_empty(), "without examples: {found:?}");
    }
}

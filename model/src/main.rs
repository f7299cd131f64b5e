//! `tests/model`: explores the relay protocol to the last state of each world, and walks long
//! schedules beyond.

use std::io::Write;
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use serde_json::json;
use stateright::{Checker, HasDiscoveries, Model};
use threadline_model::model::COMES_TO_REST;
use threadline_model::setting::Setting;
use threadline_model::story::in_words;
use threadline_model::walk::walk_many;

/// Explores the relay protocol: every schedule of people, events, workers and faults in small
/// worlds, and seeded walks through bigger ones.
#[derive(Parser)]
#[command(
    name = "tests/model",
    after_help = "Examples:\n  tests/model                       all small worlds, 100,000 walks: a minute\n  \
                  tests/model --deep                the big worlds instead: half an hour or more, some GB of memory\n  \
                  tests/model --world duplicate     the worlds with that word in their names\n  \
                  tests/model --walks 1 --seed 4711 --world none   one walk again\n  \
                  tests/model --json                the same, for programs"
)]
struct Arguments {
    /// Only the worlds that have this word in their names.
    #[arg(long)]
    world: Option<String>,
    /// The big worlds instead of the small ones: all faults at once.
    #[arg(long)]
    deep: bool,
    /// How many schedules are walked.
    #[arg(long, default_value_t = 100_000)]
    walks: u64,
    /// Where the seeds of the walks begin; each walk has the next one.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// At most this many seconds for each world; one that is not done by then fails.
    #[arg(long, default_value_t = 3600)]
    seconds: u64,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// What exploring a world came to.
struct Explored {
    world: &'static str,
    faults: [u8; 6],
    states: usize,
    unique: usize,
    depth: usize,
    seconds: f64,
    complete: bool,
    /// The property that failed, and the schedule in words.
    failed: Option<(&'static str, Vec<String>)>,
}

fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    let worlds = if arguments.deep { Setting::deep() } else { Setting::short() };
    let wanted =
        |world: &Setting| arguments.world.as_ref().is_none_or(|word| world.name.contains(word.as_str()));
    let mut out = std::io::stdout().lock();
    if !arguments.json {
        writeln!(
            out,
            "{:<60} {:>11} {:>10} {:>6} {:>8}",
            "world", "transitions", "states", "depth", "seconds"
        )?;
    }
    let mut all = Vec::new();
    for world in worlds.into_iter().filter(wanted) {
        let explored = explore(&world, arguments.seconds);
        if !arguments.json {
            print(&mut out, &explored)?;
        }
        all.push(explored);
    }
    let begun = Instant::now();
    let walked = walk_many(arguments.seed, arguments.walks);
    let seconds = begun.elapsed().as_secs_f64();
    let fine = walked.failed.is_none() && all.iter().all(|one| one.complete && one.failed.is_none());
    let states: usize = all.iter().map(|one| one.unique).sum();
    if arguments.json {
        let worlds: Vec<_> = all.iter().map(as_json).collect();
        let report = json!({
            "states": states,
            "seconds": all.iter().map(|one| one.seconds).sum::<f64>(),
            "worlds": worlds,
            "walks": {
                "seed": arguments.seed, "schedules": walked.schedules, "steps": walked.steps,
                "longest": walked.longest, "seconds": seconds,
                "failed": walked.failed.as_ref().map(|(seed, property, schedule)| {
                    json!({ "seed": seed, "property": property, "schedule": schedule })
                }),
            },
            "passed": fine,
        });
        writeln!(out, "{report:#}")?;
    } else {
        writeln!(out, "{states} states in {} worlds", all.len())?;
        writeln!(
            out,
            "{} walks from seed {}: {} steps, the longest {}, {seconds:.1} s",
            walked.schedules, arguments.seed, walked.steps, walked.longest
        )?;
        if let Some((seed, property, schedule)) = &walked.failed {
            writeln!(out, "FAILED with seed {seed}: {property}")?;
            for line in schedule {
                writeln!(out, "  {line}")?;
            }
        }
        writeln!(
            out,
            "{}",
            if fine { "all properties hold" } else { "NOT all properties hold, or not all is explored" }
        )?;
    }
    Ok(if fine { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn explore(world: &Setting, seconds: u64) -> Explored {
    let begun = Instant::now();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let limit = std::time::Duration::from_secs(seconds);
    let checker = world
        .clone()
        .checker()
        .threads(threads)
        .timeout(limit)
        .finish_when(HasDiscoveries::AnyFailures)
        .spawn_dfs()
        .join();
    let took = begun.elapsed();
    let discoveries = checker.discoveries();
    let failed =
        discoveries.iter().find(|(property, _)| **property != COMES_TO_REST).map(|(property, path)| {
            let steps = path.clone().into_vec();
            let told = steps.iter().filter_map(|(before, next)| Some(in_words(world, before, (*next)?)));
            (*property, told.collect())
        });
    Explored {
        world: world.name,
        faults: [world.crashes, world.stalls, world.unknown, world.duplicates, world.asides, world.given_up],
        states: checker.state_count(),
        unique: checker.unique_state_count(),
        depth: checker.max_depth(),
        seconds: took.as_secs_f64(),
        complete: took < limit && discoveries.contains_key(COMES_TO_REST),
        failed,
    }
}

fn print(out: &mut impl Write, explored: &Explored) -> std::io::Result<()> {
    let Explored { world, states, unique, depth, seconds, .. } = explored;
    writeln!(out, "{world:<60} {states:>11} {unique:>10} {depth:>6} {seconds:>8.1}")?;
    if !explored.complete && explored.failed.is_none() {
        writeln!(out, "  NOT explored to the end")?;
    }
    if let Some((property, schedule)) = &explored.failed {
        writeln!(out, "  FAILED: {property}")?;
        for line in schedule {
            writeln!(out, "    {line}")?;
        }
    }
    Ok(())
}

fn as_json(explored: &Explored) -> serde_json::Value {
    let [crashes, standstills, unknown, duplicates, logins, given_up] = explored.faults;
    json!({
        "world": explored.world,
        "faults": {
            "crashes": crashes, "standstills": standstills, "unknown_outcomes": unknown,
            "duplicates": duplicates, "missing_logins": logins,
            "given_up": given_up,
        },
        "transitions": explored.states, "states": explored.unique, "depth": explored.depth,
        "seconds": explored.seconds, "complete": explored.complete,
        "failed": explored.failed.as_ref().map(|(property, schedule)| {
            json!({ "property": property, "schedule": schedule })
        }),
    })
}

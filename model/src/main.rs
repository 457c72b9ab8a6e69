//! Explores all configurations of the model, or those that are named.

#![forbid(unsafe_code)]
#![warn(clippy::pedantic)]

use fuseboard_model::exploration::{Exploration, Search, explore};
use fuseboard_model::{CONFIGURATIONS, Configuration, figures, memory, report};
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// The longest time for one configuration.
const TIME_MAX: Duration = Duration::from_mins(30);
const PROGRESS_INTERVAL: Duration = Duration::from_secs(5);

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == "--list") {
        for configuration in CONFIGURATIONS {
            println!("{}", report::describe(configuration));
        }
        return ExitCode::SUCCESS;
    }
    let unknown = arguments.iter().find(|name| !CONFIGURATIONS.iter().any(|configuration| configuration.name == *name));
    if let Some(unknown) = unknown {
        eprintln!("configuration {unknown:?}: must be a configuration of the model, `--list` prints them");
        return ExitCode::FAILURE;
    }
    let is_named = |configuration: &&Configuration| arguments.is_empty() || arguments.iter().any(|name| name == configuration.name);
    let all: Vec<Exploration> = CONFIGURATIONS.iter().filter(is_named).map(explore_and_print).collect();
    if arguments.is_empty()
        && let Err(error) = figures::write("model", &all, memory::peak_mib())
    {
        eprintln!("target/proof/model.json: cannot be written: {error}");
        return ExitCode::FAILURE;
    }
    println!("{} distinct states in all", all.iter().map(|exploration| exploration.distinct_states).sum::<usize>());
    if all.iter().all(Exploration::is_proof) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn explore_and_print(configuration: &'static Configuration) -> Exploration {
    let mut printed = Instant::now();
    let exploration = explore(configuration, Search::DepthFirst, TIME_MAX, |states| {
        if printed.elapsed() >= PROGRESS_INTERVAL {
            printed = Instant::now();
            eprintln!("{}: {states} states so far", configuration.name);
        }
    });
    println!("{}", report::result(&exploration));
    exploration
}

//! Explores the configurations of the model: all, or those that are named.

#![forbid(unsafe_code)]
#![warn(clippy::pedantic)]

use fuseboard_model::checking::{Checked, Search, check};
use fuseboard_model::{CONFIGURATIONS, Configuration, figures, memory, report};
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Longest time for one configuration.
const TIME_MAX: Duration = Duration::from_mins(30);
const PROGRESS_INTERVAL: Duration = Duration::from_secs(5);

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == "--list") {
        for configuration in CONFIGURATIONS {
            println!("{}", report::described(configuration));
        }
        return ExitCode::SUCCESS;
    }
    let unknown = arguments.iter().find(|name| !CONFIGURATIONS.iter().any(|configuration| configuration.name == *name));
    if let Some(unknown) = unknown {
        eprintln!("{unknown:?} is no configuration of the model: `--list` names them");
        return ExitCode::FAILURE;
    }
    let is_named = |configuration: &&Configuration| arguments.is_empty() || arguments.iter().any(|name| name == configuration.name);
    let all: Vec<Checked> = CONFIGURATIONS.iter().filter(is_named).map(explore).collect();
    if arguments.is_empty()
        && let Err(error) = figures::write("model", &all, memory::peak_mib())
    {
        eprintln!("target/proof/model.json cannot be written: {error}");
        return ExitCode::FAILURE;
    }
    println!("{} distinct states in all", all.iter().map(|checked| checked.distinct_states).sum::<usize>());
    if all.iter().all(Checked::is_proof) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn explore(configuration: &'static Configuration) -> Checked {
    let mut last = Instant::now();
    let checked = check(configuration, Search::DepthFirst, TIME_MAX, |states| {
        if last.elapsed() >= PROGRESS_INTERVAL {
            last = Instant::now();
            eprintln!("{}: {states} states so far", configuration.name);
        }
    });
    println!("{}", report::result(&checked));
    checked
}

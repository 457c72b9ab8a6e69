//! Runs the checker on one configuration.

use crate::configuration::Configuration;
use crate::system::System;
use stateright::{Checker, Expectation, HasDiscoveries, Model};
use std::time::{Duration, Instant};

/// The order in which states are visited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Search {
    /// Finds the shortest traces. All states of one depth are in memory.
    BreadthFirst,
    /// Finds long traces, and needs little memory.
    DepthFirst,
}

/// The result of a run.
pub struct Exploration {
    pub configuration: &'static str,
    pub distinct_states: usize,
    /// The number of actions taken.
    pub steps: usize,
    pub depth: usize,
    /// The number of engine histories that were replayed.
    pub histories: usize,
    pub elapsed: Duration,
    pub coverage: Coverage,
    pub violations: Vec<Violation>,
    /// Situations that the configuration must reach, and did not.
    pub not_reached: Vec<&'static str>,
}

impl Exploration {
    /// Whether all states were visited, every promise holds in each of them, and each required situation was reached.
    #[must_use]
    pub fn is_proof(&self) -> bool {
        self.coverage == Coverage::Complete && self.violations.is_empty() && self.not_reached.is_empty()
    }
}

/// Whether all states were visited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coverage {
    Complete,
    /// The time was up, or a promise was broken.
    Partial,
}

/// A broken promise, and the actions that lead to it.
pub struct Violation {
    pub property: &'static str,
    pub actions: Vec<String>,
}

/// How often the progress of the checker is read.
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// Explores all states of a configuration, or as many as it can in `time_max`. `progress` gets the number of distinct states so far.
pub fn explore(configuration: &'static Configuration, search: Search, time_max: Duration, progress: impl FnMut(usize)) -> Exploration {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let builder = System::new(configuration).checker().threads(threads).timeout(time_max).finish_when(HasDiscoveries::AnyFailures);
    match search {
        Search::BreadthFirst => finish(configuration, builder.spawn_bfs(), time_max, progress),
        Search::DepthFirst => finish(configuration, builder.spawn_dfs(), time_max, progress),
    }
}

fn finish(
    configuration: &'static Configuration,
    checker: impl Checker<System>,
    time_max: Duration,
    mut progress: impl FnMut(usize),
) -> Exploration {
    let start = Instant::now();
    while !checker.is_done() {
        std::thread::sleep(POLL_INTERVAL);
        progress(checker.unique_state_count());
    }
    let checker = checker.join();
    let elapsed = start.elapsed();
    let found = checker.discoveries();
    let properties = checker.model().properties();
    let of = |expectation: Expectation| properties.iter().filter(move |property| property.expectation == expectation);
    let violations: Vec<Violation> = of(Expectation::Always)
        .filter_map(|property| Some((property.name, found.get(property.name)?.clone())))
        .map(|(property, path)| Violation { property, actions: path.into_actions().iter().map(|action| format!("{action:?}")).collect() })
        .collect();
    let not_reached = of(Expectation::Sometimes).map(|property| property.name).filter(|name| !found.contains_key(name)).collect();
    Exploration {
        configuration: configuration.name,
        distinct_states: checker.unique_state_count(),
        steps: checker.state_count(),
        depth: checker.max_depth(),
        histories: checker.model().histories.len(),
        elapsed,
        coverage: if elapsed < time_max && violations.is_empty() { Coverage::Complete } else { Coverage::Partial },
        violations,
        not_reached,
    }
}

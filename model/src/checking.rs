//! Runs the checker on one configuration.

use crate::configuration::Configuration;
use crate::system::System;
use stateright::{Checker, Expectation, HasDiscoveries, Model};
use std::time::{Duration, Instant};

/// The order in which states are visited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Search {
    /// Shortest traces, and all states of one depth in memory.
    BreadthFirst,
    /// Long traces, and little memory.
    DepthFirst,
}

/// The result of a run.
pub struct Checked {
    pub configuration: &'static str,
    pub distinct_states: usize,
    /// Actions taken.
    pub steps: usize,
    pub depth: usize,
    /// Histories of engines that were replayed.
    pub histories: usize,
    pub took: Duration,
    pub coverage: Coverage,
    pub violations: Vec<Violation>,
    /// What was to happen in some state, and did not.
    pub missing: Vec<&'static str>,
}

impl Checked {
    /// Whether all states were visited, every promise holds in each, and everything that was to happen happened.
    #[must_use]
    pub fn is_proof(&self) -> bool {
        self.coverage == Coverage::Complete && self.violations.is_empty() && self.missing.is_empty()
    }
}

/// Whether all states were visited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coverage {
    Complete,
    /// The time was over, or a property was violated.
    Partial,
}

/// A property that does not hold, and the actions that show it.
pub struct Violation {
    pub property: &'static str,
    pub actions: Vec<String>,
}

/// Longest pause between two looks at the checker.
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// Explores all states of a configuration, or those that the time suffices for. `progress` gets the number of distinct states so far.
pub fn check(configuration: &'static Configuration, search: Search, most: Duration, progress: impl FnMut(usize)) -> Checked {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let builder = System::new(configuration).checker().threads(threads).timeout(most).finish_when(HasDiscoveries::AnyFailures);
    match search {
        Search::BreadthFirst => finish(configuration, builder.spawn_bfs(), most, progress),
        Search::DepthFirst => finish(configuration, builder.spawn_dfs(), most, progress),
    }
}

fn finish(
    configuration: &'static Configuration,
    checker: impl Checker<System>,
    most: Duration,
    mut progress: impl FnMut(usize),
) -> Checked {
    let begin = Instant::now();
    while !checker.is_done() {
        std::thread::sleep(POLL_INTERVAL);
        progress(checker.unique_state_count());
    }
    let checker = checker.join();
    let took = begin.elapsed();
    let found = checker.discoveries();
    let properties = checker.model().properties();
    let of = |expectation: Expectation| properties.iter().filter(move |property| property.expectation == expectation);
    let violations: Vec<Violation> = of(Expectation::Always)
        .filter_map(|property| Some((property.name, found.get(property.name)?.clone())))
        .map(|(property, path)| Violation { property, actions: path.into_actions().iter().map(|action| format!("{action:?}")).collect() })
        .collect();
    let missing = of(Expectation::Sometimes).map(|property| property.name).filter(|name| !found.contains_key(name)).collect();
    Checked {
        configuration: configuration.name,
        distinct_states: checker.unique_state_count(),
        steps: checker.state_count(),
        depth: checker.max_depth(),
        histories: checker.model().histories.len(),
        took,
        coverage: if took < most && violations.is_empty() { Coverage::Complete } else { Coverage::Partial },
        violations,
        missing,
    }
}

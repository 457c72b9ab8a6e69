//! The properties that the checker evaluates in every state.

use crate::configuration::Configuration;
use crate::process::Process;
use crate::promise::Promise;
use crate::situation::Situation;
use crate::state::State;
use crate::system::System;
use stateright::Property;

/// Each promise must hold in every state. Each situation that the configuration must reach has to occur in some state.
pub fn properties(configuration: &Configuration) -> Vec<Property<System>> {
    let described = |situation: &Situation| SITUATIONS.iter().find(|(of, ..)| of == situation);
    let sometimes = configuration.must_reach.iter().filter_map(described);
    always().into_iter().chain(sometimes.map(|(_, name, occurs)| Property::sometimes(name, *occurs))).collect()
}

fn holds(state: &State, promise: Promise) -> bool {
    state.violated != Some(promise)
}

fn always() -> Vec<Property<System>> {
    vec![
        Property::always("1. probe bound", |_, state| holds(state, Promise::ProbeBound)),
        Property::always("2. stale outcomes are inert", |_, state| holds(state, Promise::StaleIsInert)),
        Property::always("3. open means open", |_, state| holds(state, Promise::OpenMeansOpen)),
        Property::always("4. no lost trip", |_, state| holds(state, Promise::NoLostTrip)),
        Property::always("5. no circuit is stuck", |system: &System, state| {
            holds(state, Promise::NotStuck) && (!state.is_quiet() || system.admits_late(state))
        }),
        Property::always("6. bounded wait", |_, state| holds(state, Promise::BoundedWait)),
        Property::always("7. at most once", |_, state| holds(state, Promise::AtMostOnce)),
        Property::always("8. an outage has a rule", |_, state| holds(state, Promise::OutageRule)),
        Property::always("17. the guard is not the outage", |_, state| holds(state, Promise::NotTheOutage)),
        Property::always("each request ends", |_, state| holds(state, Promise::EachRequestEnds)),
    ]
}

impl System {
    /// Whether each process admits a call at a late time.
    fn admits_late(&self, state: &State) -> bool {
        let admits = |process: &Process| self.stuck_check.process_admits(&process.history, &state.content, state.time, process.offset);
        state.processes.iter().all(admits)
    }
}

/// Whether a situation occurred in the last action.
type Occurs = fn(&System, &State) -> bool;

fn occurs<const BIT: u32>(_: &System, state: &State) -> bool {
    state.situations.has(BIT)
}

/// The checker takes plain functions, so each situation has one of its own.
macro_rules! situations {
    ($($situation:ident $name:literal)*) => { &[$((Situation::$situation, $name, occurs::<{ Situation::$situation as u32 }>)),*] };
}

const SITUATIONS: &[(Situation, &str, Occurs)] = situations![
    Trip "a circuit opens"
    TripByTwoProcesses "failures of two processes open a circuit together"
    TripByLowerPolicy "a policy with a lower fail_max opens a circuit"
    RefusedOpen "an open circuit refuses"
    Probe "a probe is admitted"
    TwoProbes "two probes of one generation are in flight"
    RefusedFull "a call is refused because all slots are taken"
    SlotTakenOver "an expired slot is taken over"
    ClosedByProbe "a probe closes a circuit"
    ReopenedByProbe "a probe opens a circuit again"
    LateProbeCounts "the outcome of a probe counts after its slot has expired"
    Stale "an outcome is stale"
    StaleAfterRollback "the outcome of a probe is stale because its slot was undone"
    Conflict "a swap conflicts"
    Unknown "a verdict is unknown"
    LostButFound "an answer is lost, and the write is found"
    Kept "an outcome is kept"
    BacklogWritten "a kept outcome is written"
    GroupWritten "one swap writes two outcomes"
    Clamped "a deadline is clamped in the store"
    LocalAdmission "a call is admitted while the store is lost"
    RefusedByStorage "a call is refused because the store is lost"
    Wiped "the store is wiped"
    EarlyWithinSkew "a probe is admitted before the deadline, within the skew"
    StreakEnded "a success ends a streak"
];

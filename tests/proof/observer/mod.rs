//! The promises of DESIGN.md as assertions. The observer gets a board's request and answer, and the stored records before and after
//! it. Each assertion begins with the number of its promise.

use crate::stored::Record;
use fuseboard::{Answer, Decision, Event, EventKind, Refused, Scope};
use observation::CircuitObservation;
use std::collections::BTreeMap;
use track::Track;

pub use observation::{CircuitKey, Observation, StoredEntry};

const DAY: u64 = 86_400_000;

macro_rules! promise {
    ($observer:expr, $number:literal, $holds:expr, $($seen:tt)+) => {
        $observer.assertions[$number] += 1;
        assert!($holds, "promise {}: {}", $number, format_args!($($seen)+));
    };
}

mod admitted;
mod refused;
mod settled;
mod observation;
mod events;
mod track;
mod written;

/// How far the boards' wall clocks differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Clocks {
    /// By at most the skew, or there is only one clock.
    #[default]
    WithinSkew,
    /// Some jumped further: another process's deadlines may be reached too early or too late, and are not checked.
    Jumped,
}

/// In which order the observer is shown the answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Answers {
    #[default]
    InOrderOfWrites,
    /// Requests are open at once. A success may be written between two failures whose answers follow each other.
    InAnyOrder,
}

#[derive(Default)]
pub struct Observer {
    tracks: BTreeMap<Scope, Track>,
    pub clocks: Clocks,
    /// Assertions made, by promise.
    pub assertions: [u64; 17],
    /// The largest `trial_calls` in use, where policies are changed while they run.
    pub trial_calls_max: u64,
    pub operations_max: u64,
    pub damage: Damage,
    pub answers: Answers,
    history: History,
}

/// Whether generations have only grown since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum History {
    #[default]
    Whole,
    /// The test wiped the store or changed a record: generations begin again, and events of earlier ones may still be pending.
    Cut,
}

/// Whether the test put a text into the store that is no record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Damage {
    #[default]
    None,
    Put,
}

impl Observer {
    /// Forgets all circuits, after the test wiped the store or changed a record.
    pub fn forget(&mut self) {
        self.tracks.clear();
        self.history = History::Cut;
    }

    /// Forgets the circuits of a scope that an operator changed.
    pub fn forget_scope(&mut self, scope: &Scope) {
        self.tracks.retain(|circuit, _| !scope.covers(circuit));
    }

    pub fn circuits(&self) -> Vec<Scope> {
        self.tracks.keys().cloned().collect()
    }

    /// Updates what is known of one circuit after an outage of a board: the board may have written outcomes of any circuit.
    pub fn catch_up(&mut self, scope: &Scope, record: &Record, now: u64, wall: u64) {
        let Some(track) = self.tracks.get_mut(scope) else { return };
        let circuit = record.circuit(scope.role.as_deref().unwrap_or(fuseboard::DEFAULT_ROLE));
        track.follow(circuit, now, wall);
        track.drop_settled(circuit);
    }

    pub fn check_allow(&mut self, observation: &Observation, decision: &Decision) {
        self.check_writes(observation);
        if self.replaced_damage(&decision.events) {
            return;
        }
        let circuits = || observation.circuits.iter().enumerate();
        let of_circuit = |place: usize, refused: &Refused| if place == 0 { refused.circuit.clone() } else { refused.resolver.clone() };
        for (place, _) in circuits() {
            let Some(observed) = CircuitObservation::of(observation, place) else { continue };
            match &decision.answer {
                Answer::Admitted(admitted) => {
                    let claim = if place == 0 { admitted.permit.circuit } else { admitted.permit.resolver };
                    if let Some(claim) = claim {
                        self.check_admission(&observed, claim);
                    }
                    if let Some(refusal) = admitted.would_refuse.as_ref().and_then(|refused| of_circuit(place, refused)) {
                        self.check_refusal(&observed, &refusal);
                    }
                    if admitted.lease.is_some() {
                        self.check_lease(&observed);
                    }
                }
                Answer::Refused(refused) => match of_circuit(place, refused) {
                    Some(refusal) => self.check_refusal(&observed, &refusal),
                    None => continue,
                },
            }
            if observation.store_worked {
                self.check_change_events(&observed, &decision.events, &decision.changed);
                self.check_open_wait(&observed);
            }
        }
        self.check_operations(observation);
    }

    /// Without conflicts, one `allow` loads each circuit once and swaps at most once per circuit, plus once to release a probe.
    fn check_operations(&mut self, observation: &Observation) {
        if observation.store_worked && observation.log.conflicts == 0 {
            let circuits = observation.circuits.len() as u64;
            let (loads, swaps) = (observation.log.loads, observation.log.swaps);
            promise!(
                self,
                8,
                loads <= circuits && swaps <= circuits + 1,
                "{loads} loads and {swaps} swaps in one `allow` of {circuits} circuits"
            );
        }
    }

    /// Checks that only damaged records are replaced. Returns whether one was.
    fn replaced_damage(&mut self, events: &[Event]) -> bool {
        let replaced = events.iter().find(|event| event.kind == EventKind::RecordReplaced);
        promise!(self, 9, self.damage == Damage::Put || replaced.is_none(), "replaced a record that was not damaged: {replaced:?}");
        replaced.is_some()
    }
}

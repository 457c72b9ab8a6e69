//! What the observer remembers about a circuit.

use crate::stored::{Circuit, State};
use fuseboard::WriteMark;
use std::collections::BTreeSet;

#[derive(Debug, Default)]
pub(super) struct Track {
    pub granted: Vec<OpenSlot>,
    pub slots: BTreeSet<WriteMark>,
    /// The stored open deadline, and the true time, within the skew, before which the circuit must not admit.
    pub opening: Option<(u64, u64)>,
    pub failures: Failures,
}

#[derive(Debug)]
pub(super) struct OpenSlot {
    pub generation: Option<WriteMark>,
    pub slot: WriteMark,
    /// Its expiry by the true time: the earliest and the latest.
    pub until: u64,
    pub until_latest: u64,
}

/// Acknowledged failures of one generation without a success between them.
#[derive(Debug, Default)]
pub(super) struct Failures {
    pub generation: Option<WriteMark>,
    pub count: u64,
    pub last: u64,
}

impl Track {
    /// Remembers a new opening. The board of this request wrote it, so the deadline is by that board's clock.
    pub fn follow(&mut self, circuit: &Circuit, now: u64, wall: u64) {
        if let State::Open(until) = circuit.state
            && self.opening.is_none_or(|(stored, _)| stored != until)
        {
            self.opening = Some((until, until.saturating_add(now).saturating_sub(wall)));
        }
    }

    /// Forgets probes whose slot is no longer taken.
    pub fn drop_settled(&mut self, circuit: &Circuit) {
        let State::HalfOpen(trial) = &circuit.state else { return };
        let current = |granted: &OpenSlot| granted.generation == circuit.began;
        self.granted.retain(|granted| !current(granted) || trial.probes.iter().any(|probe| probe.slot == granted.slot));
    }
}

//! Situations that a configuration must reach. They show that the checks were not vacuous.

/// What can happen in one action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Situation {
    Trip,
    TripByTwoProcesses,
    TripByLowerPolicy,
    RefusedOpen,
    Probe,
    TwoProbes,
    RefusedFull,
    SlotTakenOver,
    ClosedByProbe,
    ReopenedByProbe,
    LateProbeCounts,
    Stale,
    StaleAfterRollback,
    Conflict,
    Unknown,
    LostButFound,
    Kept,
    BacklogWritten,
    GroupWritten,
    Clamped,
    LocalAdmission,
    RefusedByStorage,
    Wiped,
    EarlyWithinSkew,
    StreakEnded,
}

/// The situations of the last action, one bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct SituationSet(u32);

impl SituationSet {
    pub fn add(&mut self, situation: Situation) {
        self.0 |= 1 << situation as u32;
    }

    pub fn has(self, bit: u32) -> bool {
        self.0 & (1 << bit) != 0
    }
}

//! What the last action showed, so that the run can prove that the checks were not idle.

/// A thing that can happen in one action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
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

/// The events of one action.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Seen(u32);

impl Seen {
    pub fn add(&mut self, event: Event) {
        self.0 |= 1 << event as u32;
    }

    pub fn has(self, bit: u32) -> bool {
        self.0 & (1 << bit) != 0
    }
}

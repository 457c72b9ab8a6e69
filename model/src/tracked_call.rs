//! The remote calls of a model, as its checks track them.

use crate::claim::ModelClaim;
use crate::outcome::ModelOutcome;
use crate::stored_circuit::{Phase, StoredCircuit};

/// An admitted call, until its outcome can no longer count.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TrackedCall {
    pub process: u8,
    /// Counts the calls of one process since it was started.
    pub number: u8,
    pub claim: Option<ModelClaim>,
    /// When its slot expires, in true time. 0 if it is not a probe.
    pub expires: u64,
    pub stage: CallStage,
    pub count: CountState,
    pub slot: SlotState,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CallStage {
    Running,
    Settling(ModelOutcome),
    /// Its outcome is in the backlog, or its caller does not wait for the verdict.
    Kept(ModelOutcome),
}

/// Whether the store counts an outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CountState {
    NotCounted,
    /// It counted, and is part of the current streak.
    InStreak,
    /// One swap counted some outcomes of a process and ended a generation. This may be one of them.
    MaybeCounted,
    /// It counted, and is part of no current streak.
    AfterStreak,
}

/// Whether a slot is in the store, or was undone by a wipe or a rollback.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SlotState {
    Granted,
    Undone,
}

impl TrackedCall {
    pub fn outcome(&self) -> Option<ModelOutcome> {
        match self.stage {
            CallStage::Running => None,
            CallStage::Settling(outcome) | CallStage::Kept(outcome) => Some(outcome),
        }
    }

    /// Whether its claim is valid for a stored circuit: promise 2.
    pub fn is_valid_in(&self, circuit: &StoredCircuit) -> bool {
        let Some(claim) = self.claim else { return false };
        let same_generation = claim.generation == circuit.generation || claim.generation.is_none() && circuit.generation_number == 0;
        same_generation
            && match (&circuit.phase, claim.probe) {
                (Phase::Closed, None) => true,
                (Phase::HalfOpen(trial), Some(slot)) => trial.slots.contains(&slot),
                _ => false,
            }
    }

    /// Whether it may still be counted.
    pub fn is_uncounted(&self) -> bool {
        matches!(self.count, CountState::NotCounted | CountState::MaybeCounted)
    }

    /// Whether it is a running probe whose slot is stored and has not expired.
    pub fn is_probe_in_flight(&self, time: u64) -> bool {
        let probe = self.claim.and_then(|claim| claim.probe);
        let granted = probe.is_some_and(|slot| !slot.is_local()) && self.slot == SlotState::Granted;
        granted && self.stage == CallStage::Running && time < self.expires
    }
}

//! The remote calls of a model, as its checks follow them.

use crate::facts::{Facts, Phase};
use crate::history::{ModelClaim, Verdict};

/// An admitted call, until its outcome can no longer count.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Call {
    pub process: u8,
    /// Counts the calls of one process since it was started.
    pub number: u8,
    pub claim: Option<ModelClaim>,
    /// When its slot expires, in true time. 0 if it is no probe.
    pub expires: u64,
    pub stage: CallStage,
    pub count: Count,
    pub slot: SlotState,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CallStage {
    Running,
    Settling(Verdict),
    /// Its outcome is in the backlog, or its caller does not wait for the verdict.
    Kept(Verdict),
}

/// Whether an outcome is in the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Count {
    No,
    /// It counted, and the streak that it is part of goes on.
    InStreak,
    /// One swap ended a generation by some outcomes of a process, and this may be one of them.
    Perhaps,
    /// It counted, and no streak has it.
    Past,
}

/// Whether a slot is in the store, or was undone by a rollback.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SlotState {
    Granted,
    Undone,
}

impl Call {
    pub fn verdict(&self) -> Option<Verdict> {
        match self.stage {
            CallStage::Running => None,
            CallStage::Settling(verdict) | CallStage::Kept(verdict) => Some(verdict),
        }
    }

    /// Whether its claim is valid in a record: promise 2.
    pub fn is_valid_in(&self, facts: &Facts) -> bool {
        let Some(claim) = self.claim else { return false };
        let same_generation = claim.generation == facts.generation || claim.generation.is_none() && facts.number == 0;
        same_generation
            && match (&facts.phase, claim.probe) {
                (Phase::Closed, None) => true,
                (Phase::HalfOpen(trial), Some(slot)) => trial.slots.contains(&slot),
                _ => false,
            }
    }

    /// Whether it may still be counted.
    pub fn is_uncounted(&self) -> bool {
        matches!(self.count, Count::No | Count::Perhaps)
    }

    /// Whether it is a probe in flight, by a slot that is stored and not expired.
    pub fn is_probe_in_flight(&self, time: u64) -> bool {
        let probe = self.claim.and_then(|claim| claim.probe);
        let granted = probe.is_some_and(|slot| !slot.is_local()) && self.slot == SlotState::Granted;
        granted && self.stage == CallStage::Running && time < self.expires
    }
}

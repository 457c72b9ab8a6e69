//! Outcomes that could not be stored. They wait in memory until the store can be reached again.

use super::circuit_ref::CircuitRef;
use crate::machine::call_outcome::CallOutcome;
use crate::machine::settle::PermitUse;

/// Outcomes that an instance keeps at most. More are dropped, and counted.
pub(super) const BACKLOG_MAX: usize = 10_000;

#[derive(Clone, Debug)]
pub(super) struct PendingOutcome {
    pub circuit: CircuitRef,
    pub permit_use: PermitUse,
    pub call: CallOutcome,
}

#[derive(Debug, Default)]
pub(super) struct Backlog {
    waiting: Vec<PendingOutcome>,
    dropped: u64,
}

impl Backlog {
    pub fn push(&mut self, outcome: PendingOutcome) {
        if self.waiting.len() >= BACKLOG_MAX {
            self.count_dropped(1);
        } else {
            self.waiting.push(outcome);
        }
    }

    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    pub fn count_dropped(&mut self, outcomes: u32) {
        self.dropped = self.dropped.saturating_add(u64::from(outcomes));
    }

    /// Removes the outcomes of the circuit whose outcome has waited longest.
    pub fn take_first(&mut self) -> Option<(CircuitRef, Vec<PendingOutcome>)> {
        let circuit = self.waiting.first()?.circuit.clone();
        let (first, others) = std::mem::take(&mut self.waiting).into_iter().partition(|outcome| outcome.circuit == circuit);
        self.waiting = others;
        Some((circuit, first))
    }

    /// Puts outcomes back in front of all others.
    pub fn put_first(&mut self, mut outcomes: Vec<PendingOutcome>) {
        outcomes.append(&mut self.waiting);
        self.waiting = outcomes;
    }

    /// Puts outcomes back behind all others.
    pub fn put_last(&mut self, mut outcomes: Vec<PendingOutcome>) {
        self.waiting.append(&mut outcomes);
    }
}

//! Outcomes that could not be stored. They wait in memory until the store can be reached again.

use super::circuit_ref::CircuitRef;
use crate::machine::call_outcome::CallOutcome;
use crate::machine::settle::PermitUse;
use crate::write_mark::WriteMark;

/// Most outcomes that an instance keeps. Further ones are dropped, and counted as dropped.
pub(super) const BACKLOG_MAX: usize = 10_000;

#[derive(Clone, Debug)]
pub(super) struct PendingOutcome {
    pub circuit: CircuitRef,
    pub permit_use: PermitUse,
    pub call: CallOutcome,
    /// The write of the outcome that failed last. If the record has this mark, the outcome is in it.
    pub written_as: Option<WriteMark>,
}

#[derive(Debug, Default)]
pub(super) struct Backlog {
    waiting: Vec<PendingOutcome>,
    /// Outcomes that a request is writing now.
    being_written: usize,
    dropped: u64,
}

impl Backlog {
    pub fn push(&mut self, outcome: PendingOutcome) {
        if self.kept() >= BACKLOG_MAX {
            self.count_dropped(1);
        } else {
            self.waiting.push(outcome);
        }
    }

    /// The number of outcomes in the backlog, including those that are being written.
    pub fn kept(&self) -> usize {
        self.waiting.len() + self.being_written
    }

    /// Whether a request writes a part of the backlog now. Only one request does so at a time.
    pub fn is_being_written(&self) -> bool {
        self.being_written > 0
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

    /// Whether the outcome that has waited longest belongs to this circuit.
    pub fn begins_with(&self, circuit: Option<&CircuitRef>) -> bool {
        circuit.is_some() && self.waiting.first().map(|first| &first.circuit) == circuit
    }

    /// Removes the outcomes of the circuit whose outcome has waited longest.
    pub fn take_first(&mut self) -> Option<(CircuitRef, Vec<PendingOutcome>)> {
        let circuit = self.waiting.first()?.circuit.clone();
        let (first, others): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.waiting).into_iter().partition(|outcome| outcome.circuit == circuit);
        self.waiting = others;
        self.being_written = first.len();
        Some((circuit, first))
    }

    /// Ends the write of the outcomes that [`Backlog::take_first`] removed. They were stored, or put back.
    pub fn end_writing(&mut self) {
        self.being_written = 0;
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

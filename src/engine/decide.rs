//! Decides about one circuit and stores what the decision changed.

use super::circuit_ref::CircuitRef;
use super::clock::Clock;
use super::record_error::RecordError;
use super::record_io::SwapResult;
use super::request::Request;
use super::store::Store;
use crate::machine::context::{Context, Step};
use crate::machine::record::{Circuit, Record, State};
use std::sync::Arc;

/// A decision. A trait object, so that the loop around it is compiled once per answer type and not once per decision.
pub(super) type Decide<'a, A> = &'a dyn Fn(&Context, &Record) -> Step<A>;

/// What to do after the answer to a write was lost and the write was not found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AfterUnknown {
    /// Decide again. At worst a probe slot leaks until its deadline.
    Repeat,
    /// Stop. The outcome could be counted twice.
    Stop,
}

/// Whether a decision was stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WriteResult {
    /// There was nothing to store.
    None,
    Stored,
    Unknown,
}

impl<C: Clock, S: Store> Request<'_, C, S> {
    /// Decides by the effective record, at the current time.
    pub fn decide<A>(&mut self, circuit: &CircuitRef, decide: Decide<A>) -> Step<A> {
        let (now, seed) = (self.now(), self.state.identity.seed);
        let (policy, record) = self.policy_and_record(circuit);
        decide(&Context { policy: &policy, circuit: &circuit.scope, seed, now }, record)
    }

    /// Decides, and stores what the decision changed. After a conflict it decides again, with a new reading of the clocks.
    pub fn decide_and_store<A>(
        &mut self,
        circuit: &CircuitRef,
        after_unknown: AfterUnknown,
        decide: Decide<A>,
    ) -> Result<(A, WriteResult), RecordError> {
        loop {
            let step = self.decide(circuit, decide);
            let Some(next) = step.write else {
                self.state.pending.events.extend(step.events);
                return Ok((step.answer, WriteResult::None));
            };
            match self.commit(circuit, next)? {
                SwapResult::Stored => {
                    self.state.pending.events.extend(step.events);
                    return Ok((step.answer, WriteResult::Stored));
                }
                SwapResult::Unknown if after_unknown == AfterUnknown::Stop => return Ok((step.answer, WriteResult::Unknown)),
                SwapResult::Unknown | SwapResult::Conflict => {}
            }
        }
    }

    /// Decides for this process alone, and stores the change in its local copy of the record.
    pub fn decide_locally<A>(&mut self, circuit: &CircuitRef, decide: Decide<A>) -> A {
        let mut step = self.decide(circuit, decide);
        if step.write.as_ref().is_some_and(|next| self.set_local_epoch_for_probe(circuit, next)) {
            step = self.decide(circuit, decide);
        }
        if let Some(next) = step.write {
            self.store_locally(circuit, next);
        }
        self.state.pending.events.extend(step.events);
        step.answer
    }

    /// Gives the circuit a local epoch if `next` grants a probe, and returns whether it did. A probe granted only by this process
    /// must match no slot in the store.
    fn set_local_epoch_for_probe(&mut self, circuit: &CircuitRef, next: &Record) -> bool {
        let slots = |circuit: &Circuit| if let State::HalfOpen(trial) = &circuit.state { trial.next_slot } else { 0 };
        let before = Arc::clone(self.record(circuit).effective());
        let current = before.circuit(circuit.role());
        let grants_probe = slots(next.circuit(circuit.role())) > slots(current);
        if !grants_probe || current.local_epoch.is_some() {
            return false;
        }
        let mut local = Record::clone(&before);
        local.circuit_mut(circuit.role()).local_epoch = Some(self.next_mark().epoch());
        self.record(circuit).local = Some(Arc::new(local));
        true
    }

    /// Replaces the local copy. Circuits that moved to another generation get a local epoch.
    fn store_locally(&mut self, circuit: &CircuitRef, mut next: Record) {
        let epoch = self.next_mark().epoch();
        let before = Arc::clone(self.record(circuit).effective());
        for (role, circuit) in next.circuits_mut() {
            let generation = role.map_or(&before.base, |role| before.circuit(role)).generation;
            if circuit.generation != generation && circuit.local_epoch.is_none() {
                circuit.local_epoch = Some(epoch);
            }
        }
        self.push_changed(circuit, &before, &next);
        self.record(circuit).local = Some(Arc::new(next));
    }
}

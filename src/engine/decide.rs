//! Decides about one circuit and stores what the decision changed.

use super::circuit_ref::CircuitRef;
use super::clock::Clock;
use super::record_error::RecordError;
use super::record_io::SwapResult;
use super::request::Request;
use super::store::Store;
use crate::machine::context::{Context, Step};
use crate::machine::record::Record;
use crate::record_limits::roles::complete_write;
use crate::write_mark::WriteMark;
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
        self.decide_as(circuit, self.next_mark(), decide)
    }

    fn decide_as<A>(&mut self, circuit: &CircuitRef, mark: WriteMark, decide: Decide<A>) -> Step<A> {
        let (now, seed) = (self.now(), self.state.identity.seed);
        let (policy, record) = self.policy_and_record(circuit);
        let context = Context { policy: &policy, circuit: &circuit.scope, seed, now, mark };
        let mut step = decide(&context, record);
        if let Some(next) = step.write {
            let (next, evicted) = complete_write(&context, record, next);
            step.events.extend(evicted);
            step.write = Some(next);
        }
        step
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

    /// Decides for this process alone, and stores the change in its local copy of the record. Generations and probe slots that begin
    /// there have a mark that is never stored, so their claims match nothing in the store.
    pub fn decide_locally<A>(&mut self, circuit: &CircuitRef, decide: Decide<A>) -> A {
        let mark = self.local_mark();
        let step = self.decide_as(circuit, mark, decide);
        if let Some(next) = step.write {
            let before = Arc::clone(self.record(circuit).effective());
            self.push_changed(circuit, &before, &next);
            self.record(circuit).local = Some(Arc::new(next));
        }
        self.state.pending.events.extend(step.events);
        step.answer
    }
}

//! Decides about one circuit and stores what the decision changed.

use super::circuit_ref::CircuitRef;
use super::record_error::RecordError;
use super::record_io::SwapResult;
use super::request::Request;
use super::write_result::{AfterUnknown, WriteResult};
use crate::machine::context::{Context, Step};
use crate::machine::record::Record;
use crate::record_limits::roles::complete_write;
use crate::write_mark::WriteMark;
use std::sync::Arc;

/// A decision. A trait object, so that the loop around it is compiled once per answer type and not once per decision.
pub(super) type Decide<'a, A> = &'a (dyn Fn(&Context, &Record) -> Step<A> + Sync);

impl Request {
    /// Decides by the effective record, at the current time.
    pub fn decide<A>(&mut self, circuit: &CircuitRef, decide: Decide<'_, A>) -> Step<A> {
        self.decide_as(circuit, self.next_mark(), decide)
    }

    fn decide_as<A>(&mut self, circuit: &CircuitRef, mark: WriteMark, decide: Decide<'_, A>) -> Step<A> {
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

    /// Decides as the writer of the record, and stores what the decision changed.
    pub async fn decide_and_store<A: Send>(
        &mut self,
        circuit: &CircuitRef,
        after_unknown: AfterUnknown,
        decide: Decide<'_, A>,
    ) -> Result<(A, WriteResult), RecordError> {
        self.enter_gate(circuit).await?;
        let written = self.write_decision(circuit, after_unknown, decide).await;
        self.leave_gate(circuit);
        written
    }

    /// Decides, and stores what the decision changed. After a conflict it decides again, with a new reading of the clocks.
    pub async fn write_decision<A: Send>(
        &mut self,
        circuit: &CircuitRef,
        after_unknown: AfterUnknown,
        decide: Decide<'_, A>,
    ) -> Result<(A, WriteResult), RecordError> {
        loop {
            // While this request waited, another one may have begun a local copy, or the record was evicted.
            if !self.is_from_store(circuit) {
                Box::pin(self.fetch(circuit)).await?;
            }
            let step = self.decide(circuit, decide);
            let Some(next) = step.write else {
                self.events.events.extend(step.events);
                return Ok((step.answer, WriteResult::None));
            };
            self.count_swap()?;
            let expected = self.revision(circuit);
            let write = self.sign(circuit, expected, next)?;
            match self.commit(circuit, write).await? {
                SwapResult::Stored => {
                    self.events.events.extend(step.events);
                    return Ok((step.answer, WriteResult::Stored));
                }
                SwapResult::Unknown if after_unknown == AfterUnknown::Stop => return Ok((step.answer, WriteResult::Unknown)),
                SwapResult::Unknown | SwapResult::Conflict => {}
            }
        }
    }

    /// Decides for this process alone, and stores the change in its local copy of the record. Generations and probe slots that begin
    /// there have a mark that is never stored, so their claims match nothing in the store.
    pub fn decide_locally<A>(&mut self, circuit: &CircuitRef, decide: Decide<'_, A>) -> A {
        self.forget_snapshot(circuit);
        let mark = self.local_mark();
        let step = self.decide_as(circuit, mark, decide);
        if let Some(next) = step.write {
            let before = Arc::clone(self.record(circuit).effective());
            self.push_changed(circuit, &before, &next);
            self.record(circuit).local = Some(Arc::new(next));
        }
        self.events.events.extend(step.events);
        step.answer
    }
}

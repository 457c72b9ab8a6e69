//! Decides about one circuit and stores what the decision changed.

use super::circuit_ref::CircuitRef;
use super::record_error::RecordError;
use super::record_io::SwapResult;
use super::request::{Request, StoreUse};
use super::write_result::{AfterUnknown, WriteResult};
use crate::machine::context::{Context, Step};
use crate::machine::record::Record;
use crate::record_limits::roles::complete_write;
use crate::write_mark::WriteMark;
use std::sync::Arc;

/// A decision. A trait object, so that the loop around it is compiled once per answer type and not once per decision.
pub(super) type Decide<'a, A> = &'a (dyn Fn(&Context, &Record) -> Step<A> + Sync);

/// A decision whose answer is kept elsewhere.
type Change<'a> = &'a mut (dyn FnMut(&Context, &Record) -> Step<()> + Send);

impl Request {
    /// Decides by the effective record, at the current time.
    pub fn decide<A>(&mut self, circuit: &CircuitRef, decide: Decide<'_, A>) -> Step<A> {
        self.decide_as(circuit, self.next_mark(), decide)
    }

    fn decide_as<A>(&mut self, circuit: &CircuitRef, mark: WriteMark, decide: impl FnOnce(&Context, &Record) -> Step<A>) -> Step<A> {
        let (now, seed) = (self.now(), self.state.identity.seed);
        let (policy, record) = self.policy_and_record(circuit);
        let context = Context { policy: &policy, circuit: &circuit.scope, seed, now, mark };
        let mut step = decide(&context, record);
        if let Some(next) = &mut step.write {
            step.events.extend(complete_write(&context, record, Arc::make_mut(next)));
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
        let mut answer = None;
        let written = self.write_change_as_writer(circuit, after_unknown, &mut keep_answer(decide, &mut answer)).await?;
        answer.map(|answer| (answer, written)).ok_or(RecordError::Contended)
    }

    /// Decides, and stores what the decision changed. After a conflict it decides again, with a new reading of the clocks.
    pub async fn write_decision<A: Send>(
        &mut self,
        circuit: &CircuitRef,
        after_unknown: AfterUnknown,
        decide: Decide<'_, A>,
    ) -> Result<(A, WriteResult), RecordError> {
        let mut answer = None;
        let written = self.write_change(circuit, after_unknown, &mut keep_answer(decide, &mut answer)).await?;
        // It was decided at least once.
        answer.map(|answer| (answer, written)).ok_or(RecordError::Contended)
    }

    /// Becomes the writer of the record for one change.
    async fn write_change_as_writer(
        &mut self,
        circuit: &CircuitRef,
        after_unknown: AfterUnknown,
        change: Change<'_>,
    ) -> Result<WriteResult, RecordError> {
        self.enter_gate(circuit).await?;
        let written = self.write_change(circuit, after_unknown, change).await;
        self.leave_gate(circuit);
        written
    }

    /// The loop of [`Request::write_decision`], which does not depend on the type of the answer and is compiled once.
    async fn write_change(
        &mut self,
        circuit: &CircuitRef,
        after_unknown: AfterUnknown,
        change: Change<'_>,
    ) -> Result<WriteResult, RecordError> {
        loop {
            // While this request waited, another one may have begun a local copy, or the record was evicted.
            if !self.is_from_store(circuit) {
                Box::pin(self.use_stored_record(circuit)).await?;
            }
            let step = self.decide_as(circuit, self.next_mark(), &mut *change);
            let Some(next) = step.write else {
                self.events.events.extend(step.events);
                return Ok(WriteResult::None);
            };
            self.count_swap()?;
            let expected = self.revision(circuit);
            let write = self.sign(circuit, expected, next)?;
            match self.commit(circuit, write).await? {
                SwapResult::Stored => {
                    self.events.events.extend(step.events);
                    return Ok(WriteResult::Stored);
                }
                SwapResult::Unknown if after_unknown == AfterUnknown::Stop => return Ok(WriteResult::Unknown),
                // It cannot decide again, and its caller must know what may be stored.
                SwapResult::Unknown if self.store_use == StoreUse::Abandoned => return Ok(WriteResult::Unknown),
                SwapResult::Unknown | SwapResult::Conflict => {}
            }
        }
    }

    /// Makes this request decide by what the store holds.
    async fn use_stored_record(&mut self, circuit: &CircuitRef) -> Result<(), RecordError> {
        self.set_local_copy_aside(circuit);
        if !self.is_from_store(circuit) {
            self.fetch(circuit).await?;
            self.set_local_copy_aside(circuit);
        }
        Ok(())
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
            self.record(circuit).local = Some(next);
        }
        self.events.events.extend(step.events);
        step.answer
    }
}

/// The decision as a change. Its answer goes to `answer`.
fn keep_answer<A>(decide: Decide<'_, A>, answer: &mut Option<A>) -> impl FnMut(&Context, &Record) -> Step<()> {
    move |context, record| {
        let Step { answer: decided, write, events } = decide(context, record);
        *answer = Some(decided);
        Step { answer: (), write, events }
    }
}

//! Writes the backlog once the store can be reached again.

use super::backlog::PendingOutcome;
use super::circuit_ref::CircuitRef;
use super::outage::Access;
use super::record_error::RecordError;
use super::request::Request;
use super::signed_write::SWAPS_MAX;
use super::write_result::{AfterUnknown, WriteResult};
use crate::answer::{Cause, EventKind, Phase};
use crate::machine::context::{Context, Step};
use crate::machine::record::Record;
use crate::machine::settle::{CountResult, PermitUse, settle};
use std::sync::Arc;

/// How many outcomes of one circuit were added to its record, and how many were dropped.
struct Merged {
    added: u32,
    dropped: u32,
}

impl Request {
    /// Writes the backlog while the store answers. Leaves half of the budget and of the swaps for the request itself.
    pub async fn write_backlog(&mut self) {
        if !self.state.backlog.is_empty() && !self.state.backlog.is_being_written() {
            Box::pin(self.write_waiting()).await;
        }
    }

    async fn write_waiting(&mut self) {
        let mut first_failed = None;
        while self.may_write_backlog() && !self.state.backlog.begins_with(first_failed.as_ref()) {
            let Some((circuit, mut outcomes)) = self.state.backlog.take_first() else { return };
            let written = self.write_pending(&circuit, &outcomes).await;
            self.state.backlog.end_writing();
            match written {
                Ok(()) => self.check_outage_of_writing(),
                // Outcomes of other circuits need not wait for this record.
                Err(error) if error.is_of_one_record() => {
                    self.state.backlog.put_last(outcomes);
                    first_failed.get_or_insert(circuit);
                }
                Err(error) => {
                    let mark = error.mark();
                    for outcome in &mut outcomes {
                        outcome.written_as = mark.or(outcome.written_as);
                    }
                    return self.state.backlog.put_first(outcomes);
                }
            }
        }
    }

    /// Reserves half of the budget and of the swaps for the request itself.
    fn may_write_backlog(&mut self) -> bool {
        if self.state.backlog.is_empty() || self.swaps >= SWAPS_MAX / 2 {
            return false;
        }
        self.state.outage.back_off_left(Access::Write, self.start).is_none() && self.elapsed().0 <= self.sharing().storage_budget.0 / 2
    }

    /// Drops outcomes that the store would never accept, and counts them as dropped.
    pub fn drop_uncounted(&mut self, circuit: &CircuitRef, outcomes: usize, cause: Cause, why: &str) {
        self.state.backlog.count_dropped(u32::try_from(outcomes).unwrap_or(u32::MAX));
        self.push_uncounted(circuit, cause, &format!("an outcome cannot be stored: {why}"));
    }

    /// Writes the outcomes of one circuit.
    async fn write_pending(&mut self, circuit: &CircuitRef, outcomes: &[PendingOutcome]) -> Result<(), RecordError> {
        let written = match self.fetch(circuit).await {
            Ok(()) => self.decide_and_store(circuit, AfterUnknown::Stop, &|context, record| merge(context, record, outcomes)).await,
            Err(error) => Err(error),
        };
        if written.is_ok() {
            self.end_local_copy(circuit);
        }
        match written {
            Ok((_, WriteResult::Unknown)) => {
                let detail = format!("{} kept outcomes may count or not", outcomes.len());
                self.push_event(circuit, EventKind::OutcomeUnknown, Cause::LostAnswer, &detail);
            }
            Ok((merged, _)) => {
                self.state.backlog.count_dropped(merged.dropped);
                let detail = format!("{} added, {} dropped", merged.added, merged.dropped);
                self.push_event(circuit, EventKind::OutcomesMerged, Cause::Backlog, &detail);
            }
            Err(error) => {
                // Others must not wait behind outcomes that the store never accepts.
                let Some((cause, why)) = error.rejection() else { return Err(error) };
                self.drop_uncounted(circuit, outcomes.len(), cause, why);
            }
        }
        Ok(())
    }
}

/// Adds the outcomes whose claims are still valid, all in one step.
fn merge(context: &Context, record: &Record, outcomes: &[PendingOutcome]) -> Step<Merged> {
    let mut merged = Merged { added: 0, dropped: 0 };
    let mut events = Vec::new();
    let mut next: Option<Arc<Record>> = None;
    for PendingOutcome { permit_use, call, written_as, .. } in outcomes {
        if written_as.is_some_and(|mark| record.writes.contains(&mark)) {
            merged.added += 1;
            continue;
        }
        let current = next.as_deref().unwrap_or(record);
        // Without a permit it is not known whether the call was a probe.
        let is_ambiguous = *permit_use == PermitUse::WithoutPermit && current.circuit(context.role()).phase() != Phase::Closed;
        let permit_use = if is_ambiguous { PermitUse::Inert } else { *permit_use };
        let step = settle(context, current, permit_use, call);
        match step.answer.count {
            CountResult::Counted => merged.added += 1,
            CountResult::Stale | CountResult::Inert | CountResult::Uncounted => merged.dropped += 1,
        }
        events.extend(step.events.into_iter().filter(|event| event.kind != EventKind::OutcomeStale));
        next = step.write.or_else(|| next.take());
    }
    let write = next.filter(|next| **next != *record);
    Step { answer: merged, write, events }
}

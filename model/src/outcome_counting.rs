//! Promises 2, 4 and 7: which outcomes a change of the record counted.

use crate::faults::is_writer;
use crate::mark::Mark;
use crate::outcome::ModelOutcome;
use crate::promise::Promise;
use crate::request::{Request, RequestKind};
use crate::situation::Situation;
use crate::state::State;
use crate::stored_circuit::{Phase, StoredCircuit};
use crate::system::System;
use crate::tracked_call::{CallStage, CountState, TrackedCall};

/// How many outcomes a change of the record counted.
struct CountedOutcomes {
    failures: u64,
    successes: u64,
}

impl System {
    /// Finds the calls whose outcomes a swap counted, and checks that they may count.
    pub fn count_outcomes(&self, state: &mut State, process: u8, request: &Request, (before, after): (&StoredCircuit, &StoredCircuit)) {
        let same_generation =
            before.generation_number == after.generation_number && (before.generation == after.generation || before.generation.is_none());
        let counted = if same_generation { within_generation(before, after) } else { Some(least_of_new_generation(before, after)) };
        let Some(counted) = counted else { return state.violate(Promise::AtMostOnce) };
        let own = if let RequestKind::Settle(number) = request.kind { Some(number) } else { None };
        let change = Change { process, own, before, after };
        change.note_situations(state, &counted);
        if same_generation {
            change.mark_counted(state, ModelOutcome::Failure, counted.failures);
            change.mark_counted(state, ModelOutcome::Success, counted.successes);
        } else {
            change.mark_at_least(state, ModelOutcome::Failure, counted.failures);
            change.mark_at_least(state, ModelOutcome::Success, counted.successes);
        }
        // If one swap counts failures and successes, each success may be the last of them.
        if !same_generation || counted.successes > 0 && before.is_closed() {
            state.end_streak();
        }
        if same_generation && after.is_closed() && u64::from(state.acknowledged) > after.streak {
            state.violate(Promise::NoLostTrip);
        }
    }
}

/// The outcomes that a change within one generation counted. `None` if earlier outcomes disappeared.
fn within_generation(before: &StoredCircuit, after: &StoredCircuit) -> Option<CountedOutcomes> {
    match (&before.phase, &after.phase) {
        (Phase::Closed, Phase::Closed) => match &after.window {
            Some(window) => {
                let added = window.strip_prefix(before.window.as_deref().unwrap_or_default())?;
                let failures = added.chars().filter(|sample| sample.eq_ignore_ascii_case(&'f')).count() as u64;
                Some(CountedOutcomes { failures, successes: added.chars().count() as u64 - failures })
            }
            None if after.streak < before.streak => Some(CountedOutcomes { failures: after.streak, successes: 1 }),
            None => Some(CountedOutcomes { failures: after.streak - before.streak, successes: 0 }),
        },
        (Phase::HalfOpen(old), Phase::HalfOpen(new)) => Some(CountedOutcomes {
            failures: new.failures.checked_sub(old.failures)?,
            successes: new.successes.checked_sub(old.successes)?,
        }),
        _ => Some(CountedOutcomes { failures: 0, successes: 0 }),
    }
}

/// The least number of outcomes that a change counted which began a generation.
fn least_of_new_generation(before: &StoredCircuit, after: &StoredCircuit) -> CountedOutcomes {
    match (&before.phase, &after.phase) {
        (Phase::Closed | Phase::HalfOpen(_), Phase::Open(_)) => CountedOutcomes { failures: 1, successes: 0 },
        (Phase::HalfOpen(_), Phase::Closed) => CountedOutcomes { failures: 0, successes: 1 },
        _ => CountedOutcomes { failures: 0, successes: 0 },
    }
}

/// One change of the record, by a request of a process.
struct Change<'a> {
    process: u8,
    /// The call that the request settles.
    own: Option<u8>,
    before: &'a StoredCircuit,
    after: &'a StoredCircuit,
}

impl Change<'_> {
    /// Whether this change may count the outcome of a call.
    fn may_count(&self, call: &TrackedCall) -> bool {
        let slot_is_settled = call.claim.and_then(|claim| claim.probe).is_none_or(|slot| !self.after.slots().contains(&slot));
        call.process == self.process && call.is_uncounted() && call.is_valid_in(self.before) && slot_is_settled
    }

    /// Whether this change may count this outcome of a call.
    fn may_count_as(&self, call: &TrackedCall, outcome: ModelOutcome) -> bool {
        call.outcome() == Some(outcome) && self.may_count(call)
    }

    /// Marks as many calls as counted. A request writes the backlog first, then its own outcome, then those of other requests.
    fn mark_counted(&self, state: &mut State, outcome: ModelOutcome, number: u64) {
        let writes_backlog = state.processes[usize::from(self.process)].history.output.kept > 0;
        let order = |call: &TrackedCall| match call.stage {
            CallStage::Kept(_) if writes_backlog => 0,
            CallStage::Kept(_) => 3,
            _ if Some(call.number) == self.own => 1,
            CallStage::Settling(_) | CallStage::Running => 2,
        };
        for _ in 0..number {
            let candidates = state.calls.iter_mut().filter(|call| self.may_count_as(call, outcome));
            let Some(call) = candidates.min_by_key(|call| order(call)) else { return self.violate(state, outcome) };
            let is_in_streak = outcome == ModelOutcome::Failure && self.before.is_closed();
            call.count = if is_in_streak { CountState::InStreak } else { CountState::AfterStreak };
            let is_kept = matches!(call.stage, CallStage::Kept(_));
            // A probe whose slot has expired, and was not taken over.
            let is_late = call.expires > 0 && call.expires <= state.time;
            if is_kept {
                state.situations.add(Situation::BacklogWritten);
            }
            if is_late {
                state.situations.add(Situation::LateProbeCounts);
            }
        }
    }

    /// Marks calls of which one or more ended a generation.
    fn mark_at_least(&self, state: &mut State, outcome: ModelOutcome, number: u64) {
        let may_count = |call: &TrackedCall| call.outcome().is_some() && self.may_count(call);
        if state.calls.iter().filter(|call| may_count(call)).count() as u64 <= number {
            return self.mark_counted(state, outcome, number);
        }
        if number == 0 {
            return;
        }
        if !state.calls.iter().any(|call| self.may_count_as(call, outcome)) {
            return self.violate(state, outcome);
        }
        for call in state.calls.iter_mut().filter(|call| may_count(call)) {
            call.count = CountState::MaybeCounted;
        }
    }

    fn violate(&self, state: &mut State, outcome: ModelOutcome) {
        let is_stale = |call: &TrackedCall| call.process == self.process && call.outcome() == Some(outcome) && call.is_uncounted();
        let counted_stale = state.calls.iter().any(is_stale);
        state.violate(if counted_stale { Promise::StaleIsInert } else { Promise::AtMostOnce });
    }

    fn note_situations(&self, state: &mut State, counted: &CountedOutcomes) {
        if counted.failures + counted.successes > 1 {
            state.situations.add(Situation::GroupWritten);
        }
        if self.before.is_closed() && self.after.open_until().is_some() && self.before.streak > 0 {
            let began_by_other = |mark: Mark| !is_writer(self.process, mark.write_mark().writer);
            if self.before.generation.is_some_and(began_by_other) {
                state.situations.add(Situation::TripByTwoProcesses);
            }
        }
    }
}

//! Checks of the answer that ends a request.

use crate::claim::ModelClaim;
use crate::mark::Mark;
use crate::model_policy::{OnStorageError, SKEW};
use crate::outcome::ModelOutcome;
use crate::process::ClockAccuracy;
use crate::process_time::ProcessTime;
use crate::promise::Promise;
use crate::request::{LastRead, Request, StoreFault};
use crate::situation::Situation;
use crate::state::State;
use crate::stored_circuit::Phase;
use crate::stored_text::circuit_of;
use crate::system::System;
use crate::tracked_call::{CallStage, CountState, SlotState, TrackedCall};
use fuseboard::{Reason, Written};

/// The longest wait of a refusal because all slots are taken, in milliseconds.
const FULL_WAIT_MAX: u64 = 1_000;

impl System {
    /// Promises 1, 3 and 8: whether a call may be admitted. Tracks the call.
    pub fn check_admission(&self, state: &mut State, number: u8, request: &Request, claim: Option<ModelClaim>) {
        let policy = self.configuration.policies[usize::from(state.processes[usize::from(number)].policy)];
        let probe = claim.and_then(|claim| claim.probe);
        match request.deciding_circuit().map(|circuit| circuit.phase) {
            Some(Phase::Open(_)) => state.violate(Promise::OpenMeansOpen),
            Some(Phase::HalfOpen(_)) if probe.is_none() => state.violate(Promise::ProbeBound),
            None if request.fault == StoreFault::None => state.violate(Promise::OpenMeansOpen),
            None if request.last_read == LastRead::Never && policy.on_storage_error == OnStorageError::Reject => {
                state.violate(Promise::OutageRule);
            }
            None if request.last_read == LastRead::Never => state.situations.add(Situation::LocalAdmission),
            _ => {}
        }
        let deciding_policy = &self.configuration.policies[usize::from(request.operation_policy)];
        let expires = probe.map_or(0, |_| request.operation_at + deciding_policy.probe_timeout);
        if probe.is_some_and(|slot| state.time < expires && !is_stored(slot, request)) {
            state.violate(Promise::ProbeBound);
        }
        let process = &mut state.processes[usize::from(number)];
        let call = TrackedCall {
            process: number,
            number: process.admitted,
            claim,
            expires,
            stage: CallStage::Running,
            count: CountState::NotCounted,
            slot: SlotState::Granted,
        };
        process.admitted += 1;
        let at = state.calls.partition_point(|other| (other.process, other.number) < (call.process, call.number));
        state.calls.insert(at, call);
        self.check_probes(state, claim);
    }

    /// Promise 1: the number of probes of one generation in flight.
    fn check_probes(&self, state: &mut State, claim: Option<ModelClaim>) {
        let Some(ModelClaim { generation, probe: Some(slot) }) = claim else { return };
        state.situations.add(Situation::Probe);
        if slot.is_local() || !state.clocks_are_within_skew() {
            return;
        }
        let of_generation = |call: &&TrackedCall| call.claim.is_some_and(|claim| claim.generation == generation);
        let in_flight = state.calls.iter().filter(|call| call.is_probe_in_flight(state.time)).filter(of_generation).count();
        if in_flight > 1 {
            state.situations.add(Situation::TwoProbes);
        }
        if in_flight as u64 > self.configuration.trial_calls_max() {
            state.violate(Promise::ProbeBound);
        }
    }

    /// Promise 6: the wait of a refusal, and the stored deadline that it comes from.
    pub fn check_refusal(&self, state: &mut State, number: u8, request: &Request, (reason, wait): (Reason, Option<u64>)) {
        let process = &state.processes[usize::from(number)];
        let policy = &self.configuration.policies[usize::from(process.policy)];
        if reason == Reason::Storage {
            state.situations.add(Situation::RefusedByStorage);
            if policy.on_storage_error == OnStorageError::Local {
                state.violate(Promise::NotTheOutage);
            }
            return;
        }
        // A request may refuse by a deadline that is too late in three cases, and a later request clamps it: another request of the
        // process is writing the record, the budget is spent, or the clock jumped after the process had read the deadline.
        let clamps = process.requests.is_empty() && state.time == request.began_at && process.clock != ClockAccuracy::JumpedWhileRunning;
        let wall = ProcessTime::new(state.time, process.offset).wall;
        if wait.is_none_or(|wait| wait > (policy.open_max() + SKEW).max(FULL_WAIT_MAX)) {
            state.violate(Promise::BoundedWait);
        }
        let until = request.deciding_circuit().filter(|_| clamps).and_then(|circuit| circuit.open_until());
        if until.is_some_and(|until| until > wall + policy.open_max() + SKEW) {
            state.violate(Promise::BoundedWait);
        }
        match reason {
            Reason::Open => state.situations.add(Situation::RefusedOpen),
            Reason::HalfOpenFull => state.situations.add(Situation::RefusedFull),
            // Another process half-opened the circuit within the skew. By the clock of this process it is still open.
            Reason::Staggered => {}
            _ => state.violate(Promise::NotTheOutage),
        }
    }

    /// Promises 4 and 7: what a verdict says, compared with what is stored.
    pub fn check_verdict(&self, state: &mut State, process: u8, request: &Request, (number, written): (u8, Written)) {
        let Some(call) = state.call(process, number).cloned() else { return };
        let Some(outcome) = call.outcome() else { return };
        match written {
            Written::Stored => self.check_acknowledged(state, request, &call, outcome),
            Written::Kept => {
                state.situations.add(Situation::Kept);
                if let Some(call) = state.call(process, number) {
                    call.stage = CallStage::Kept(outcome);
                }
                return;
            }
            Written::Unknown => state.situations.add(Situation::Unknown),
            Written::Stale => {
                state.situations.add(Situation::Stale);
                if call.slot == SlotState::Undone {
                    state.situations.add(Situation::StaleAfterRollback);
                }
            }
            Written::Unchanged => {}
        }
        state.remove_call(process, number);
    }

    /// Promise 4: an acknowledged outcome counts, and enough acknowledged failures open the circuit.
    fn check_acknowledged(&self, state: &mut State, request: &Request, call: &TrackedCall, outcome: ModelOutcome) {
        let Some(count) = take_count(state, call, outcome) else { return state.violate(Promise::NoLostTrip) };
        if request.fault == StoreFault::Occurred && state.processes[usize::from(call.process)].history.output.kept == 0 {
            state.situations.add(Situation::LostButFound);
        }
        if outcome == ModelOutcome::Failure && count == CountState::InStreak {
            state.acknowledged += 1;
            let fail_max = self.configuration.policies.iter().map(|policy| policy.fail_max).max().unwrap_or(0);
            let circuit = circuit_of(&state.content);
            let acknowledged = u64::from(state.acknowledged);
            if circuit.is_closed() && (acknowledged >= fail_max || circuit.streak < acknowledged) {
                state.violate(Promise::NoLostTrip);
            }
        }
    }
}

/// Whether the slot of a probe is in the store. A slot that is not stored could be granted again by another process. A local slot is never
/// stored.
fn is_stored(slot: Mark, request: &Request) -> bool {
    match &request.last_read {
        LastRead::Content(content) => slot.is_local() || circuit_of(content).slots().contains(&slot),
        LastRead::Never => slot.is_local(),
    }
}

/// How an acknowledged outcome counted; `None` if it did not. If a kept outcome of the process is equal to the acknowledged one, a swap may
/// have counted either. Then the acknowledged one takes the count of the kept one.
fn take_count(state: &mut State, call: &TrackedCall, outcome: ModelOutcome) -> Option<CountState> {
    if call.count != CountState::NotCounted {
        return Some(call.count);
    }
    let is_equal_and_kept =
        |other: &&mut TrackedCall| other.process == call.process && other.stage == CallStage::Kept(outcome) && other.claim == call.claim;
    let kept = state.calls.iter_mut().filter(is_equal_and_kept).find(|other| other.count != CountState::NotCounted)?;
    Some(std::mem::replace(&mut kept.count, CountState::NotCounted))
}

//! What is checked when a request ends.

use crate::call::{Call, CallStage, Count, SlotState};
use crate::facts::{Facts, Phase};
use crate::history::{ModelClaim, Verdict};
use crate::policies::{OnStorageError, SKEW};
use crate::process::{Clock, Known, Request, Trouble};
use crate::promise::Promise;
use crate::seen::Event;
use crate::state::State;
use crate::stored::facts_of;
use crate::system::System;
use fuseboard::{Reason, Written};

/// Longest wait that a refusal names if all slots are taken, in milliseconds.
const FULL_WAIT_MAX: u64 = 1_000;

impl Request {
    /// The record by which a request decided, if the store answered every operation of it.
    fn record(&self) -> Option<Facts> {
        match (&self.known, self.trouble) {
            (Known::Content(content), Trouble::None) => Some(facts_of(content)),
            _ => None,
        }
    }
}

impl System {
    pub fn admitted(&self, state: &mut State, number: u8, request: &Request, claim: Option<ModelClaim>) {
        let policy = self.configuration.policies[usize::from(state.processes[usize::from(number)].policy)];
        let probe = claim.and_then(|claim| claim.probe);
        match request.record().map(|facts| facts.phase) {
            Some(Phase::Open(_)) => state.violate(Promise::OpenMeansOpen),
            Some(Phase::HalfOpen(_)) if probe.is_none() => state.violate(Promise::ProbeBound),
            None if request.trouble == Trouble::None => state.violate(Promise::OpenMeansOpen),
            None if request.known == Known::Nothing && policy.on_storage_error == OnStorageError::Reject => {
                state.violate(Promise::OutageRule);
            }
            None if request.known == Known::Nothing => state.seen.add(Event::LocalAdmission),
            _ => {}
        }
        let asked_by = &self.configuration.policies[usize::from(request.asked_by)];
        let expires = probe.map_or(0, |_| request.asked_at + asked_by.probe_timeout);
        let process = &mut state.processes[usize::from(number)];
        let call = Call {
            process: number,
            number: process.admitted,
            claim,
            expires,
            stage: CallStage::Running,
            count: Count::No,
            slot: SlotState::Granted,
        };
        process.admitted += 1;
        let at = state.calls.partition_point(|other| (other.process, other.number) < (call.process, call.number));
        state.calls.insert(at, call);
        self.check_probes(state, claim);
    }

    /// Promise 1: probes of one generation in flight.
    fn check_probes(&self, state: &mut State, claim: Option<ModelClaim>) {
        let Some(ModelClaim { generation, probe: Some(slot) }) = claim else { return };
        state.seen.add(Event::Probe);
        if slot.is_local() || !state.clocks_are_within_skew() {
            return;
        }
        let of_generation = |call: &&Call| call.claim.is_some_and(|claim| claim.generation == generation);
        let in_flight = state.calls.iter().filter(|call| call.is_probe_in_flight(state.time)).filter(of_generation).count();
        if in_flight > 1 {
            state.seen.add(Event::TwoProbes);
        }
        if in_flight as u64 > self.configuration.trial_calls_max() {
            state.violate(Promise::ProbeBound);
        }
    }

    /// Promise 6: the wait of a refusal, and the stored deadline behind it.
    pub fn refused(&self, state: &mut State, number: u8, request: &Request, (reason, wait): (Reason, Option<u64>)) {
        let process = &state.processes[usize::from(number)];
        let policy = &self.configuration.policies[usize::from(process.policy)];
        if reason == Reason::Storage {
            state.seen.add(Event::RefusedByStorage);
            if policy.on_storage_error == OnStorageError::Local {
                state.violate(Promise::NotTheOutage);
            }
            return;
        }
        let has_time = state.time == request.began_at;
        let reads_anew = process.requests.is_empty() && has_time && process.clock != Clock::JumpedWhileRunning;
        let wall = System::time_of(state.time, process.offset).wall;
        if wait.is_none_or(|wait| wait > (policy.open_max() + SKEW).max(FULL_WAIT_MAX)) {
            state.violate(Promise::BoundedWait);
        }
        // Another request of the process may write the record now, or the budget is spent: the next one finds the same out. And a process
        // keeps the monotonic time of a deadline that it read before its clock jumped.
        let until = request.record().filter(|_| reads_anew).and_then(|facts| facts.open_until());
        if until.is_some_and(|until| until > wall + policy.open_max() + SKEW) {
            state.violate(Promise::BoundedWait);
        }
        match reason {
            Reason::Open => state.seen.add(Event::RefusedOpen),
            Reason::HalfOpenFull => state.seen.add(Event::RefusedFull),
            // Another process half-opened the circuit within the skew, and by this one's clock it is still open.
            Reason::Staggered => {}
            _ => state.violate(Promise::NotTheOutage),
        }
    }

    /// Promises 4 and 7: what a verdict says, beside what is stored.
    pub fn settled(&self, state: &mut State, process: u8, request: &Request, (number, written): (u8, Written)) {
        let Some(call) = state.call(process, number).cloned() else { return };
        let Some(verdict) = call.verdict() else { return };
        match written {
            Written::Stored => self.acknowledged(state, request, &call, verdict),
            Written::Kept => {
                state.seen.add(Event::Kept);
                if let Some(call) = state.call(process, number) {
                    call.stage = CallStage::Kept(verdict);
                }
                return;
            }
            Written::Unknown => state.seen.add(Event::Unknown),
            Written::Stale => {
                state.seen.add(Event::Stale);
                if call.slot == SlotState::Undone {
                    state.seen.add(Event::StaleAfterRollback);
                }
            }
            Written::Unchanged => {}
        }
        state.remove_call(process, number);
    }

    fn acknowledged(&self, state: &mut State, request: &Request, call: &Call, verdict: Verdict) {
        let Some(count) = counted_as(state, call, verdict) else { return state.violate(Promise::NoLostTrip) };
        if request.trouble == Trouble::Some && state.processes[usize::from(call.process)].history.output.kept == 0 {
            state.seen.add(Event::LostButFound);
        }
        if verdict == Verdict::Failure && count == Count::InStreak {
            state.acknowledged += 1;
            let most = self.configuration.policies.iter().map(|policy| policy.fail_max).max().unwrap_or(0);
            let facts = facts_of(&state.content);
            if facts.is_closed() && (u64::from(state.acknowledged) >= most || facts.streak < u64::from(state.acknowledged)) {
                state.violate(Promise::NoLostTrip);
            }
        }
    }
}

/// How an acknowledged outcome counted. Of two equal outcomes of a process, one kept and one acknowledged, a swap may have counted either.
fn counted_as(state: &mut State, call: &Call, verdict: Verdict) -> Option<Count> {
    if call.count != Count::No {
        return Some(call.count);
    }
    let is_kept = |other: &&mut Call| other.process == call.process && other.stage == CallStage::Kept(verdict) && other.claim == call.claim;
    let kept = state.calls.iter_mut().filter(is_kept).find(|other| other.count != Count::No)?;
    Some(std::mem::replace(&mut kept.count, Count::No))
}

//! Checks of a change of the record: promises 1 to 4.

use crate::model_policy::SKEW;
use crate::process_time::START;
use crate::promise::Promise;
use crate::request::Request;
use crate::situation::Situation;
use crate::state::State;
use crate::stored_circuit::{Phase, StoredCircuit};
use crate::system::System;

/// Whether two slots have the same mark, so that a claim would match both.
fn has_equal_slots(circuit: &StoredCircuit) -> bool {
    let slots = circuit.slots();
    slots.iter().zip(1..).any(|(slot, next)| slots[next..].contains(slot))
}

impl System {
    /// Checks a swap against what the store held before it.
    pub fn check_change(&self, state: &mut State, request: &Request, before: &StoredCircuit, after: &StoredCircuit) {
        let policy = &self.configuration.policies[usize::from(request.operation_policy)];
        if after.slots().len() as u64 > self.configuration.trial_calls_max() || has_equal_slots(after) {
            state.violate(Promise::ProbeBound);
        }
        if before.generation_number != after.generation_number && before.generation == after.generation && after.generation.is_some() {
            state.violate(Promise::StaleIsInert);
        }
        if let (Some(until), Phase::HalfOpen(_)) = (before.open_until(), &after.phase)
            && state.clocks_are_within_skew()
        {
            let now = START + request.operation_at;
            // Promise 6 lets a shorter policy shorten the wait.
            let until = until.min(before.opened_at + policy.open_max());
            if now + SKEW < until {
                state.violate(Promise::OpenMeansOpen);
            }
            if now < until {
                state.situations.add(Situation::EarlyWithinSkew);
            }
        }
        if after.is_closed() && after.streak > before.streak && after.streak >= policy.fail_max {
            state.violate(Promise::NoLostTrip);
        }
        self.note_change(state, before, after);
    }

    /// Notes the situations that a change shows.
    fn note_change(&self, state: &mut State, before: &StoredCircuit, after: &StoredCircuit) {
        let situations = &mut state.situations;
        if before.generation == after.generation
            && before.slots().iter().any(|slot| !after.slots().contains(slot))
            && after.slots().len() >= before.slots().len()
        {
            situations.add(Situation::SlotTakenOver);
        }
        if before.is_closed() && after.open_until().is_some() {
            situations.add(Situation::Trip);
            if after.streak < self.configuration.policies[0].fail_max {
                situations.add(Situation::TripByLowerPolicy);
            }
        }
        if before.open_until().is_some_and(|until| after.open_until().is_some_and(|clamped| clamped < until)) {
            situations.add(Situation::Clamped);
        }
        if let Phase::HalfOpen(_) = before.phase {
            match after.phase {
                Phase::Closed => situations.add(Situation::ClosedByProbe),
                Phase::Open(_) => situations.add(Situation::ReopenedByProbe),
                Phase::HalfOpen(_) => {}
            }
        }
        if before.is_closed() && after.is_closed() && after.streak < before.streak {
            situations.add(Situation::StreakEnded);
        }
    }
}

//! Checks outcomes: each counts once, and only with a valid claim.

use super::observation::{CircuitObservation, Observation};
use super::track::Failures;
use super::{Answers, Clocks, Observer};
use crate::stored::State;
use fuseboard::{Claim, Outcome, Permit, Report, Settled, Verdict, Written};

impl Observer {
    pub fn check_settle(&mut self, observation: &Observation, permit: Option<&Permit>, report: &Report, verdict: &Verdict) {
        self.check_writes(observation);
        if self.replaced_damage(&verdict.events) {
            // The other circuit may have counted the outcome.
            self.forget_failures(observation);
            return;
        }
        for place in 0..observation.circuits.len() {
            let Some(observed) = CircuitObservation::of(observation, place) else { continue };
            let settled = if place == 0 { Some(verdict.circuit) } else { verdict.resolver };
            let Some(settled) = settled else { panic!("a verdict for each circuit") };
            let claim = permit.map(|permit| if place == 0 { permit.circuit } else { permit.resolver });
            self.check_settled(&observed, claim, report, settled);
            if observation.store_worked {
                self.check_change_events(&observed, &verdict.events, &verdict.changed);
            }
        }
        if observation.store_worked && observation.log.conflicts == 0 {
            let circuits = observation.circuits.len() as u64;
            let (loads, swaps) = (observation.log.loads, observation.log.swaps);
            promise!(
                self,
                8,
                loads <= circuits && swaps <= circuits,
                "{loads} loads and {swaps} swaps in one `settle` of {circuits} circuits"
            );
        }
    }

    /// Checks a request that failed. It is not known whether the other circuit was settled.
    pub fn check_failed_settle(&mut self, observation: &Observation) {
        self.check_writes(observation);
        self.forget_failures(observation);
    }

    /// Forgets the acknowledged failures of all circuits of a request: they may have been counted, or reset, unseen.
    fn forget_failures(&mut self, observation: &Observation) {
        for place in 0..observation.circuits.len() {
            let Some(observed) = CircuitObservation::of(observation, place) else { continue };
            let track = self.tracks.entry(observed.circuit.scope.clone()).or_default();
            track.drop_settled(observed.after.circuit(observed.circuit.role()));
            track.failures = Failures::default();
        }
    }

    /// `claim` is `None` without a permit, and `Some(None)` with a permit that has no claim on this circuit.
    fn check_settled(&mut self, observed: &CircuitObservation, claim: Option<Option<Claim>>, report: &Report, settled: Settled) {
        let (before, after) = (observed.circuit(), observed.after.circuit(observed.circuit.role()));
        if observed.is_overridden() || observed.after.is_overridden(observed.circuit.role()) {
            return;
        }
        let asks_for_wait = !report.hints.is_empty() || report.retry_after_ms.is_some();
        let is_valid = is_valid(observed, claim);
        if observed.observation.store_worked {
            let written = settled.written;
            // If the cached record shows that there is nothing to write, the store is not used.
            let is_probe = claim.flatten().is_some_and(|claim| claim.probe.is_some());
            let healthy = !observed.observation.log.keys.contains(&observed.circuit.key) && written == Written::Unchanged && !is_probe;
            if let Some(Some(claim)) = claim {
                let is_inert = healthy || written == Written::Stale || is_of_local_copy(observed, &claim, written);
                promise!(self, 2, is_valid || is_inert, "{written:?} for {claim:?} on {before:?}");
            }
            promise!(
                self,
                2,
                !is_valid || matches!(written, Written::Stored | Written::Unchanged),
                "{written:?} for {claim:?} on {before:?}"
            );
            if !is_valid {
                promise!(self, 2, asks_for_wait || before == after, "an inert outcome of {claim:?} made {after:?} of {before:?}");
                let ended = ends_a_cooldown(observed);
                promise!(self, 2, !ended || self.clocks == Clocks::Jumped, "an inert outcome ended a cooldown");
            }
            let same = before.began == after.began;
            promise!(self, 7, !same || after.counted() <= before.counted() + 1, "one outcome made {after:?} of {before:?}");
        }
        let track = self.tracks.entry(observed.circuit.scope.clone()).or_default();
        track.drop_settled(after);
        if matches!(before.state, State::Closed(_))
            && is_valid
            && matches!(settled.written, Written::Stored | Written::Unchanged | Written::Unknown)
        {
            self.check_streak(observed, settled.outcome, settled.written);
        }
    }

    fn check_streak(&mut self, observed: &CircuitObservation, outcome: Outcome, written: Written) {
        if self.answers == Answers::InAnyOrder {
            return;
        }
        let (now, settings) = (observed.observation.now, &observed.settings);
        let (before, after) = (observed.circuit(), observed.after.circuit(observed.circuit.role()));
        let failures = &mut self.tracks.entry(observed.circuit.scope.clone()).or_default().failures;
        // Stamps are times of day, so nothing can be checked after a jump.
        let jumped = self.clocks == Clocks::Jumped;
        let late = settings.fail_gap.is_some_and(|gap| jumped || now + settings.skew - failures.last > gap);
        // If nothing was stored, the generation began with the record.
        let generation = before.began.or(observed.after.base.began);
        if late || failures.generation != generation {
            *failures = Failures { generation, count: 0, last: now };
        }
        match outcome {
            // It may have counted although the answer was lost.
            Outcome::Success => failures.count = 0,
            Outcome::Failure if written == Written::Stored => (failures.count, failures.last) = (failures.count + 1, now),
            Outcome::Failure | Outcome::Neutral => {}
        }
        let count = failures.count;
        let closed = after.generation == before.generation && matches!(after.state, State::Closed(_));
        let reached = outcome == Outcome::Failure && written == Written::Stored && settings.fail_max.is_some_and(|most| most <= count);
        promise!(self, 4, !(closed && reached), "closed after {count} acknowledged failures: {after:?}");
    }
}

/// Whether the outcome may count. `claim` is that of `check_settled`.
fn is_valid(observed: &CircuitObservation, claim: Option<Option<Claim>>) -> bool {
    let state = &observed.circuit().state;
    match claim {
        None => !matches!(state, State::Open(_)) && !matches!(state, State::HalfOpen(trial) if trial.probes.is_empty()),
        Some(None) => false,
        Some(Some(claim)) => observed.accepts(observed.before, &claim),
    }
}

/// Whether the request removed a cooldown before its deadline.
fn ends_a_cooldown(observed: &CircuitObservation) -> bool {
    let before = observed.before.cooldown.as_ref();
    observed.after.cooldown.is_none() && before.is_some_and(|cooldown| cooldown.until_ms > observed.observation.wall)
}

/// Whether the claim is of a local copy, which the store does not know. After contention such an outcome is neither stored nor kept.
fn is_of_local_copy(observed: &CircuitObservation, claim: &Claim, written: Written) -> bool {
    claim.is_local() && observed.observation.log.conflicts > 0 && written == Written::Unchanged
}

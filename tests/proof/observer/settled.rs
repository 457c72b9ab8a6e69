//! Checks outcomes: each counts once, and only with a valid claim.

use super::observation::{CircuitObservation, Observation};
use super::track::Failures;
use super::{Clocks, Observer};
use crate::stored::State;
use fuseboard::{Claim, Outcome, Permit, Report, Settled, Verdict, Written};

impl Observer {
    pub fn settled(&mut self, observation: &Observation, permit: Option<&Permit>, report: &Report, verdict: &Verdict) {
        self.check_writes(observation);
        if self.replaced_damage(&verdict.events) {
            // The other circuit may have counted the outcome.
            self.forget_failures(observation);
            return;
        }
        for place in 0..observation.circuits.len() {
            let Some(one) = CircuitObservation::of(observation, place) else { continue };
            let settled = if place == 0 { Some(verdict.circuit) } else { verdict.resolver };
            let Some(settled) = settled else { panic!("a verdict for each circuit") };
            let claim = permit.map(|permit| if place == 0 { permit.circuit } else { permit.resolver });
            self.settled_one(&one, claim, report, settled);
            if observation.sound {
                self.check_change_events(&one, &verdict.events, &verdict.changed);
            }
        }
        if observation.sound && observation.log.conflicts == 0 {
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

    /// The request failed. It does not show whether the other circuit was settled.
    pub fn not_settled(&mut self, observation: &Observation) {
        self.check_writes(observation);
        self.forget_failures(observation);
    }

    /// Forgets the acknowledged failures of all circuits of a request: they may have been counted, or reset, unseen.
    fn forget_failures(&mut self, observation: &Observation) {
        for place in 0..observation.circuits.len() {
            let Some(one) = CircuitObservation::of(observation, place) else { continue };
            let track = self.tracks.entry(one.circuit.scope.clone()).or_default();
            track.drop_settled(one.is.circuit(one.circuit.role()));
            track.failures = Failures::default();
        }
    }

    /// `claim`: `None` without a permit, `Some(None)` with one that claims nothing here.
    fn settled_one(&mut self, one: &CircuitObservation, claim: Option<Option<Claim>>, report: &Report, settled: Settled) {
        let (was, is) = (one.circuit(), one.is.circuit(one.circuit.role()));
        if one.is_overridden() || one.is.is_overridden(one.circuit.role()) {
            return;
        }
        let asks = !report.hints.is_empty() || report.retry_after_ms.is_some();
        let stands = match claim {
            None => !matches!(was.state, State::Open(_)) && !matches!(&was.state, State::HalfOpen(trial) if trial.probes.is_empty()),
            Some(None) => false,
            Some(Some(claim)) => one.stands(one.was, &claim),
        };
        if one.observation.sound {
            let written = settled.written;
            // If the cached record shows that there is nothing to write, the store is not asked.
            let is_probe = claim.flatten().is_some_and(|claim| claim.probe.is_some());
            let healthy = !one.observation.log.keys.contains(&one.circuit.key) && written == Written::Unchanged && !is_probe;
            if let Some(Some(claim)) = claim {
                let is_inert = healthy || written == Written::Stale || is_of_local_copy(one, &claim, written);
                promise!(self, 2, stands || is_inert, "{written:?} for {claim:?} on {was:?}");
            }
            promise!(self, 2, !stands || matches!(written, Written::Stored | Written::Unchanged), "{written:?} for {claim:?} on {was:?}");
            if !stands {
                promise!(self, 2, asks || was == is, "an inert outcome of {claim:?} made {is:?} of {was:?}");
                let clears =
                    one.is.cooldown.is_none() && one.was.cooldown.as_ref().is_some_and(|cooldown| cooldown.until_ms > one.observation.wall);
                promise!(self, 2, !clears || self.clocks == Clocks::Jumped, "an inert outcome ended a cooldown");
            }
            let same = was.began == is.began;
            promise!(self, 7, !same || is.counted() <= was.counted() + 1, "one outcome made {is:?} of {was:?}");
        }
        let track = self.tracks.entry(one.circuit.scope.clone()).or_default();
        track.drop_settled(is);
        if matches!(was.state, State::Closed(_))
            && stands
            && matches!(settled.written, Written::Stored | Written::Unchanged | Written::Unknown)
        {
            self.closed_count(one, settled.outcome, settled.written);
        }
    }

    fn closed_count(&mut self, one: &CircuitObservation, outcome: Outcome, written: Written) {
        let (now, settings) = (one.observation.now, &one.settings);
        let (was, is) = (one.circuit(), one.is.circuit(one.circuit.role()));
        let failures = &mut self.tracks.entry(one.circuit.scope.clone()).or_default().failures;
        // Stamps are times of day, so nothing can be checked after a jump.
        let jumped = self.clocks == Clocks::Jumped;
        let late = settings.fail_gap.is_some_and(|gap| jumped || now + settings.skew - failures.last > gap);
        // If nothing was stored, the generation began with the record.
        let generation = was.began.or(one.is.base.began);
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
        let closed = is.generation == was.generation && matches!(is.state, State::Closed(_));
        let reached = outcome == Outcome::Failure && written == Written::Stored && settings.fail_max.is_some_and(|most| most <= count);
        promise!(self, 4, !(closed && reached), "closed after {count} acknowledged failures: {is:?}");
    }
}

/// Whether the claim is of a local copy, which the store does not know. After contention such an outcome is neither stored nor kept.
fn is_of_local_copy(one: &CircuitObservation, claim: &Claim, written: Written) -> bool {
    claim.is_local() && one.observation.log.conflicts > 0 && written == Written::Unchanged
}

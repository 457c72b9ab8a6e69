//! Checks admissions: none before a deadline, and no more probes than the policy allows.

use super::observation::{CircuitObservation, Observation};
use super::track::OpenSlot;
use super::{Clocks, Observer};
use crate::stored::State;
use fuseboard::{Claim, WriteMark};

impl Observer {
    pub(super) fn check_admission(&mut self, observed: &CircuitObservation, claim: Claim) {
        if observed.is_overridden() {
            return;
        }
        let Observation { store_worked, .. } = *observed.observation;
        let circuit = observed.circuit();
        if store_worked && self.clocks == Clocks::WithinSkew {
            self.check_open_deadline(observed);
            self.check_cooldown(observed);
        }
        match (&circuit.state, claim.probe) {
            (State::Closed(_), None) => {
                let right = claim.generation == circuit.began;
                promise!(self, 2, !store_worked || right, "a claim {claim:?} on a closed circuit {circuit:?}");
            }
            (State::Open(_) | State::HalfOpen(_), Some(slot)) if store_worked || observed.accepts(observed.after, &claim) => {
                self.check_probe(observed, claim, slot)
            }
            _ => assert!(!store_worked, "promise 1: a claim {claim:?} on {circuit:?}"),
        }
    }

    fn check_open_deadline(&mut self, observed: &CircuitObservation) {
        let Observation { end, wall, .. } = *observed.observation;
        let settings = &observed.settings;
        let opening = self.tracks.get(&observed.circuit.scope).and_then(|track| track.opening);
        if let State::Open(until) = &observed.circuit().state
            && *until <= wall + settings.open_max() + settings.skew
            && let Some((_, due)) = opening.filter(|(stored, _)| stored == until)
        {
            promise!(self, 3, end + settings.skew >= due, "admitted {} ms before an open circuit's deadline", due - end);
        }
    }

    fn check_cooldown(&mut self, observed: &CircuitObservation) {
        let Observation { end, wall, .. } = *observed.observation;
        let settings = &observed.settings;
        let Some(cooldown) = &observed.before.cooldown else { return };
        let operators = cooldown.reason == "operator";
        let bound = if operators { u64::MAX } else { settings.retry_after_cap.max(settings.rolling.map_or(0, |rolling| rolling.cooldown)) };
        let clamped = cooldown.until_ms > (wall + settings.skew).saturating_add(bound);
        let over = cooldown.until_ms <= end + settings.skew;
        promise!(self, 3, over || clamped, "admitted {} ms before a cooldown's end", cooldown.until_ms - end);
    }

    fn check_probe(&mut self, observed: &CircuitObservation, claim: Claim, slot: WriteMark) {
        let Observation { now, end, .. } = *observed.observation;
        let settings = &observed.settings;
        let track = self.tracks.entry(observed.circuit.scope.clone()).or_default();
        let trial_calls = self.trial_calls_max.max(settings.trial_calls);
        let Claim { generation, .. } = claim;
        let same = |granted: &&OpenSlot| granted.generation == generation;
        let unexpired = track.granted.iter().filter(same).filter(|granted| granted.until > now).count() as u64;
        let first = track.slots.insert(slot);
        let (until, until_latest) = (now + settings.probe_timeout, end + settings.probe_timeout);
        track.granted.push(OpenSlot { generation, slot, until, until_latest });
        let free = self.clocks == Clocks::Jumped || unexpired < trial_calls;
        promise!(self, 1, free, "{unexpired} unexpired probes, and one more, of {trial_calls}");
        promise!(self, 2, first, "slot {slot:?} was given twice");
        let stored = observed.accepts(observed.after, &claim);
        promise!(self, 1, stored, "a probe {claim:?} that is not stored in {:?}", observed.after.circuit(observed.circuit.role()));
    }

    pub(super) fn check_lease(&mut self, observed: &CircuitObservation) {
        let circuit = observed.after.circuit(observed.circuit.role());
        let healthy = matches!(circuit.state, State::Closed(_)) && circuit.streak.is_none() && observed.after.cooldown.is_none();
        promise!(self, 3, healthy && !observed.after.is_overridden(observed.circuit.role()), "a lease of {circuit:?}");
    }
}

//! Checks admissions: none before a deadline, and no more probes than the policy allows.

use super::observation::{CircuitObservation, Observation};
use super::track::OpenSlot;
use super::{Clocks, Observer};
use crate::stored::State;
use fuseboard::{Claim, WriteMark};

impl Observer {
    pub(super) fn admitted(&mut self, one: &CircuitObservation, claim: Claim) {
        if one.is_overridden() {
            return;
        }
        let Observation { sound, .. } = *one.observation;
        let circuit = one.circuit();
        if sound && self.clocks == Clocks::WithinSkew {
            self.not_before_it_may_open(one);
            self.not_during_a_cooldown(one);
        }
        match (&circuit.state, claim.probe) {
            (State::Closed(_), None) => {
                let right = claim.generation == circuit.began;
                promise!(self, 2, !sound || right, "a claim {claim:?} on a closed circuit {circuit:?}");
            }
            (State::Open(_) | State::HalfOpen(_), Some(slot)) if sound || one.stands(one.is, &claim) => self.probes(one, claim, slot),
            _ => assert!(!sound, "promise 1: a claim {claim:?} on {circuit:?}"),
        }
    }

    fn not_before_it_may_open(&mut self, one: &CircuitObservation) {
        let Observation { then, wall, .. } = *one.observation;
        let settings = &one.settings;
        let opening = self.tracks.get(&one.circuit.scope).and_then(|track| track.opening);
        if let State::Open(until) = &one.circuit().state
            && *until <= wall + settings.open_max() + settings.skew
            && let Some((_, due)) = opening.filter(|(stored, _)| stored == until)
        {
            promise!(self, 3, then + settings.skew >= due, "admitted {} ms before an open circuit's deadline", due - then);
        }
    }

    fn not_during_a_cooldown(&mut self, one: &CircuitObservation) {
        let Observation { then, wall, .. } = *one.observation;
        let settings = &one.settings;
        let Some(cooldown) = &one.was.cooldown else { return };
        let operators = cooldown.reason == "operator";
        let bound = if operators { u64::MAX } else { settings.retry_after_cap.max(settings.rolling.map_or(0, |rolling| rolling.cooldown)) };
        let clamped = cooldown.until_ms > (wall + settings.skew).saturating_add(bound);
        let over = cooldown.until_ms <= then + settings.skew;
        promise!(self, 3, over || clamped, "admitted {} ms before a cooldown's end", cooldown.until_ms - then);
    }

    fn probes(&mut self, one: &CircuitObservation, claim: Claim, slot: WriteMark) {
        let Observation { now, then, .. } = *one.observation;
        let settings = &one.settings;
        let track = self.tracks.entry(one.circuit.scope.clone()).or_default();
        let trial_calls = self.trial_calls_max.max(settings.trial_calls);
        let Claim { generation, .. } = claim;
        let same = |granted: &&OpenSlot| granted.generation == generation;
        let unexpired = track.granted.iter().filter(same).filter(|granted| granted.until > now).count() as u64;
        let first = track.slots.insert(slot);
        let (until, until_then) = (now + settings.probe_timeout, then + settings.probe_timeout);
        track.granted.push(OpenSlot { generation, slot, until, until_then });
        let free = self.clocks == Clocks::Jumped || unexpired < trial_calls;
        promise!(self, 1, free, "{unexpired} unexpired probes, and one more, of {trial_calls}");
        promise!(self, 2, first, "slot {slot:?} was given twice");
        let stored = one.stands(one.is, &claim);
        promise!(self, 1, stored, "a probe {claim:?} that is not stored in {:?}", one.is.circuit(one.circuit.role()));
    }

    pub(super) fn leased(&mut self, one: &CircuitObservation) {
        let circuit = one.is.circuit(one.circuit.role());
        let healthy = matches!(circuit.state, State::Closed(_)) && circuit.streak.is_none() && one.is.cooldown.is_none();
        promise!(self, 3, healthy && !one.is.is_overridden(one.circuit.role()), "a lease of {circuit:?}");
    }
}

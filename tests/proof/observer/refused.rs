//! Checks refusals: the reason applies, and the wait is within the policy's bounds.

use super::observation::{CircuitObservation, Observation};
use super::track::OpenSlot;
use super::{Clocks, DAY, Observer};
use crate::stored::{Probe, State};
use fuseboard::{Reason, Refusal};

impl Observer {
    pub(super) fn refused(&mut self, one: &CircuitObservation, refusal: &Refusal) {
        let Observation { now, sound, .. } = *one.observation;
        let settings = &one.settings;
        // A probe that expired while it was being written is refused too.
        let late = refusal.reason == Reason::HalfOpenFull && one.observation.then >= now + settings.probe_timeout;
        // Once an override has ended, the circuit beneath it may be in any phase.
        if !sound || late || one.is_overridden() && refusal.reason != Reason::ForcedOpen {
            return;
        }
        self.not_for_longer_than_allowed(one, refusal);
        self.for_a_reason(one, refusal);
    }

    fn not_for_longer_than_allowed(&mut self, one: &CircuitObservation, refusal: &Refusal) {
        let settings = &one.settings;
        let skew = settings.skew;
        let wait = refusal.retry_after_ms;
        let bound = match refusal.reason {
            Reason::Open => settings.open_max() + settings.stagger + skew,
            Reason::HalfOpenFull | Reason::Storage => 1_000,
            Reason::Staggered => settings.stagger + skew,
            Reason::CooldownRetryAfter => settings.retry_after_cap + skew,
            Reason::CooldownRolling => settings.rolling.map_or(60_000, |rolling| rolling.cooldown) + skew,
            Reason::CooldownOperator | Reason::ForcedOpen => 30 * DAY + skew,
        };
        let endless = refusal.reason == Reason::ForcedOpen && wait.is_none();
        promise!(self, 6, endless || wait.is_some_and(|wait| (1..=bound).contains(&wait)), "{refusal:?}, at most {bound} ms");
    }

    fn for_a_reason(&mut self, one: &CircuitObservation, refusal: &Refusal) {
        let Observation { now, .. } = *one.observation;
        let settings = &one.settings;
        let (skew, close) = (settings.skew, self.clocks == Clocks::WithinSkew);
        let (circuit, overridden) = (one.circuit(), one.is_overridden());
        match (refusal.reason, &circuit.state) {
            (Reason::Open, State::Open(until)) => {
                let track = self.tracks.get(&one.circuit.scope);
                let due = track.and_then(|track| track.opening).filter(|(stored, _)| stored == until).map(|(_, due)| due);
                if let (Some(due), true) = (due, close) {
                    promise!(self, 5, now < due + skew + settings.stagger, "still open {} ms after its deadline", now - due);
                }
            }
            (Reason::HalfOpenFull, State::HalfOpen(trial)) => {
                let taken = trial.probes.iter().filter(|probe| !close || self.reusable_from(one, probe) > now).count() as u64;
                promise!(self, 5, taken >= settings.trial_calls, "full with {taken} probes of {}", settings.trial_calls);
            }
            (Reason::Staggered, State::HalfOpen(_) | State::Open(_)) => {
                // By a clock that is behind, the open deadline before this trial may not have been reached.
                promise!(self, 5, settings.stagger + skew > 0, "staggered without a stagger");
            }
            (Reason::CooldownOperator | Reason::CooldownRetryAfter | Reason::CooldownRolling, _) => {
                promise!(self, 3, one.was.cooldown.is_some(), "{refusal:?} without a cooldown");
            }
            (Reason::ForcedOpen, _) => {
                promise!(self, 3, overridden, "{refusal:?} without an override");
            }
            other => panic!("promise 5: {other:?} is no reason to refuse"),
        }
    }

    /// When a slot may be reused: by the true time if the observer saw it granted, plus what clocks may differ.
    fn reusable_from(&self, one: &CircuitObservation, probe: &Probe) -> u64 {
        let Observation { now, wall, .. } = *one.observation;
        let current = |granted: &&OpenSlot| granted.generation == one.circuit().began;
        let mut granted = self.tracks.get(&one.circuit.scope).into_iter().flat_map(|track| &track.granted).filter(current);
        let seen = granted.find(|granted| granted.slot == probe.slot);
        let until = seen.map_or(probe.until_ms.saturating_add(now).saturating_sub(wall), |granted| granted.until_then);
        until.saturating_add(3 * one.settings.skew)
    }
}

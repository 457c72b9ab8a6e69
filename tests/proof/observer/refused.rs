//! Checks refusals: the reason applies, and the wait is within the policy's bounds.

use super::observation::{CircuitObservation, Observation};
use super::track::OpenSlot;
use super::{Clocks, DAY, Observer};
use crate::stored::{Probe, State};
use fuseboard::{Reason, Refusal};

impl Observer {
    pub(super) fn check_refusal(&mut self, observed: &CircuitObservation, refusal: &Refusal) {
        let Observation { now, store_worked, .. } = *observed.observation;
        let settings = &observed.settings;
        // A probe that expired while it was being written is refused too.
        let late = refusal.reason == Reason::HalfOpenFull && observed.observation.end >= now + settings.probe_timeout;
        // When an override has ended, the circuit may be in any phase.
        if !store_worked || late || observed.is_overridden() && refusal.reason != Reason::ForcedOpen {
            return;
        }
        self.check_wait(observed, refusal);
        self.check_reason(observed, refusal);
    }

    fn check_wait(&mut self, observed: &CircuitObservation, refusal: &Refusal) {
        let settings = &observed.settings;
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

    fn check_reason(&mut self, observed: &CircuitObservation, refusal: &Refusal) {
        let Observation { now, .. } = *observed.observation;
        let settings = &observed.settings;
        let (skew, close) = (settings.skew, self.clocks == Clocks::WithinSkew);
        let (circuit, overridden) = (observed.circuit(), observed.is_overridden());
        match (refusal.reason, &circuit.state) {
            (Reason::Open, State::Open(until)) => {
                let track = self.tracks.get(&observed.circuit.scope);
                let due = track.and_then(|track| track.opening).filter(|(stored, _)| stored == until).map(|(_, due)| due);
                if let (Some(due), true) = (due, close) {
                    promise!(self, 5, now < due + skew + settings.stagger, "still open {} ms after its deadline", now - due);
                }
            }
            (Reason::HalfOpenFull, State::HalfOpen(trial)) => {
                let taken = trial.probes.iter().filter(|probe| !close || self.reusable_from(observed, probe) > now).count() as u64;
                promise!(self, 5, taken >= settings.trial_calls, "full with {taken} probes of {}", settings.trial_calls);
            }
            (Reason::Staggered, State::HalfOpen(_) | State::Open(_)) => {
                // A clock that is behind may not have reached the open deadline before this trial.
                promise!(self, 5, settings.stagger + skew > 0, "staggered without a stagger");
            }
            (Reason::CooldownOperator | Reason::CooldownRetryAfter | Reason::CooldownRolling, _) => {
                promise!(self, 3, observed.before.cooldown.is_some(), "{refusal:?} without a cooldown");
            }
            (Reason::ForcedOpen, _) => {
                promise!(self, 3, overridden, "{refusal:?} without an override");
            }
            other => panic!("promise 5: {other:?} is no reason to refuse"),
        }
    }

    /// When a slot may be reused: its expiry, by the true time if the observer saw the grant, plus the skew of the clocks.
    fn reusable_from(&self, observed: &CircuitObservation, probe: &Probe) -> u64 {
        let Observation { now, wall, .. } = *observed.observation;
        let current = |granted: &&OpenSlot| granted.generation == observed.circuit().began;
        let mut granted = self.tracks.get(&observed.circuit.scope).into_iter().flat_map(|track| &track.granted).filter(current);
        let seen = granted.find(|granted| granted.slot == probe.slot);
        let until = seen.map_or(probe.until_ms.saturating_add(now).saturating_sub(wall), |granted| granted.until_latest);
        until.saturating_add(3 * observed.settings.skew)
    }
}

//! Who is refused: for a reason that stands, and not for longer than the policy allows.

use super::sight::{One, Sight};
use super::track::Granted;
use super::{Clocks, DAY, Observer};
use crate::stored::{Probe, State};
use fuseboard::{Reason, Refusal};

impl Observer {
    pub(super) fn refused(&mut self, one: &One, refusal: &Refusal) {
        let Sight { now, sound, .. } = *one.sight;
        let settings = &one.settings;
        // A probe that was over before its write was answered is refused too.
        let late = refusal.reason == Reason::HalfOpenFull && one.sight.then >= now + settings.probe_timeout;
        // When an override's time is over, anything may stand beneath it.
        if !sound || late || one.is_overridden() && refusal.reason != Reason::ForcedOpen {
            return;
        }
        self.not_for_longer_than_allowed(one, refusal);
        self.for_a_reason(one, refusal);
    }

    fn not_for_longer_than_allowed(&mut self, one: &One, refusal: &Refusal) {
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

    fn for_a_reason(&mut self, one: &One, refusal: &Refusal) {
        let Sight { now, .. } = *one.sight;
        let settings = &one.settings;
        let (skew, close) = (settings.skew, self.clocks == Clocks::Close);
        let (circuit, overridden) = (one.circuit(), one.is_overridden());
        match (refusal.reason, &circuit.state) {
            (Reason::Open, State::Open(until)) => {
                let track = self.tracks.get(&one.leg.scope);
                let due = track.and_then(|track| track.opening).filter(|(stored, _)| stored == until).map(|(_, due)| due);
                if let (Some(due), true) = (due, close) {
                    promise!(self, 5, now < due + skew + settings.stagger, "still open {} ms after its deadline", now - due);
                }
            }
            (Reason::HalfOpenFull, State::HalfOpen(trial)) => {
                let taken = trial.probes.iter().filter(|probe| !close || self.free_from(one, probe) > now).count() as u64;
                promise!(self, 5, taken >= settings.trial_calls, "full with {taken} probes of {}", settings.trial_calls);
            }
            (Reason::Staggered, State::HalfOpen(_) | State::Open(_)) => {
                // By a clock that is behind, the open deadline that led here may not be over.
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

    /// By the true time where it saw the slot given, and within what clocks may differ.
    fn free_from(&self, one: &One, probe: &Probe) -> u64 {
        let Sight { now, wall, .. } = *one.sight;
        let current = |granted: &&Granted| (granted.epoch, granted.generation) == (one.was.epoch, one.circuit().generation);
        let mut granted = self.tracks.get(&one.leg.scope).into_iter().flat_map(|track| &track.granted).filter(current);
        let seen = granted.find(|granted| granted.slot == probe.slot);
        let until = seen.map_or(probe.until_ms.saturating_add(now).saturating_sub(wall), |granted| granted.until_then);
        until.saturating_add(3 * one.settings.skew)
    }
}

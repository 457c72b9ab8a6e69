//! What one swap may make of a record, unless an operator asked for it.

use crate::settings::Settings;
use crate::stored::{Circuit, Record, State};

/// A stored record before and after a swap.
pub struct RecordChange<'a> {
    pub before: &'a Record,
    pub after: &'a Record,
    /// When the store carried out the swap.
    pub now: u64,
}

impl RecordChange<'_> {
    /// Checks each circuit of the record. Promises about thresholds are checked where no patch changes them.
    pub fn check(&self, settings: &Settings, trial_calls_max: u64) {
        let is_patched = |record: &Record| {
            let circuits = record.roles.values().chain([&record.base]);
            record.patch.is_some() || circuits.into_iter().any(|circuit| circuit.patch.is_some())
        };
        if is_patched(self.before) || is_patched(self.after) {
            return;
        }
        for (role, after) in &self.after.roles {
            let before = self.before.circuit(role);
            self.check_waits(before, after, settings);
            check_thresholds(before, after, settings);
            if let State::HalfOpen(trial) = &after.state {
                let unexpired = trial.probes.iter().filter(|probe| probe.until_ms > self.now).count() as u64;
                assert!(unexpired <= trial_calls_max, "promise 1: {unexpired} probes of {trial_calls_max}: {after:?}");
                let latest = trial.probes.iter().map(|probe| probe.until_ms).max().unwrap_or(0);
                assert!(latest <= self.now + settings.probe_timeout + settings.skew, "promise 6: {after:?} at {}", self.now);
            }
        }
    }

    /// Promises 3 and 6: how long a circuit stays open.
    fn check_waits(&self, before: &Circuit, after: &Circuit, settings: &Settings) {
        let longest = self.now + settings.open_max() + settings.skew;
        match (&before.state, &after.state) {
            (State::Open(until), State::HalfOpen(_) | State::Closed(_)) if after.generation > before.generation => {
                let may_end = self.now + settings.skew >= *until || *until > longest;
                assert!(may_end, "promise 3: open until {until}, and at {} {after:?}", self.now);
            }
            (before, State::Open(until)) if *before != after.state => assert!(*until <= longest, "promise 6: {after:?} at {}", self.now),
            _ => {}
        }
    }
}

/// Promise 4: a streak of `fail_max` failures opens the circuit. Promise 2: a generation ends by a new mark.
fn check_thresholds(before: &Circuit, after: &Circuit, settings: &Settings) {
    let failures = |circuit: &Circuit| circuit.streak.map_or(0, |streak| streak.failures);
    let reached = settings.fail_max.is_some_and(|most| failures(after) >= most);
    let has_grown = failures(after) > failures(before);
    assert!(!(matches!(after.state, State::Closed(_)) && reached && has_grown), "promise 4: {after:?}");
    let is_same = before.generation == after.generation;
    let is_marked_so = before.began == after.began || before.began.is_none();
    assert!(!is_same || is_marked_so, "promise 2: {before:?} became {after:?}");
}

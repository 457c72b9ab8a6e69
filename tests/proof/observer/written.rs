//! Checks writes: records can be read, their time to live is long enough, and their waits are no longer than allowed.

use super::observation::{CircuitObservation, Observation};
use super::{Clocks, DAY, Observer};
use crate::stored::{Record, State};

/// Longer than a 64-bit clock of nanoseconds can run.
const CENTURIES: u64 = 400 * 365 * DAY;
const SWAPS_MAX: u64 = 32;

impl Observer {
    pub(super) fn check_open_wait(&mut self, observed: &CircuitObservation) {
        let Observation { now, end, wall, .. } = *observed.observation;
        let settings = &observed.settings;
        let State::Open(until) = observed.after.circuit(observed.circuit.role()).state else { return };
        let known = self.tracks.get(&observed.circuit.scope).and_then(|track| track.opening).filter(|(stored, _)| *stored == until);
        let wait = known.map_or(until.saturating_add(now).saturating_sub(wall), |(_, due)| due).saturating_sub(end);
        let most = settings.open_max() + settings.skew;
        promise!(self, 6, self.clocks == Clocks::Jumped || wait <= most, "open for {wait} ms, at most {most}");
    }

    /// Checks what every request wrote.
    pub fn check_writes(&mut self, observation: &Observation) {
        let Observation { now, end, wall, settings, log, .. } = *observation;
        let operations = log.loads + log.swaps;
        self.operations_max = self.operations_max.max(operations);
        promise!(self, 8, log.swaps <= SWAPS_MAX, "{} swaps in one call", log.swaps);
        for (text, ttl) in &log.written {
            let same = observation.after.iter().find(|seen| seen.text == *text).map(|seen| seen.record.clone());
            let record = same.unwrap_or_else(|| Record::read(Some(text)).into());
            let Some(record) = record.as_ref() else { panic!("promise 13: a record that cannot be read: {text}") };
            let least = DAY + 2 * settings.skew + 60_000;
            let lives = match (record.deadlines(), ttl) {
                (None, None) => true,
                (Some(deadlines), Some(ttl)) => {
                    let longest = deadlines.iter().map(|until| until.saturating_sub(wall + end - now)).max().unwrap_or(0).min(CENTURIES);
                    let longest = if self.clocks == Clocks::WithinSkew { longest.saturating_sub(settings.skew) } else { 0 };
                    ttl.0 >= least && ttl.0 >= longest
                }
                _ => false,
            };
            promise!(self, 12, lives, "{ttl:?} for {text}");
            promise!(self, 12, text.len() <= 65_536, "{} bytes are written", text.len());
        }
        for (place, circuit) in observation.circuits.iter().enumerate() {
            let Some(observed) = CircuitObservation::of(observation, place) else { continue };
            self.tracks.entry(circuit.scope.clone()).or_default().follow(observed.after.circuit(circuit.role()), now, wall);
        }
    }
}

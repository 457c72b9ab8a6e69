//! How long a local copy stays: while what it counted cannot be written, it is not replaced by the stored record that it began from.

use super::circuit_ref::CircuitRef;
use super::outage::Outage;
use super::record_error::RecordError;
use super::request::Request;
use super::unwritten::Unwritten;
use crate::machine::record::{Circuit, Record, State};
use crate::time::Millis;

/// How long an idle local copy stays after a refused write, if the stored record is not idle.
const REFUSAL_STAYS: Millis = Millis::from_secs(60);

impl Request {
    /// Notes why what the local copy counted could not be written now.
    pub fn note_unwritten(&mut self, circuit: &CircuitRef, error: &RecordError) {
        let at = self.mono();
        let record = self.record(circuit);
        if record.local.is_some() {
            record.unwritten = Some(Box::new(Unwritten { why: error.clone(), at }));
        }
    }

    /// Why the local copy stays although the store can be read and has no newer version. After a refused write it stays until it is
    /// idle: then it has nothing to protect from. If the stored record is not idle, the copy stays a minute longer. Then the store may
    /// accept the next write. During an outage it stays until the store is back.
    pub fn reason_for_local_copy(&mut self, circuit: &CircuitRef) -> Option<&RecordError> {
        let (is_outage, now) = (self.state.outage != Outage::None, self.mono());
        let record = self.record(circuit);
        let (local, Unwritten { why, at }) = (record.local.as_ref()?, record.unwritten.as_deref()?);
        let stays = match why.rejection() {
            Some(_) if !is_idle(local) => true,
            Some(_) => record.stored().is_some_and(|stored| !is_idle(stored)) && now.since(*at) < REFUSAL_STAYS,
            None => is_outage,
        };
        stays.then_some(why)
    }

    /// Whether this request decides by a local copy that stays, although the store answered.
    pub fn decides_by_local_copy(&mut self, circuit: &CircuitRef) -> bool {
        !self.has_snapshot(circuit) && self.record(circuit).local.is_some()
    }

    pub fn keeps_local_copy(&mut self, circuit: &CircuitRef) -> bool {
        self.reason_for_local_copy(circuit).is_some()
    }

    /// Makes this request decide by the stored record instead of a local copy that stays. A local copy is never written.
    pub fn set_local_copy_aside(&mut self, circuit: &CircuitRef) {
        if self.keeps_local_copy(circuit) && !self.has_snapshot(circuit) {
            let stored = self.record(circuit).last_seen.clone();
            self.keep_snapshot(circuit, stored);
        }
    }

    /// Ends the local copy. The stored record that was last seen takes its place.
    pub fn end_local_copy(&mut self, circuit: &CircuitRef) {
        let record = self.record(circuit);
        record.unwritten = None;
        if let Some(local) = record.local.take() {
            let stored = record.effective().clone();
            self.push_seen_events(circuit, &local, &stored);
        }
    }
}

/// Whether all circuits of a record are as new ones: closed, without a streak and without calls in a window.
fn is_idle(record: &Record) -> bool {
    let is_new = |circuit: &Circuit| matches!(circuit.state, State::Closed(None)) && circuit.streak.is_none();
    record.cooldown.is_none() && is_new(&record.base) && record.roles.iter().all(|(_, circuit)| is_new(circuit))
}

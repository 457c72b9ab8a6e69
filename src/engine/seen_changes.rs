//! What other boards changed in a record: the events, and the circuits whose leases end.

use super::circuit_ref::CircuitRef;
use super::record_diff;
use super::request::Request;
use crate::machine::record::Record;

impl Request {
    /// Adds events for what other boards changed, and the circuits that changed.
    pub fn push_seen_events(&mut self, circuit: &CircuitRef, before: &Record, after: &Record) {
        let at = self.now().wall;
        self.events.events.extend(record_diff::events(circuit, before, after, at, self.state.identity.writer));
        self.push_changed(circuit, before, after);
    }

    /// Adds the circuits whose leases and repeated refusals are no longer valid.
    pub fn push_changed(&mut self, circuit: &CircuitRef, before: &Record, after: &Record) {
        let changed = record_diff::changed(circuit, before, after);
        if !changed.is_empty() {
            self.record(circuit).forget_policies();
            self.events.changed.extend(changed);
        }
    }
}

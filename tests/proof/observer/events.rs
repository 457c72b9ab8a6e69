//! Checks the events and changed circuits of an answer.

use super::History;
use super::Observer;
use super::observation::CircuitObservation;
use fuseboard::{Event, EventKind, Phase, Scope};

impl Observer {
    /// The events lead from the phase before to the phase after, each by a change, and the circuit is named as changed.
    pub(super) fn check_change_events(&mut self, observed: &CircuitObservation, events: &[Event], changed: &[Scope]) {
        let (before, after) = (observed.circuit(), observed.after.circuit(observed.circuit.role()));
        // An earlier request that failed may have left events for this answer. They are not about this request.
        // So do events of a record that has expired or was wiped since: its generations lie beyond the present ones.
        let is_new = self.history == History::Cut || observed.before.base.began.is_none();
        let generations_max = if is_new { after.generation } else { u64::MAX };
        let mine = |event: &&Event| {
            event.generation > before.generation
                && event.generation <= generations_max
                && event.here
                && event.kind == EventKind::PhaseChanged
                && event.circuit.as_ref().is_some_and(|circuit| *circuit == observed.circuit.scope)
        };
        let phases: Vec<(Option<Phase>, Option<Phase>)> = events.iter().filter(mine).map(|event| (event.from, event.to)).collect();
        if observed.is_overridden() || observed.after.is_overridden(observed.circuit.role()) || observed.is_recreated() {
            return;
        }
        let change = phases.iter().all(|(from, to)| from != to);
        promise!(self, 8, change, "{phases:?} has an event without a change of phase");
        let led = phases.iter().try_fold(before.phase(), |phase, (from, to)| to.filter(|_| *from == Some(phase)));
        promise!(self, 8, led == Some(after.phase()), "{phases:?} does not lead from {before:?} to {after:?}");
        let covered = changed.iter().any(|scope| scope.covers(&observed.circuit.scope));
        promise!(self, 3, before.generation == after.generation || covered, "{changed:?} does not name {}", observed.circuit.scope);
    }
}

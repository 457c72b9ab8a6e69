//! Checks the events and changed circuits of an answer.

use super::History;
use super::Observer;
use super::observation::CircuitObservation;
use fuseboard::{Event, EventKind, Phase, Scope};

impl Observer {
    /// There is one event for each change of phase, and the circuit is named as changed.
    pub(super) fn check_change_events(&mut self, one: &CircuitObservation, events: &[Event], changed: &[Scope]) {
        let (was, is) = (one.circuit(), one.is.circuit(one.circuit.role()));
        // An earlier request that failed may have left events for this answer. They are not about this request.
        // So do events of a record that has expired or was wiped since: its generations lie beyond the present ones.
        let is_new = self.history == History::Cut || one.was.base.began.is_none();
        let generations_max = if is_new { is.generation } else { u64::MAX };
        let mine = |event: &&Event| {
            event.generation > was.generation
                && event.generation <= generations_max
                && event.here
                && event.kind == EventKind::PhaseChanged
                && event.circuit.as_ref().is_some_and(|circuit| *circuit == one.circuit.scope)
        };
        let told: Vec<(u64, Option<Phase>)> = events.iter().filter(mine).map(|event| (event.generation, event.to)).collect();
        if one.is_overridden() || one.is.is_overridden(one.circuit.role()) || one.is_recreated() {
            return;
        }
        let steps: Vec<u64> = (was.generation..is.generation).map(|before| before + 1).collect();
        let generations: Vec<u64> = told.iter().map(|(generation, _)| *generation).collect();
        promise!(self, 8, generations == steps, "events of {told:?} from {was:?} to {is:?}");
        let last = told.last().is_none_or(|(_, to)| *to == Some(is.phase()));
        promise!(self, 8, last, "the last of {told:?} leads to {is:?}");
        let covered = changed.iter().any(|scope| scope.covers(&one.circuit.scope));
        promise!(self, 3, steps.is_empty() || covered, "{changed:?} does not name {}", one.circuit.scope);
    }
}

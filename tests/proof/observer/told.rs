//! What is told of changes.

use super::Observer;
use super::sight::One;
use fuseboard::{Event, EventKind, Phase, Scope};

impl Observer {
    /// One event for each change of phase, and the circuit is named as changed.
    pub(super) fn changes_are_told(&mut self, one: &One, events: &[Event], changed: &[Scope]) {
        let (was, is) = (one.circuit(), one.is.circuit(one.leg.role()));
        // What an earlier call found out that ended with a problem is told by the next: it is no news of this one.
        let mine = |event: &&Event| {
            event.generation > was.generation
                && event.here
                && event.kind == EventKind::PhaseChanged
                && event.circuit.as_ref().is_some_and(|circuit| *circuit == one.leg.scope)
        };
        let told: Vec<(u64, Option<Phase>)> = events.iter().filter(mine).map(|event| (event.generation, event.to)).collect();
        if one.is_overridden() || one.is.is_overridden(one.leg.role()) || one.was.epoch != one.is.epoch && one.was.epoch != 0 {
            return;
        }
        let steps: Vec<u64> = (was.generation..is.generation).map(|before| before + 1).collect();
        let generations: Vec<u64> = told.iter().map(|(generation, _)| *generation).collect();
        promise!(self, 8, generations == steps, "events of {told:?} from {was:?} to {is:?}");
        let last = told.last().is_none_or(|(_, to)| *to == Some(is.phase()));
        promise!(self, 8, last, "the last of {told:?} leads to {is:?}");
        let covered = changed.iter().any(|scope| scope.covers(&one.leg.scope));
        promise!(self, 3, steps.is_empty() || covered, "{changed:?} does not name {}", one.leg.scope);
    }
}

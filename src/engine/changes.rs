//! What differs between two sights of a record: events that others caused, and circuits for which leases no longer stand.

use super::leg::Leg;
use crate::answer::{Event, EventKind};
use crate::machine::record::{Circuit, Record, State};
use crate::names::{CircuitKind, Scope};
use crate::time::Wall;

/// The scopes for which a lease or a repeated refusal may no longer stand. Window counts alone forbid no lease.
pub(super) fn changed(leg: &Leg, before: &Record, after: &Record) -> Vec<Scope> {
    let whole = Scope { role: None, ..leg.scope.clone() };
    let recreated = before.epoch != 0 && before.epoch != after.epoch;
    let host_wide = recreated
        || before.cooldown != after.cooldown
        || before.override_ != after.override_
        || before.patch != after.patch
        || !same_standing(&before.base, &after.base);
    if host_wide {
        return vec![whole];
    }
    roles(before, after)
        .filter(|role| !same_standing(before.circuit(role), after.circuit(role)))
        .map(|role| circuit_scope(leg, role))
        .collect()
}

/// The roles that either has, each once.
fn roles<'a>(before: &'a Record, after: &'a Record) -> impl Iterator<Item = &'a String> {
    before.roles.keys().chain(after.roles.keys().filter(|role| !before.roles.contains_key(*role)))
}

fn same_standing(before: &Circuit, after: &Circuit) -> bool {
    let state = match (&before.state, &after.state) {
        (State::Closed(_), State::Closed(_)) => true,
        (before, after) => before == after,
    };
    state
        && before.generation == after.generation
        && before.streak.is_some() == after.streak.is_some()
        && before.override_ == after.override_
        && before.patch == after.patch
        && before.local_epoch == after.local_epoch
}

fn circuit_scope(leg: &Leg, role: &str) -> Scope {
    Scope { role: (leg.scope.kind == CircuitKind::Host).then(|| role.to_owned()), ..leg.scope.clone() }
}

/// What another process did between two sights of a record.
pub(super) fn seen(leg: &Leg, before: &Record, after: &Record, at: Wall) -> Vec<Event> {
    let mut events = Vec::new();
    let whole = Scope { role: None, ..leg.scope.clone() };
    let mut tell = |circuit: &Scope, kind, generation, of: Option<(&Circuit, &Circuit)>| {
        let phases = of.filter(|_| kind == EventKind::PhaseChanged);
        events.push(Event {
            circuit: Some(circuit.clone()),
            kind,
            from: phases.map(|(before, _)| before.phase()),
            to: phases.map(|(_, after)| after.phase()),
            cause: "seen in the store".to_owned(),
            generation,
            at_ms: at.0,
            here: false,
            last_failure: phases.and_then(|(_, after)| after.last_failure.clone()),
        });
    };
    let base = after.base.generation;
    if before.cooldown != after.cooldown {
        let kind = if after.cooldown.is_some() { EventKind::CooldownSet } else { EventKind::CooldownEnded };
        tell(&whole, kind, base, None);
    }
    if before.override_ != after.override_ {
        let kind = if after.override_.is_some() { EventKind::OverrideSet } else { EventKind::OverrideEnded };
        tell(&whole, kind, base, None);
    }
    if before.patch != after.patch {
        tell(&whole, EventKind::PolicyChanged, base, None);
    }
    for role in roles(before, after) {
        let (was, is) = (before.circuit(role), after.circuit(role));
        let scope = circuit_scope(leg, role);
        if was.phase() != is.phase() {
            tell(&scope, EventKind::PhaseChanged, is.generation, Some((was, is)));
        }
        if was.override_ != is.override_ {
            let kind = if is.override_.is_some() { EventKind::OverrideSet } else { EventKind::OverrideEnded };
            tell(&scope, kind, is.generation, None);
        }
        if was.patch != is.patch {
            tell(&scope, EventKind::PolicyChanged, is.generation, None);
        }
    }
    events
}

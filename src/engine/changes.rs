//! What differs between two sights of a record: events that others caused, and circuits for which leases no longer stand.

use super::leg::Leg;
use crate::answer::{Event, EventKind};
use crate::machine::record::{Circuit, Override, Record, State};
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
    let whole = Scope { role: None, ..leg.scope.clone() };
    let mut events: Vec<Event> = of_whole(before, after).map(|kind| event(&whole, kind, after.base.generation, at)).collect();
    for role in roles(before, after) {
        events.extend(of_role(&circuit_scope(leg, role), before.circuit(role), after.circuit(role), at));
    }
    events
}

fn of_whole(before: &Record, after: &Record) -> impl Iterator<Item = EventKind> {
    let cooled = if after.cooldown.is_some() { EventKind::CooldownSet } else { EventKind::CooldownEnded };
    let cooldown = (before.cooldown != after.cooldown).then_some(cooled);
    let set = [overridden(before.override_.as_ref(), after.override_.as_ref()), patched(before.patch.as_ref(), after.patch.as_ref())];
    cooldown.into_iter().chain(set.into_iter().flatten())
}

fn of_role(scope: &Scope, was: &Circuit, is: &Circuit, at: Wall) -> impl Iterator<Item = Event> {
    let phase = (was.phase() != is.phase()).then(|| Event {
        from: Some(was.phase()),
        to: Some(is.phase()),
        last_failure: is.last_failure.clone(),
        ..event(scope, EventKind::PhaseChanged, is.generation, at)
    });
    let set = [overridden(was.override_.as_ref(), is.override_.as_ref()), patched(was.patch.as_ref(), is.patch.as_ref())];
    phase.into_iter().chain(set.into_iter().flatten().map(move |kind| event(scope, kind, is.generation, at)))
}

fn overridden(was: Option<&Override>, is: Option<&Override>) -> Option<EventKind> {
    let kind = if is.is_some() { EventKind::OverrideSet } else { EventKind::OverrideEnded };
    (was != is).then_some(kind)
}

fn patched(was: Option<&String>, is: Option<&String>) -> Option<EventKind> {
    (was != is).then_some(EventKind::PolicyChanged)
}

fn event(circuit: &Scope, kind: EventKind, generation: u64, at: Wall) -> Event {
    let cause = "seen in the store".to_owned();
    let (from, to, last_failure) = (None, None, None);
    Event { circuit: Some(circuit.clone()), kind, from, to, cause, generation, at_ms: at.0, here: false, last_failure }
}

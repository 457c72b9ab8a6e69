//! The differences between two versions of a record: events that other boards caused, and circuits that changed.

use super::circuit_ref::CircuitRef;
use crate::answer::{Cause, Event, EventKind};
use crate::machine::record::{Circuit, Override, Record, State};
use crate::names::{CircuitKind, Scope};
use crate::time::Wall;

/// The scopes whose leases and repeated refusals are no longer valid. Window counts do not affect leases.
pub(super) fn changed(circuit: &CircuitRef, before: &Record, after: &Record) -> Vec<Scope> {
    let whole = Scope { role: None, ..circuit.scope.clone() };
    let host_wide = before.cooldown != after.cooldown
        || before.override_ != after.override_
        || before.patch != after.patch
        || !same_for_leases(&before.base, &after.base);
    if host_wide {
        return vec![whole];
    }
    roles(before, after)
        .filter(|role| !same_for_leases(before.circuit(role), after.circuit(role)))
        .map(|role| circuit_scope(circuit, role))
        .collect()
}

/// The roles of both records, each once.
fn roles<'a>(before: &'a Record, after: &'a Record) -> impl Iterator<Item = &'a String> {
    before.roles.keys().chain(after.roles.keys().filter(|role| !before.roles.contains_key(*role)))
}

fn same_for_leases(before: &Circuit, after: &Circuit) -> bool {
    let state = match (&before.state, &after.state) {
        (State::Closed(_), State::Closed(_)) => true,
        (before, after) => before == after,
    };
    state
        && same_generation(before, after)
        && before.streak.is_some() == after.streak.is_some()
        && before.override_ == after.override_
        && before.patch == after.patch
}

/// Whether claims on `before` are valid in `after`. Claims from before the record was created are valid in its first generation.
fn same_generation(before: &Circuit, after: &Circuit) -> bool {
    before.began == after.began || before.began.is_none() && after.generation == 0
}

fn circuit_scope(circuit: &CircuitRef, role: &str) -> Scope {
    Scope { role: (circuit.scope.kind == CircuitKind::Host).then(|| role.to_owned()), ..circuit.scope.clone() }
}

/// Events for what changed between two versions of a record. They are of another board, unless `writer` wrote all of it: the answer to
/// such a write was lost.
pub(super) fn events(circuit: &CircuitRef, before: &Record, after: &Record, at: Wall, writer: u64) -> Vec<Event> {
    let whole = Scope { role: None, ..circuit.scope.clone() };
    let mut events: Vec<Event> = host_events(before, after).map(|kind| event(&whole, kind, after.base.generation, at)).collect();
    for role in roles(before, after) {
        events.extend(role_events(&circuit_scope(circuit, role), before.circuit(role), after.circuit(role), at));
    }
    if is_written_by(writer, before, after) {
        for event in &mut events {
            (event.here, event.cause) = (true, Cause::LostAnswer);
        }
    }
    events
}

/// Whether one writer made all writes between two versions of a record.
fn is_written_by(writer: u64, before: &Record, after: &Record) -> bool {
    let mut new = after.writes.iter().filter(|mark| !before.writes.contains(mark)).peekable();
    new.peek().is_some() && new.all(|mark| mark.writer == writer)
}

fn host_events(before: &Record, after: &Record) -> impl Iterator<Item = EventKind> {
    let cooled = if after.cooldown.is_some() { EventKind::CooldownSet } else { EventKind::CooldownEnded };
    let cooldown = (before.cooldown != after.cooldown).then_some(cooled);
    let set =
        [override_event(before.override_.as_ref(), after.override_.as_ref()), patch_event(before.patch.as_ref(), after.patch.as_ref())];
    cooldown.into_iter().chain(set.into_iter().flatten())
}

fn role_events(scope: &Scope, was: &Circuit, is: &Circuit, at: Wall) -> impl Iterator<Item = Event> {
    let phase = (was.phase() != is.phase()).then(|| Event {
        from: Some(was.phase()),
        to: Some(is.phase()),
        last_failure: is.last_failure.clone(),
        ..event(scope, EventKind::PhaseChanged, is.generation, at)
    });
    let set = [override_event(was.override_.as_ref(), is.override_.as_ref()), patch_event(was.patch.as_ref(), is.patch.as_ref())];
    phase.into_iter().chain(set.into_iter().flatten().map(move |kind| event(scope, kind, is.generation, at)))
}

fn override_event(was: Option<&Override>, is: Option<&Override>) -> Option<EventKind> {
    let kind = if is.is_some() { EventKind::OverrideSet } else { EventKind::OverrideEnded };
    (was != is).then_some(kind)
}

fn patch_event(was: Option<&String>, is: Option<&String>) -> Option<EventKind> {
    (was != is).then_some(EventKind::PolicyChanged)
}

fn event(circuit: &Scope, kind: EventKind, generation: u64, at: Wall) -> Event {
    Event { circuit: Some(circuit.clone()), generation, here: false, ..Event::new(kind, Cause::OtherBoard, "seen in the store", at.0) }
}

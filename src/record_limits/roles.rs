//! The limit on the roles of one host. A circuit at rest makes room for the circuit of another role.

use crate::answer::{Cause, Event, EventKind};
use crate::machine::context::Context;
use crate::machine::record::{Circuit, Record, State};
use crate::names::{CircuitKind, Scope};
use crate::policy::ROLES_MAX;
use crate::status::WindowCounts;
use crate::time::Millis;

/// After this time without a write, a circuit is at rest even if it holds something.
const UNWRITTEN_MIN: Millis = Millis::from_secs(24 * 3_600);

/// Whether the record has this role, or can hold one more without an eviction.
#[must_use]
pub fn has_place(record: &Record, role: &str) -> bool {
    record.roles.len() < ROLES_MAX || record.roles.contains_key(role)
}

/// Whether the record can hold a circuit of the context's role, if necessary after the eviction of a circuit at rest.
#[must_use]
pub fn has_room(context: &Context, record: &Record) -> bool {
    has_place(record, context.role()) || longest_at_rest(context, record).is_some()
}

/// Completes what a decision writes: stamps the circuits that changed, and evicts a circuit at rest if there are too many. A name or a
/// resolver has one circuit, so it needs neither.
#[must_use]
pub fn complete_write(context: &Context, before: &Record, next: &mut Record) -> Option<Event> {
    if context.circuit.kind != CircuitKind::Host {
        return None;
    }
    let event = if next.roles.len() > ROLES_MAX { evict(context, next) } else { None };
    for (role, circuit) in next.roles.iter_mut() {
        let is_ahead = circuit.written_at_ms.is_some_and(|stamp| context.restamp(stamp) != stamp);
        if is_ahead || before.roles.get(role) != Some(circuit) {
            circuit.written_at_ms = Some(context.now.stamp());
        }
    }
    event
}

/// Removes the circuits of a host's roles, except those with a patch.
pub fn clear_roles(record: &mut Record) {
    let Record { roles, base, .. } = record;
    *roles = std::mem::take(roles).filter_map(|circuit| {
        let is_kept = circuit.patch.is_some();
        if !is_kept {
            raise_generation(base, &circuit);
        }
        is_kept.then_some(circuit)
    });
}

/// A removed circuit's role continues with the base circuit. The role's generation must not go back.
fn raise_generation(base: &mut Circuit, removed: &Circuit) {
    base.generation = base.generation.max(removed.generation);
}

/// Removes the circuit at rest that was written longest ago. The base circuit begins a new generation. Otherwise claims on the removed
/// circuit could match it, because that circuit may have begun in the base circuit's generation.
fn evict(context: &Context, record: &mut Record) -> Option<Event> {
    let role = longest_at_rest(context, record)?.to_owned();
    let removed = record.roles.remove(&role)?;
    let from = removed.phase();
    raise_generation(&mut record.base, &removed);
    record.base.begin_generation(context.mark);
    let to = record.base.phase();
    let scope = Scope { role: Some(role), ..context.circuit.clone() };
    let generation = record.base.generation;
    let event = Context { circuit: &scope, ..*context }.event(
        EventKind::PhaseChanged,
        generation,
        Cause::RecordLimit,
        "it made room for another role",
    );
    (from != to).then_some(Event { from: Some(from), to: Some(to), ..event })
}

/// Returns the other role with a circuit at rest that was written longest ago.
fn longest_at_rest<'a>(context: &Context, record: &'a Record) -> Option<&'a str> {
    let at_rest = record.roles.iter().filter(|(role, circuit)| *role != context.role() && is_at_rest(context, circuit));
    at_rest.min_by_key(|(_, circuit)| circuit.written_at_ms.map(|stamp| stamp.mono)).map(|(role, _)| role.as_str())
}

/// Whether a circuit holds nothing that a call needs, or nothing recent. A circuit with a patch or an override is never at rest.
fn is_at_rest(context: &Context, circuit: &Circuit) -> bool {
    let now = context.now;
    let is_old = circuit.written_at_ms.is_none_or(|stamp| stamp.is_aged(UNWRITTEN_MIN, now));
    let is_over = match &circuit.state {
        State::Closed(window) => {
            let is_empty = window.as_ref().is_none_or(|window| window.counts(now) == WindowCounts::default());
            is_old || circuit.streak.is_none() && is_empty
        }
        State::Open(until) => is_old && until.reached(now),
        State::HalfOpen(trial) => is_old && trial.probes.iter().all(|probe| probe.until_ms.reached(now)),
    };
    is_over && circuit.patch.is_none() && circuit.override_.is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::record::Streak;
    use crate::permit::Claim;
    use crate::policy::Policy;
    use crate::time::{Mono, Now, Wall};
    use crate::write_mark::WriteMark;

    const NOW: Now = Now { wall: Wall(1_800_000_000_000), mono: Mono(1 << 62) };
    const FIRST: WriteMark = WriteMark { writer: 9, sequence: 1 };

    fn with<T>(role: &str, test: impl FnOnce(&Context) -> T) -> T {
        let (policy, scope) = (policy(), Scope::host("a.example").role(role));
        test(&Context { policy: &policy, circuit: &scope, seed: 0, now: NOW, mark: WriteMark { writer: 1, sequence: 1 } })
    }

    fn policy() -> Policy {
        let (config, _) = crate::config::Config::read(&crate::Sources::default()).expect("the built-in configuration");
        config.policy(&Scope::host("a.example").role("r0"), crate::config::Patches::default())
    }

    /// A full record. No circuit is at rest.
    fn full() -> Record {
        let streak = Some(Streak { failures: 1, at_ms: NOW.stamp() });
        let circuit = Circuit { began: Some(FIRST), streak, written_at_ms: Some(NOW.stamp()), ..Circuit::default() };
        let mut record = Record { base: Circuit { began: Some(FIRST), ..Circuit::default() }, ..Record::default() };
        (0..ROLES_MAX).for_each(|role| drop(record.roles.insert(format!("r{role}"), circuit.clone())));
        record
    }

    #[test]
    fn only_a_circuit_at_rest_makes_room() {
        let mut record = full();
        with("new", |context| assert!(!has_room(context, &record)));
        with("r3", |context| assert!(has_room(context, &record), "a role that the record has needs none"));
        record.circuit_mut("r3").streak = None;
        with("new", |context| assert!(has_room(context, &record)));
        with("new", |context| assert_eq!(longest_at_rest(context, &record), Some("r3")));
    }

    #[test]
    fn a_circuit_without_a_stamp_is_the_oldest() {
        let mut record = full();
        record.circuit_mut("r3").written_at_ms = None;
        record.circuit_mut("r4").streak = None;
        with("new", |context| assert_eq!(longest_at_rest(context, &record), Some("r3")));
    }

    #[test]
    fn no_claim_from_before_an_eviction_matches_after_it() {
        let mut before = full();
        before.circuit_mut("r3").streak = None;
        let mut next = before.clone();
        next.circuit_mut("new").streak = Some(Streak { failures: 1, at_ms: NOW.stamp() });
        let event = with("new", |context| complete_write(context, &before, &mut next));
        assert_eq!((next.roles.len(), next.roles.contains_key("r3"), event), (ROLES_MAX, false, None));
        for generation in [None, Some(FIRST)] {
            let claim = Claim { generation, probe: None };
            assert!(!crate::machine::settle::is_valid(next.circuit("r3"), &claim), "{claim:?}");
        }
        let claim = Claim { generation: Some(FIRST), probe: None };
        assert!(crate::machine::settle::is_valid(next.circuit("new"), &claim), "the new role's own claim");
    }

    #[test]
    fn a_write_stamps_the_circuits_that_it_changes_and_those_with_a_stamp_from_the_future() {
        let mut before = full();
        let (old, older) = (NOW.ago(Millis(5)), NOW.ago(Millis(6)));
        let ahead = NOW.stamp_at(NOW.wall.plus(UNWRITTEN_MIN));
        for (role, stamp) in [("r1", old), ("r2", older), ("r3", ahead)] {
            before.circuit_mut(role).written_at_ms = Some(stamp);
        }
        let mut next = before.clone();
        next.circuit_mut("r1").streak = None;
        with("r1", |context| complete_write(context, &before, &mut next));
        let stamp = |role| next.circuit(role).written_at_ms;
        assert_eq!([stamp("r1"), stamp("r2"), stamp("r3")], [Some(NOW.stamp()), Some(older), Some(NOW.stamp())]);
    }
}

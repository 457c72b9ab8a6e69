//! What elapsed time does to a record: it ends waits that are over, and shortens waits that are longer than the policy allows.

use super::context::Context;
use super::cooldown_jitter::largest_part;
use super::record::{Circuit, CooldownReason, Override, Probe, Record, State, Trial};
use crate::answer::{Cause, Event, EventKind};
use crate::policy::{OPERATOR_MAX, Policy};
use crate::record_limits::roles::has_room;
use crate::time::{Deadline, Millis, Mono};
use std::borrow::Cow;

/// Whether a change caused by time alone must be stored. Half-opening an open circuit need not be stored: every process computes
/// the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MustStore {
    No,
    Yes,
}

/// The state of a wait, by this policy.
enum WaitState {
    Running,
    Over,
    /// It exceeds the policy's maximum and is shortened to this deadline.
    TooLong(Deadline),
}

type Part = fn(&Context, &mut Cow<'_, Record>, &mut Vec<Event>) -> MustStore;

/// Applies elapsed time to a role's circuit, if the record has room for it, and to what belongs to its host. Copies the record only if
/// something changes.
pub fn apply_expiry(context: &Context, record: &mut Cow<'_, Record>, events: &mut Vec<Event>) -> MustStore {
    let mut apply = |parts: [Part; 2], record: &mut _| parts.map(|part| part(context, record, events)).contains(&MustStore::Yes);
    let of_host = apply([cooldown, host_override], record);
    let of_circuit = has_room(context, record) && apply([own_override, state], record);
    if of_host || of_circuit { MustStore::Yes } else { MustStore::No }
}

fn cooldown(context: &Context, record: &mut Cow<'_, Record>, events: &mut Vec<Event>) -> MustStore {
    let Some(cooldown) = record.cooldown.as_ref() else { return MustStore::No };
    let most = cooldown_max(context, cooldown.reason);
    // It stays stored until no process waits any longer.
    let last = cooldown.until_ms.plus(largest_part(context.policy, cooldown));
    match wait(context, cooldown.until_ms, most) {
        WaitState::Over if cooldown.until_ms.reached(context.now) && !last.reached(context.now) => return MustStore::No,
        WaitState::Running => return MustStore::No,
        WaitState::TooLong(until) => record.to_mut().cooldown.iter_mut().for_each(|cooldown| {
            cooldown.until_ms = until;
            cooldown.length_ms = cooldown.length_ms.min(most);
        }),
        WaitState::Over => {
            record.to_mut().cooldown = None;
            events.push(context.host_event(EventKind::CooldownEnded, record, Cause::Expired, "its time is over"));
        }
    }
    MustStore::Yes
}

/// The longest cooldown for this reason that the policy allows.
fn cooldown_max(context: &Context, reason: CooldownReason) -> Millis {
    match reason {
        CooldownReason::RetryAfter => context.policy.retry_after_cap_max,
        CooldownReason::Rolling => context.policy.rolling_cooldown_max,
        CooldownReason::Operator => OPERATOR_MAX,
    }
}

/// When a host's override ends, all its circuits become half-open.
fn host_override(context: &Context, record: &mut Cow<'_, Record>, events: &mut Vec<Event>) -> MustStore {
    match override_wait(context, record.override_.as_ref()) {
        WaitState::Running => return MustStore::No,
        WaitState::TooLong(until) => record.to_mut().override_.iter_mut().for_each(|o| o.until_ms = Some(until)),
        WaitState::Over => {
            let record = record.to_mut();
            record.override_ = None;
            events.push(context.host_event(EventKind::OverrideEnded, record, Cause::Expired, "its time is over"));
            let own = record.roles.contains_key(context.role()).then(|| context.role());
            for (role, circuit) in record.circuits_mut() {
                let event = half_open_after_override(context, circuit);
                if role == own {
                    events.extend(event);
                }
            }
        }
    }
    MustStore::Yes
}

fn own_override(context: &Context, record: &mut Cow<'_, Record>, events: &mut Vec<Event>) -> MustStore {
    match override_wait(context, record.circuit(context.role()).override_.as_ref()) {
        WaitState::Running => return MustStore::No,
        WaitState::TooLong(until) => {
            record.to_mut().circuit_mut(context.role()).override_.iter_mut().for_each(|o| o.until_ms = Some(until));
        }
        WaitState::Over => {
            let circuit = record.to_mut().circuit_mut(context.role());
            circuit.override_ = None;
            events.push(context.event(EventKind::OverrideEnded, circuit.generation, Cause::Expired, "its time is over"));
            events.extend(half_open_after_override(context, circuit));
        }
    }
    MustStore::Yes
}

fn half_open_after_override(context: &Context, circuit: &mut Circuit) -> Option<Event> {
    context.enter(circuit, State::HalfOpen(Trial::default()), Cause::Expired, "forced-open is over")
}

/// Shortens the waits of the current phase, then half-opens a circuit whose wait is over. The stagger counts from the shortened
/// deadline.
fn state(context: &Context, record: &mut Cow<'_, Record>, events: &mut Vec<Event>) -> MustStore {
    let shortened = match &record.circuit(context.role()).state {
        State::Closed(_) => None,
        State::Open(until) => Some(at_most(context, *until, context.policy.open_max())).filter(|other| other != until).map(State::Open),
        State::HalfOpen(trial) => shorten_trial(context, trial).map(State::HalfOpen),
    };
    let must_store = if shortened.is_some() { MustStore::Yes } else { MustStore::No };
    if let Some(state) = shortened {
        record.to_mut().circuit_mut(context.role()).state = state;
    }
    half_open_when_due(context, record, events);
    must_store
}

fn half_open_when_due(context: &Context, record: &mut Cow<'_, Record>, events: &mut Vec<Event>) {
    let State::Open(until) = record.circuit(context.role()).state else { return };
    if until.reached(context.now) {
        let trial = Trial { since_ms: Some(until), ..Trial::default() };
        let circuit = record.to_mut().circuit_mut(context.role());
        events.extend(context.enter(circuit, State::HalfOpen(trial), Cause::ResetTime, "the reset time is over"));
    }
}

/// The trial with shortened waits, or `None` if no wait is too long. An expired slot stays until another probe needs it.
fn shorten_trial(context: &Context, trial: &Trial) -> Option<Trial> {
    let since_ms = trial.since_ms.map(|since| at_most(context, since, Millis::ZERO));
    let probe_max = context.policy.probe_timeout;
    let probes = trial.probes.iter().map(|probe| Probe { until_ms: at_most(context, probe.until_ms, probe_max), ..*probe });
    let same = since_ms == trial.since_ms && probes.clone().eq(trial.probes.iter().copied());
    (!same).then(|| Trial { since_ms, probes: probes.collect(), ..*trial })
}

fn override_wait(context: &Context, o: Option<&Override>) -> WaitState {
    o.and_then(|o| o.until_ms).map_or(WaitState::Running, |until| wait(context, until, OPERATOR_MAX))
}

fn wait(context: &Context, until: Deadline, most: Millis) -> WaitState {
    let shortened = at_most(context, until, most);
    if shortened.reached(context.now) {
        WaitState::Over
    } else if shortened == until {
        WaitState::Running
    } else {
        WaitState::TooLong(shortened)
    }
}

/// Shortens a wait to at most this duration.
fn at_most(context: &Context, until: Deadline, most: Millis) -> Deadline {
    if exceeds_max(context.policy, until, most, context.now.mono) { context.now.after(most) } else { until }
}

/// Whether a wait is longer than the maximum by more than the clock skew. A smaller excess may come from another process's clock.
pub(super) fn exceeds_max(policy: &Policy, until: Deadline, most: Millis, now: Mono) -> bool {
    until.due.since(now) > most.plus(policy.clock_skew)
}

//! What time alone does to a record: waits that are over, and waits that are longer than this policy allows.

use super::given::Given;
use super::policy::OPERATOR_MAX;
use super::record::{Circuit, Cooldown, CooldownReason, Override, Record, State, Trial};
use crate::answer::{Event, EventKind};
use crate::time::{Deadline, Millis};
use std::borrow::Cow;

/// Whether a change that time brought about must be stored for its own sake. An open circuit's turn to half-open need not be: everyone
/// computes the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passed {
    Nothing,
    Store,
}

/// Lets time pass over a role's circuit and what belongs to its host. Nothing is copied where nothing is due.
pub fn pass(given: &Given, record: &mut Cow<'_, Record>, events: &mut Vec<Event>) -> Passed {
    if !is_due(given, record) {
        return Passed::Nothing;
    }
    let record = record.to_mut();
    let mut passed = if clamp_all(given, record) { Passed::Store } else { Passed::Nothing };
    if record.cooldown.as_ref().is_some_and(|cooldown| cooldown.until_ms.reached(given.now)) {
        record.cooldown = None;
        events.push(given.host_event(EventKind::CooldownEnded, record, "its time is over"));
        passed = Passed::Store;
    }
    if end_overrides(given, record, events) {
        passed = Passed::Store;
    }
    half_open_when_due(given, record, events);
    passed
}

/// Whether a wait is over, or longer than allowed.
fn is_due(given: &Given, record: &Record) -> bool {
    let circuit = record.circuit(given.role());
    let is_over = |until: Deadline, most: Millis| until.reached(given.now) || is_too_long(given, until, most);
    let cooldown = record.cooldown.as_ref().is_some_and(|cooldown| is_over(cooldown.until_ms, cooldown_max(given, cooldown)));
    let both = [&record.override_, &circuit.override_];
    let override_ = both.into_iter().flatten().any(|o| o.until_ms.is_some_and(|until| is_over(until, OPERATOR_MAX)));
    let state = match &circuit.state {
        State::Closed(_) => false,
        State::Open(until) => is_over(*until, given.policy.open_max()),
        State::HalfOpen(trial) => {
            // Their own end changes nothing by itself.
            trial.since_ms.is_some_and(|since| is_too_long(given, since, Millis::ZERO))
                || trial.probes.iter().any(|probe| is_too_long(given, probe.until_ms, given.policy.probe_timeout))
        }
    };
    cooldown || override_ || state
}

/// The host's override, and the circuit's own: each leaves its circuits half-open.
fn end_overrides(given: &Given, record: &mut Record, events: &mut Vec<Event>) -> bool {
    let host = record.override_.as_ref().is_some_and(|o| ended(o, given));
    if host {
        record.override_ = None;
        events.push(given.host_event(EventKind::OverrideEnded, record, "its time is over"));
        let own = record.roles.contains_key(given.role()).then(|| given.role());
        for (role, circuit) in record.circuits_mut() {
            let event = given.enter(circuit, State::HalfOpen(Trial::default()), "forced-open is over");
            if role == own {
                events.push(event);
            }
        }
    }
    let own = record.circuit(given.role()).override_.as_ref().is_some_and(|o| ended(o, given));
    if own {
        let circuit = record.circuit_mut(given.role());
        circuit.override_ = None;
        events.push(given.event(EventKind::OverrideEnded, circuit.generation, "its time is over"));
        events.push(given.enter(circuit, State::HalfOpen(Trial::default()), "forced-open is over"));
    }
    host || own
}

fn ended(o: &Override, given: &Given) -> bool {
    o.until_ms.is_some_and(|until| until.reached(given.now))
}

fn half_open_when_due(given: &Given, record: &mut Record, events: &mut Vec<Event>) {
    let State::Open(until) = record.circuit(given.role()).state else { return };
    if until.reached(given.now) {
        let trial = Trial { since_ms: Some(until), ..Trial::default() };
        events.push(given.enter(record.circuit_mut(given.role()), State::HalfOpen(trial), "the reset time is over"));
    }
}

/// The longest that a cooldown of this reason may last by this policy.
fn cooldown_max(given: &Given, cooldown: &Cooldown) -> Millis {
    match cooldown.reason {
        CooldownReason::RetryAfter => given.policy.retry_after_cap_max,
        CooldownReason::Rolling => given.policy.rolling_cooldown_max,
        CooldownReason::Operator => OPERATOR_MAX,
    }
}

/// Shortens every wait that is longer than allowed by more than the skew; within the skew it may be another's clock.
fn clamp_all(given: &Given, record: &mut Record) -> bool {
    let mut clamped = false;
    if let Some(cooldown) = &mut record.cooldown {
        let most = cooldown_max(given, cooldown);
        clamped |= clamp(given, &mut cooldown.until_ms, most);
    }
    if let Some(until) = record.override_.as_mut().and_then(|o| o.until_ms.as_mut()) {
        clamped |= clamp(given, until, OPERATOR_MAX);
    }
    let mut circuit = record.circuit(given.role()).clone();
    if clamp_circuit(given, &mut circuit) {
        *record.circuit_mut(given.role()) = circuit;
        clamped = true;
    }
    clamped
}

fn clamp_circuit(given: &Given, circuit: &mut Circuit) -> bool {
    let mut clamped = false;
    if let Some(until) = circuit.override_.as_mut().and_then(|o| o.until_ms.as_mut()) {
        clamped |= clamp(given, until, OPERATOR_MAX);
    }
    match &mut circuit.state {
        State::Closed(_) => {}
        State::Open(until) => clamped |= clamp(given, until, given.policy.open_max()),
        State::HalfOpen(trial) => {
            if let Some(since) = &mut trial.since_ms {
                clamped |= clamp(given, since, Millis::ZERO);
            }
            for probe in &mut trial.probes {
                clamped |= clamp(given, &mut probe.until_ms, given.policy.probe_timeout);
            }
        }
    }
    clamped
}

fn clamp(given: &Given, deadline: &mut Deadline, most: Millis) -> bool {
    let clamped = is_too_long(given, *deadline, most);
    if clamped {
        *deadline = given.now.after(most);
    }
    clamped
}

fn is_too_long(given: &Given, deadline: Deadline, most: Millis) -> bool {
    deadline.remaining(given.now) > most.plus(given.policy.clock_skew)
}

//! What time alone does to a record: waits that are over, and waits that are longer than this policy allows.

use super::given::Given;
use super::policy::{OPERATOR_MAX, Policy};
use super::record::{Cooldown, CooldownReason, Override, Probe, Record, State, Trial};
use crate::answer::{Event, EventKind};
use crate::time::{Deadline, Millis, Mono};
use std::borrow::Cow;

/// Whether a change that time brought about must be stored for its own sake. An open circuit's turn to half-open need not be: everyone
/// computes the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passed {
    Nothing,
    Store,
}

/// Where a wait stands, by this policy.
enum Wait {
    Goes,
    Over,
    /// It is cut to this.
    TooLong(Deadline),
}

/// Lets time pass over a role's circuit and what belongs to its host. Nothing is copied where nothing is due.
pub fn pass(given: &Given, record: &mut Cow<'_, Record>, events: &mut Vec<Event>) -> Passed {
    let store = [cooldown, host_override, own_override, state].map(|part| part(given, record, events) == Passed::Store);
    if store.contains(&true) { Passed::Store } else { Passed::Nothing }
}

fn cooldown(given: &Given, record: &mut Cow<'_, Record>, events: &mut Vec<Event>) -> Passed {
    let Some(Cooldown { reason, until_ms, .. }) = record.cooldown.as_ref() else { return Passed::Nothing };
    match wait(given, *until_ms, cooldown_max(given, *reason)) {
        Wait::Goes => return Passed::Nothing,
        Wait::TooLong(until) => record.to_mut().cooldown.iter_mut().for_each(|cooldown| cooldown.until_ms = until),
        Wait::Over => {
            record.to_mut().cooldown = None;
            events.push(given.host_event(EventKind::CooldownEnded, record, "its time is over"));
        }
    }
    Passed::Store
}

/// The longest that a cooldown of this reason may last by this policy.
fn cooldown_max(given: &Given, reason: CooldownReason) -> Millis {
    match reason {
        CooldownReason::RetryAfter => given.policy.retry_after_cap_max,
        CooldownReason::Rolling => given.policy.rolling_cooldown_max,
        CooldownReason::Operator => OPERATOR_MAX,
    }
}

/// The host's override leaves all its circuits half-open.
fn host_override(given: &Given, record: &mut Cow<'_, Record>, events: &mut Vec<Event>) -> Passed {
    match wait_of(given, record.override_.as_ref()) {
        Wait::Goes => return Passed::Nothing,
        Wait::TooLong(until) => record.to_mut().override_.iter_mut().for_each(|o| o.until_ms = Some(until)),
        Wait::Over => {
            let record = record.to_mut();
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
    }
    Passed::Store
}

fn own_override(given: &Given, record: &mut Cow<'_, Record>, events: &mut Vec<Event>) -> Passed {
    match wait_of(given, record.circuit(given.role()).override_.as_ref()) {
        Wait::Goes => return Passed::Nothing,
        Wait::TooLong(until) => {
            record.to_mut().circuit_mut(given.role()).override_.iter_mut().for_each(|o| o.until_ms = Some(until));
        }
        Wait::Over => {
            let circuit = record.to_mut().circuit_mut(given.role());
            circuit.override_ = None;
            events.push(given.event(EventKind::OverrideEnded, circuit.generation, "its time is over"));
            events.push(given.enter(circuit, State::HalfOpen(Trial::default()), "forced-open is over"));
        }
    }
    Passed::Store
}

/// An open wait that is cut to nothing is over, and its stagger goes by what it was cut to.
fn state(given: &Given, record: &mut Cow<'_, Record>, events: &mut Vec<Event>) -> Passed {
    let cut = match &record.circuit(given.role()).state {
        State::Closed(_) => None,
        State::Open(until) => Some(at_most(given, *until, given.policy.open_max())).filter(|cut| cut != until).map(State::Open),
        State::HalfOpen(trial) => cut(given, trial).map(State::HalfOpen),
    };
    let passed = if cut.is_some() { Passed::Store } else { Passed::Nothing };
    if let Some(cut) = cut {
        record.to_mut().circuit_mut(given.role()).state = cut;
    }
    half_open_when_due(given, record, events);
    passed
}

fn half_open_when_due(given: &Given, record: &mut Cow<'_, Record>, events: &mut Vec<Event>) {
    let State::Open(until) = record.circuit(given.role()).state else { return };
    if until.reached(given.now) {
        let trial = Trial { since_ms: Some(until), ..Trial::default() };
        events.push(given.enter(record.to_mut().circuit_mut(given.role()), State::HalfOpen(trial), "the reset time is over"));
    }
}

/// A trial with shorter waits, if some are too long. Their own end changes nothing by itself.
fn cut(given: &Given, trial: &Trial) -> Option<Trial> {
    let since_ms = trial.since_ms.map(|since| at_most(given, since, Millis::ZERO));
    let probe_max = given.policy.probe_timeout;
    let probes = trial.probes.iter().map(|probe| Probe { until_ms: at_most(given, probe.until_ms, probe_max), ..*probe });
    let same = since_ms == trial.since_ms && probes.clone().eq(trial.probes.iter().copied());
    (!same).then(|| Trial { since_ms, probes: probes.collect(), ..*trial })
}

fn wait_of(given: &Given, o: Option<&Override>) -> Wait {
    o.and_then(|o| o.until_ms).map_or(Wait::Goes, |until| wait(given, until, OPERATOR_MAX))
}

fn wait(given: &Given, until: Deadline, most: Millis) -> Wait {
    let cut = at_most(given, until, most);
    if cut.reached(given.now) {
        Wait::Over
    } else if cut == until {
        Wait::Goes
    } else {
        Wait::TooLong(cut)
    }
}

/// Cuts a wait that is too long.
fn at_most(given: &Given, until: Deadline, most: Millis) -> Deadline {
    if is_too_long(given.policy, until, most, given.now.mono) { given.now.after(most) } else { until }
}

/// Whether a wait is longer than allowed by more than the skew; within the skew it may be another's clock.
pub(super) fn is_too_long(policy: &Policy, until: Deadline, most: Millis, now: Mono) -> bool {
    until.due.since(now) > most.plus(policy.clock_skew)
}

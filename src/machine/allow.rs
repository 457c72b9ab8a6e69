//! May this call pass? All transitions of a question.

use super::backoff::stagger;
use super::given::{Given, Step};
use super::passing::{Passed, is_too_long, pass};
use super::policy::{Mode, Policy};
use super::record::{Circuit, CooldownReason, Probe, Record, State, Trial, role_of};
use crate::answer::{Phase, Reason, Refusal};
use crate::names::Scope;
use crate::permit::Claim;
use crate::status::OverrideKind;
use crate::time::{Deadline, Millis, Mono, Now};
use std::borrow::Cow;

/// Who finds no probe free asks again after at most this.
pub const FULL_RETRY_MAX: Millis = Millis(1_000);

/// One circuit's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Gate {
    /// Closed, without an override or a cooldown.
    Pass(Claim, Mood),
    /// Half-open: the claim holds a slot until the deadline.
    Probe(Claim, Deadline),
    /// Disabled by an operator: admitted, and counted nowhere.
    Waved(Claim),
    /// Observe mode: what enforce mode would have answered. No claim, so the outcome counts nowhere.
    Observed(Refusal),
    Refuse(Refusal),
}

/// Whether a closed circuit is so well that a lease may be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    Healthy,
    Failing,
}

/// The quick answer for a closed circuit: it needs no time, and nothing is copied.
#[must_use]
pub fn at_rest(record: &Record, role: &str) -> Option<Gate> {
    let circuit = with_nothing_above(record, role)?;
    matches!(circuit.state, State::Closed(_)).then(|| pass_closed(record, circuit))
}

/// The quick answer for a circuit that goes on being open: it needs no time of day, and nothing is copied.
#[must_use]
pub fn still_open(policy: &Policy, scope: &Scope, seed: u64, record: &Record, now: Mono) -> Option<Gate> {
    let circuit = with_nothing_above(record, role_of(scope))?;
    let State::Open(until) = circuit.state else { return None };
    let wait = open_for(policy, scope, seed, circuit, until, now);
    let goes_on = until.due > now && !is_too_long(policy, until, policy.open_max(), now);
    goes_on.then(|| refuse(policy, refusal(circuit, Reason::Open, Some(wait))))
}

/// The circuit, where neither a cooldown nor an override stands above it.
fn with_nothing_above<'a>(record: &'a Record, role: &str) -> Option<&'a Circuit> {
    let circuit = record.circuit(role);
    (record.cooldown.is_none() && record.override_.is_none() && circuit.override_.is_none()).then_some(circuit)
}

fn pass_closed(record: &Record, circuit: &Circuit) -> Gate {
    let mood = if circuit.streak.is_none() { Mood::Healthy } else { Mood::Failing };
    Gate::Pass(claim(record, circuit, None), mood)
}

fn claim(record: &Record, circuit: &Circuit, probe: Option<u64>) -> Claim {
    Claim { epoch: record.epoch_of(circuit), generation: circuit.generation, probe }
}

/// Decides about one circuit. What is to be written is only what this circuit's answer needs.
#[must_use]
pub fn allow(given: &Given, record: &Record) -> Step<Gate> {
    let role = given.role();
    if let Some(gate) = at_rest(record, role) {
        return Step::unchanged(gate);
    }
    let mut next = Cow::Borrowed(record);
    let mut events = Vec::new();
    let passed = pass(given, &mut next, &mut events);
    let answer = match next.override_of(role).map(|o| o.kind) {
        Some(OverrideKind::ForcedOpen) => Gate::Refuse(forced_open(given, &next)),
        Some(OverrideKind::Disabled) => Gate::Waved(claim(&next, next.circuit(role), None)),
        None => admit(given, &mut next),
    };
    let write = passed == Passed::Store || matches!(answer, Gate::Probe(..));
    if write { Step { answer, write: Some(next.into_owned()), events } } else { Step::unchanged(answer) }
}

/// Without an override: the cooldown and the phase, whichever waits longer.
fn admit(given: &Given, next: &mut Cow<'_, Record>) -> Gate {
    let role = given.role();
    let phase = refused_by_phase(given, next.circuit(role));
    let waits = [refused_by_cooldown(given.now, next), phase].into_iter().flatten();
    if let Some((reason, wait)) = waits.max_by_key(|(_, wait)| *wait) {
        return refuse(given.policy, refusal(next.circuit(role), reason, Some(wait)));
    }
    let until = given.now.after(given.policy.probe_timeout);
    if next.circuit(role).phase() == Phase::HalfOpen
        && let State::HalfOpen(trial) = &mut next.to_mut().circuit_mut(role).state
    {
        let slot = take_slot(given, trial, until);
        return Gate::Probe(claim(next, next.circuit(role), Some(slot)), until);
    }
    pass_closed(next, next.circuit(role))
}

fn refuse(policy: &Policy, refusal: Refusal) -> Gate {
    match policy.mode {
        Mode::Enforce => Gate::Refuse(refusal),
        Mode::Observe => Gate::Observed(refusal),
    }
}

fn refusal(circuit: &Circuit, reason: Reason, wait: Option<Millis>) -> Refusal {
    Refusal { reason, retry_after_ms: wait.map(|wait| wait.0), last_failure: circuit.last_failure.clone() }
}

fn forced_open(given: &Given, record: &Record) -> Refusal {
    let until = record.override_of(given.role()).and_then(|o| o.until_ms);
    refusal(record.circuit(given.role()), Reason::ForcedOpen, until.map(|until| until.remaining(given.now)))
}

fn refused_by_cooldown(now: Now, record: &Record) -> Option<(Reason, Millis)> {
    let cooldown = record.cooldown.as_ref()?;
    Some((cooldown.reason.into(), cooldown.until_ms.remaining(now)))
}

impl From<CooldownReason> for Reason {
    fn from(reason: CooldownReason) -> Reason {
        match reason {
            CooldownReason::RetryAfter => Reason::CooldownRetryAfter,
            CooldownReason::Rolling => Reason::CooldownRolling,
            CooldownReason::Operator => Reason::CooldownOperator,
        }
    }
}

fn refused_by_phase(given: &Given, circuit: &Circuit) -> Option<(Reason, Millis)> {
    match &circuit.state {
        State::Closed(_) => None,
        State::Open(until) => Some((Reason::Open, open_for(given.policy, given.circuit, given.seed, circuit, *until, given.now.mono))),
        State::HalfOpen(trial) => staggered(given, circuit, trial).or_else(|| full(given, trial)),
    }
}

/// The turn to half-open adds one to the generation, and the stagger is that generation's.
fn open_for(policy: &Policy, scope: &Scope, seed: u64, circuit: &Circuit, until: Deadline, now: Mono) -> Millis {
    until.plus(stagger(policy, scope, circuit.generation.saturating_add(1), seed)).due.since(now)
}

fn staggered(given: &Given, circuit: &Circuit, trial: &Trial) -> Option<(Reason, Millis)> {
    let first_probe = trial.since_ms?.plus(stagger(given.policy, given.circuit, circuit.generation, given.seed));
    (!first_probe.reached(given.now)).then(|| (Reason::Staggered, first_probe.remaining(given.now)))
}

/// A slot may be taken over at its expiry and twice the skew: one skew for the clock that wrote it, one for ours.
fn free_from(given: &Given, probe: &Probe) -> Deadline {
    probe.until_ms.plus(given.policy.clock_skew).plus(given.policy.clock_skew)
}

fn full(given: &Given, trial: &Trial) -> Option<(Reason, Millis)> {
    let taken = trial.probes.iter().map(|probe| free_from(given, probe)).filter(|free| !free.reached(given.now));
    if taken.clone().count() < given.policy.trial_calls as usize {
        return None;
    }
    let wait = taken.map(|free| free.remaining(given.now)).min()?;
    Some((Reason::HalfOpenFull, wait.min(FULL_RETRY_MAX)))
}

/// Takes a slot over only where all are in use: until then a late probe's outcome still counts.
fn take_slot(given: &Given, trial: &mut Trial, until_ms: Deadline) -> u64 {
    if trial.probes.len() >= given.policy.trial_calls as usize
        && let Some(expired) = trial.probes.iter().position(|probe| free_from(given, probe).reached(given.now))
    {
        trial.probes.remove(expired);
    }
    let slot = trial.next_slot;
    trial.next_slot = slot.saturating_add(1);
    trial.probes.push(Probe { slot, until_ms });
    slot
}

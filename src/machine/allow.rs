//! The decision about an `allow` request, for one circuit.

use super::backoff::stagger;
use super::context::{Context, Step};
use super::cooldown_jitter::own_end;
use super::expiry::{MustStore, apply_expiry, exceeds_max};
use super::record::{Circuit, CooldownReason, Probe, Record, State, Trial, role_of};
use crate::answer::{Phase, Reason, Refusal};
use crate::names::Scope;
use crate::permit::Claim;
use crate::policy::{Mode, Policy};
use crate::record_limits::roles::{has_place, has_room};
use crate::status::OverrideKind;
use crate::time::{Deadline, Millis, Mono};
use crate::write_mark::WriteMark;
use std::borrow::Cow;
use std::sync::Arc;

/// Longest `retry_after` of a refusal because all probe slots are taken.
pub const FULL_RETRY_MAX: Millis = Millis(1_000);

/// What one circuit decides about a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CircuitDecision {
    /// Admitted: closed, without an override or a cooldown.
    Admit(Claim, Health),
    /// Admitted as a probe: half-open. The claim holds a slot until the deadline.
    Probe(Claim, Deadline),
    /// Admitted because an operator disabled the circuit. The outcome counts nowhere.
    Bypassed(Claim),
    /// Admitted without a claim, because the circuit's record cannot hold its outcome.
    Uncounted,
    /// Admitted in observe mode, although enforce mode would have refused. There is no claim, so the outcome counts nowhere.
    WouldRefuse(Refusal),
    Refuse(Refusal),
}

/// Whether a closed circuit has a failure streak. Only a healthy circuit gets a lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    Healthy,
    Failing,
}

/// The fast path of [`allow`] for a closed circuit without an override or a cooldown. It reads no clock and copies no record.
#[must_use]
pub fn admit_closed(record: &Record, role: &str) -> Option<CircuitDecision> {
    let circuit = without_override_or_cooldown(record, role)?;
    matches!(circuit.state, State::Closed(_)).then(|| admitted_by(circuit))
}

/// The fast path of [`allow`] for a circuit that stays open. It needs no wall clock and copies no record.
#[must_use]
pub fn refuse_open(policy: &Policy, scope: &Scope, seed: u64, record: &Record, now: Mono) -> Option<CircuitDecision> {
    let circuit = without_override_or_cooldown(record, role_of(scope))?;
    let State::Open(until) = circuit.state else { return None };
    let wait = open_for(policy, scope, seed, circuit, until, now);
    let stays_open = until.due > now && !exceeds_max(policy, until, policy.open_max(), now);
    stays_open.then(|| refuse(policy, refusal(circuit, Reason::Open, Some(wait))))
}

/// The circuit, unless a cooldown or an override takes precedence over its phase, or the record may have no room for it.
fn without_override_or_cooldown<'a>(record: &'a Record, role: &str) -> Option<&'a Circuit> {
    let circuit = record.circuit(role);
    (record.cooldown.is_none() && record.override_.is_none() && circuit.override_.is_none() && has_place(record, role)).then_some(circuit)
}

fn admitted_by(circuit: &Circuit) -> CircuitDecision {
    let health = if circuit.streak.is_none() { Health::Healthy } else { Health::Failing };
    CircuitDecision::Admit(claim(circuit, None), health)
}

fn claim(circuit: &Circuit, probe: Option<WriteMark>) -> Claim {
    Claim { generation: circuit.began, probe }
}

/// Decides whether one circuit admits a call. The write holds only what this circuit's answer needs.
#[must_use]
pub fn allow(context: &Context, record: &Record) -> Step<CircuitDecision> {
    let role = context.role();
    if let Some(gate) = admit_closed(record, role) {
        return Step::unchanged(gate);
    }
    let mut next = Cow::Borrowed(record);
    let mut events = Vec::new();
    let must_store = apply_expiry(context, &mut next, &mut events);
    let answer = match next.override_of(role).map(|o| o.kind) {
        Some(OverrideKind::ForcedOpen) => CircuitDecision::Refuse(forced_open(context, &next)),
        // The stored generation: this answer may store nothing.
        Some(OverrideKind::Disabled) => CircuitDecision::Bypassed(claim(record.circuit(role), None)),
        None => admit_or_refuse(context, &mut next),
    };
    let write = must_store == MustStore::Yes || matches!(answer, CircuitDecision::Probe(..));
    if write { Step { answer, write: Some(Arc::new(next.into_owned())), events } } else { Step::unchanged(answer) }
}

/// Decides without an override. Of the cooldown and the phase, the one with the longer wait is the reason of a refusal. If the record
/// has no room for the circuit, only the cooldown refuses.
fn admit_or_refuse(context: &Context, next: &mut Cow<'_, Record>) -> CircuitDecision {
    let role = context.role();
    let is_counted = has_room(context, next);
    let phase = refused_by_phase(context, next.circuit(role)).filter(|_| is_counted);
    let waits = [refused_by_cooldown(context, next), phase].into_iter().flatten();
    if let Some((reason, wait)) = waits.max_by_key(|(_, wait)| *wait) {
        return refuse(context.policy, refusal(next.circuit(role), reason, Some(wait)));
    }
    let until = context.now.after(context.policy.probe_timeout);
    if is_counted
        && next.circuit(role).phase() == Phase::HalfOpen
        && let State::HalfOpen(trial) = &mut next.to_mut().circuit_mut(role).state
    {
        let slot = take_slot(context, trial, until);
        return CircuitDecision::Probe(claim(next.circuit(role), Some(slot)), until);
    }
    if is_counted { admitted_by(next.circuit(role)) } else { CircuitDecision::Uncounted }
}

fn refuse(policy: &Policy, refusal: Refusal) -> CircuitDecision {
    match policy.mode {
        Mode::Enforce => CircuitDecision::Refuse(refusal),
        Mode::Observe => CircuitDecision::WouldRefuse(refusal),
    }
}

fn refusal(circuit: &Circuit, reason: Reason, wait: Option<Millis>) -> Refusal {
    Refusal { reason, retry_after_ms: wait.map(|wait| wait.0), last_failure: circuit.last_failure.clone() }
}

fn forced_open(context: &Context, record: &Record) -> Refusal {
    let until = record.override_of(context.role()).and_then(|o| o.until_ms);
    refusal(record.circuit(context.role()), Reason::ForcedOpen, until.map(|until| until.remaining(context.now)))
}

/// The cooldown's wait, until this process's own end of it.
fn refused_by_cooldown(context: &Context, record: &Record) -> Option<(Reason, Millis)> {
    let cooldown = record.cooldown.as_ref()?;
    let end = own_end(context.policy, context.circuit, context.seed, cooldown);
    (!end.reached(context.now)).then(|| (cooldown.reason.into(), end.remaining(context.now)))
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

fn refused_by_phase(context: &Context, circuit: &Circuit) -> Option<(Reason, Millis)> {
    match &circuit.state {
        State::Closed(_) => None,
        State::Open(until) => {
            Some((Reason::Open, open_for(context.policy, context.circuit, context.seed, circuit, *until, context.now.mono)))
        }
        State::HalfOpen(trial) => staggered(context, circuit, trial).or_else(|| full(context, trial)),
    }
}

/// How long an open circuit still refuses this process. Half-opening adds one to the generation, and the stagger depends on that
/// generation.
fn open_for(policy: &Policy, scope: &Scope, seed: u64, circuit: &Circuit, until: Deadline, now: Mono) -> Millis {
    until.plus(stagger(policy, scope, circuit.generation.saturating_add(1), seed)).due.since(now)
}

fn staggered(context: &Context, circuit: &Circuit, trial: &Trial) -> Option<(Reason, Millis)> {
    let first_probe = trial.since_ms?.plus(stagger(context.policy, context.circuit, circuit.generation, context.seed));
    (!first_probe.reached(context.now)).then(|| (Reason::Staggered, first_probe.remaining(context.now)))
}

/// When an expired slot may be given to another probe: after twice the skew, once for the clock that wrote it and once for ours.
fn reusable_from(context: &Context, probe: &Probe) -> Deadline {
    probe.until_ms.plus(context.policy.clock_skew).plus(context.policy.clock_skew)
}

fn full(context: &Context, trial: &Trial) -> Option<(Reason, Millis)> {
    let taken = trial.probes.iter().map(|probe| reusable_from(context, probe)).filter(|free| !free.reached(context.now));
    if taken.clone().count() < context.policy.trial_calls as usize {
        return None;
    }
    let wait = taken.map(|free| free.remaining(context.now)).min()?;
    Some((Reason::HalfOpenFull, wait.min(FULL_RETRY_MAX)))
}

/// Takes a slot. An expired slot is reused only if all slots are in use: until then the outcome of its late probe still counts.
fn take_slot(context: &Context, trial: &mut Trial, until_ms: Deadline) -> WriteMark {
    if trial.probes.len() >= context.policy.trial_calls as usize
        && let Some(expired) = trial.probes.iter().position(|probe| reusable_from(context, probe).reached(context.now))
    {
        trial.probes.remove(expired);
    }
    let slot = context.mark;
    trial.probes.push(Probe { slot, until_ms });
    slot
}

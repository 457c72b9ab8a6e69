//! How the outcome of a permitted call changes a circuit.

use super::call_outcome::{CallOutcome, EndedAt, NeutralReason, Speed};
use super::context::{Context, Step};
use super::cooldown::{apply_retry_after, count_burst};
use super::expiry::apply_expiry;
use super::record::{Circuit, Record, State, Streak};
use super::window::{Sample, Window, judge};
use crate::answer::{Cause, Event, EventKind, LastFailure, Phase};
use crate::permit::{Claim, Outcome};
use crate::policy::{NeutralProbe, Policy};
use crate::record_limits::roles::has_room;
use crate::status::OverrideKind;
use crate::write_mark::WriteMark;
use std::borrow::Cow;
use std::cmp::max_by_key;
use std::sync::Arc;

/// The claim by which an outcome counts on a circuit, if there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PermitUse {
    Claim(Claim),
    /// The permit has no claim on this circuit: the outcome counts nowhere.
    Inert,
    WithoutPermit,
}

/// Whether an outcome counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CountResult {
    Counted,
    /// The rules give the outcome no effect here.
    Inert,
    /// The claim is no longer valid.
    Stale,
    /// The record has no room for the circuit.
    Uncounted,
}

/// What an outcome did to a circuit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SettleResult {
    pub count: CountResult,
    pub phase: Phase,
}

/// Whether a claim's generation and slot match this circuit.
///
/// A claim without a generation was taken while nothing was stored. It is valid in the first generation of the record that was
/// created since.
#[must_use]
pub fn is_valid(circuit: &Circuit, claim: &Claim) -> bool {
    is_current_generation(circuit, claim)
        && match (&circuit.state, claim.probe) {
            (State::HalfOpen(trial), Some(slot)) => trial.probes.iter().any(|probe| probe.slot == slot),
            (State::Closed(_), None) => true,
            _ => false,
        }
}

fn is_current_generation(circuit: &Circuit, claim: &Claim) -> bool {
    claim.generation == circuit.began || claim.generation.is_none() && circuit.generation == 0
}

/// The fast path of [`settle`] for an outcome that changes nothing: a success or a neutral outcome, with a valid claim on a closed
/// circuit that has neither a failure streak nor a window. It copies no record.
#[must_use]
pub fn settle_unchanged(policy: &Policy, record: &Record, role: &str, claim: &Claim, call: &CallOutcome) -> Option<SettleResult> {
    let circuit = record.circuit(role);
    let is_closed = matches!(circuit.state, State::Closed(_)) && is_valid(circuit, claim);
    let counts_nothing = match call.outcome {
        Outcome::Success => circuit.streak.is_none() && policy.window.is_none(),
        Outcome::Neutral => !call.is_slow_cancellation(),
        Outcome::Failure => false,
    };
    let sets_nothing = call.retry_after.is_none() && record.override_of(role).is_none();
    (is_closed && counts_nothing && sets_nothing).then_some(SettleResult { count: CountResult::Counted, phase: Phase::Closed })
}

/// Settles one circuit.
#[must_use]
pub fn settle(context: &Context, record: &Record, permit_use: PermitUse, call: &CallOutcome) -> Step<SettleResult> {
    let role = context.role();
    let mut current = Cow::Borrowed(record);
    let mut expiry_events = Vec::new();
    // Elapsed time alone stores nothing here. The next `allow` request stores it if needed.
    apply_expiry(context, &mut current, &mut expiry_events);
    let mut events = Vec::new();
    if current.override_of(role).is_some_and(|o| o.kind == OverrideKind::Disabled) {
        let circuit = current.circuit(role);
        let count = match permit_use {
            // Bypassed calls claim the stored generation.
            PermitUse::Claim(claim) if !is_current_generation(record.circuit(role), &claim) => stale(context, &current, call, &mut events),
            _ => CountResult::Inert,
        };
        return Step { answer: SettleResult { count, phase: circuit.phase() }, write: None, events };
    }
    let mut next = Record::clone(&current);
    let count = match permit_use {
        PermitUse::Claim(claim) if !is_valid(next.circuit(role), &claim) => stale(context, &next, call, &mut events),
        PermitUse::Claim(_) | PermitUse::WithoutPermit if !has_room(context, &next) => CountResult::Uncounted,
        PermitUse::Claim(claim) => count(context, &mut next, claim.probe, call, &mut events),
        PermitUse::WithoutPermit => count_without_permit(context, &mut next, call, &mut events),
        PermitUse::Inert => CountResult::Inert,
    };
    events.extend(apply_retry_after(context, &mut next, call));
    if !record.roles.contains_key(role) {
        next.forget_untouched(role);
    }
    let answer = SettleResult { count, phase: next.circuit(role).phase() };
    if next == *current {
        return Step { answer, write: None, events };
    }
    expiry_events.extend(events);
    Step { answer, write: Some(Arc::new(next)), events: expiry_events }
}

fn stale(context: &Context, record: &Record, call: &CallOutcome, events: &mut Vec<Event>) -> CountResult {
    if call.outcome != Outcome::Neutral {
        let generation = record.circuit(context.role()).generation;
        let detail = "the permit's generation or slot is no longer valid";
        events.push(context.event(EventKind::OutcomeStale, generation, Cause::StalePermit, detail));
    }
    CountResult::Stale
}

/// Counts an outcome reported without a permit. Closed, it counts. Open, it is inert. Half-open, it settles the oldest slot.
fn count_without_permit(context: &Context, next: &mut Record, call: &CallOutcome, events: &mut Vec<Event>) -> CountResult {
    match &next.circuit(context.role()).state {
        State::Closed(_) => count(context, next, None, call, events),
        State::Open(_) => CountResult::Inert,
        State::HalfOpen(trial) => match trial.probes.first().map(|probe| probe.slot) {
            Some(oldest) => count(context, next, Some(oldest), call, events),
            None => CountResult::Inert,
        },
    }
}

fn count(context: &Context, next: &mut Record, probe: Option<WriteMark>, call: &CallOutcome, events: &mut Vec<Event>) -> CountResult {
    let role = context.role().to_owned();
    if call.outcome == Outcome::Neutral && probe.is_none() && !call.is_slow_cancellation() {
        return CountResult::Inert;
    }
    let circuit = next.circuit_mut(&role);
    match call.outcome {
        Outcome::Failure => add_failure(context, circuit, call, &call.what),
        // A slow probe is a failed probe.
        Outcome::Success if probe.is_some() && call.speed == Speed::Slow => add_failure(context, circuit, call, "slow call"),
        Outcome::Success | Outcome::Neutral => {}
    }
    match circuit.state {
        State::Closed(_) => count_closed(context, circuit, call, events),
        State::HalfOpen(_) => count_half_open(context, circuit, probe, call, events),
        State::Open(_) => {}
    }
    if call.outcome == Outcome::Failure {
        events.extend(count_burst(context, next, call));
    }
    CountResult::Counted
}

fn add_failure(context: &Context, circuit: &mut Circuit, call: &CallOutcome, what: &str) {
    let at_ms = call.ended_at(context.now);
    let continues = |streak: &Streak| context.policy.fail_gap.is_none_or(|gap| at_ms.mono.since(streak.at_ms.mono) <= gap);
    let before = circuit.streak.filter(continues);
    let failures = before.map_or(0, |streak| streak.failures).saturating_add(1);
    // A failure that is reported late does not move the streak's time back.
    let last_ms = before.map_or(at_ms, |streak| max_by_key(context.restamp(streak.at_ms), at_ms, |stamp| stamp.mono));
    circuit.streak = Some(Streak { failures, at_ms: last_ms });
    circuit.last_failure = Some(LastFailure { what: what.to_owned(), at_ms: at_ms.at.0 });
}

fn count_closed(context: &Context, circuit: &mut Circuit, call: &CallOutcome, events: &mut Vec<Event>) {
    if call.outcome == Outcome::Success && call.ended_at == EndedAt::Now {
        circuit.streak = None;
    }
    let mut trip = add_to_window(context, circuit, call, events);
    let failures = circuit.streak.map_or(0, |streak| streak.failures);
    if call.outcome == Outcome::Failure && context.policy.fail_max.is_some_and(|most| failures >= most) {
        trip = Some((Cause::Streak, format!("consecutive failures: {failures}")));
    }
    if let Some((cause, detail)) = trip {
        events.extend(context.open(circuit, cause, &detail));
    }
}

/// Adds an outcome to the window, and returns why the window opens the circuit, if it does: the cause and its detail.
fn add_to_window(context: &Context, circuit: &mut Circuit, call: &CallOutcome, events: &mut Vec<Event>) -> Option<(Cause, String)> {
    let policy = context.policy.window.as_ref()?;
    let State::Closed(window) = &mut circuit.state else { return None };
    let sample = match (call.outcome, call.speed) {
        (Outcome::Success, Speed::Normal) => Sample::Success,
        (Outcome::Success, Speed::Slow) => Sample::SlowSuccess,
        (Outcome::Failure, Speed::Normal) => Sample::Failure,
        (Outcome::Failure, Speed::Slow) => Sample::SlowFailure,
        (Outcome::Neutral, _) if call.is_slow_cancellation() => Sample::SlowSuccess,
        (Outcome::Neutral, _) => return None,
    };
    if window.as_ref().is_some_and(|window| window.shape() != policy.shape) {
        *window = None;
        let detail = "the policy's window has another shape";
        events.push(context.event(EventKind::WindowReplaced, circuit.generation, Cause::WindowShape, detail));
    }
    let window = window.get_or_insert_with(|| Window::new(policy.shape));
    let now = context.now;
    window.add(sample, call.times, call.ended_at(now), now, context.policy.clock_skew);
    let counts = window.counts(now);
    let calls = counts.successes.saturating_add(counts.failures);
    judge(policy, counts, sample).map(|cause| (cause, format!("of {calls} calls {} failed and {} were slow", counts.failures, counts.slow)))
}

fn count_half_open(context: &Context, circuit: &mut Circuit, probe: Option<WriteMark>, call: &CallOutcome, events: &mut Vec<Event>) {
    let State::HalfOpen(trial) = &mut circuit.state else { return };
    trial.probes.retain(|other| Some(other.slot) != probe);
    match probe_result(context, call) {
        ProbeResult::Ignored => {}
        ProbeResult::Success => {
            trial.successes = trial.successes.saturating_add(1);
            if trial.successes >= context.policy.success_threshold {
                events.extend(context.close(circuit, Cause::Probe, "successful probes"));
            }
        }
        ProbeResult::Failure => {
            trial.failures = trial.failures.saturating_add(1);
            if trial.failures > context.policy.trial_failures {
                events.extend(context.open(circuit, Cause::Probe, "failed probes"));
            }
        }
    }
}

/// What a probe says about its circuit.
enum ProbeResult {
    Success,
    Failure,
    Ignored,
}

fn probe_result(context: &Context, call: &CallOutcome) -> ProbeResult {
    match (call.outcome, call.neutral_reason) {
        (Outcome::Success, _) if call.speed == Speed::Normal => ProbeResult::Success,
        (Outcome::Success | Outcome::Failure, _) => ProbeResult::Failure,
        (Outcome::Neutral, _) if call.is_slow_cancellation() => ProbeResult::Failure,
        (Outcome::Neutral, NeutralReason::ListedStatus) if context.policy.neutral_probe == NeutralProbe::Success => ProbeResult::Success,
        (Outcome::Neutral, _) => ProbeResult::Ignored,
    }
}

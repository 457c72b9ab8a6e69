//! What a host reported about calls, until a policy classifies it.

use crate::answer::{Cause, EventKind};
use crate::classify::{classify, failure_text, neutral_reason};
use crate::hints::{RequestedWait, requested_wait};
use crate::machine::call_outcome::{CallOutcome, EndedAt, Speed};
use crate::machine::context::{Context, Step};
use crate::machine::record::Record;
use crate::machine::settle::{PermitUse, SettleResult, settle};
use crate::names::CircuitKind;
use crate::permit::{Outcome, Report};
use crate::policy::Policy;
use crate::time::{Millis, Wall};
use std::borrow::Cow;

/// One call's report, or a part of a tally.
pub(super) enum Reported<'a> {
    Call(Cow<'a, Report>),
    /// Successes under a lease that ended this long ago.
    Successes {
        times: u32,
        speed: Speed,
        age: Millis,
    },
}

impl Reported<'_> {
    pub fn to_owned(&self) -> Reported<'static> {
        match self {
            Reported::Call(report) => Reported::Call(Cow::Owned(Report::clone(report))),
            Reported::Successes { times, speed, age } => Reported::Successes { times: *times, speed: *speed, age: *age },
        }
    }

    /// Classifies by the circuit's policy. Also returns which hints are ignored and why, if some are.
    pub fn outcome(&self, context: &Context) -> (CallOutcome, Option<String>) {
        match self {
            Reported::Call(report) => classify_call(context.policy, context.circuit.kind, report, context.now.wall),
            Reported::Successes { times, speed, age } => {
                let speed = if context.policy.slow_ns().is_some() { *speed } else { Speed::Normal };
                let ended_at = EndedAt::Earlier(context.now.ago(*age));
                (CallOutcome { times: *times, ended_at, ..CallOutcome::now(Outcome::Success, speed) }, None)
            }
        }
    }

    /// Counts the outcome on a record.
    pub fn settle(&self, context: &Context, record: &Record, permit_use: PermitUse) -> Step<(SettleResult, Outcome)> {
        let (call, ignored) = self.outcome(context);
        let mut step = settle(context, record, permit_use, &call);
        if let Some(why) = ignored {
            let generation = record.circuit(context.role()).generation;
            step.events.push(context.event(EventKind::RetryAfterIgnored, generation, Cause::RetryAfter, &why));
        }
        Step { answer: (step.answer, call.outcome), write: step.write, events: step.events }
    }
}

/// Classifies a report by a circuit's policy. Also returns which hints are ignored and why, if some are.
fn classify_call(policy: &Policy, kind: CircuitKind, report: &Report, now: Wall) -> (CallOutcome, Option<String>) {
    let outcome = classify(&policy.classify, report);
    let requested = cooldown_request(policy, kind, outcome, report, now);
    let call = CallOutcome { what: failure_text(report), retry_after: requested.wait, ..call_outcome(policy, outcome, report) };
    (call, requested.ignored.text())
}

/// A classified report, without a failure text or a `Retry-After`. Only a neutral one is read again, for its reason.
pub(super) fn call_outcome(policy: &Policy, outcome: Outcome, report: &Report) -> CallOutcome {
    let call = CallOutcome::now(outcome, speed(policy, report.elapsed_ns));
    if outcome == Outcome::Neutral { CallOutcome { neutral_reason: neutral_reason(&policy.classify, report), ..call } } else { call }
}

/// The wait that the report asks for, and which hints are ignored and why. None if the policy sets no cooldowns; a resolver has none.
fn cooldown_request(policy: &Policy, kind: CircuitKind, outcome: Outcome, report: &Report, now: Wall) -> RequestedWait {
    let sets_cooldowns = kind != CircuitKind::Resolver && policy.retry_after_cap > Millis::ZERO;
    if sets_cooldowns { requested_wait(report, outcome, now) } else { RequestedWait::default() }
}

fn speed(policy: &Policy, elapsed_ns: Option<u64>) -> Speed {
    match (policy.slow_ns(), elapsed_ns) {
        (Some(limit), Some(elapsed)) if elapsed > limit => Speed::Slow,
        _ => Speed::Normal,
    }
}

//! What the component says, as our values, within the bounds of [`clamp`].

use super::bindings::exports::fuseboard::breaker::board as wit;
use super::clamp;
use fuseboard::{
    Admitted, Answer, Claim, Decision, Diagnostic, Event, EventKind, LastFailure, Lease, Outcome, Permit, Phase, Problem, ProblemCode,
    Reason, Refusal, Refused, Scope, Settled, Severity, StatusRange, Verdict, Written,
};

pub(super) fn problem(problem: wit::Problem) -> Problem {
    let code = match problem.code {
        wit::ProblemCode::NotConfigured => ProblemCode::NotConfigured,
        wit::ProblemCode::BadTarget => ProblemCode::BadTarget,
        wit::ProblemCode::BadPermit => ProblemCode::BadPermit,
        wit::ProblemCode::BadPatch => ProblemCode::BadPatch,
        wit::ProblemCode::TooLarge => ProblemCode::TooLarge,
        wit::ProblemCode::Storage => ProblemCode::Storage,
    };
    Problem { code, detail: clamp::text(problem.detail) }
}

pub(super) fn diagnostics(diagnostics: Vec<wit::Diagnostic>) -> Vec<Diagnostic> {
    clamp::list(diagnostics, |diagnostic| Diagnostic {
        severity: match diagnostic.severity {
            wit::Severity::Error => Severity::Error,
            wit::Severity::Warning => Severity::Warning,
        },
        source: clamp::text(diagnostic.source),
        line: diagnostic.line,
        path: clamp::text(diagnostic.path),
        message: clamp::text(diagnostic.message),
    })
}

pub(super) fn decision(decision: wit::Decision) -> Decision {
    let answer = match decision.answer {
        wit::Answer::Admitted(admitted) => Answer::Admitted(Admitted {
            permit: permit(admitted.permit),
            lease: admitted.lease.map(|told| Box::new(lease(told))),
            would_refuse: admitted.would_refuse.map(|told| Box::new(refused(told))),
        }),
        wit::Answer::Refused(told) => Answer::Refused(refused(told)),
    };
    Decision { answer, events: events(decision.events), changed: scopes(decision.changed) }
}

pub(super) fn verdict(verdict: wit::Verdict) -> Verdict {
    Verdict {
        circuit: settled(verdict.circuit),
        resolver: verdict.resolver.map(settled),
        events: events(verdict.events),
        changed: scopes(verdict.changed),
    }
}

pub(super) fn events(events: Vec<wit::Event>) -> Vec<Event> {
    clamp::events(events, |event| Event {
        circuit: event.circuit.map(scope),
        kind: event_kind(event.kind),
        from: event.from.map(phase),
        to: event.to.map(phase),
        cause: clamp::text(event.cause),
        generation: event.generation,
        at_ms: event.at_ms,
        here: event.here,
        last_failure: event.last_failure.map(last_failure),
    })
}

pub(super) fn scopes(scopes: Vec<wit::ScopeResult>) -> Vec<Scope> {
    clamp::list(scopes, scope)
}

pub(super) fn scope(scope: wit::ScopeResult) -> Scope {
    Scope { kind: super::look::circuit_kind(scope.kind), name: clamp::text(scope.name), role: scope.role.map(clamp::text) }
}

fn permit(permit: wit::Permit) -> Permit {
    let claim = |claim: wit::Claim| Claim { epoch: claim.epoch, generation: claim.generation, probe: claim.probe };
    Permit { circuit: permit.circuit.map(claim), resolver: permit.resolver.map(claim) }
}

fn lease(lease: wit::LeaseResult) -> Lease {
    Lease {
        permit: permit(lease.permit),
        calls: clamp::lease_calls(lease.calls),
        ms: clamp::lease_ms(lease.ms),
        slow_ns: lease.slow_ns,
        success_statuses: clamp::list(lease.success_statuses, |range| StatusRange { first: range.first, last: range.last }),
        circuits: scopes(lease.circuits),
    }
}

fn refused(told: wit::Refused) -> Refused {
    Refused {
        circuit: told.circuit.map(refusal),
        resolver: told.resolver.map(refusal),
        retry_after_ms: told.retry_after_ms.map(clamp::wait_ms),
        repeat_ms: clamp::lease_ms(told.repeat_ms),
    }
}

fn refusal(refusal: wit::Refusal) -> Refusal {
    Refusal {
        reason: reason(refusal.reason),
        retry_after_ms: refusal.retry_after_ms.map(clamp::wait_ms),
        last_failure: refusal.last_failure.map(last_failure),
    }
}

fn settled(settled: wit::Settled) -> Settled {
    let written = match settled.written {
        wit::Written::Stored => Written::Stored,
        wit::Written::Unchanged => Written::Unchanged,
        wit::Written::Stale => Written::Stale,
        wit::Written::Kept => Written::Kept,
        wit::Written::Unknown => Written::Unknown,
    };
    Settled { outcome: outcome(settled.outcome), written, phase: phase(settled.phase) }
}

pub(super) fn outcome(outcome: wit::Outcome) -> Outcome {
    match outcome {
        wit::Outcome::Success => Outcome::Success,
        wit::Outcome::Failure => Outcome::Failure,
        wit::Outcome::Neutral => Outcome::Neutral,
    }
}

pub(super) fn last_failure(failure: wit::LastFailure) -> LastFailure {
    LastFailure { what: clamp::text(failure.what), at_ms: failure.at_ms }
}

pub(super) fn phase(phase: wit::Phase) -> Phase {
    match phase {
        wit::Phase::Closed => Phase::Closed,
        wit::Phase::Open => Phase::Open,
        wit::Phase::HalfOpen => Phase::HalfOpen,
    }
}

pub(super) fn reason(reason: wit::Reason) -> Reason {
    match reason {
        wit::Reason::Open => Reason::Open,
        wit::Reason::HalfOpenFull => Reason::HalfOpenFull,
        wit::Reason::Staggered => Reason::Staggered,
        wit::Reason::CooldownRetryAfter => Reason::CooldownRetryAfter,
        wit::Reason::CooldownRolling => Reason::CooldownRolling,
        wit::Reason::CooldownOperator => Reason::CooldownOperator,
        wit::Reason::ForcedOpen => Reason::ForcedOpen,
        wit::Reason::Storage => Reason::Storage,
    }
}

fn event_kind(kind: wit::EventKind) -> EventKind {
    match kind {
        wit::EventKind::PhaseChanged => EventKind::PhaseChanged,
        wit::EventKind::CooldownSet => EventKind::CooldownSet,
        wit::EventKind::CooldownEnded => EventKind::CooldownEnded,
        wit::EventKind::RetryAfterIgnored => EventKind::RetryAfterIgnored,
        wit::EventKind::OverrideSet => EventKind::OverrideSet,
        wit::EventKind::OverrideEnded => EventKind::OverrideEnded,
        wit::EventKind::PolicyChanged => EventKind::PolicyChanged,
        wit::EventKind::OutcomeStale => EventKind::OutcomeStale,
        wit::EventKind::OutcomeUnknown => EventKind::OutcomeUnknown,
        wit::EventKind::OutcomesMerged => EventKind::OutcomesMerged,
        wit::EventKind::RecordReplaced => EventKind::RecordReplaced,
        wit::EventKind::WindowReplaced => EventKind::WindowReplaced,
        wit::EventKind::StorageLost => EventKind::StorageLost,
        wit::EventKind::StorageBack => EventKind::StorageBack,
    }
}

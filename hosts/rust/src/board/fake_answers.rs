//! Answers that tests script for a [`FakeEngine`](super::fake_engine).

use fuseboard::{
    Admitted, Answer, CircuitStatus, Claim, Decision, Lease, Outcome, Permit, Phase, Reason, Refusal, Refused, Scope, Settled,
    StatusReport, Target, Verdict, Written, key,
};

pub(super) fn permit() -> Permit {
    Permit { circuit: Some(Claim { generation: None, probe: None }), resolver: None }
}

pub(super) fn lease(circuits: Vec<Scope>) -> Lease {
    let (success_statuses, neutral_statuses) = (Vec::new(), Vec::new());
    Lease { permit: permit(), calls: 100, ms: 100, slow_ns: None, success_statuses, neutral_statuses, cancelled_after_ns: None, circuits }
}

pub(super) fn admitted(lease: Option<Lease>) -> Decision {
    let answer = Answer::Admitted(Admitted { permit: permit(), lease: lease.map(Box::new), would_refuse: None });
    Decision { answer, events: Vec::new(), changed: Vec::new() }
}

pub(super) fn refused(repeat_ms: u32) -> Decision {
    let refusal = Refusal { reason: Reason::Open, retry_after_ms: Some(500), last_failure: None };
    let answer = Answer::Refused(Refused { circuit: Some(refusal), resolver: None, retry_after_ms: Some(500), repeat_ms, spread_ms: 0 });
    Decision { answer, events: Vec::new(), changed: Vec::new() }
}

pub(super) fn verdict(changed: Vec<Scope>) -> Verdict {
    let circuit = Settled { outcome: Outcome::Success, written: Written::Unchanged, phase: Phase::Closed };
    Verdict { circuit, resolver: None, events: Vec::new(), changed }
}

pub(super) fn db() -> Target {
    Target::name("db")
}

/// Closed circuits, each of which has refused one call.
pub(super) fn status(target: &Target) -> StatusReport {
    let route = key::route(target).unwrap();
    StatusReport { circuit: circuit_status(route.circuit), resolver: route.resolver.map(circuit_status) }
}

fn circuit_status(circuit: Scope) -> CircuitStatus {
    CircuitStatus {
        circuit,
        phase: Phase::Closed,
        override_: None,
        generation: 0,
        failure_streak: 0,
        trial_successes: 0,
        trial_failures: 0,
        probes: 0,
        window: None,
        refused: 1,
        remaining_ms: None,
        cooldown: None,
        opened_at_ms: None,
        last_failure: None,
        patch: None,
    }
}

//! Answers that tests script for a [`FakeEngine`](super::fake_engine).

use fuseboard::{
    Admitted, Answer, Claim, Decision, Lease, Outcome, Permit, Phase, Reason, Refusal, Refused, Scope, Settled, Target, Verdict, Written,
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

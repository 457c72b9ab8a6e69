//! Valid answers of an engine that admits everything and counts nothing.

use crate::plan;
use crate::wit::exports::fuseboard::breaker::board::{
    AboutReport, Admitted, Answer, CircuitKind, CircuitStatus, Claim, Commanded, Decision, Explanation, Flushed, HealthReport, Listing,
    Outcome, Permit, Phase, Scope, Settled, StatusReport, Verdict, Written,
};

pub fn scope() -> Scope {
    Scope { kind: CircuitKind::Name, name: "good".to_owned(), role: None }
}

pub fn permit() -> Permit {
    Permit { circuit: Some(Claim { generation: None, probe: None }), resolver: None }
}

pub fn decision() -> Decision {
    let answer = Answer::Admitted(Admitted { permit: permit(), lease: None, would_refuse: None });
    Decision { answer, events: Vec::new(), changed: Vec::new() }
}

pub fn verdict() -> Verdict {
    let circuit = Settled { outcome: Outcome::Success, written: Written::Unchanged, phase: Phase::Closed };
    Verdict { circuit, resolver: None, events: Vec::new(), changed: Vec::new() }
}

pub fn circuit() -> CircuitStatus {
    CircuitStatus {
        circuit: scope(),
        phase: Phase::Closed,
        override_: None,
        generation: 0,
        failure_streak: 0,
        trial_successes: 0,
        trial_failures: 0,
        probes: 0,
        window: None,
        refused: 0,
        remaining_ms: None,
        cooldown: None,
        opened_at_ms: None,
        last_failure: None,
        patch: None,
    }
}

pub fn status() -> StatusReport {
    StatusReport { circuit: circuit(), resolver: None }
}

pub fn listing() -> Listing {
    Listing { circuits: vec![circuit()], next: None, unreadable: Vec::new() }
}

pub fn commanded() -> Commanded {
    Commanded { circuits: vec![circuit()], events: Vec::new(), changed: vec![scope()] }
}

pub fn explanation() -> Explanation {
    Explanation { circuit: Vec::new(), resolver: Vec::new() }
}

pub fn health() -> HealthReport {
    HealthReport { storage_lost_since_ms: None, kept: 0, dropped: 0 }
}

pub fn flushed() -> Flushed {
    Flushed { kept: 0, events: Vec::new(), changed: Vec::new() }
}

/// `engine` is the writer that this guest was configured with.
pub fn about() -> AboutReport {
    AboutReport { engine: plan::writer().to_string(), contract: String::new(), record_format: 1, limits: Vec::new() }
}

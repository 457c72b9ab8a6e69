//! Answers that no correct engine returns, and store calls that it never makes.

use crate::minimal;
use crate::wit::exports::fuseboard::breaker::advisor::Suggestion;
use crate::wit::exports::fuseboard::breaker::board::{
    AboutReport, Admitted, Answer, Cause, CircuitKind, CircuitStatus, Claim, Commanded, CooldownStatus, Decision, Event, EventKind,
    Explanation, Flushed, HealthReport, LastFailure, Lease, Limit, Listing, Mark, OverrideKind, OverrideStatus, Permit, Phase, Problem,
    ProblemCode, Reason, Refusal, Refused, Scope, Setting, StatusRange, StatusReport, Target, Verdict, WindowCounts,
};
use crate::wit::fuseboard::breaker::storage;

const MEBIBYTE: usize = 1 << 20;
const MANY: usize = 10_000;

fn long() -> String {
    "é".repeat(MEBIBYTE / 2)
}

fn circuit(target: &Target) -> Scope {
    Scope { kind: CircuitKind::Name, name: target.name.clone(), role: None }
}

fn permit() -> Permit {
    let mark = Mark { writer: u64::MAX, sequence: u64::MAX };
    let claim = Claim { generation: Some(mark), probe: Some(mark) };
    Permit { circuit: Some(claim), resolver: Some(claim) }
}

fn lease(circuits: Vec<Scope>) -> Lease {
    let all = || vec![StatusRange { first: 0, last: u16::MAX }; MANY];
    Lease {
        permit: permit(),
        calls: u32::MAX,
        ms: u32::MAX,
        slow_ns: Some(u64::MAX),
        success_statuses: all(),
        neutral_statuses: all(),
        cancelled_after_ns: None,
        circuits,
    }
}

fn refused() -> Refused {
    let last_failure = Some(LastFailure { what: long(), at_ms: u64::MAX });
    let refusal = Refusal { reason: Reason::CooldownOperator, retry_after_ms: Some(u64::MAX), last_failure };
    Refused {
        circuit: Some(refusal.clone()),
        resolver: Some(refusal),
        retry_after_ms: Some(u64::MAX),
        repeat_ms: u32::MAX,
        spread_ms: u32::MAX,
    }
}

fn event(place: usize) -> Event {
    let text = |first: usize| if place < first { long() } else { String::new() };
    Event {
        circuit: Some(Scope { kind: CircuitKind::Resolver, name: text(2), role: Some(String::new()) }),
        kind: EventKind::PhaseChanged,
        from: Some(Phase::Open),
        to: Some(Phase::Open),
        cause: Cause::Streak,
        detail: text(4),
        generation: place as u64,
        at_ms: u64::MAX,
        here: true,
        last_failure: None,
    }
}

fn events() -> Vec<Event> {
    (0..MANY).map(event).collect()
}

fn everything_changed() -> Vec<Scope> {
    let circuit = |kind, name: usize| Scope { kind, name: format!("n{name}"), role: None };
    (0..MANY).flat_map(|n| [CircuitKind::Host, CircuitKind::Name, CircuitKind::Resolver].map(|kind| circuit(kind, n))).collect()
}

/// The target's name selects the false answer. The `load` lets a test check that the guest was called.
pub fn decision(target: &Target) -> Decision {
    let _ = storage::load("n:asked", None, 10);
    let admitted = |lease| Answer::Admitted(Admitted { permit: permit(), lease, would_refuse: Some(refused()) });
    let (answer, events, changed) = match target.name.as_str() {
        "lease" => (admitted(Some(lease(vec![circuit(target)]))), Vec::new(), Vec::new()),
        "lease of others" => (admitted(Some(lease(everything_changed()))), Vec::new(), Vec::new()),
        "refused" => (Answer::Refused(refused()), Vec::new(), Vec::new()),
        "events" => (admitted(None), events(), Vec::new()),
        "news" => (admitted(None), vec![event(MANY)], Vec::new()),
        _ => (admitted(None), events(), everything_changed()),
    };
    Decision { answer, events, changed }
}

/// Writes what no correct engine writes, then returns a false verdict.
pub fn verdict() -> Verdict {
    invalid_store_calls();
    Verdict { events: events(), changed: everything_changed(), ..minimal::verdict() }
}

fn invalid_store_calls() {
    let (value, key) = (long(), format!("n:{}", "k".repeat(MEBIBYTE)));
    for key in ["", "../../etc/passwd", "n:a\0b", "n:a b", "n:\u{202e}x", "x:other", "*", &key] {
        let _ = storage::compare_and_swap(key, None, "{}", None, 10);
        let _ = storage::load(key, Some(u64::MAX), u32::MAX);
        let _ = storage::list_keys(key, Some(key), u32::MAX, 0);
    }
    let _ = storage::compare_and_swap("n:large", None, &value, None, 10);
    let _ = storage::compare_and_swap("n:forever", None, "{}", Some(u64::MAX), 0);
    let _ = storage::compare_and_swap("n:never", None, "{}", Some(0), u32::MAX);
    let _ = storage::compare_and_swap("n:good", Some(u64::MAX), "{}", None, 10);
}

fn status_of(scope: Scope) -> CircuitStatus {
    CircuitStatus {
        circuit: scope,
        override_: Some(OverrideStatus { kind: OverrideKind::ForcedOpen, note: long(), remaining_ms: Some(u64::MAX) }),
        generation: u64::MAX,
        failure_streak: u32::MAX,
        probes: u32::MAX,
        window: Some(WindowCounts { successes: u32::MAX, failures: u32::MAX, slow: u32::MAX }),
        refused: u64::MAX,
        remaining_ms: Some(u64::MAX),
        cooldown: Some(CooldownStatus { reason: Reason::Storage, note: long(), remaining_ms: u64::MAX }),
        opened_at_ms: Some(u64::MAX),
        last_failure: Some(LastFailure { what: long(), at_ms: u64::MAX }),
        patch: Some(long()),
        ..minimal::circuit()
    }
}

pub fn status() -> StatusReport {
    StatusReport { circuit: status_of(minimal::scope()), resolver: Some(status_of(minimal::scope())) }
}

/// A listing that never ends.
pub fn listing() -> Listing {
    let mut circuits = vec![minimal::circuit(); 4 * MANY];
    circuits.push(status_of(minimal::scope()));
    Listing { circuits, next: Some(long()), unreadable: vec![String::new(); MANY] }
}

pub fn commanded() -> Commanded {
    Commanded { circuits: vec![minimal::circuit(); 4 * MANY], events: events(), changed: everything_changed() }
}

pub fn explanation() -> Explanation {
    let setting = |value| Setting { path: long(), value, origin: long() };
    let circuit = (0..MANY).map(|place| if place == 0 { setting(long()) } else { empty_setting() }).collect();
    Explanation { circuit, resolver: vec![empty_setting(); MANY] }
}

fn empty_setting() -> Setting {
    Setting { path: String::new(), value: String::new(), origin: String::new() }
}

pub fn health() -> HealthReport {
    HealthReport { storage_lost_since_ms: Some(u64::MAX), kept: u32::MAX, dropped: u64::MAX }
}

pub fn flushed() -> Flushed {
    Flushed { kept: u32::MAX, events: events(), changed: everything_changed() }
}

pub fn about() -> AboutReport {
    let limits = vec![Limit { name: String::new(), value: u64::MAX }; MANY];
    AboutReport { engine: long(), contract: long(), record_format: u32::MAX, limits }
}

pub fn problem() -> Problem {
    Problem { code: ProblemCode::Storage, detail: long() }
}

pub fn suggestions() -> Vec<Suggestion> {
    let suggestion = || Suggestion { path: String::new(), current: String::new(), suggested: String::new(), why: String::new() };
    (0..MANY).map(|place| if place == 0 { Suggestion { why: long(), ..suggestion() } } else { suggestion() }).collect()
}

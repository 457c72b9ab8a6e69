//! The component in its sandbox.

use fuseboard::{End, EngineError, EventKind, Hint, Identity, Outcome, PolicyEngine, Problem, ProblemCode, Report, Sources, Target};
use fuseboard_stores::{ManualClock, MemoryStore};
use fuseboard_wasmtime::{CodeOrigin, Component, Instance, Limits};
use std::fmt::Debug;

#[track_caller]
fn assert_too_large<T: Debug>(answer: Result<T, EngineError>) {
    assert!(matches!(&answer, Err(EngineError::Problem(Problem { code: ProblemCode::TooLarge, .. }))), "{answer:?}");
}

#[test]
fn an_oversized_argument_is_a_problem_and_not_a_trap() {
    let mut instance = Instance::new(ManualClock::default(), MemoryStore::new(), Limits::default()).expect("the embedded component");
    let long = "x".repeat(7 << 20);
    assert_too_large(instance.allow(&Target::name(long.as_str())));
    let sources = Sources { prefix: "x".repeat(7 << 20), ..Sources::default() };
    let configured = instance.configure(&sources, Identity { writer: 1, seed: 0 });
    assert!(matches!(&configured, Err(EngineError::Configuration(faults)) if faults.len() == 1), "{configured:?}");
    assert!(!instance.is_stopped());
}

#[test]
fn an_oversized_report_is_settled() {
    let mut instance = Instance::new(ManualClock::default(), MemoryStore::new(), Limits::default()).expect("the embedded component");
    instance.configure(&Sources::default(), Identity { writer: 1, seed: 0 }).expect("the built-in configuration");
    let long = || "x".repeat(7 << 20);
    let ends = [
        End::Returned,
        End::Counted { outcome: Outcome::Failure, what: Some(long()) },
        End::Raised(vec!["app.TimeoutError".to_owned(), long(), "OSError".to_owned()]),
        End::Raised(vec!["é".to_owned(); 1 << 20]),
    ];
    for end in ends {
        let expected = if end == End::Returned { Outcome::Success } else { Outcome::Failure };
        let verdict = instance.settle(&Target::name("db"), None, &Report::new(end)).expect("promise 17: a verdict");
        assert_eq!(verdict.circuit.outcome, expected);
    }
}

#[test]
fn oversized_hints_are_reported_and_the_outcome_counts() {
    let mut instance = Instance::new(ManualClock::default(), MemoryStore::new(), Limits::default()).expect("the embedded component");
    instance.configure(&Sources::default(), Identity { writer: 1, seed: 0 }).expect("a configuration");
    let mut hints = vec![Hint::new("retry-after", "9".repeat(7 << 20)), Hint::new("n".repeat(7 << 20), "1")];
    hints.resize(100_000, Hint::new("retry-after", "5"));
    let report = Report { status: Some(503), hints, ..Report::new(End::Returned) };
    let verdict = instance.settle(&Target::name("db"), None, &report).expect("a verdict");
    assert_eq!(verdict.circuit.outcome, Outcome::Failure);
    assert_eq!(verdict.events.iter().map(|event| event.kind).collect::<Vec<_>>(), [EventKind::CooldownSet, EventKind::RetryAfterIgnored]);
}

#[test]
fn the_embedded_component_is_loaded_and_not_compiled() {
    let component = Component::embedded(Limits::default(), None).expect("the embedded component");
    assert_eq!(component.code_origin(), &CodeOrigin::Embedded);
}

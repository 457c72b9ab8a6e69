//! The component in its sandbox, export by export.

use fuseboard::{End, Identity, ProblemCode, Report, Sources, Target};
use fuseboard_host::{Instance, Limits, ManualClock, MemoryStore};

fn instance() -> Instance {
    Instance::new(ManualClock::default(), MemoryStore::new(), Limits::default()).expect("the embedded component starts")
}

#[test]
fn an_over_long_argument_is_a_problem_and_not_a_trap() {
    let mut instance = instance();
    let long = "x".repeat(7 << 20);
    let allowed = instance.allow(&Target::name(long.as_str())).expect("it was not stopped");
    assert_eq!(allowed.map_err(|problem| problem.code), Err(ProblemCode::TooLarge));
    let report = Report { retry_after: Some(long), ..Report::new(End::Returned) };
    let settled = instance.settle(&Target::name("db"), None, &report).expect("it was not stopped");
    assert_eq!(settled.map_err(|problem| problem.code), Err(ProblemCode::TooLarge));
    let sources = Sources { prefix: "x".repeat(7 << 20), ..Sources::default() };
    let configured = instance.configure(&sources, Identity { writer: 1, seed: 0 }).expect("it was not stopped");
    assert_eq!(configured.map_err(|faults| faults.len()), Err(1));
    assert!(!instance.is_stopped());
}

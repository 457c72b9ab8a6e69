//! What the tests of deadlines share, with threads and with tasks: fifty callers, their budget, and what their calls took.

use crate::many_threads::figures;
use crate::proof;
use fuseboard_host::{Board, Builder, EngineKind, Leases, Settlement, Target, Written};
use serde_json::{Value, json};
use std::time::Duration;

pub const CALLERS: usize = 50;
pub const BUDGET: Duration = Duration::from_millis(250);
/// What a call may take beside the store.
pub const OWN: Duration = Duration::from_millis(20);
pub const ENGINES: &[EngineKind] = &[
    #[cfg(feature = "component")]
    EngineKind::Component,
    EngineKind::Native,
];
const TIMES: [Duration; 3] = [Duration::from_millis(5), Duration::from_millis(20), Duration::from_millis(200)];

/// Each engine with each time that a store takes.
pub fn engines_and_times() -> impl Iterator<Item = (EngineKind, Duration)> {
    ENGINES.iter().flat_map(|&engine| TIMES.map(|takes| (engine, takes)))
}

/// A board without a store and without leases.
pub fn board(engine: EngineKind) -> Builder {
    let text = r#"{"defaults": {"fail_max": 1000, "sharing": {"lease_ms": 0, "storage_budget_ms": 250}}}"#;
    Board::builder().engine(engine).document("deadlines.json", text).leases(Leases::Off)
}

/// The target of each caller, of so many different ones.
#[must_use]
pub fn targets(count: usize) -> Vec<Target> {
    (0..CALLERS).map(|caller| Target::name(format!("n{}", caller % count))).collect()
}

/// What the calls of one run took, and what became of their outcomes.
#[derive(Default)]
pub struct Took {
    /// The longest `allow` of a call.
    pub allow: Duration,
    pub settle: Duration,
    pub written: Vec<Written>,
}

impl Took {
    pub fn add(&mut self, allow: Duration, settle: Duration, settlement: &Settlement) {
        self.allow = self.allow.max(allow);
        self.settle = self.settle.max(settle);
        self.written.extend(settlement.verdict().map(|verdict| verdict.circuit.written));
    }

    /// The outcomes with one result.
    fn count(&self, result: Written) -> usize {
        self.written.iter().filter(|written| **written == result).count()
    }
}

/// One run: its name, the engine, and the store.
pub struct Run<'a> {
    pub name: &'a str,
    pub engine: EngineKind,
    /// What each operation of the store takes.
    pub takes: Duration,
    pub swaps: u64,
    /// What this machine added to a wait, and the name of that figure.
    pub overslept: (&'a str, Duration),
}

impl Run<'_> {
    /// Asserts the deadlines, and writes the figures.
    pub fn check(&self, took: &Took) {
        let Run { name, engine, takes, swaps, overslept: (overslept, by) } = *self;
        let most = BUDGET + OWN + by;
        assert!(took.allow <= most && took.settle <= most, "{name} {engine:?} {takes:?}: {:?} {:?}", took.allow, took.settle);
        proof::write(
            &figures(name, engine, takes.as_millis()),
            &[8],
            &[
                ("store_ms", json!(takes.as_millis())),
                ("slowest_allow_ms", ms(took.allow)),
                ("slowest_settle_ms", ms(took.settle)),
                ("swaps", json!(swaps)),
                ("stored", json!(took.count(Written::Stored))),
                ("kept", json!(took.count(Written::Kept))),
                (overslept, ms(by)),
            ],
        );
    }
}

/// Asserts that the failures of one target took few swaps, and that none is lost.
pub fn check_failures_of_one_target(engine: EngineKind, takes: Duration, swaps: u64, took: &Took) {
    assert!(swaps <= 5, "{engine:?} {takes:?}: {swaps} swaps");
    let certain = took.written.iter().filter(|written| matches!(written, Written::Stored | Written::Kept)).count();
    assert_eq!(certain, CALLERS, "{engine:?} {takes:?}: {:?}", took.written);
    if takes < BUDGET / 4 {
        assert!(took.written.iter().all(|written| *written == Written::Stored), "{engine:?} {takes:?}: {:?}", took.written);
    }
}

fn ms(duration: Duration) -> Value {
    json!((duration.as_secs_f64() * 1e4).round() / 10.0)
}

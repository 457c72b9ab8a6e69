//! What the tests of deadlines share, with threads and with tasks: fifty callers, their budget, and what their calls took.

use crate::many_threads::figures;
use crate::proof;
use fuseboard_host::{Board, Builder, EngineKind, Leases, Settlement, Target, Written};
use serde_json::{Value, json};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

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

/// Lets one run measure at a time: its own callers are load enough.
pub fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
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

/// What one call took.
pub struct CallTimes {
    pub allow: Duration,
    pub settle_start: Instant,
    pub settle: Duration,
    pub settlement: Settlement,
}

/// What the calls of one run took, and what became of their outcomes.
#[derive(Default)]
pub struct Took {
    /// The longest `allow` of a call.
    pub allow: Duration,
    pub settle: Duration,
    pub written: Vec<Written>,
    /// When the first and the last `settle` began.
    settles: Option<(Instant, Instant)>,
    /// The longest time that a thread waited for a processor during its calls.
    pub machine_delay: Duration,
}

impl Took {
    pub fn add(&mut self, call: &CallTimes) {
        self.allow = self.allow.max(call.allow);
        self.settle = self.settle.max(call.settle);
        let start = call.settle_start;
        let (first, last) = self.settles.unwrap_or((start, start));
        self.settles = Some((first.min(start), last.max(start)));
        self.written.extend(call.settlement.verdict().map(|verdict| verdict.circuit.written));
    }

    /// What a busy machine may add to a call: its own thread waits for a processor, and then one that it waits for.
    #[must_use]
    pub fn allowance(&self) -> Duration {
        self.machine_delay * 2
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
}

impl Run<'_> {
    /// Asserts the deadlines, and writes the figures.
    pub fn check(&self, took: &Took) {
        let Run { name, engine, takes, swaps } = *self;
        let most = BUDGET + OWN + took.allowance();
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
                ("machine_delay_ms", ms(took.machine_delay)),
            ],
        );
    }
}

/// Asserts that the failures of one target took few swaps, and that none is lost. Only failures that wait at the same time share a
/// swap: if the machine did not begin them together, there may be one more for each time that a swap takes.
pub fn check_failures_of_one_target(engine: EngineKind, takes: Duration, swaps: u64, took: &Took) {
    let apart = took.settles.map_or(Duration::ZERO, |(first, last)| last - first) + took.allowance();
    let most = 5 + apart.as_millis() / takes.as_millis();
    assert!(u128::from(swaps) <= most, "{engine:?} {takes:?}: {swaps} swaps of {most}, begun within {apart:?}");
    let certain = took.written.iter().filter(|written| matches!(written, Written::Stored | Written::Kept)).count();
    assert_eq!(certain, CALLERS, "{engine:?} {takes:?}: {:?}", took.written);
    if takes + took.allowance() < BUDGET / 4 {
        assert!(took.written.iter().all(|written| *written == Written::Stored), "{engine:?} {takes:?}: {:?}", took.written);
    }
}

fn ms(duration: Duration) -> Value {
    json!((duration.as_secs_f64() * 1e4).round() / 10.0)
}

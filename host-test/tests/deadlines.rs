//! Fifty threads on one board over slow stores: no lock is held while the store works, and each call has one deadline.

use fuseboard_host::time::Millis;
use fuseboard_host::{
    Board, EngineKind, Leases, Lookup, MemoryStore, Outcome, Page, Permit, Revision, Settlement, Store, StoreError, Swap, Target, Written,
};
use host_test::many_threads::{counted, figures, on_all_threads};
use host_test::proof;
use serde_json::json;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

const CALLERS: usize = 50;
const BUDGET: Duration = Duration::from_millis(250);
/// What a call may take beside the store.
const OWN: Duration = Duration::from_millis(20);
const ENGINES: &[EngineKind] = &[
    #[cfg(feature = "component")]
    EngineKind::Component,
    EngineKind::Native,
];

/// A store in memory whose operations take a time, and which keeps the time that it is given.
#[derive(Clone)]
struct SlowStore {
    store: MemoryStore,
    takes: Duration,
    is_down: Arc<AtomicBool>,
    swaps: Arc<AtomicU64>,
    /// The longest time by which this machine let a thread sleep too long.
    overslept_us: Arc<AtomicU64>,
}

impl SlowStore {
    fn new(takes: Duration) -> SlowStore {
        let (is_down, swaps, overslept_us) = (Arc::default(), Arc::default(), Arc::default());
        SlowStore { store: MemoryStore::new(), takes, is_down, swaps, overslept_us }
    }

    fn work(&self, within: Millis) -> Result<(), StoreError> {
        let time = self.takes.min(Duration::from_millis(within.0));
        let start = Instant::now();
        std::thread::sleep(time);
        let overslept = start.elapsed().saturating_sub(time);
        self.overslept_us.fetch_max(u64::try_from(overslept.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
        if time < self.takes || self.is_down.load(Ordering::Relaxed) {
            return Err(StoreError::Unavailable("slow or down".to_owned()));
        }
        Ok(())
    }

    fn overslept(&self) -> Duration {
        Duration::from_micros(self.overslept_us.load(Ordering::Relaxed))
    }
}

impl Store for SlowStore {
    fn load(&self, key: &str, known: Option<Revision>, within: Millis) -> Result<Lookup, StoreError> {
        self.work(within)?;
        self.store.load(key, known, within)
    }

    fn compare_and_swap(
        &self,
        key: &str,
        expected: Option<Revision>,
        value: &str,
        ttl: Option<Millis>,
        within: Millis,
    ) -> Result<Swap, StoreError> {
        self.swaps.fetch_add(1, Ordering::Relaxed);
        self.work(within)?;
        self.store.compare_and_swap(key, expected, value, ttl, within)
    }

    fn list_keys(&self, prefix: &str, cursor: Option<&str>, limit: u32, within: Millis) -> Result<Page, StoreError> {
        self.store.list_keys(prefix, cursor, limit, within)
    }
}

fn board(engine: EngineKind, store: impl Store + Send + Sync + 'static) -> Board {
    let text = r#"{"defaults": {"fail_max": 1000, "sharing": {"lease_ms": 0, "storage_budget_ms": 250}}}"#;
    let builder = Board::builder().engine(engine).document("deadlines.json", text).store(store).leases(Leases::Off);
    builder.build().expect("a good configuration")
}

fn targets(count: usize) -> Vec<Target> {
    (0..CALLERS).map(|caller| Target::name(format!("n{}", caller % count))).collect()
}

/// What the calls of all threads took, and what became of their outcomes.
#[derive(Default)]
struct Seen {
    allow: Duration,
    settle: Duration,
    written: Vec<Written>,
}

/// Each thread makes one call.
fn call_at_once(board: &Board, targets: &[Target], outcome: Outcome) -> Seen {
    let seen = Mutex::new(Seen::default());
    on_all_threads(targets, |target| {
        let start = Instant::now();
        let admission = board.allow(target).expect("an answer");
        let allow = start.elapsed();
        let permit: Permit = admission.into_result().expect("admitted");
        let start = Instant::now();
        let settlement = board.settle(target, Some(&permit), &counted(outcome)).expect("a verdict");
        let settle = start.elapsed();
        let mut seen = seen.lock().expect("no thread panicked");
        seen.allow = seen.allow.max(allow);
        seen.settle = seen.settle.max(settle);
        if let Settlement::Verdict(verdict) = settlement {
            seen.written.push(verdict.circuit.written);
        }
    });
    seen.into_inner().expect("no thread panicked")
}

fn ms(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e4).round() / 10.0
}

/// Asserts the deadlines of one run, and writes its figures.
fn check(name: &str, engine: EngineKind, takes: Duration, store: &SlowStore, seen: &Seen) {
    let most = BUDGET + OWN + store.overslept();
    assert!(seen.allow <= most && seen.settle <= most, "{name} {engine:?} {takes:?}: {:?} {:?}", seen.allow, seen.settle);
    proof::write(
        &figures(&format!("deadlines-{name}"), engine, takes.as_millis()),
        &[8],
        &[
            ("store_ms", json!(takes.as_millis())),
            ("slowest_allow_ms", json!(ms(seen.allow))),
            ("slowest_settle_ms", json!(ms(seen.settle))),
            ("swaps", json!(store.swaps.load(Ordering::Relaxed))),
            ("stored", json!(seen.written.iter().filter(|written| **written == Written::Stored).count())),
            ("kept", json!(seen.written.iter().filter(|written| **written == Written::Kept).count())),
            ("overslept_ms", json!(ms(store.overslept()))),
        ],
    );
}

const TIMES: [Duration; 3] = [Duration::from_millis(5), Duration::from_millis(20), Duration::from_millis(200)];

#[test]
fn healthy_calls_end_within_the_budget() {
    for (engine, takes) in ENGINES.iter().flat_map(|&engine| TIMES.map(|takes| (engine, takes))) {
        for (name, count) in [("healthy-one", 1), ("healthy-fifty", CALLERS)] {
            let store = SlowStore::new(takes);
            let seen = call_at_once(&board(engine, store.clone()), &targets(count), Outcome::Success);
            check(name, engine, takes, &store, &seen);
            // A quarter of the time that they would take one after another: a busy machine adds to it. The figures are more exact.
            let together = takes.mul_f64(CALLERS as f64 / 4.0) + OWN + store.overslept();
            assert!(seen.allow <= together, "{name} {engine:?} {takes:?}: they wait for one another: {:?}", seen.allow);
        }
    }
}

#[test]
fn fifty_failures_of_one_target_take_few_swaps_and_none_is_lost() {
    for (engine, takes) in ENGINES.iter().flat_map(|&engine| TIMES.map(|takes| (engine, takes))) {
        let store = SlowStore::new(takes);
        let board = board(engine, store.clone());
        let seen = call_at_once(&board, &targets(1), Outcome::Failure);
        check("failing-one", engine, takes, &store, &seen);
        let swaps = store.swaps.load(Ordering::Relaxed);
        assert!(swaps <= 5, "{engine:?} {takes:?}: {swaps} swaps");
        let certain = seen.written.iter().filter(|written| matches!(written, Written::Stored | Written::Kept)).count();
        assert_eq!(certain, CALLERS, "{engine:?} {takes:?}: {:?}", seen.written);
        if takes < BUDGET / 4 {
            assert!(seen.written.iter().all(|written| *written == Written::Stored), "{engine:?} {takes:?}: {:?}", seen.written);
        }
    }
}

#[test]
fn fifty_targets_fail_within_the_budget() {
    for (engine, takes) in ENGINES.iter().flat_map(|&engine| TIMES.map(|takes| (engine, takes))) {
        let store = SlowStore::new(takes);
        let seen = call_at_once(&board(engine, store.clone()), &targets(CALLERS), Outcome::Failure);
        check("failing-fifty", engine, takes, &store, &seen);
    }
}

#[test]
fn calls_in_an_outage_end_within_the_budget() {
    for (engine, takes) in ENGINES.iter().flat_map(|&engine| TIMES.map(|takes| (engine, takes))) {
        for (name, count) in [("outage-one", 1), ("outage-fifty", CALLERS)] {
            let store = SlowStore::new(takes);
            store.is_down.store(true, Ordering::Relaxed);
            let seen = call_at_once(&board(engine, store.clone()), &targets(count), Outcome::Failure);
            check(name, engine, takes, &store, &seen);
        }
    }
}

/// A store whose loads return only when all callers are in it.
#[derive(Clone, Default)]
struct MeetingStore {
    meeting: Arc<(Mutex<Meeting>, Condvar)>,
}

#[derive(Default)]
struct Meeting {
    callers: usize,
    has_failed: bool,
}

/// Long enough for a busy machine.
const MEETING_MAX: Duration = Duration::from_secs(30);

impl Store for MeetingStore {
    fn load(&self, _: &str, _: Option<Revision>, _: Millis) -> Result<Lookup, StoreError> {
        let (meeting, changed) = &*self.meeting;
        let mut own = meeting.lock().expect("no thread panicked");
        own.callers += 1;
        changed.notify_all();
        let is_incomplete = |meeting: &mut Meeting| meeting.callers < CALLERS && !meeting.has_failed;
        let (mut own, waited) = changed.wait_timeout_while(own, MEETING_MAX, is_incomplete).expect("no thread panicked");
        own.has_failed |= waited.timed_out();
        if own.has_failed { Err(StoreError::Unavailable("the others are locked out".to_owned())) } else { Ok(Lookup::Missing) }
    }

    fn compare_and_swap(&self, _: &str, _: Option<Revision>, _: &str, _: Option<Millis>, _: Millis) -> Result<Swap, StoreError> {
        Err(StoreError::Unavailable("read only".to_owned()))
    }

    fn list_keys(&self, _: &str, _: Option<&str>, _: u32, _: Millis) -> Result<Page, StoreError> {
        Ok(Page::default())
    }
}

#[test]
fn no_lock_is_held_while_the_store_works() {
    for &engine in ENGINES {
        for count in [1, CALLERS] {
            let board = board(engine, MeetingStore::default());
            on_all_threads(&targets(count), |target| drop(board.allow(target).expect("an answer")));
            assert_eq!(board.health().expect("health").storage_lost_since_ms, None, "{engine:?}: all callers were in the store at once");
        }
    }
}

//! Fifty threads on one board over slow stores: no lock is held while the store works, and each call has one deadline.

use fuseboard_host::time::Millis;
use fuseboard_host::{Board, EngineKind, Lookup, MemoryStore, Outcome, Page, Permit, Revision, Store, StoreError, Swap, Target};
use host_test::deadline_run::{
    self, CALLERS, CallTimes, ENGINES, OWN, Run, Took, check_failures_of_one_target, engines_and_times, targets,
};
use host_test::machine_delay::machine_delay;
use host_test::many_threads::{counted, on_all_threads};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

/// A store in memory whose operations take a time, and which keeps the time that it is given.
#[derive(Clone)]
struct SlowStore {
    store: MemoryStore,
    takes: Duration,
    is_down: Arc<AtomicBool>,
    swaps: Arc<AtomicU64>,
}

impl SlowStore {
    fn new(takes: Duration) -> SlowStore {
        SlowStore { store: MemoryStore::new(), takes, is_down: Arc::default(), swaps: Arc::default() }
    }

    fn work(&self, within: Millis) -> Result<(), StoreError> {
        let time = self.takes.min(Duration::from_millis(within.0));
        std::thread::sleep(time);
        if time < self.takes || self.is_down.load(Ordering::Relaxed) {
            return Err(StoreError::Unavailable("slow or down".to_owned()));
        }
        Ok(())
    }

    fn swaps(&self) -> u64 {
        self.swaps.load(Ordering::Relaxed)
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
    deadline_run::board(engine).store(store).build().expect("a good configuration")
}

/// Each thread makes one call.
fn call_at_once(board: &Board, targets: &[Target], outcome: Outcome) -> Took {
    let _turn = deadline_run::turn();
    let took = Mutex::new(Took::default());
    on_all_threads(targets, |target| {
        let delay = machine_delay();
        let call = call(board, target, outcome);
        let delay = machine_delay().saturating_sub(delay);
        let mut took = took.lock().expect("no thread panicked");
        took.add(&call);
        took.machine_delay = took.machine_delay.max(delay);
    });
    took.into_inner().expect("no thread panicked")
}

fn call(board: &Board, target: &Target, outcome: Outcome) -> CallTimes {
    let start = Instant::now();
    let admission = board.allow(target).expect("an answer");
    let allow = start.elapsed();
    let permit: Permit = admission.into_result().expect("admitted");
    let settle_start = Instant::now();
    let settlement = board.settle(target, Some(&permit), &counted(outcome)).expect("a verdict");
    CallTimes { allow, settle_start, settle: settle_start.elapsed(), settlement }
}

/// Asserts the deadlines of one run, and writes its figures.
fn check(name: &str, engine: EngineKind, store: &SlowStore, took: &Took) {
    Run { name: &format!("deadlines-{name}"), engine, takes: store.takes, swaps: store.swaps() }.check(took);
}

#[test]
fn healthy_calls_end_within_the_budget() {
    for (engine, takes) in engines_and_times() {
        for (name, count) in [("healthy-one", 1), ("healthy-fifty", CALLERS)] {
            let store = SlowStore::new(takes);
            let took = call_at_once(&board(engine, store.clone()), &targets(count), Outcome::Success);
            check(name, engine, &store, &took);
            // A quarter of the time that they would take one after another: a busy machine adds to it. The figures are more exact.
            let together = takes.mul_f64(CALLERS as f64 / 4.0) + OWN + took.allowance();
            assert!(took.allow <= together, "{name} {engine:?} {takes:?}: they wait for one another: {:?}", took.allow);
        }
    }
}

#[test]
fn fifty_failures_of_one_target_take_few_swaps_and_none_is_lost() {
    for (engine, takes) in engines_and_times() {
        let store = SlowStore::new(takes);
        let board = board(engine, store.clone());
        let took = call_at_once(&board, &targets(1), Outcome::Failure);
        check("failing-one", engine, &store, &took);
        check_failures_of_one_target(engine, takes, store.swaps(), &took);
    }
}

#[test]
fn fifty_targets_fail_within_the_budget() {
    for (engine, takes) in engines_and_times() {
        let store = SlowStore::new(takes);
        let took = call_at_once(&board(engine, store.clone()), &targets(CALLERS), Outcome::Failure);
        check("failing-fifty", engine, &store, &took);
    }
}

#[test]
fn calls_in_an_outage_end_within_the_budget() {
    for (engine, takes) in engines_and_times() {
        for (name, count) in [("outage-one", 1), ("outage-fifty", CALLERS)] {
            let store = SlowStore::new(takes);
            store.is_down.store(true, Ordering::Relaxed);
            let took = call_at_once(&board(engine, store.clone()), &targets(count), Outcome::Failure);
            check(name, engine, &store, &took);
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

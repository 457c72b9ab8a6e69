//! Fifty tasks of one thread on one board over a slow asynchronous store: they wait together, each has one deadline, and no thread is used.

use fuseboard_host::time::Millis;
use fuseboard_host::{
    AsyncStore, Board, BoxFuture, EngineKind, Lookup, MemoryStore, Outcome, Page, Revision, Store, StoreError, Swap, Target,
};
use host_test::deadline_run::{self, CALLERS, CallTimes, ENGINES, Run, Took, check_failures_of_one_target, engines_and_times, targets};
use host_test::machine_delay::machine_delay;
use host_test::many_threads::counted;
use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

/// A store in memory whose operations take a time, by the timer of the runtime.
#[derive(Clone)]
struct SlowStore {
    store: MemoryStore,
    takes: Duration,
    late_operations: LateOperations,
    seen: Arc<Mutex<Seen>>,
}

/// What becomes of an operation that takes longer than it may.
#[derive(Clone, Copy, PartialEq, Eq)]
enum LateOperations {
    /// The store ends it in time.
    End,
    /// The store goes on.
    GoOn,
}

#[derive(Default)]
struct Seen {
    threads: HashSet<ThreadId>,
    swaps: u64,
}

impl SlowStore {
    fn new(takes: Duration) -> SlowStore {
        SlowStore { store: MemoryStore::new(), takes, late_operations: LateOperations::End, seen: Arc::default() }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().expect("no task panicked")
    }

    async fn work<T>(&self, within: Millis, operation: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
        let within = if self.late_operations == LateOperations::End { Duration::from_millis(within.0) } else { self.takes };
        let time = self.takes.min(within);
        tokio::time::sleep(time).await;
        self.seen().threads.insert(thread::current().id());
        if time < self.takes { Err(StoreError::Unavailable("slow".to_owned())) } else { operation() }
    }
}

impl AsyncStore for SlowStore {
    fn load<'a>(&'a self, key: &'a str, known: Option<Revision>, within: Millis) -> BoxFuture<'a, Result<Lookup, StoreError>> {
        Box::pin(self.work(within, move || self.store.load(key, known, within)))
    }

    fn compare_and_swap<'a>(
        &'a self,
        key: &'a str,
        expected: Option<Revision>,
        value: &'a str,
        ttl: Option<Millis>,
        within: Millis,
    ) -> BoxFuture<'a, Result<Swap, StoreError>> {
        self.seen().swaps += 1;
        Box::pin(self.work(within, move || self.store.compare_and_swap(key, expected, value, ttl, within)))
    }

    fn list_keys<'a>(
        &'a self,
        prefix: &'a str,
        cursor: Option<&'a str>,
        limit: u32,
        within: Millis,
    ) -> BoxFuture<'a, Result<Page, StoreError>> {
        Box::pin(self.work(within, move || self.store.list_keys(prefix, cursor, limit, within)))
    }

    fn sleep(&self, time: Millis) -> BoxFuture<'_, ()> {
        Box::pin(tokio::time::sleep(Duration::from_millis(time.0)))
    }
}

fn board(engine: EngineKind, store: &SlowStore) -> Board {
    deadline_run::board(engine).async_store(store.clone()).build().expect("a good configuration")
}

/// Each task makes one call, on an executor of one thread.
fn call_at_once(board: &Board, targets: &[Target], outcome: Outcome) -> Took {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("an executor");
    let all = async {
        let start = Instant::now();
        let calls: Vec<_> = targets.iter().map(|target| tokio::spawn(call(board.clone(), target.clone(), outcome, start))).collect();
        let mut took = Took::default();
        for one in calls {
            took.add(&one.await.expect("no task panicked"));
        }
        board.clone().close().await.expect("an answer");
        took
    };
    let _turn = deadline_run::turn();
    let delay = machine_delay();
    let mut took = runtime.block_on(all);
    took.machine_delay = machine_delay().saturating_sub(delay);
    took
}

async fn call(board: Board, target: Target, outcome: Outcome, start: Instant) -> CallTimes {
    let permit = board.allow_async(&target).await.expect("an answer").into_result().expect("admitted");
    let allow = start.elapsed();
    let settle_start = Instant::now();
    let settlement = board.settle_async(&target, Some(&permit), &counted(outcome)).await.expect("a verdict");
    CallTimes { allow, settle_start, settle: settle_start.elapsed(), settlement }
}

/// Asserts the deadlines of one run, and writes its figures.
fn check(name: &str, engine: EngineKind, store: &SlowStore, took: &Took) {
    let seen = store.seen();
    assert!(seen.threads.iter().all(|thread| *thread == thread::current().id()), "{name} {engine:?}: another thread used the store");
    let name = format!("async-deadlines-{name}");
    Run { name: &name, engine, takes: store.takes, swaps: seen.swaps }.check(took);
}

#[test]
fn healthy_calls_wait_for_the_store_together() {
    for (engine, takes) in engines_and_times() {
        for (name, count) in [("healthy-one", 1), ("healthy-fifty", CALLERS)] {
            let store = SlowStore::new(takes);
            let took = call_at_once(&board(engine, &store), &targets(count), Outcome::Success);
            check(name, engine, &store, &took);
            // 45 ms at 20 ms.
            let together = takes + Duration::from_millis(25) + took.allowance();
            assert!(took.allow <= together, "{name} {engine:?} {takes:?}: they wait for one another: {:?}", took.allow);
        }
    }
}

#[test]
fn fifty_failures_of_one_target_take_few_swaps_and_none_is_lost() {
    for (engine, takes) in engines_and_times() {
        let store = SlowStore::new(takes);
        let took = call_at_once(&board(engine, &store), &targets(1), Outcome::Failure);
        check("failing-one", engine, &store, &took);
        check_failures_of_one_target(engine, takes, store.seen().swaps, &took);
    }
}

#[test]
fn fifty_targets_fail_within_the_budget() {
    for (engine, takes) in engines_and_times() {
        let store = SlowStore::new(takes);
        let took = call_at_once(&board(engine, &store), &targets(CALLERS), Outcome::Failure);
        check("failing-fifty", engine, &store, &took);
    }
}

#[test]
fn a_store_that_does_not_keep_its_time_is_cut_off() {
    for (&engine, outcome) in ENGINES.iter().flat_map(|engine| [(engine, Outcome::Success), (engine, Outcome::Failure)]) {
        for count in [1, CALLERS] {
            let store = SlowStore { late_operations: LateOperations::GoOn, ..SlowStore::new(Duration::from_secs(60)) };
            let took = call_at_once(&board(engine, &store), &targets(count), outcome);
            check(&format!("late-{count}"), engine, &store, &took);
        }
    }
}

/// The threads of this process that the pool for blocking stores started.
#[cfg(target_os = "linux")]
fn pool_threads() -> usize {
    let tasks = std::fs::read_dir("/proc/self/task").expect("the threads of this process");
    let names = tasks.filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("comm")).ok());
    names.filter(|name| name.starts_with("blocking")).count()
}

#[cfg(target_os = "linux")]
#[test]
fn an_asynchronous_store_starts_no_thread() {
    for &engine in ENGINES {
        call_at_once(&board(engine, &SlowStore::new(Duration::from_millis(5))), &targets(CALLERS), Outcome::Failure);
        assert_eq!(pool_threads(), 0, "{engine:?}");
    }
    let board = Board::builder().engine(EngineKind::Native).blocking_store(MemoryStore::new()).build().expect("a good configuration");
    call_at_once(&board, &targets(1), Outcome::Success);
    assert!(pool_threads() > 0, "a blocking store has threads of that name");
}
